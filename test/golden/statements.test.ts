import { describe, expect, test } from "vitest"
import { professionalStatement } from "../../functions/domain/professionals.ts"
import { type PatientStatementType, patientStatement, rootStatement } from "../../functions/domain/statements.ts"
import { importSealingKeyPair } from "../../protocol/sealing.ts"
import { readStatement } from "../../protocol/statement.ts"
import { refusalOf } from "../fakes/cloud.ts"
import { frozenRoot, rootSigning } from "../protocol/crypto/frozen-keys.ts"
import formats from "./formats.json" with { type: "json" }

/** The frozen statements (make.ts) as the cloud takes them. */

const { audience, patient, root, professional, byEachKey, refused } = formats.statements
const { patientId } = formats
const now = new Date(formats.statements.now * 1000)
const sealing = (await importSealingKeyPair(frozenRoot.sealing, { extractable: false })).publicKey
const known = { patientId, root: { signing: rootSigning, sealing }, signers: formats.signers.chain }
const byPatient = (type: PatientStatementType, statement: string) =>
  patientStatement(type, statement, { audience, patient: known, ends: [undefined, undefined], now })

describe("statements", () => {
  test.each(Object.entries(patient).flatMap(([type, all]) => all.map((statement, i) => ({ type, i, statement }))))(
    "a patient's $type is taken ($i)",
    async ({ type, statement }) => {
      const claims = await byPatient(type as PatientStatementType, statement)
      expect(claims).toEqual(readStatement(statement).payload)
      expect(claims).toMatchObject({ patientId, aud: audience })
    },
  )

  test("the root's deactivation is taken", async () => {
    const claims = await rootStatement("deactivation", root.deactivation, { audience, patient: known, now })
    expect(claims).toEqual(readStatement(root.deactivation).payload)
    expect(await refusalOf(byPatient("deactivation-cancellation", root.deactivation))).toBe("statement-invalid")
  })

  test.each(["emergency-access", "contribution"] as const)("a professional's %s is taken", async (type) => {
    const { claims, alg, chain } = await professionalStatement(type, professional[type], { audience, now })
    expect(claims).toEqual(readStatement(professional[type]).payload)
    expect([alg, chain.length]).toEqual(["ES256", 1])
  })

  test.each(byEachKey)(
    "a professional's contribution by $alg is taken, and says whose key and certificate it is by",
    async ({ alg, account, certificate, statement }) => {
      const read = await professionalStatement("contribution", statement, { audience, now })
      expect(read).toMatchObject({ alg, account, certificate, claims: { patientId } })
    },
  )

  test.each(refused)("are refused: $why", async ({ type, statement }) => {
    const reading =
      type === "contribution" || type === "emergency-access"
        ? professionalStatement(type, statement, { audience, now })
        : byPatient(type as PatientStatementType, statement)
    expect(await refusalOf(reading)).toBe("statement-invalid")
  })
})

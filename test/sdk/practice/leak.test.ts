import { beforeAll, describe, expect, test } from "vitest"
import { practicePatient } from "../../../local/samples/practice-patients.ts"
import { toBase64url, utf8 } from "../../../protocol/crypto/bytes.ts"
import { randomBytes } from "../../../protocol/crypto/primitives.ts"
import { makeDeliveryAddress } from "../../../sdk/patient/delivery-addresses.ts"
import type { NewEntry } from "../../../sdk/practice/files.ts"
import { addFile } from "../../../sdk/practice/files.ts"
import { readDeliveryAddress, sendToPatient } from "../../../sdk/practice/send.ts"
import { confirmationCode } from "../../fakes/accounts.ts"
import { cloudAddress, memoryNetwork } from "../../kit/memory-network.ts"
import { over } from "../../kit/network.ts"
import { openAccount } from "../../kit/people.ts"
import { contentOf, openNewPractice } from "../../kit/practices.ts"

/** As many as the demo has; of the first some have a content as well. */
const patients = Array.from({ length: 200 }, (_, i) => practicePatient(i))
const withContent = 10

/** Of delivery addresses: what entries keep, and what one letter went by. */
const secrets = Array.from({ length: withContent }, () => toBase64url(randomBytes(16)))
const recipientName = "Dr. Papadimitriou-Rossi"
const letter = "Blood pressure well controlled, next visit in May"

interface Kept {
  readonly fileId: string
  /** What the operator can measure of a file without opening anything. */
  readonly seen: string
}
let kept: string
let files: readonly Kept[]

beforeAll(async () => {
  const net = await memoryNetwork()
  const sent: { fileId: string; entry: string }[] = []
  await over(
    async (asked) => {
      if (asked.route === "practice/put-file")
        sent.push({
          fileId: asked.url.pathname.split("/").at(-1) ?? "",
          entry: JSON.parse(new TextDecoder().decode(asked.body)).entry,
        })
      return net.network(asked)
    },
    async () => {
      const code = async () => confirmationCode
      const { practice } = await openNewPractice(cloudAddress, "practice@example.org", net.physician, code)
      for (const [i, patient] of patients.entries()) {
        const content = i < withContent ? contentOf(`note on ${patient.fileNumber}`) : undefined
        const secret = i < withContent ? secrets[i] : undefined
        const more = { importId: "I".repeat(21).concat("A"), ...(secret !== undefined && { delivery: secret }) }
        await addFile(practice, { ...patient, ...more }, content)
      }
      const { session } = await openAccount(cloudAddress, "patient@example.org", code)
      const address = await makeDeliveryAddress(session, recipientName)
      secrets.push(toBase64url(address.secret))
      const document = {
        category: "document",
        title: "Note",
        contentType: "text/plain",
        content: utf8(letter),
      } as const
      await sendToPatient(practice, await readDeliveryAddress(practice, address.words), document, net.physician)
    },
  )
  kept = net.stored()
  files = sent.map(({ fileId, entry }) => ({ fileId, seen: String(entry.length) }))
}, 300_000)

const valuesOf = ({ names, birthDate, fileNumber, phones, lastVisit }: NewEntry): string[] =>
  [...names.flatMap(({ family, given }) => [family, given]), birthDate, fileNumber, lastVisit, ...phones].filter(
    (value) => value !== undefined,
  )

/** A text in the spellings that something stored could have it in. */
const spellings = (value: string): string[] => {
  const bytes = Buffer.from(value)
  // Base64 begins anew every three bytes: of each shift the part that doesn't depend on what stands around it.
  const shifted = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString("base64url")
      .slice(shift === 0 ? 0 : shift + 1, -2),
  )
  const long = shifted.filter((text) => text.length >= 6)
  return [value, JSON.stringify(value).slice(1, -1), bytes.toString("hex"), ...long]
}

describe("what the cloud keeps of a practice", () => {
  test("has no name, date, number or telephone of any of 200 patients, in any spelling", () => {
    expect(kept.length).toBeGreaterThan(200_000)
    // Four digits stand in anything random, too.
    const values = new Set(patients.flatMap((patient) => valuesOf(patient)).filter((value) => value.length > 4))
    expect(values.size).toBeGreaterThan(200)
    const found = [...values].filter((value) => spellings(value).some((spelling) => kept.includes(spelling)))
    expect(found).toEqual([])
  })

  test("has no secret of a delivery address, nor what the patient calls it, nor what was sent by it", () => {
    expect(kept).toContain('"kind":"delivery-address"')
    const values = [...secrets, recipientName, letter]
    expect(values.filter((value) => spellings(value).some((spelling) => kept.includes(spelling)))).toEqual([])
    const binary = secrets.map((secret) => Buffer.from(secret, "base64url").toString("hex"))
    expect(binary.filter((text) => kept.includes(text))).toEqual([])
  })

  test("names no file of the practice where something was sent to a patient", () => {
    const fileIds = new Set(files.map(({ fileId }) => fileId))
    const told = [...kept.matchAll(/\{[^{}]*"action":"contribute"[^{}]*(?:\{[^{}]*\}[^{}]*)*\}/g)].map(([text]) => text)
    expect(told.length).toBeGreaterThan(1)
    expect(told.filter((text) => [...fileIds].some((fileId) => text.includes(fileId)))).toEqual([])
  })

  test("is searched by a test that finds what stands there", () => {
    expect(
      spellings("practice/put-file").some((spelling) => JSON.stringify("practice/put-file").includes(spelling)),
    ).toBe(true)
    for (const prefix of ["", "a", "ab"]) {
      const around = Buffer.from(`${prefix}Παπαδόπουλος and more`).toString("base64url")
      expect(spellings("Παπαδόπουλος").some((spelling) => around.includes(spelling))).toBe(true)
    }
  })

  test("tells who knows how frequent names are no more than that: an attack by all that can be measured is at chance", () => {
    const surnames = patients.map(({ names }) => names[0]?.family ?? "")
    const bySeen = Map.groupBy(files.keys(), (at) => files[at]?.seen)
    // The attacker's best guess for all that look alike: the surname that is commonest among them.
    let right = 0
    for (const alike of bySeen.values()) {
      const counts = Map.groupBy(alike, (at) => surnames[at])
      right += Math.max(...[...counts.values()].map((same) => same.length))
    }
    const commonest = Math.max(...[...Map.groupBy(surnames, (name) => name).values()].map((same) => same.length))
    expect(right).toBe(commonest)
  })
})

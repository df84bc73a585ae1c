import { beforeEach, describe, expect, test } from "vitest"
import * as z from "zod/mini"
import { deactivate } from "../../functions/domain/deactivation.ts"
import { getDecided, getManifest, getManifestPage } from "../../functions/domain/manifest.ts"
import { claimsOf } from "../../functions/domain/statements.ts"
import { manifestClaims } from "../../protocol/claims.ts"
import { verifyLinks } from "../../protocol/skip-links.ts"
import { statementHash } from "../../protocol/statement.ts"
import { newId } from "../fakes/call.ts"
import { expectRefusal, type MemoryCloud, memoryCloud, refusalOf } from "../fakes/cloud.ts"
import { newPatient, patientInOrder, publish } from "../kit/patients.ts"
import { placed } from "../kit/placed.ts"
import { publicationOf } from "../kit/publications.ts"
import { rootOf, signedBy, type TestPatient } from "../kit/statements.ts"

let cloud: MemoryCloud
let patient: TestPatient
let made: Awaited<ReturnType<typeof patientInOrder>>
beforeEach(async () => {
  cloud = await memoryCloud()
  made = await patientInOrder(cloud)
  patient = made.patient
})
const manifestOf = (patientId = patient.patientId, after?: string) =>
  getManifest(cloud, patientId, after === undefined ? {} : { after })
const pageOf = (page: string, patientId = patient.patientId) =>
  getManifestPage(cloud, patientId, { category: "summary", page })

describe("the newest manifest", () => {
  test("of an account that is destroyed while the way back to an earlier one is read is refused as that", async () => {
    const { patientId } = patient
    const missing: typeof cloud.store.read = async (refs) => {
      if (refs[0]?.kind === "manifest-version") {
        const statement = await signedBy(rootOf(patient), cloud, "deactivation", {})
        await deactivate(cloud, patientId, { statement }, cloud.call)
      }
      return cloud.store.read(refs)
    }
    for (let n = 0; n < 3; n++) await publish(cloud, patient)
    const reading = getManifest({ ...cloud, store: { ...cloud.store, read: missing } }, patientId, { after: "1" })
    expect(await refusalOf(reading)).toBe("account-deactivated")
  })

  test("comes with who signs and what is sealed to", async () => {
    const { patientId } = patient
    const [account, copies] = await cloud.store.read([
      { kind: "patient", patientId },
      { kind: "patient-keys", patientId },
    ])
    const { manifest, links, signers, accountKey, keyRing } = await manifestOf()
    const claims = claimsOf("manifest", manifest)
    expect({ signers, accountKey, links }).toEqual({
      signers: account?.signers,
      accountKey: {
        number: account?.accountKey?.number,
        publicKey: account?.accountKey?.publicKey,
        sealed: copies?.sealed,
        previous: copies?.previous,
      },
      links: [],
    })
    expect(claims.account.number).toBe(accountKey.number)
    expect(keyRing.account).toBe(accountKey.number)
  })

  test("leads back to any one before it", async () => {
    while (claimsOf("manifest", (await manifestOf()).manifest).number < 13) await publish(cloud, patient)
    for (let after = 0; after <= 13; after++) {
      const { manifest, links } = await manifestOf(patient.patientId, String(after))
      const claims = claimsOf("manifest", manifest)
      const [version] = await cloud.store.read([
        { kind: "manifest-version", patientId: patient.patientId, number: after },
      ])
      const hash = version === undefined ? null : await statementHash(version.manifest)
      await verifyLinks({ ...claims, hash: await statementHash(manifest) }, links, { number: after, hash }, (payload) =>
        z.parse(manifestClaims, payload),
      )
    }
  })

  test("has no way back to one that comes after it", async () => {
    expect((await manifestOf(patient.patientId, "999")).links).toEqual([])
  })

  test("that isn't the one the account is of is read again, and refused for the moment where it never is", async () => {
    const { store } = cloud
    const { patientId } = patient
    const [account, copies] = await store.read([
      { kind: "patient", patientId },
      { kind: "patient-keys", patientId },
    ])
    if (account === undefined || copies === undefined) throw new Error("no account")
    const skewed = (times: number, before: readonly unknown[]): typeof store => {
      let left = times
      return {
        list: (kind, of, options) => store.list(kind, of, options),
        write: (changes) => store.write(changes),
        read: async (refs) => {
          const found: unknown[] = [...(await store.read(refs))]
          return (left-- > 0 ? [...before, ...found.slice(before.length)] : found) as never
        },
      }
    }
    for (const before of [
      [{ ...account, signers: ["e30.e30.c2ln"] }],
      [account, { ...copies, revision: copies.revision + 1, sealed: [] }],
      [account, undefined],
    ]) {
      const reading = (times: number) => getManifest({ store: skewed(times, before) }, patientId, {})
      expect(await reading(2)).toEqual(await manifestOf())
      expect(await refusalOf(reading(3))).toBe("busy")
    }
  })
})

describe("what was decided", () => {
  test("is nothing at first, and then every page that the manifest names", async () => {
    expect(await getDecided(cloud, patient.patientId)).toEqual({ decided: [] })
    const ids = Array.from({ length: 257 }, () => newId())
    await placed(cloud, patient, await publicationOf(cloud, patient, { decided: ids }))
    expect(await getDecided(cloud, patient.patientId)).toEqual({ decided: [ids.slice(0, 256), ids.slice(256)] })
  })

  test("of a patient who has published nothing is refused", async () => {
    const other = await newPatient(cloud)
    await expectRefusal(cloud, () => getDecided(cloud, other.patientId), "not-found")
  })
})

describe("reading", () => {
  test("gives a page as it was published", async () => {
    expect(await pageOf("0")).toEqual({ descriptors: [made.summary] })
  })

  test("is over once the account is being deactivated", async () => {
    const statement = await signedBy(rootOf(patient), cloud, "deactivation", {})
    cloud.calls.before("objects.destroySome", async () => {
      throw new Error("interrupted")
    })
    await expect(deactivate(cloud, patient.patientId, { statement }, cloud.call)).rejects.toThrow("interrupted")
    for (const attempt of [() => manifestOf(), () => pageOf("0"), () => getDecided(cloud, patient.patientId)])
      await expectRefusal(cloud, attempt, "account-deactivated")
  })

  test("a manifest or page there isn't, or of another patient, is refused alike", async () => {
    const other = await newPatient(cloud)
    await expectRefusal(cloud, () => manifestOf(other.patientId), "not-found")
    await expectRefusal(cloud, () => manifestOf(newId()), "not-found")
    await expectRefusal(cloud, () => pageOf("0", other.patientId), "not-found")
    await expectRefusal(cloud, () => pageOf("1"), "not-found")
  })
})

import { beforeEach, describe, expect, test } from "vitest"
import { hourSeconds, manifestsPerHour } from "../../contract/limits.ts"
import type { Publication } from "../../contract/publication.ts"
import { getManifest, publishManifest } from "../../functions/domain/manifest.ts"
import { claimsOf } from "../../functions/domain/statements.ts"
import {
  type AccountKey,
  createAccountKey,
  nextAccountKey,
  openAccountKey,
  shareAccountKey,
} from "../../protocol/account-key.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { generateKeyPairs, type KeyPairs } from "../../protocol/keys.ts"
import { categories } from "../../protocol/primitives.ts"
import type { KeyRing } from "../../protocol/record.ts"
import { sealingKeyThumbprint } from "../../protocol/sealing.ts"
import { statementHash } from "../../protocol/statement.ts"
import { newKey } from "../fakes/call.ts"
import { expectRefusal, type MemoryCloud, memoryCloud } from "../fakes/cloud.ts"
import { consentingPatient, newCard, publish } from "../kit/patients.ts"
import { type PublishedChange, publicationOf } from "../kit/publications.ts"
import { renewedRing } from "../kit/sealed.ts"
import { firstSigners, listedSigner, nextSigners, type TestPatient } from "../kit/statements.ts"

let cloud: MemoryCloud
let patient: TestPatient
let second: KeyPairs
let chain: readonly string[]
let accountKey: AccountKey
beforeEach(async () => {
  cloud = await memoryCloud()
  patient = await consentingPatient(cloud)
  second = await generateKeyPairs({ extractable: true })
  await read()
})
/** What is stored now. */
const read = async () => {
  const found = await getManifest(cloud, patient.patientId, {})
  chain = found.signers
  accountKey = found.accountKey
}
const place = () => ({ cloudId: cloud.cloud.cloudId, patientId: patient.patientId })
const publicOf = (pairs: readonly KeyPairs[]) => pairs.map(({ sealing }) => sealing.publicKey)
const publishing = (publication: Publication) => publishManifest(cloud, patient.patientId, { publication }, cloud.call)
const refused = async (change: PublishedChange, by: Pick<TestPatient, "keys" | "patientId"> = patient) => {
  const publication = await publicationOf(cloud, by, change)
  await expectRefusal(cloud, () => publishing(publication), "manifest-invalid")
}
const shared = async (holders: readonly KeyPairs[]) =>
  shareAccountKey(
    place(),
    accountKey,
    await openAccountKey(place(), accountKey, patient.keys.sealing),
    publicOf(holders),
  )
const renewed = async (holders: readonly KeyPairs[]) =>
  (
    await nextAccountKey(
      place(),
      accountKey,
      await openAccountKey(place(), accountKey, patient.keys.sealing),
      publicOf(holders),
    )
  ).accountKey
const active = async (pairs: readonly KeyPairs[]) => Promise.all(pairs.map((pair) => listedSigner(pair, cloud.now)))
const ended = async (pair: KeyPairs) => ({
  ...(await listedSigner(pair, cloud.now)),
  until: Math.floor(cloud.now.getTime() / 1000),
})
const listOf = async (signers: object, by: Pick<TestPatient, "keys"> = patient, after = chain, claims: object = {}) =>
  nextSigners({ ...patient, ...by }, cloud, after, { signers, ...claims })
/** The change by which the second device is added. */
const adding = async (): Promise<PublishedChange> => ({
  signers: [...chain, await listOf(await active([patient.keys, second]))],
  accountKey: await shared([patient.root, patient.keys, second]),
})
const added = async () => {
  await publish(cloud, patient, await adding())
  await read()
}
/** A publication under a ring that has a new epoch of these categories, sealed to this account key. */
const withRing = async (
  change: PublishedChange,
  account: number,
  named: readonly (typeof categories)[number][] = categories,
  by: Pick<TestPatient, "keys" | "patientId"> = patient,
): Promise<Publication> => {
  const { keyRing } = await getManifest(cloud, patient.patientId, {})
  const ring: KeyRing = { ...renewedRing(keyRing, named), account }
  const claims = { keyRing: await canonicalHash(ring) }
  return { ...(await publicationOf(cloud, by, { ...change, renewed: named, claims })), keyRing: ring }
}

describe("a signer", () => {
  test("that is added signs from then on, and what is sealed to the patient is sealed to it", async () => {
    const change = await adding()
    await publish(cloud, patient, change)
    await read()
    expect({ chain, accountKey }).toEqual({ chain: change.signers, accountKey: change.accountKey })
    const publication = await publicationOf(cloud, { ...patient, keys: second })
    expect(await publishing(publication)).toHaveProperty("event")
  })

  test("may sign the very manifest that comes with its list", async () => {
    const publication = await publicationOf(cloud, { ...patient, keys: second }, await adding())
    expect(await publishing(publication)).toHaveProperty("event")
  })

  test("whose list is not by one who may sign it is refused", async () => {
    const signers = [...chain, await listOf(await active([patient.keys, second]), { keys: second })]
    const change = { signers, accountKey: await shared([patient.root, patient.keys, second]) }
    const publication = await publicationOf(cloud, patient, change)
    await expectRefusal(cloud, () => publishing(publication), "statement-invalid")
  })

  test("that is ended by another signs no more: the account key and all epochs are new", async () => {
    await added()
    const signers = [...chain, await listOf([...(await active([patient.keys])), await ended(second)])]
    const key = await renewed([patient.root, patient.keys])
    await publishing(await withRing({ signers, accountKey: key }, 2))
    const publication = await publicationOf(cloud, { ...patient, keys: second })
    await expectRefusal(cloud, () => publishing(publication), "statement-invalid")
    await read()
    expect(accountKey.number).toBe(2)
  })

  test("that ends leaves no card in force: they die in the same publication, which counts them no more", async () => {
    await added()
    const { cardId } = await newCard(cloud, patient)
    const signers = [...chain, await listOf([...(await active([patient.keys])), await ended(second)])]
    const change = { signers, accountKey: await renewed([patient.root, patient.keys]) }
    const kept = await withRing(change, 2)
    await expectRefusal(cloud, () => publishing({ ...kept, cards: [] }), "manifest-invalid")
    await expectRefusal(cloud, () => publishing(kept), "manifest-invalid")
    const struck = await withRing({ ...change, struck: [cardId] }, 2)
    await expectRefusal(cloud, () => publishing({ ...struck, cards: kept.cards }), "manifest-invalid")
    await publishing(struck)
    const [card, usage] = await cloud.store.read([
      { kind: "card", patientId: patient.patientId, cardId },
      { kind: "usage", patientId: patient.patientId },
    ])
    expect(card).toMatchObject({ status: "revoked" })
    for (const secret of ["proofKey", "cloudShare", "wrappedCategoryKeys", "sealed"])
      expect(card).not.toHaveProperty(secret)
    expect(usage).toMatchObject({ cards: 0 })
  })

  test("is not ended while it can open what follows", async () => {
    await added()
    const signers = [...chain, await listOf([...(await active([patient.keys])), await ended(second)])]
    const key = await renewed([patient.root, patient.keys])
    const kept = await shared([patient.root, patient.keys])
    const halfRing = await withRing({ signers, accountKey: key }, 2, categories.slice(1))
    await expectRefusal(cloud, () => publishing(halfRing), "manifest-invalid")
    const oldAccount = await withRing({ signers, accountKey: kept }, 1)
    await expectRefusal(cloud, () => publishing(oldAccount), "manifest-invalid")
    const oldRing = await withRing({ signers, accountKey: key }, 1)
    await expectRefusal(cloud, () => publishing(oldRing), "manifest-invalid")
    expect(await publishing(await withRing({ signers, accountKey: key }, 2))).toHaveProperty("event")
  })

  test("that was ended does not overrule its end by a longer line of lists", async () => {
    await added()
    const before = chain
    const ending = [...chain, await listOf([...(await active([patient.keys])), await ended(second)])]
    await publishing(await withRing({ signers: ending, accountKey: await renewed([patient.root, patient.keys]) }, 2))
    await read()
    const both = await active([patient.keys, second])
    const more = await generateKeyPairs({ extractable: true })
    const third = await listOf([...both, ...(await active([more]))], { keys: second }, before)
    const fork = [...before, third, await listOf([...both, await ended(more)], { keys: second }, [...before, third])]
    const key = { ...accountKey, sealed: (await shared([patient.root, patient.keys, second])).sealed }
    await refused({ signers: fork, accountKey: key }, { ...patient, keys: second })
  })

  test("is overruled by the root, whose newer list begins a line of its own", async () => {
    await added()
    const third = await generateKeyPairs({ extractable: true })
    const signers = [
      await firstSigners(patient, cloud, [third], {
        number: 3,
        previous: await statementHash(chain.at(-1) ?? ""),
        signers: [...(await active([third])), await ended(patient.keys), await ended(second)],
      }),
    ]
    const key = await renewed([patient.root, third])
    const by = { ...patient, keys: third }
    await publishing(await withRing({ signers, accountKey: key }, 2, categories, by))
    const publication = await publicationOf(cloud, patient)
    await expectRefusal(cloud, () => publishing(publication), "statement-invalid")
  })
})

/** All manifests of this hour are used up, and counted so. */
const useUpManifests = async () => {
  const usageRef = { kind: "usage", patientId: patient.patientId } as const
  const [usage] = await cloud.store.read([usageRef])
  if (usage === undefined) throw new Error("nothing is counted")
  const hour = Math.floor(cloud.now.getTime() / 1000 / hourSeconds) * hourSeconds
  const by = Object.fromEntries(Object.keys(usage.manifests.by).map((signer) => [signer, manifestsPerHour]))
  await cloud.store.write([{ put: { ...usage, revision: usage.revision + 1, manifests: { hour, by } } }])
  return async () => Object.values((await cloud.store.read([usageRef]))[0]?.manifests.by ?? {})
}

test("a signer is ended though the one that ends it used up its manifests of the hour", async () => {
  await added()
  const counted = await useUpManifests()
  const signers = [...chain, await listOf([...(await active([patient.keys])), await ended(second)])]
  await publishing(await withRing({ signers, accountKey: await renewed([patient.root, patient.keys]) }, 2))
  expect(await counted()).toEqual([manifestsPerHour])
})

test("the root's list is taken though the manifests of the hour are used up, and a device's that ends nobody isn't", async () => {
  const counted = await useUpManifests()
  const byDevice = await publicationOf(cloud, patient, await adding())
  await expectRefusal(cloud, () => publishing(byDevice), "rate-exceeded")
  const list = await firstSigners(patient, cloud, [patient.keys], {
    number: 2,
    previous: await statementHash(chain[0] ?? ""),
    signers: await active([patient.keys]),
  })
  await publish(cloud, patient, { signers: [list] })
  expect(await counted()).toEqual([manifestsPerHour])
})

describe("a list of signers", () => {
  test("that is the one in force, or an older one, is refused", async () => {
    await added()
    await refused({ signers: chain })
    const older = await firstSigners(patient, cloud, [patient.keys, second])
    await refused({ signers: [older] })
    const again = await firstSigners(patient, cloud, [patient.keys, second], { number: 2 })
    await refused({ signers: [again] })
  })

  test("that names another sealing key of the root is refused", async () => {
    const other = await generateKeyPairs({ extractable: true })
    const { root } = claimsOf("signer-list", chain[0] ?? "")
    const list = await firstSigners(patient, cloud, [patient.keys], {
      number: 2,
      previous: await statementHash(chain[0] ?? ""),
      root: { ...root, sealing: await sealingKeyThumbprint(other.sealing.publicKey) },
      signers: await active([patient.keys]),
    })
    await refused({ signers: [list], accountKey: await shared([other, patient.keys]) })
  })

  test("by the root that leaves who signs as it was needs no new account key", async () => {
    const list = await firstSigners(patient, cloud, [patient.keys], {
      number: 2,
      previous: await statementHash(chain[0] ?? ""),
      signers: await active([patient.keys]),
    })
    await publish(cloud, patient, { signers: [list] })
    await read()
    expect(chain).toEqual([list])
  })

  test("other than the manifest names is refused", async () => {
    const change = await adding()
    const hash = await statementHash(change.signers?.at(-1) ?? "")
    for (const signers of [
      { number: 1, hash: await statementHash(chain[0] ?? "") },
      { number: 1, hash },
      { number: 2, hash: newKey() },
    ])
      await refused({ ...change, claims: { signers } })
    await refused({ claims: { signers: { number: 2, hash } } })
  })
})

describe("an account key", () => {
  test("that is sealed to more or fewer than may sign is refused", async () => {
    const { signers } = await adding()
    const both = signers ?? []
    await refused({ signers: both })
    for (const holders of [
      [patient.root, patient.keys],
      [patient.keys, second],
      [patient.root, patient.keys, second, await generateKeyPairs({ extractable: true })],
      [patient.root, patient.keys, second, second],
    ])
      await refused({ signers: both, accountKey: await shared(holders) })
    await refused({ accountKey: await shared([patient.root, patient.keys, second]) })
  })

  test("that is the one in force is refused; sealed anew, or the next one, it is taken", async () => {
    await refused({ accountKey })
    await publish(cloud, patient, { accountKey: await shared([patient.root, patient.keys]) })
    await read()
    await publishing(await withRing({ accountKey: await renewed([patient.root, patient.keys]) }, 2, []))
    await read()
    expect(accountKey).toMatchObject({ number: 2, previous: [expect.any(String)] })
  })

  test("that skips a number, keeps or changes its number wrongly, or lacks one before it is refused", async () => {
    const next = await renewed([patient.root, patient.keys])
    const { accountKey: other } = await createAccountKey(place(), publicOf([patient.root, patient.keys]))
    const { sealed } = await shared([patient.root, patient.keys])
    const wrong: [AccountKey, number][] = [
      [{ ...next, number: 3, previous: [...next.previous, ...next.previous] }, 3],
      [{ ...next, previous: [] }, 2],
      [{ ...next, previous: [...next.previous, ...next.previous] }, 2],
      [other, 1],
      [{ ...accountKey, number: 2, previous: next.previous, sealed }, 2],
    ]
    for (const [key, number] of wrong) {
      const publication = await withRing({ accountKey: key }, number, [])
      await expectRefusal(cloud, () => publishing(publication), "manifest-invalid")
    }
  })

  test("that nobody can seal to is refused", async () => {
    const next = await renewed([patient.root, patient.keys])
    const { p256 } = next.publicKey
    const off = { ...next, publicKey: { ...next.publicKey, p256: { ...p256, y: p256.x } } }
    const publication = await withRing({ accountKey: off }, 2, [])
    await expectRefusal(cloud, () => publishing(publication), "manifest-invalid")
  })

  test("other than the manifest names is refused", async () => {
    const { account } = claimsOf("manifest", (await getManifest(cloud, patient.patientId, {})).manifest)
    await refused({ claims: { account: { ...account, number: 2 } } })
    await refused({ claims: { account: { ...account, thumbprint: newKey() } } })
  })
})

import { getManifest } from "../../functions/domain/manifest.ts"
import { nextAccountKey, openAccountKey, shareAccountKey } from "../../protocol/account-key.ts"
import type { SignerListClaims } from "../../protocol/claims.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { generateKeyPairs, type KeyPairs } from "../../protocol/keys.ts"
import { categories } from "../../protocol/primitives.ts"
import { readStatement, statementHash } from "../../protocol/statement.ts"
import type { MemoryCloud } from "../fakes/cloud.ts"
import { publish } from "./patients.ts"
import { publicationOf } from "./publications.ts"
import { renewedRing } from "./sealed.ts"
import { firstSigners, listedSigner, nextSigners, type TestPatient } from "./statements.ts"

const placeOf = ({ cloud: { cloudId } }: MemoryCloud, { patientId }: TestPatient) => ({ cloudId, patientId })
const listedNow = (cloud: MemoryCloud, devices: readonly TestPatient[]) =>
  Promise.all(devices.map(({ keys }) => listedSigner(keys, cloud.now)))

/** The change by which a device adds one more to those that there are. */
export const adding = async (cloud: MemoryCloud, by: TestPatient, keys: KeyPairs) => {
  const { signers, accountKey } = await getManifest(cloud, by.patientId, {})
  const { signers: listed } = readStatement(signers.at(-1) ?? "").payload as SignerListClaims
  const holders = [...accountKey.sealed.map(({ to }) => to), keys.sealing.publicKey]
  const account = await openAccountKey(placeOf(cloud, by), accountKey, by.keys.sealing)
  const claims = { signers: [...listed, await listedSigner(keys, cloud.now)] }
  return {
    signers: [...signers, await nextSigners(by, cloud, signers, claims)],
    accountKey: await shareAccountKey(placeOf(cloud, by), accountKey, account, holders),
  }
}

/** Another device of the patient's, which this one lets in. */
export const letIn = async (cloud: MemoryCloud, by: TestPatient): Promise<TestPatient> => {
  const keys = await generateKeyPairs({ extractable: true })
  await publish(cloud, by, await adding(cloud, by, keys))
  return { ...by, keys }
}

/** The publication of one device, alone on the list but for these, after which they are off it. */
export const takingOff = async (cloud: MemoryCloud, by: TestPatient, ended: readonly TestPatient[]) => {
  const { signers, accountKey, keyRing } = await getManifest(cloud, by.patientId, {})
  const until = Math.floor(cloud.now.getTime() / 1000)
  const off = (await listedNow(cloud, ended)).map((each) => ({ ...each, until }))
  const list = await nextSigners(by, cloud, signers, { signers: [...(await listedNow(cloud, [by])), ...off] })
  const account = await openAccountKey(placeOf(cloud, by), accountKey, by.keys.sealing)
  const holders = [by.root, by.keys].map(({ sealing }) => sealing.publicKey)
  const next = await nextAccountKey(placeOf(cloud, by), accountKey, account, holders)
  const ring = { ...renewedRing(keyRing, categories), account: next.accountKey.number }
  const claims = { keyRing: await canonicalHash(ring) }
  const change = { signers: [...signers, list], accountKey: next.accountKey, renewed: categories, claims }
  return { ...(await publicationOf(cloud, by, change)), keyRing: ring }
}

/** Has the root begin a new list, with these devices on it. */
export const beginAnew = async (cloud: MemoryCloud, by: TestPatient, devices: readonly TestPatient[]) => {
  const { signers } = await getManifest(cloud, by.patientId, {})
  const { number } = readStatement(signers.at(-1) ?? "").payload as SignerListClaims
  const claims = { number: number + 1, previous: await statementHash(signers.at(-1) ?? "") }
  const keys = devices.map((device) => device.keys)
  await publish(cloud, by, { signers: [await firstSigners(by, cloud, keys, claims)] })
}

import { type KeyPairs, type PublicKeys, publicKeysOf, thumbprint } from "../../protocol/keys.ts"
import { sealingKeyThumbprint } from "../../protocol/sealing.ts"
import { recordHash } from "../../protocol/signers.ts"
import { signStatement, statementHash } from "../../protocol/statement.ts"
import { newId } from "../fakes/call.ts"
import type { MemoryCloud } from "../fakes/cloud.ts"
import type { Professional } from "./professional.ts"

export interface TestPatient {
  readonly patientId: string
  /** Lies in the recovery bundle alone. */
  readonly root: KeyPairs
  /** The thumbprint of the root's signing key, which every card bears. */
  readonly fingerprint: string
  /** The first device's. */
  readonly keys: KeyPairs
  readonly email: string
}
/** Who signs, and for whom. */
export type Signer = Pick<TestPatient, "keys" | "patientId">
/** The root, as who signs. */
export const rootOf = ({ root, patientId }: Pick<TestPatient, "root" | "patientId">): Signer => ({
  keys: root,
  patientId,
})
export type Place = Pick<MemoryCloud, "cloud" | "now">

export const stampAt = (now: Date) => ({ iat: Math.floor(now.getTime() / 1000), jti: newId() })

/** The name of a device, or of the root. */
export const nameOf = async (keys: KeyPairs): Promise<string> => thumbprint((await publicKeysOf(keys)).signing)

/** What a statement says without being told. Lists and ends of signers name the record by a hash: an index reads them, too. */
const saidByItself = async ({ patientId }: Signer, { cloud: { cloudId }, now }: Place, typ: string) =>
  typ === "signer-list" || typ === "signer-end"
    ? { ...stampAt(now), record: await recordHash({ cloudId, patientId }) }
    : { aud: cloudId, ...stampAt(now), patientId }

/** A patient's statement, made now; `claims` may override anything. `kid`: whom it says it is by. */
export const signedBy = async (
  signer: Signer,
  place: Place,
  typ: string,
  claims: object,
  kid?: string,
): Promise<string> =>
  signStatement({
    typ,
    alg: "ES256",
    kid: kid ?? (await nameOf(signer.keys)),
    privateKey: signer.keys.signing.privateKey,
    payload: { ...(await saidByItself(signer, place, typ)), ...claims },
  })

/** The end of these signers, by whoever `keys` are; `claims` may override anything. */
export const signedEnd = async (by: Signer, place: Place, signers: readonly KeyPairs[], claims: object = {}) =>
  signedBy(by, place, "signer-end", { signers: await Promise.all(signers.map(nameOf)), ...claims })

const publicNames = async ({ signing, sealing }: PublicKeys) => ({
  signing,
  sealing: await sealingKeyThumbprint(sealing),
})

/** As a list of signers names a device. */
export const listedSigner = async (keys: KeyPairs, since: Date) => ({
  ...(await publicNames(await publicKeysOf(keys))),
  since: Math.floor(since.getTime() / 1000),
})

/** A list of signers under this root, signed by whoever `by` is; `claims` has its number and its signers, and may override anything. */
export const signedList = async (
  by: Signer,
  place: Place,
  root: PublicKeys,
  before: string | undefined,
  claims: object,
): Promise<string> =>
  signedBy(by, place, "signer-list", {
    previous: before === undefined ? null : await statementHash(before),
    root: await publicNames(root),
    ...claims,
  })

/** The first list of signers, which the root signs: it names these devices. `claims` may override anything. */
export const firstSigners = async (
  { root, patientId }: Pick<TestPatient, "root" | "patientId">,
  place: Place,
  devices: readonly KeyPairs[],
  claims: object = {},
): Promise<string> => {
  const signers = await Promise.all(devices.map((device) => listedSigner(device, place.now)))
  const own = { number: 1, signers, ...claims }
  return signedList({ keys: root, patientId }, place, await publicKeysOf(root), undefined, own)
}

/** The list after the newest of `chain`, signed by whoever `keys` are; `claims` may override anything. */
export const nextSigners = async (
  { root, ...by }: Pick<TestPatient, "root" | "keys" | "patientId">,
  place: Place,
  chain: readonly string[],
  claims: object,
): Promise<string> =>
  signedList(by, place, await publicKeysOf(root), chain.at(-1), { number: chain.length + 1, ...claims })

/** A professional's statement, made now; `claims` may override anything. */
export const signedByProfessional = (
  { alg, chain, privateKey }: Professional,
  place: Place,
  typ: string,
  claims: object,
): Promise<string> =>
  signStatement({
    typ,
    alg,
    privateKey,
    x5c: chain,
    payload: { aud: place.cloud.cloudId, ...stampAt(place.now), ...claims },
  })

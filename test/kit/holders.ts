import type { ManifestClaims, SignerListClaims } from "../../protocol/claims.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import { generateKeyPairs, type KeyPairs, type PublicKeys, publicKeysOf, thumbprint } from "../../protocol/keys.ts"
import { ofEach } from "../../protocol/primitives.ts"
import { sealingKeyThumbprint } from "../../protocol/sealing.ts"
import { signedBy, signedList } from "./statements.ts"

export const patientId = "gIGCg4SFhoeIiYqLjI2Ojw"
export const cloudId = "cloud.example"
export const now = 1_790_000_000
export const place = { cloudId, patientId }
export const aHash = (character: string) => `${character.repeat(42)}A`

/** A root or a signer. */
export interface Holder {
  readonly keys: KeyPairs
  readonly publicKeys: PublicKeys
  /** Thumbprints. */
  readonly id: string
  readonly sealing: string
}

export async function newHolder(): Promise<Holder> {
  const keys = await generateKeyPairs({ extractable: true })
  const publicKeys = await publicKeysOf(keys)
  const [id, sealing] = await Promise.all([thumbprint(publicKeys.signing), sealingKeyThumbprint(publicKeys.sealing)])
  return { keys, publicKeys, id, sealing }
}

/** Where and when what is here is signed. */
const here = { cloud: { cloudId, title: "Example Cloud" }, now: new Date(now * 1000) }
export const stamp = { aud: cloudId, iat: now, jti: "oKGio6SlpqeoqaqrrK2urw" }

/** A statement of the one patient here; `payload` may override anything. `kid`: whom it says it is by. */
export const signBy = ({ keys, id }: Holder, typ: string, payload: object, kid: string = id) =>
  signedBy({ keys, patientId }, here, typ, { jti: stamp.jti, ...payload }, kid)

type Signer = SignerListClaims["signers"][number]
export const listed = ({ publicKeys, sealing }: Holder, more: Partial<Signer> = {}): Signer => ({
  signing: publicKeys.signing,
  sealing,
  since: now,
  ...more,
})

/** A list of these signers, the next one after `before`. */
export async function listOf(
  by: Holder,
  root: Holder,
  signers: readonly Signer[],
  before?: string,
  more: object = {},
): Promise<string> {
  const number = before === undefined ? 1 : numberOf(before) + 1
  const claims = { jti: stamp.jti, number, signers, ...more }
  return signedList({ keys: by.keys, patientId }, here, root.publicKeys, before, claims)
}

function numberOf(compact: string): number {
  const payload: { number: number } = JSON.parse(Buffer.from(compact.split(".")[1] ?? "", "base64url").toString())
  return payload.number
}

export const noPages = ofEach(() => aHash("P"))

/** Claims of a manifest under this list; `previous` and `skips` are the caller's. */
export const manifestOf = (
  number: number,
  signers: { number: number; hash: string },
  more: Partial<ManifestClaims> = {},
) => ({
  number,
  previous: null,
  skips: [],
  signers: { number: signers.number, hash: signers.hash },
  account: { number: 1, thumbprint: aHash("K") },
  keyRing: aHash("R"),
  cards: [],
  pages: noPages,
  decided: [],
  ...more,
})

export const integrityOf = (attempt: Promise<unknown>): Promise<unknown> =>
  attempt.then(
    () => "taken",
    (error: unknown) => (error instanceof IntegrityFailure ? error.code : error),
  )

/** The payload's middle part changed, the signature left. */
export function tampered(compact: string, change: object): string {
  const [header = "", payload = "", signature = ""] = compact.split(".")
  const claims: object = JSON.parse(Buffer.from(payload, "base64url").toString())
  return [header, Buffer.from(JSON.stringify({ ...claims, ...change })).toString("base64url"), signature].join(".")
}

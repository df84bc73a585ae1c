import * as z from "zod/mini"
import { type ManifestClaims, manifestClaims } from "./claims.ts"
import { canonicalHash } from "./crypto/canonical.ts"
import { IntegrityFailure, orFail } from "./integrity.ts"
import { type Category, categories, ofEach } from "./primitives.ts"
import type { Descriptor, KeyPage, KeyRing, PageList, PageLists } from "./record.ts"
import { sealingKeyThumbprint } from "./sealing.ts"
import type { SealingKey } from "./sealing-key.ts"
import { type SignerList, verifyBySigner } from "./signers.ts"
import { isLinked, verifyLinks } from "./skip-links.ts"
import { statementHash } from "./statement.ts"

/** The newest manifest somebody has seen: what any later one is held against. */
export interface Witness {
  readonly number: number
  readonly hash: string
}

export interface Manifest extends Witness {
  readonly claims: ManifestClaims
}

/** Verifies that a manifest is by a signer of this list, about this patient, for this cloud. Whether it is the newest, `verifyDescent` and a witness tell. */
export const verifyManifest = (
  compact: string,
  { signers, patientId, cloudId }: { signers: SignerList; patientId: string; cloudId: string },
): Promise<Manifest> =>
  orFail("manifest-forged", async () => {
    const claims = z.parse(manifestClaims, await verifyBySigner(compact, "manifest", signers))
    if (claims.signers.number !== signers.number || claims.signers.hash !== signers.hash)
      throw new Error("under another list of signers")
    if (claims.patientId !== patientId) throw new Error("another patient")
    if (claims.aud !== cloudId) throw new Error("for another cloud")
    if (!isLinked(claims)) throw new Error("names what isn't before it")
    return { claims, number: claims.number, hash: await statementHash(compact) }
  })

/**
 * That what is known lies in the past of a manifest: `links` are the manifests on the way back. `manifest-rolled-back` where it is older, or of
 * another past, or where a list of signers or an account key on the way is newer than the manifest's. The list that signed `witness` itself is
 * the caller's to compare (`verifyNotOlder`). Back to the beginning: `number` 0, `hash` null.
 */
export const verifyDescent = (
  manifest: Manifest,
  links: readonly string[],
  witness: { readonly number: number; readonly hash: string | null },
): Promise<void> => {
  const { signers, account } = manifest.claims
  return orFail("manifest-rolled-back", () =>
    verifyLinks({ ...manifest.claims, hash: manifest.hash }, links, witness, (payload) => {
      const claims = z.parse(manifestClaims, payload)
      if (claims.signers.number > signers.number || claims.account.number > account.number)
        throw new Error("under newer signers, or a newer account key")
      return claims
    }),
  )
}

/** What a manifest names of page lists. */
export const namedPages = async (lists: PageLists): Promise<ManifestClaims["pages"]> => {
  const hashes = await Promise.all(categories.map(async (each) => [each, await canonicalHash(lists[each])] as const))
  const named = new Map(hashes)
  return ofEach((each) => named.get(each) ?? "")
}

/** That a page list is the one the manifest names. */
export const verifyPageList = async ({ claims }: Manifest, category: Category, list: PageList): Promise<void> => {
  if ((await canonicalHash(list)) !== claims.pages[category]) throw new IntegrityFailure("page-differs")
}

/** That a page is the one its list names. */
export const verifyPage = async (
  { hashes }: PageList,
  page: number,
  descriptors: readonly Descriptor[],
): Promise<void> => {
  const named = hashes[page]
  const absent = named === undefined && descriptors.length === 0
  if (!absent && (await canonicalHash(descriptors)) !== named) throw new IntegrityFailure("page-differs")
}

/** That a key ring is the one the manifest names, and sealed to the account key that it names. */
export const verifyKeyRing = async ({ claims }: Manifest, keyRing: KeyRing): Promise<void> => {
  if ((await canonicalHash(keyRing)) !== claims.keyRing || keyRing.account !== claims.account.number)
    throw new IntegrityFailure("key-ring-differs")
}

/** That a page of older category keys is the one that the ring, or the page after it, names. */
export const verifyKeyPage = async (named: string | null, { older, keys }: KeyPage): Promise<void> => {
  if ((await canonicalHash({ older, keys })) !== named) throw new IntegrityFailure("key-ring-differs")
}

/** That a sealing key is the account key that the manifest names. */
export const verifyAccount = async ({ claims }: Manifest, key: SealingKey): Promise<void> => {
  if ((await sealingKeyThumbprint(key)) !== claims.account.thumbprint) throw new IntegrityFailure("account-key-invalid")
}

/** The ids of all contributions that were decided on, from all pages. `decided-differs` where they aren't what the patient signed. */
export const verifyDecided = async (
  { claims }: Manifest,
  pages: readonly (readonly string[])[],
): Promise<Set<string>> => {
  const hashes = await Promise.all(pages.map((ids) => canonicalHash(ids)))
  const same = hashes.length === claims.decided.length && hashes.every((hash, i) => hash === claims.decided[i])
  if (!same) throw new IntegrityFailure("decided-differs")
  return new Set(pages.flat())
}

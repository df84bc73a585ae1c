import * as z from "zod/mini"
import { type ManifestClaims, manifestClaims } from "./claims.ts"
import { canonicalHash } from "./crypto/canonical.ts"
import { IntegrityFailure, orFail } from "./integrity.ts"
import { thumbprint } from "./keys.ts"
import { categories as allCategories, type Category } from "./primitives.ts"
import type { Descriptor, KeyRing } from "./record.ts"
import { readStatement, statementHash, verifyStatement } from "./statement.ts"

/** The newest manifest somebody has seen: what any later one is held against. */
export interface Witness {
  readonly number: number
  readonly hash: string
}

export interface Manifest extends Witness {
  readonly claims: ManifestClaims
}

/**
 * Verifies that a manifest is by the patient whose key has this fingerprint, about this patient, for this cloud, and not older than, nor
 * another in place of, nor beside, what is known already (docs/protocol.md, "Manifest").
 */
export const verifyManifest = async (
  compact: string,
  expected: { fingerprint: string; patientId: string; cloudId: string; witness?: Witness | undefined },
): Promise<Manifest> => {
  const manifest = await orFail("manifest-invalid", async () => {
    const claims = z.parse(manifestClaims, readStatement(compact).payload)
    if ((await thumbprint(claims.keys.signing)) !== expected.fingerprint) throw new Error("another key")
    if (claims.patientId !== expected.patientId) throw new Error("another patient")
    if (claims.aud !== expected.cloudId) throw new Error("for another cloud")
    await verifyStatement(compact, { typ: "manifest", key: claims.keys.signing, algorithms: ["ES256"] })
    return { claims, number: claims.number, hash: await statementHash(compact) }
  })
  const { witness } = expected
  if (witness === undefined) return manifest
  const older = manifest.number < witness.number
  const swapped = manifest.number === witness.number && manifest.hash !== witness.hash
  // Two devices that are shown different pasts would each sign a manifest of their own.
  const forked = manifest.number === witness.number + 1 && manifest.claims.previous !== witness.hash
  if (older || swapped || forked) throw new IntegrityFailure("manifest-rolled-back")
  return manifest
}

/** That a page is the one the manifest names. */
export const verifyPage = async (
  { claims }: Manifest,
  category: Descriptor["category"],
  page: number,
  descriptors: readonly Descriptor[],
): Promise<void> => {
  const named = claims.pages[category][page]
  const absent = named === undefined && descriptors.length === 0
  if (!absent && (await canonicalHash(descriptors)) !== named) throw new IntegrityFailure("page-differs")
}

export const verifyKeyRing = async ({ claims }: Manifest, keyRing: KeyRing): Promise<void> => {
  if ((await canonicalHash(keyRing)) !== claims.keyRing) throw new IntegrityFailure("key-ring-differs")
}

/** A card as the manifest lists it: its categories, the cloud's half, and, by the key of its proofs, the secret that is printed. */
export const cardHash = ({
  cardId,
  categories,
  cloudShare,
  proofKey,
}: {
  cardId: string
  categories: readonly Category[]
  cloudShare: string
  proofKey: string
}): Promise<string> => {
  const doubled = new Set(categories).size !== categories.length
  const ordered = doubled ? [...categories] : allCategories.filter((category) => categories.includes(category))
  return canonicalHash({ cardId, categories: ordered, cloudShare, proofKey })
}

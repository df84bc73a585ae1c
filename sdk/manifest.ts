import * as z from "zod/mini"
import type { Descriptor, KeyRing } from "../contract/record.ts"
import { type ManifestClaims, manifestClaims } from "../contract/statements.ts"
import { canonicalHash } from "./crypto/canonical.ts"
import { thumbprint } from "./crypto/keys.ts"
import { readStatement, statementHash, verifyStatement } from "./crypto/statement.ts"
import { IntegrityFailure, orFail } from "./integrity.ts"

/** The newest manifest somebody has seen: what any later one is held against. */
export interface Witness {
  readonly number: number
  readonly hash: string
}

export interface Manifest extends Witness {
  readonly claims: ManifestClaims
}

/**
 * Verifies that a manifest is by the patient whose key has this fingerprint, about this patient, and not older than, nor another in
 * place of, what is known already (docs/protocol.md, "Manifest").
 */
export const verifyManifest = async (
  compact: string,
  expected: { fingerprint: string; patientId: string; witness?: Witness | undefined },
): Promise<Manifest> => {
  const manifest = await orFail("manifest-invalid", async () => {
    const claims = z.parse(manifestClaims, readStatement(compact).payload)
    if ((await thumbprint(claims.keys.signing)) !== expected.fingerprint) throw new Error("another key")
    if (claims.patientId !== expected.patientId) throw new Error("another patient")
    await verifyStatement(compact, { typ: "manifest", key: claims.keys.signing, algorithms: ["ES256"] })
    return { claims, number: claims.number, hash: await statementHash(compact) }
  })
  const { witness } = expected
  if (witness === undefined) return manifest
  const older = manifest.number < witness.number
  const swapped = manifest.number === witness.number && manifest.hash !== witness.hash
  if (older || swapped) throw new IntegrityFailure("manifest-rolled-back")
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

import { Problem } from "../../contract/errors.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { isOfOnePublication, manifestLinks } from "./manifest-state.ts"
import { requireActive, wholeKeys } from "./patients.ts"
import type { Call, StoreReads } from "./ports.ts"
import { type Publishing, publish } from "./publication.ts"
import { decidedRef, pageRef } from "./publication-pages.ts"
import { defineUseCase } from "./runner.ts"
import { signerEndRefs, standingEnds } from "./signer-ends.ts"
import { claimsOf } from "./statements.ts"
import type { Step } from "./step.ts"

/** Returns all pages of the ids of decided contributions, as many as the manifest names. */
export const decidedPages = async (store: StoreReads, patientId: string, manifest: string): Promise<string[][]> => {
  const { decided } = claimsOf("manifest", manifest)
  if (decided.length === 0) return []
  const pages = await store.read(decided.map((_, page) => decidedRef(patientId, { page })))
  return pages.map((page) => page?.ids ?? [])
}

/** How often account and manifest are read again where a publication changed both between. */
const attempts = 3

export const getManifest = async (
  { store }: { store: StoreReads },
  patientId: string,
  { after }: RequestOf<"patient/get-manifest">,
): Promise<ResponseOf<"patient/get-manifest">> => {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const [found, keys, stored, waiting, ...ended] = await store.read([
      { kind: "patient", patientId },
      { kind: "patient-keys", patientId },
      { kind: "manifest", patientId },
      { kind: "deactivation", patientId },
      ...signerEndRefs(patientId),
    ])
    const patient = requireActive(found)
    const { signers } = patient
    if (stored === undefined) throw new Problem("not-found")
    const { manifest, keyRing, pageLists, number } = stored
    if (!(await isOfOnePublication(patient, claimsOf("manifest", manifest)))) continue
    const whole = wholeKeys(patient, keys)
    if (whole === undefined) continue
    const links = await manifestLinks(store, patientId, number, after === undefined ? number : Number(after))
    const { accountKey } = whole
    const deactivation = waiting === undefined ? {} : { deactivation: waiting.statement }
    const ends = standingEnds(patient, ended)
    return { manifest, links, keyRing, pageLists, signers, ends, accountKey, ...deactivation }
  }
  throw new Problem("busy")
}

export const getManifestPage = async (
  { store }: { store: StoreReads },
  patientId: string,
  { category, page }: RequestOf<"patient/get-manifest-page">,
): Promise<ResponseOf<"patient/get-manifest-page">> => {
  const [patient, stored] = await store.read([
    { kind: "patient", patientId },
    pageRef(patientId, { category, page: Number(page) }),
  ])
  requireActive(patient)
  if (stored === undefined) throw new Problem("not-found")
  return { descriptors: stored.descriptors }
}

export const getDecided = async (
  { store }: { store: StoreReads },
  patientId: string,
): Promise<ResponseOf<"patient/get-decided">> => {
  const [patient, stored] = await store.read([
    { kind: "patient", patientId },
    { kind: "manifest", patientId },
  ])
  requireActive(patient)
  if (stored === undefined) throw new Problem("not-found")
  return { decided: await decidedPages(store, patientId, stored.manifest) }
}

/** Publishes what changes no record, no card but its keys, and decides on nothing: the first manifest, new epochs, other signers. */
export const publishManifest = defineUseCase(
  "patient/publish-manifest",
  (
    reading: Publishing,
    patientId: string,
    { publication }: RequestOf<"patient/publish-manifest">,
    call: Call,
  ): Promise<Step<"patient/publish-manifest", ResponseOf<"patient/publish-manifest">>> =>
    publish(
      reading,
      patientId,
      publication,
      {
        applied: async () => true,
        plan: async () => ({ action: "publish-manifest", subject: {}, changes: {} }),
      },
      call,
    ),
)

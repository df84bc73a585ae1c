import { Problem } from "../../contract/errors.ts"
import type { ItemOf } from "../../contract/items.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import type { ManifestClaims } from "../../protocol/claims.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { type Category, categories, manifestPageLength } from "../../protocol/primitives.ts"
import type { Descriptor } from "../../protocol/record.ts"
import { statementHash } from "../../protocol/statement.ts"
import type { CloudIdentity } from "./consents.ts"
import { requireActive, unchanged } from "./patients.ts"
import type { AuditTrail, Call, Change, Store } from "./ports.ts"
import { usageAfter, usageRef, writeCounted } from "./quotas.ts"
import { claimsOf, patientStatement } from "./statements.ts"

export const getManifest = async (
  { store }: { store: Store },
  patientId: string,
): Promise<ResponseOf<"patient/get-manifest">> => {
  const [patient, stored] = await store.read([
    { kind: "patient", patientId },
    { kind: "manifest", patientId },
  ])
  requireActive(patient)
  if (stored === undefined) throw new Problem("not-found")
  return { manifest: stored.manifest, keyRing: stored.keyRing }
}

export const getManifestPage = async (
  { store }: { store: Store },
  patientId: string,
  { category, page }: RequestOf<"patient/get-manifest-page">,
): Promise<ResponseOf<"patient/get-manifest-page">> => {
  const [patient, stored] = await store.read([
    { kind: "patient", patientId },
    { kind: "manifest-page", patientId, category, page: Number(page) },
  ])
  requireActive(patient)
  if (stored === undefined) throw new Problem("not-found")
  return { descriptors: stored.descriptors }
}

type SentPage = RequestOf<"patient/publish-manifest">["pages"][number]

/** Each page is the one stored before or one that was sent; none is sent for nothing; a category's list never gets shorter. */
const requireWhole = async (claims: ManifestClaims, before: ManifestClaims | undefined, sent: readonly SentPage[]) => {
  const sentHashes = new Map<string, string>()
  for (const { category, page, descriptors } of sent) {
    if (descriptors.length > manifestPageLength || descriptors.some((d) => d.category !== category))
      throw new Problem("manifest-invalid")
    sentHashes.set(`${category}/${page}`, await canonicalHash(descriptors))
  }
  if (sentHashes.size !== sent.length) throw new Problem("manifest-invalid")
  let used = 0
  for (const category of categories) {
    const earlier = before?.pages[category] ?? []
    if (claims.pages[category].length < earlier.length) throw new Problem("manifest-invalid")
    claims.pages[category].forEach((pageHash, page) => {
      const sentHash = sentHashes.get(`${category}/${page}`)
      if (sentHash !== undefined) used++
      if ((sentHash ?? earlier[page]) !== pageHash) throw new Problem("manifest-invalid")
    })
  }
  if (used !== sent.length) throw new Problem("manifest-invalid")
}

const pageRef = (patientId: string, { category, page }: { category: Category; page: number }) =>
  ({ kind: "manifest-page", patientId, category, page }) as const

const putPage = (patientId: string, sent: SentPage, stored: { revision: number } | undefined): Change => ({
  put: {
    ...pageRef(patientId, sent),
    revision: (stored?.revision ?? 0) + 1,
    descriptors: sent.descriptors satisfies Descriptor[],
  },
})

/**
 * Makes what the patient signed the newest manifest, with the pages it changes and the cards that a new epoch touches: all
 * or nothing. Idempotent: the newest manifest sent again is answered as the first time.
 */
export const publishManifest = async (
  { store, audit, cloud }: { store: Store; audit: AuditTrail; cloud: CloudIdentity },
  patientId: string,
  request: RequestOf<"patient/publish-manifest">,
  call: Call,
): Promise<ResponseOf<"patient/publish-manifest">> => {
  const { manifest, keyRing, pages, cards } = request
  const [found, stored, usage] = await store.read([
    { kind: "patient", patientId },
    { kind: "manifest", patientId },
    usageRef(patientId),
  ])
  const patient = requireActive(found)
  if (stored?.manifest === manifest) return {}
  if (new Set(cards.map(({ cardId }) => cardId)).size !== cards.length) throw new Problem("manifest-invalid")

  const claims = await patientStatement("manifest", manifest, {
    audience: cloud.cloudId,
    patientId,
    signing: patient.keys.signing,
    now: call.now,
  })
  if ((await canonicalHash(claims.keys)) !== (await canonicalHash(patient.keys))) throw new Problem("manifest-invalid")
  if (claims.number !== (stored?.number ?? 0) + 1 || claims.previous !== (stored?.hash ?? null))
    throw new Problem("manifest-conflict")
  if (claims.keyRing !== (await canonicalHash(keyRing))) throw new Problem("manifest-invalid")
  await requireWhole(claims, stored && claimsOf("manifest", stored.manifest), pages)

  const storedPages = pages.length === 0 ? [] : await store.read(pages.map((page) => pageRef(patientId, page)))
  const storedCards =
    cards.length === 0
      ? []
      : await store.read(cards.map(({ cardId }) => ({ kind: "card" as const, patientId, cardId })))
  const rewrapped = cards.map(({ wrappedCategoryKeys }, i): Change => {
    const card: ItemOf<"card"> | undefined = storedCards[i]
    if (card?.status !== "active") throw new Problem("card-refused")
    const named = wrappedCategoryKeys.map(({ category }) => category)
    if (named.length !== card.categories.length || !card.categories.every((c) => named.includes(c)))
      throw new Problem("manifest-invalid")
    return { put: { ...card, revision: card.revision + 1, wrappedCategoryKeys } }
  })

  const counting = { patientId, now: call.now, before: usage, added: { manifests: 1 } } as const
  usageAfter(patientId, usage, counting.added, call.now)

  const { number } = claims
  const hash = await statementHash(manifest)
  await audit.append(
    patientId,
    {
      action: "publish-manifest",
      outcome: "permitted",
      actor: { kind: "patient" },
      subject: { manifest: { number, hash } },
    },
    call.now,
  )
  const written = await writeCounted(store, counting, [
    { put: { kind: "manifest", revision: (stored?.revision ?? 0) + 1, patientId, number, hash, manifest, keyRing } },
    ...pages.map((page, i) => putPage(patientId, page, storedPages[i])),
    ...rewrapped,
    unchanged(patient),
  ])
  if (written.outcome === "written") return {}
  // The same manifest sent twice at this moment: the other one was first.
  const [now] = await store.read([{ kind: "manifest", patientId }])
  if (now?.manifest === manifest) return {}
  throw new Problem("manifest-conflict")
}

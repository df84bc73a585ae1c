import type { AuditSubject } from "../../contract/audit.ts"
import { Problem } from "../../contract/errors.ts"
import { type ItemOf, objectKey } from "../../contract/items.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import type { ManifestClaims } from "../../protocol/claims.ts"
import type { Category } from "../../protocol/primitives.ts"
import type { Descriptor } from "../../protocol/record.ts"
import { hcpActor, requireGranted, requireLiveGrant } from "./grants.ts"
import { historyFor } from "./key-pages.ts"
import { isOfOnePublication, manifestLinks } from "./manifest-state.ts"
import { requireActive } from "./patients.ts"
import type { Call, StoreReads } from "./ports.ts"
import { toldOfGrant } from "./rates.ts"
import { defineUseCase } from "./runner.ts"
import { claimsOf } from "./statements.ts"
import { type Acting, type Step, ToldRefusal } from "./step.ts"
import { tellRefusalOnce } from "./told-events.ts"

type Grant = ItemOf<"grant">
type Action = "list-records" | "download-url"

/** Whatever the grant's holder is given, the trail tells of before: once for each thing and hour. Refuses one thing too many. */
const toldOnce = <A extends Action>(grant: Grant, action: A, subject: AuditSubject, { now }: Call) => {
  const { grantId } = grant
  const actor = hcpActor(grant)
  const outcome = "rate-exceeded"
  const refusal = { action, outcome, actor, subject: { grantId } } as const
  return {
    once: {
      ...toldOfGrant(grant),
      of: [action, subject.recordId ?? subject.category, subject.version ?? ""].join("#"),
      now,
    },
    event: { action, actor, subject: { ...subject, grantId } },
    enough: () =>
      new ToldRefusal(outcome, (teller) =>
        tellRefusalOnce(teller, { ...toldOfGrant(grant), of: `${action}#${outcome}`, event: refusal, now }),
      ),
  }
}

/** What waits and was added within an access. What a practice sent is for the patient's eyes before they decide. */
const isShown = ({ status, grantId }: ItemOf<"contribution">): boolean => status === "pending" && grantId !== undefined

const pendingOf = async (
  store: StoreReads,
  patientId: string,
  category: Category,
): Promise<ItemOf<"contribution">[]> => {
  const pending: ItemOf<"contribution">[] = []
  let after: string | undefined
  do {
    const { items, next } = await store.list("contribution", patientId, { after })
    pending.push(...items.filter((item) => isShown(item) && item.descriptor.category === category))
    after = next
  } while (after !== undefined)
  return pending
}

/** The ids of all contributions that the patient has decided on, as this manifest signs them. */
const decidedOf = async (store: StoreReads, patientId: string, { decided }: ManifestClaims): Promise<string[][]> => {
  if (decided.length === 0) return []
  const pages = await store.read(decided.map((_, page) => ({ kind: "decided-page" as const, patientId, page })))
  return pages.map((page) => page?.ids ?? [])
}

/** How often what belongs to a manifest is read again where another one was published meanwhile. */
const attempts = 3

type Asked = Pick<RequestOf<"hcp/list-records">, "patientId" | "category" | "page" | "after">
type Listed = Pick<Descriptor, "epoch">
type ManifestState = Omit<ResponseOf<"hcp/list-records">, "contributions">

/** The newest manifest with what belongs to it, all of one publication; on page 0 also what was decided. */
const manifestState = async (
  store: StoreReads,
  { patientId, category, page, after }: Asked,
  pending: readonly Listed[],
): Promise<ManifestState> => {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const [found, manifest, stored] = await store.read([
      { kind: "patient", patientId },
      { kind: "manifest", patientId },
      { kind: "manifest-page", patientId, category, page: Number(page) },
    ])
    const patient = requireActive(found)
    if (manifest === undefined) throw new Problem("not-found")
    const claims = claimsOf("manifest", manifest.manifest)
    if (!(await isOfOnePublication(patient, claims))) continue
    const first = Number(page) === 0
    const descriptors = stored?.descriptors ?? []
    const ring = manifest.keyRing.categories[category]
    const [links, keyHistory, decided] = await Promise.all([
      manifestLinks(store, patientId, manifest.number, Number(after)),
      historyFor(store, patientId, category, ring, [...descriptors, ...pending]),
      first ? decidedOf(store, patientId, claims) : undefined,
    ])
    const pageList = manifest.pageLists[category]
    const state = { manifest: manifest.manifest, links, signers: patient.signers, pageList, descriptors, keyHistory }
    if (decided === undefined) return state
    const [now] = await store.read([{ kind: "manifest", patientId }])
    if (now?.hash === manifest.hash) return { ...state, decided }
  }
  throw new Problem("busy")
}

/** A page of a category the card opened, and what others have added that the patient hasn't reviewed. */
export const listGrantedRecords = defineUseCase(
  "hcp/list-records",
  async (
    { store }: { store: StoreReads },
    account: string,
    request: RequestOf<"hcp/list-records">,
    call: Call,
  ): Promise<Step<"hcp/list-records", ResponseOf<"hcp/list-records">>> => {
    const action = "list-records"
    const { patientId, grantId, category, page } = request
    const grant = await requireLiveGrant(store, account, { patientId, grantId }, action, call)
    requireGranted(grant, action, { category }, call)
    // Before the manifest: what is decided meanwhile, the manifest says.
    const pending = Number(page) === 0 ? await pendingOf(store, patientId, category) : []
    const listed = pending.map(({ descriptor }) => descriptor)
    const state = await manifestState(store, request, listed)
    return { ...toldOnce(grant, action, { category }, call), answer: () => ({ ...state, contributions: pending }) }
  },
)

/** Signs a GET of one more record, or of a contribution that waits for the patient. Each is one event an hour. */
export const grantedDownloadUrl = defineUseCase(
  "hcp/download-url",
  async (
    { store }: { store: StoreReads },
    account: string,
    request: RequestOf<"hcp/download-url">,
    call: Call,
  ): Promise<Step<"hcp/download-url", ResponseOf<"hcp/download-url">, { objects: "downloadUrl" }>> => {
    const action = "download-url"
    const { patientId, grantId, recordId } = request
    const version = Number(request.version)
    const grant = await requireLiveGrant(store, account, { patientId, grantId }, action, call)
    const [record, contribution] = await store.read([
      { kind: "record-version", patientId, recordId, version },
      { kind: "contribution", patientId, contributionId: recordId },
    ])
    const pending = contribution !== undefined && isShown(contribution) ? contribution : undefined
    const descriptor = record?.descriptor ?? pending?.descriptor
    if (descriptor?.version !== version) throw new Problem("not-found")
    const { category } = descriptor
    requireGranted(grant, action, { recordId, version, category }, call)
    const bucket = record === undefined ? "pending" : "records"
    return {
      ...toldOnce(grant, action, { recordId, version, category }, call),
      answer: async ({ ports }: Acting<{ objects: "downloadUrl" }>) => ({
        url: await ports.objects.downloadUrl(bucket, objectKey(patientId, descriptor), call.now),
      }),
    }
  },
)

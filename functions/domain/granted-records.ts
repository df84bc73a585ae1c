import { Problem } from "../../contract/errors.ts"
import { type ItemOf, objectKey } from "../../contract/items.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { hcpActor, requireGranted, requireLiveGrant } from "./grants.ts"
import type { AuditTrail, Call, ObjectStore, Store } from "./ports.ts"

const pendingOf = async (store: Store, patientId: string): Promise<ItemOf<"contribution">[]> => {
  const pending: ItemOf<"contribution">[] = []
  let after: string | undefined
  do {
    const { items, next } = await store.list("contribution", patientId, { after })
    pending.push(...items.filter(({ status }) => status === "pending"))
    after = next
  } while (after !== undefined)
  return pending
}

/** A page of a category the card opened, and what others have added that the patient hasn't reviewed. */
export const listGrantedRecords = async (
  { store, audit }: { store: Store; audit: AuditTrail },
  account: string,
  { patientId, grantId, category, page }: RequestOf<"hcp/list-records">,
  call: Call,
): Promise<ResponseOf<"hcp/list-records">> => {
  const action = "list-records"
  const grant = await requireLiveGrant({ store, audit }, account, { patientId, grantId }, action, call)
  await requireGranted(audit, grant, action, { category }, call)
  const [manifest, stored] = await store.read([
    { kind: "manifest", patientId },
    { kind: "manifest-page", patientId, category, page: Number(page) },
  ])
  if (manifest === undefined) throw new Problem("not-found")
  const contributions = Number(page) === 0 ? await pendingOf(store, patientId) : []
  await audit.append(
    patientId,
    { action, outcome: "permitted", actor: hcpActor(grant), subject: { grantId, category } },
    call.now,
  )
  return {
    manifest: manifest.manifest,
    descriptors: stored?.descriptors ?? [],
    contributions: contributions.filter(({ descriptor }) => descriptor.category === category),
  }
}

/** Signs a GET of one more record, or of a contribution that waits for the patient. Each is an event. */
export const grantedDownloadUrl = async (
  { store, audit, objects }: { store: Store; audit: AuditTrail; objects: Pick<ObjectStore, "downloadUrl"> },
  account: string,
  request: RequestOf<"hcp/download-url">,
  call: Call,
): Promise<ResponseOf<"hcp/download-url">> => {
  const action = "download-url"
  const { patientId, grantId, recordId } = request
  const version = Number(request.version)
  const grant = await requireLiveGrant({ store, audit }, account, { patientId, grantId }, action, call)
  const [record, contribution] = await store.read([
    { kind: "record-version", patientId, recordId, version },
    { kind: "contribution", patientId, contributionId: recordId },
  ])
  const pending = contribution?.status === "pending" ? contribution : undefined
  const descriptor = record?.descriptor ?? pending?.descriptor
  if (descriptor?.version !== version) throw new Problem("not-found")
  const { category } = descriptor
  await requireGranted(audit, grant, action, { recordId, version, category }, call)
  await audit.append(
    patientId,
    { action, outcome: "permitted", actor: hcpActor(grant), subject: { grantId, recordId, version, category } },
    call.now,
  )
  const bucket = record === undefined ? "pending" : "records"
  return { url: await objects.downloadUrl(bucket, objectKey(patientId, recordId, version), call.now) }
}

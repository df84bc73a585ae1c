import { Problem } from "../../contract/errors.ts"
import { type ItemOf, type ObjectPlace, objectKey } from "../../contract/items.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { endOf, requireGranted, requireLiveGrant } from "./grants.ts"
import type { Call, Change, RefOf, StoreReads } from "./ports.ts"
import { type Added, usageAfter, usageRef } from "./quotas.ts"
import { countContribution, grantRate } from "./rates.ts"
import { consentChecked, requireConsent } from "./records.ts"
import { defineUseCase } from "./runner.ts"
import type { Step } from "./step.ts"
import { beginUpload, endUpload, otherUploads, partUrls, uploadRef } from "./uploads.ts"

/** A contribution is the first version of the record it may become. */
export const contributionVersion = 1

type Named = Pick<RequestOf<"hcp/begin-contribution-upload">, "contributionId" | "objectId">
const placeOf = ({ contributionId, objectId }: Named): ObjectPlace => ({
  recordId: contributionId,
  version: contributionVersion,
  objectId,
})

/** What a contribution that waits for the patient adds to what they have. */
export const pendingAdded = (size: number) => ({ pending: 1, pendingBytes: size }) satisfies Added

/** The upload of a contribution that goes up in parts. */
const pendingUpload = (patientId: string, named: Named): RefOf<"upload"> =>
  uploadRef("pending", patientId, placeOf(named))

/** The grant must still be what it was when it was read. */
export const grantChecked = ({ patientId, grantId, revision }: ItemOf<"grant">): Change => ({
  check: { kind: "grant", patientId, grantId },
  revision,
})

/** What a contribution is measured by before anything of it goes up; refuses what is there already, and one that isn't consented to. */
const readAround = async (
  store: StoreReads,
  { patientId, grantId, ...named }: Named & { patientId: string; grantId: string },
) => {
  const { contributionId } = named
  const [existing, record, consent, upload, usage, rate] = await store.read([
    { kind: "contribution", patientId, contributionId },
    { kind: "record", patientId, recordId: contributionId },
    { kind: "consent", patientId, consent: "store" },
    pendingUpload(patientId, named),
    usageRef(patientId),
    grantRate(patientId, grantId),
  ])
  if (existing !== undefined || record !== undefined) throw new Problem("record-conflict")
  return { consent: requireConsent(consent), upload, usage, rate }
}

export const contributionUploadUrl = defineUseCase(
  "hcp/contribution-upload-url",
  async (
    { store }: { store: StoreReads },
    account: string,
    request: RequestOf<"hcp/contribution-upload-url">,
    call: Call,
  ): Promise<
    Step<"hcp/contribution-upload-url", ResponseOf<"hcp/contribution-upload-url">, { objects: "uploadUrl" }>
  > => {
    const { patientId, grantId, contributionId, category, size, sha256 } = request
    const grant = await requireLiveGrant(store, account, { patientId, grantId }, "contribute", call)
    requireGranted(grant, "contribute", { category }, call)
    const { usage, rate } = await readAround(store, request)
    countContribution(grant, contributionId, rate, call.now)
    usageAfter(patientId, usage, pendingAdded(size), call.now)
    const key = objectKey(patientId, placeOf(request))
    return {
      because: "no-record-yet",
      act: async ({ ports }) => ({
        done: await ports.objects.uploadUrl("pending", key, { size, sha256 }, call.now),
      }),
    }
  },
)

/** Lets a large contribution go up in parts. Idempotent: the same again goes on with what was sent, by a later grant of the same professional too. */
export const beginContributionUpload = defineUseCase(
  "hcp/begin-contribution-upload",
  async (
    { store }: { store: StoreReads },
    account: string,
    request: RequestOf<"hcp/begin-contribution-upload">,
    call: Call,
  ): Promise<
    Step<
      "hcp/begin-contribution-upload",
      ResponseOf<"hcp/begin-contribution-upload">,
      { objects: "beginUpload" | "abortUpload" }
    >
  > => {
    const { patientId, grantId, contributionId, category, size } = request
    const grant = await requireLiveGrant(store, account, { patientId, grantId }, "contribute", call)
    requireGranted(grant, "contribute", { category }, call)
    const ref = pendingUpload(patientId, request)
    const { consent, upload, usage, rate } = await readAround(store, request)
    countContribution(grant, contributionId, rate, call.now)
    const others = await otherUploads(store, ref, { account, now: call.now })
    const added = pendingAdded(size + others.bytes)
    usageAfter(patientId, usage, { ...added, pending: added.pending + others.count }, call.now)
    const checks = { grant: grantChecked(grant), consent: consentChecked(consent) }
    const of = { found: upload, wanted: { category, size, account }, checks }
    return {
      because: "no-record-yet",
      act: async (acting) => {
        const begun = await beginUpload(store, acting, ref, of, call.now)
        if ("lostTo" in begun)
          throw new Problem(begun.lostTo.has("grant") ? await endOf(store, grant) : "consent-missing")
        return { done: { startedAt: begun.upload.startedAt } }
      },
    }
  },
)

/** Signs the PUTs of some parts of a contribution that was begun. */
export const contributionPartUrls = defineUseCase(
  "hcp/contribution-part-urls",
  async (
    { store }: { store: StoreReads },
    account: string,
    { patientId, grantId, parts, ...named }: RequestOf<"hcp/contribution-part-urls">,
    call: Call,
  ): Promise<Step<"hcp/contribution-part-urls", ResponseOf<"hcp/contribution-part-urls">, { objects: "partUrl" }>> => {
    const grant = await requireLiveGrant(store, account, { patientId, grantId }, "contribute", call)
    const [consent, upload] = await store.read([
      { kind: "consent", patientId, consent: "store" },
      pendingUpload(patientId, named),
    ])
    requireConsent(consent)
    if (upload !== undefined) requireGranted(grant, "contribute", upload, call)
    return {
      because: "no-record-yet",
      act: async (acting) => ({
        done: { uploads: await partUrls(acting, upload, { parts }, { account, now: call.now }) },
      }),
    }
  },
)

/** Destroys what was sent of a contribution that is given up. Idempotent. */
export const abortContributionUpload = defineUseCase(
  "hcp/abort-contribution-upload",
  async (
    { store }: { store: StoreReads },
    account: string,
    { patientId, grantId, ...named }: RequestOf<"hcp/abort-contribution-upload">,
    call: Call,
  ): Promise<
    Step<"hcp/abort-contribution-upload", ResponseOf<"hcp/abort-contribution-upload">, { objects: "abortUpload" }>
  > => {
    await requireLiveGrant(store, account, { patientId, grantId }, "contribute", call)
    const [upload] = await store.read([pendingUpload(patientId, named)])
    return {
      because: "no-record-yet",
      act: async (acting) => {
        await endUpload(store, acting, upload, account)
        return { done: {} }
      },
    }
  },
)

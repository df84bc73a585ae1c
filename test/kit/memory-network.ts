import * as z from "zod/mini"
import { RevocationMemory } from "../../certify/revocation-memory.ts"
import { Problem } from "../../contract/errors.ts"
import { itemKeys } from "../../contract/items.ts"
import { type Actor, type RequestOf, type ResponseOf, type RouteName, routes } from "../../contract/routes.ts"
import { getCheckpoint, getPracticeCheckpoint, signCheckpoint } from "../../functions/domain/audit-checkpoint.ts"
import * as cards from "../../functions/domain/cards.ts"
import * as consents from "../../functions/domain/consents.ts"
import { contribute } from "../../functions/domain/contribute.ts"
import * as contributionUploads from "../../functions/domain/contribution-uploads.ts"
import { carryOutPractice, deactivate, destroyFile } from "../../functions/domain/deactivation.ts"
import { cancelDeactivation, requestDeactivation } from "../../functions/domain/deactivation-wait.ts"
import * as decisions from "../../functions/domain/decisions.ts"
import { deleteRecord } from "../../functions/domain/deletion.ts"
import * as deliveries from "../../functions/domain/deliveries.ts"
import * as addresses from "../../functions/domain/delivery-addresses.ts"
import { emergencyAccess } from "../../functions/domain/emergency-access.ts"
import { endSigner } from "../../functions/domain/end-signer.ts"
import * as granted from "../../functions/domain/granted-records.ts"
import * as grants from "../../functions/domain/grants.ts"
import { openSession } from "../../functions/domain/hcp-accounts.ts"
import * as hri from "../../functions/domain/health-record-index.ts"
import { getKeyPages } from "../../functions/domain/key-pages.ts"
import * as manifest from "../../functions/domain/manifest.ts"
import { memberNamed } from "../../functions/domain/member-names.ts"
import * as openParts from "../../functions/domain/open-part.ts"
import * as patients from "../../functions/domain/patients.ts"
import type { Bucket, Call } from "../../functions/domain/ports.ts"
import * as practiceEnd from "../../functions/domain/practice-deactivation.ts"
import { destroyDueFiles } from "../../functions/domain/practice-deletion.ts"
import * as practiceFiles from "../../functions/domain/practice-files.ts"
import * as practiceMembers from "../../functions/domain/practice-members.ts"
import * as practices from "../../functions/domain/practices.ts"
import * as records from "../../functions/domain/records.ts"
import { readAuditTrail, readPracticeTrail } from "../../functions/domain/trails.ts"
import type { ActorOf } from "../../functions/http/actor.ts"
import { toBase64url } from "../../protocol/crypto/bytes.ts"
import { sha256 } from "../../protocol/crypto/primitives.ts"
import { callAt } from "../fakes/call.ts"
import { memoryCloud } from "../fakes/cloud.ts"
import { fileDeletionsIn } from "../fakes/file-deletions.ts"
import { memoryIndexEntries } from "../fakes/index-entries.ts"
import { rangeOf } from "./byte-range.ts"
import { newCertification } from "./certification.ts"
import { type Asked, jsonReply, type Network, type Reply, requestIn } from "./network.ts"

export const cloudAddress = "https://cloud.example"
export const hriAddress = "https://index.example"
const hriId = "index.example"

type Handler<N extends RouteName> = (actor: ActorOf<N>, request: RequestOf<N>, call: Call) => Promise<ResponseOf<N>>

/** Both stacks in this process: the domain of every route on ports in memory, and buckets that keep bytes. */
export const memoryNetwork = async () => {
  const { professional, trust, revocation } = newCertification()
  const memory = new RevocationMemory()
  const {
    cloud,
    store,
    items,
    item,
    audit,
    changes,
    checkpoints,
    buckets,
    trail,
    accounts,
    memberAccounts,
    hcpAccounts,
    provider,
  } = await memoryCloud()
  const index = { entries: memoryIndexEntries().entries, hriId }
  const { objects } = buckets
  const base = { store, audit, checkpoints, objects, cloud, provider, items, accounts, memberAccounts }

  const handlers: { [N in RouteName]?: Handler<N> } = {
    "system/well-known": async () => ({
      cloudId: cloud.cloudId,
      name: cloud.title,
      providerKey: await provider.publicKey(),
    }),
    "patient/register": (_, request, call) => patients.register(base, request, call),
    "patient/confirm": (_, request, call) => patients.confirm(base, request, call),
    "patient/sign-in": (_, request, call) => patients.signIn(base, request, call),
    "patient/recover": ({ patientId }, _, call) => patients.recover(base, patientId, call),
    "patient/deactivate": ({ patientId }, request, call) => deactivate(base, patientId, request, call),
    "patient/request-deactivation": ({ patientId }, request, call) =>
      requestDeactivation(base, patientId, request, call),
    "patient/cancel-deactivation": ({ patientId }, request, call) => cancelDeactivation(base, patientId, request, call),
    "patient/get-consent": ({ patientId }, request) => consents.getConsent(base, patientId, request),
    "patient/sign-consent": ({ patientId }, request, call) => consents.signConsent(base, patientId, request, call),
    "patient/revoke-consent": ({ patientId }, request, call) => consents.revokeConsent(base, patientId, request, call),
    "patient/upload-url": ({ patientId }, request, call) => records.uploadUrl(base, patientId, request, call),
    "patient/begin-upload": ({ patientId }, request, call) => records.beginRecordUpload(base, patientId, request, call),
    "patient/part-urls": ({ patientId }, request, call) => records.recordPartUrls(base, patientId, request, call),
    "patient/abort-upload": ({ patientId }, request) => records.abortRecordUpload(base, patientId, request),
    "patient/commit": ({ patientId }, request, call) => records.commit(base, patientId, request, call),
    "patient/list-versions": ({ patientId }, request) => records.listVersions(base, patientId, request),
    "patient/download-url": ({ patientId }, request, call) => records.downloadUrl(base, patientId, request, call),
    "patient/delete-record": ({ patientId }, request, call) => deleteRecord(base, patientId, request, call),
    "patient/get-manifest": ({ patientId }, request) => manifest.getManifest(base, patientId, request),
    "patient/get-manifest-page": ({ patientId }, request) => manifest.getManifestPage(base, patientId, request),
    "patient/publish-manifest": ({ patientId }, request, call) =>
      manifest.publishManifest(base, patientId, request, call),
    "patient/get-decided": ({ patientId }) => manifest.getDecided(base, patientId),
    "patient/get-key-pages": ({ patientId }, request) => getKeyPages(base, patientId, request),
    "patient/make-card": ({ patientId }, request, call) => cards.makeCard(base, patientId, request, call),
    "patient/list-cards": ({ patientId }, request) => cards.listCards(base, patientId, request),
    "patient/revoke-card": ({ patientId }, request, call) => cards.revokeCard(base, patientId, request, call),
    "patient/change-card": ({ patientId }, request, call) => cards.changeCard(base, patientId, request, call),
    "patient/strike-card": ({ patientId }, request, call) => cards.strikeCard(base, patientId, request, call),
    "patient/set-open-part": ({ patientId }, request, call) => openParts.setOpenPart(base, patientId, request, call),
    "patient/remove-open-part": ({ patientId }, request, call) =>
      openParts.removeOpenPart(base, patientId, request, call),
    "card/read-open-part": (_, request, call) => openParts.readOpenPart(base, request, call),
    "patient/list-contributions": ({ patientId }, request, call) =>
      decisions.listContributions(base, patientId, request, call),
    "patient/approve-contribution": ({ patientId }, request, call) =>
      decisions.approveContribution(base, patientId, request, call),
    "patient/reject-contribution": ({ patientId }, request, call) =>
      decisions.rejectContribution(base, patientId, request, call),
    "patient/list-grants": ({ patientId }, request, call) => grants.listGrants(base, patientId, request, call),
    "patient/halt-grant": ({ patientId }, request, call) => grants.haltGrant(base, patientId, request, call),
    "patient/end-signer": ({ patientId }, request, call) => endSigner(base, patientId, request, call),
    "patient/read-audit-trail": ({ patientId }, request) => readAuditTrail(base, patientId, request),
    "patient/get-checkpoint": ({ patientId }, request) => getCheckpoint(base, patientId, request),
    "hcp/emergency-access": (_, request, call) =>
      emergencyAccess({ ...base, revocation, memory, trust }, request, call),
    "hcp/session": (_, request, call) => openSession({ ...base, hcpAccounts }, request, call),
    "hcp/end-access": (_, request, call) => grants.endAccess(base, request, call),
    "hcp/list-records": (actor, request, call) => granted.listGrantedRecords(base, actor.account, request, call),
    "hcp/download-url": (actor, request, call) => granted.grantedDownloadUrl(base, actor.account, request, call),
    "hcp/contribution-upload-url": (actor, request, call) =>
      contributionUploads.contributionUploadUrl(base, actor.account, request, call),
    "hcp/begin-contribution-upload": (actor, request, call) =>
      contributionUploads.beginContributionUpload(base, actor.account, request, call),
    "hcp/contribution-part-urls": (actor, request, call) =>
      contributionUploads.contributionPartUrls(base, actor.account, request, call),
    "hcp/abort-contribution-upload": (actor, request, call) =>
      contributionUploads.abortContributionUpload(base, actor.account, request, call),
    "hcp/contribute": (actor, request, call) => contribute(base, actor.account, request, call),
    "practice/register": (_, request, call) =>
      practices.register({ ...base, revocation, memory, trust }, request, call),
    "practice/confirm": (_, request, call) => practices.confirm(base, request, call),
    "practice/sign-in": (_, request, call) => practices.signIn({ ...base, revocation, memory, trust }, request, call),
    "practice/sign-out": (actor, request, call) => practices.signOut(base, actor, request, call),
    "practice/get-members": (actor, request, call) => practiceMembers.getMembers(base, actor, request, call),
    "practice/invite": (actor, request, call) => practiceMembers.invite(base, actor, request, call),
    "practice/get-invitation": (_, request, call) => practiceMembers.getInvitation(base, request, call),
    "practice/join": (_, request, call) => practiceMembers.join({ ...base, revocation, memory, trust }, request, call),
    "practice/read-audit-trail": (actor, request) => readPracticeTrail(base, actor, request),
    "practice/get-checkpoint": (actor, request) => getPracticeCheckpoint(base, actor, request),
    "practice/export": (actor, request, call) => practiceFiles.exportFiles(base, actor, request, call),
    "practice/recover": (actor, request, call) => practices.recover(base, actor, request, call),
    "practice/change-members": (actor, request, call) => practiceMembers.changeMembers(base, actor, request, call),
    "practice/get-practice": (actor, request) => practices.getPractice(base, actor, request),
    "practice/get-changes": (actor, request) => practices.getChanges(base, actor, request),
    "practice/upload-url": (actor, request, call) => practiceFiles.uploadUrl(base, actor, request, call),
    "practice/put-file": (actor, request, call) => practiceFiles.putFile(base, actor, request, call),
    "practice/download-url": (actor, request, call) => practiceFiles.downloadUrl(base, actor, request, call),
    "patient/make-delivery-address": ({ patientId }, request, call) =>
      addresses.makeDeliveryAddress(base, patientId, request, call),
    "patient/list-delivery-addresses": ({ patientId }, request) =>
      addresses.listDeliveryAddresses(base, patientId, request),
    "patient/revoke-delivery-address": ({ patientId }, request, call) =>
      addresses.revokeDeliveryAddress(base, patientId, request, call),
    "practice/deactivate": (actor, request, call) => practiceEnd.deactivate(base, actor, request, call),
    "practice/request-deactivation": (actor, request, call) =>
      practiceEnd.requestDeactivation(base, actor, request, call),
    "practice/cancel-deactivation": (actor, request, call) =>
      practiceEnd.cancelDeactivation(base, actor, request, call),
    "practice/get-delivery-address": (actor, request) => deliveries.getDeliveryAddress(base, actor, request),
    "practice/contribution-upload-url": (actor, request, call) =>
      deliveries.contributionUploadUrl(base, actor, request, call),
    "practice/contribute": (actor, request, call) => deliveries.contribute(base, actor, request, call),
    "hri/well-known": async () => ({ hriId }),
    "hri/put-entry": (_, request, call) => hri.putEntry(index, request, call),
    "hri/look-up": (_, request) => hri.lookUp(index, request),
    "hri/remove-entry": (_, request, call) => hri.removeEntry(index, request, call),
  }

  /** The fakes' access tokens end in whose they are. */
  const actorOf = (actor: Actor, { headers }: Asked) => {
    if (actor === "nobody") return null
    const whose = / of (\S+)$/.exec(headers["authorization"] ?? "")?.[1]
    if (whose === undefined) throw new Problem("unauthenticated")
    if (actor === "member") {
      const member = memberNamed(whose)
      return member && { ...member, issuedAt: Math.floor(Date.now() / 1000) }
    }
    return actor === "patient" ? { patientId: whose } : { account: whose }
  }

  const answer = async (name: RouteName, asked: Asked): Promise<Reply> => {
    const { request, response, actor } = routes[name]
    const handler = handlers[name] as Handler<RouteName> | undefined
    if (handler === undefined) throw new Error(`the cloud in memory has no ${name}`)
    try {
      const parsed = z.parse(request, requestIn(name, asked)) as RequestOf<RouteName>
      const who = actorOf(actor, asked) as ActorOf<RouteName>
      return jsonReply(z.parse(response, await handler(who, parsed, callAt(new Date()))))
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      const { code, status } = error
      return jsonReply({ type: "about:blank", status, code, requestId: "memory" }, status)
    }
  }

  const object = async ({ method, url, headers: sent, body }: Asked): Promise<Reply> => {
    const [, bucket, ...rest] = url.pathname.split("/")
    const key = rest.join("/")
    const headers = { "content-type": "application/octet-stream" }
    const nothing = (status: number): Reply => ({ status, headers, body: new Uint8Array() })
    if (method === "PUT") {
      const uploaded = { size: body.length, sha256: toBase64url(await sha256(body)), bytes: body }
      const uploadId = url.searchParams.get("uploadId")
      try {
        if (uploadId === null) buckets.upload(bucket as Bucket, key, uploaded)
        else {
          const ref = { bucket: bucket as Bucket, key, uploadId }
          buckets.uploadPart(ref, Number(url.searchParams.get("partNumber")), uploaded)
        }
      } catch (error) {
        return nothing(Number(/^\d{3}/.exec((error as Error).message)?.[0] ?? 500))
      }
      return nothing(200)
    }
    const found = buckets.bytesOf(bucket as Bucket, key)
    if (found === undefined) return nothing(404)
    const answer = rangeOf(found, sent)
    return { ...answer, headers: { ...headers, ...answer.headers } }
  }

  const network: Network = (asked) => (asked.route === "object" ? object(asked) : answer(asked.route, asked))
  return {
    network,
    /** Makes the next checkpoint over every audit trail. */
    sign: () =>
      signCheckpoint({ changes, checkpoints, provider, cloud }, { now: new Date() }, { mayContinue: () => true }),
    /** What a clock destroys of practices' files, days from now. */
    destroyFiles: (days: number) => {
      const now = new Date(Date.now() + days * 24 * 60 * 60 * 1000)
      return destroyDueFiles(
        fileDeletionsIn(item),
        (due) => destroyFile(base, due),
        now,
        () => true,
      )
    },
    /** What a clock does of a practice whose end was asked for, days from now. */
    endPractice: (practiceId: string, days: number) =>
      carryOutPractice(base, practiceId, { now: new Date(Date.now() + days * 24 * 60 * 60 * 1000) }),
    /** Takes away what was counted lately, as an hour does: an authority's answers can't be dated ahead. */
    forgetRates: () =>
      items.remove(item("RATE#").flatMap((found) => (found.kind === "rate" ? [itemKeys.rate(found)] : []))),
    /** Everything that is kept but the bytes of objects, as text. */
    stored: (): string => JSON.stringify([item(""), trail.all()]),
    /** What is being uploaded in parts, as text. */
    uploads: (): string => JSON.stringify(buckets.uploads()),
    /** Whom devices take for a professional. */
    trustPolicy: trust.policy,
    /** Of an authority that nobody here trusts, though the certificate says all that a professional's does. */
    stranger: newCertification().professional("Physician"),
    physician: professional("Physician"),
    paramedic: professional("Paramedic", "paramedic"),
  }
}
export type MemoryNetwork = Awaited<ReturnType<typeof memoryNetwork>>

import { Duration } from "aws-cdk-lib"
import { alarmWhereMany } from "./alarms.ts"
import type { EhrCloudAudience } from "./audience.ts"
import type { AuditCheckpoints } from "./audit-checkpoints.ts"
import type { AuditTrail } from "./audit-trail.ts"
import type { Api } from "./http-api.ts"
import type { IdentityManager } from "./identity-manager.ts"
import type { MainTable } from "./main-table.ts"
import type { ObjectStore } from "./object-store.ts"
import type { ProviderKey } from "./provider-key.ts"
import type { UseCaseFunction } from "./use-case-function.ts"

/** What an EHR cloud consists of, and what its use-cases are granted of it: a table of contents, by whose use-case it is. */
export interface CloudParts {
  readonly api: Api
  readonly main: MainTable
  readonly auditTrail: AuditTrail
  readonly objectStore: ObjectStore
  readonly auditCheckpoints: AuditCheckpoints
  readonly identity: IdentityManager
  readonly providerKey: ProviderKey
  readonly audience: EhrCloudAudience
}

/** What puts thousands of parts together takes its time; an HTTP API waits for 30 s. */
const longest = Duration.seconds(29)
/**
 * How many of each of those run at once, where a cloud is for real patients: however many are at work for half a minute, emergencies find room. Most calls
 * take less than a second.
 */
const atMost = {
  "patient/commit": 100,
  "patient/delete-record": 50,
  "patient/approve-contribution": 50,
  "hcp/contribute": 100,
} as const
/** Of an account's functions at once, what is set apart for them. */
export const reservedAtOnce = Object.values(atMost).reduce<number>((sum, each) => sum + each, 0)

const serveLong = (api: Api, name: keyof typeof atMost): UseCaseFunction =>
  api.serve(name, { timeout: longest, atMost: atMost[name] })

/** Publish what the patient signed, with what it changes and one event. */
const grantPublish = ({ audience, main, auditTrail }: CloudParts, fn: UseCaseFunction): void => {
  audience.grantVerify(fn)
  main.grantRead(fn)
  main.grantList(fn)
  main.grantWrite(fn)
  main.grantCheck(fn)
  auditTrail.grantAppend(fn)
}

/** What anybody may ask. */
export const publicUseCases = ({ api, auditCheckpoints, providerKey, audience }: CloudParts): void => {
  const wellKnown = api.serve("system/well-known")
  audience.grantVerify(wellKnown)
  providerKey.grantPublicKey(wellKnown)

  const publicCheckpoint = api.serve("system/get-checkpoint")
  auditCheckpoints.grantRead(publicCheckpoint)
}

/** A patient's account and consents. */
export const accountUseCases = ({ api, main, auditTrail, identity, providerKey, audience }: CloudParts): void => {
  const register = api.serve("patient/register")
  audience.grantVerify(register)
  main.grantRead(register)
  main.grantWrite(register)
  identity.grantRegister(register)
  // A thousand new patients come in two minutes; five thousand an hour are nobody's. Cognito's price is per account and month.
  alarmWhereMany(register, "ManyAlarm", register, {
    impact: "accounts are opened in masses: each mails somebody, and is paid for",
    atMost: 5_000,
  })

  const confirm = api.serve("patient/confirm")
  main.grantRead(confirm)
  main.grantWrite(confirm)
  auditTrail.grantAppend(confirm)
  identity.grantConfirm(confirm)

  const signIn = api.serve("patient/sign-in")
  identity.grantSignIn(signIn)

  const recover = api.serve("patient/recover")
  main.grantRead(recover)
  auditTrail.grantAppend(recover)

  const getConsent = api.serve("patient/get-consent")
  audience.grantVerify(getConsent)
  main.grantRead(getConsent)

  const signConsent = api.serve("patient/sign-consent")
  audience.grantVerify(signConsent)
  main.grantRead(signConsent)
  main.grantWrite(signConsent)
  main.grantCheck(signConsent)
  providerKey.grantSign(signConsent)
  auditTrail.grantAppend(signConsent)

  const revokeConsent = api.serve("patient/revoke-consent")
  audience.grantVerify(revokeConsent)
  main.grantRead(revokeConsent)
  main.grantWrite(revokeConsent)
  main.grantCheck(revokeConsent)
  providerKey.grantSign(revokeConsent)
  auditTrail.grantAppend(revokeConsent)
}

/** Destroy an account and everything it holds, told by one event. */
export const grantDestroyAccount = (
  { audience, main, objectStore, identity, auditTrail }: Omit<CloudParts, "api">,
  fn: UseCaseFunction,
): void => {
  audience.grantVerify(fn)
  main.grantRead(fn)
  main.grantList(fn)
  main.grantWrite(fn)
  main.grantReplace(fn)
  main.grantCheck(fn)
  main.grantRemove(fn)
  objectStore.grantDestroy(fn)
  identity.grantDeletePatient(fn)
  auditTrail.grantAppend(fn)
}

/** The end of a practice: at once, or asked for and stopped. */
export const practiceEndUseCases = ({ api, main, auditTrail, objectStore, identity, audience }: CloudParts): void => {
  const deactivate = api.serve("practice/deactivate")
  audience.grantVerify(deactivate)
  main.grantRead(deactivate)
  main.grantList(deactivate)
  main.grantWrite(deactivate)
  main.grantRemove(deactivate)
  objectStore.grantDestroyRecords(deactivate)
  identity.grantDeleteMember(deactivate)
  auditTrail.grantAppend(deactivate)

  const requestDeactivation = api.serve("practice/request-deactivation")
  audience.grantVerify(requestDeactivation)
  main.grantRead(requestDeactivation)
  main.grantWrite(requestDeactivation)
  auditTrail.grantAppend(requestDeactivation)

  const cancelDeactivation = api.serve("practice/cancel-deactivation")
  audience.grantVerify(cancelDeactivation)
  main.grantRead(cancelDeactivation)
  main.grantWrite(cancelDeactivation)
  auditTrail.grantAppend(cancelDeactivation)
}

/** The end of a patient's account: at once, or asked for and stopped. */
export const deactivationUseCases = (cloud: CloudParts): void => {
  const { api, main, auditTrail, audience } = cloud
  grantDestroyAccount(cloud, api.serve("patient/deactivate"))

  const requestDeactivation = api.serve("patient/request-deactivation")
  audience.grantVerify(requestDeactivation)
  main.grantRead(requestDeactivation)
  main.grantWrite(requestDeactivation)
  main.grantCheck(requestDeactivation)
  auditTrail.grantAppend(requestDeactivation)

  const cancelDeactivation = api.serve("patient/cancel-deactivation")
  audience.grantVerify(cancelDeactivation)
  main.grantRead(cancelDeactivation)
  main.grantWrite(cancelDeactivation)
  main.grantCheck(cancelDeactivation)
  main.grantRemove(cancelDeactivation)
  auditTrail.grantAppend(cancelDeactivation)
}

/** A patient's own records, and what lists them. */
export const recordUseCases = (cloud: CloudParts): void => {
  const { api, main, auditTrail, objectStore } = cloud

  const uploadUrl = api.serve("patient/upload-url")
  main.grantRead(uploadUrl)
  objectStore.grantUpload(uploadUrl)

  const beginUpload = api.serve("patient/begin-upload")
  main.grantRead(beginUpload)
  main.grantList(beginUpload)
  main.grantWrite(beginUpload)
  main.grantCheck(beginUpload)
  objectStore.grantUploadParts(beginUpload)

  const partUrls = api.serve("patient/part-urls")
  main.grantRead(partUrls)
  objectStore.grantSignParts(partUrls)

  const abortUpload = api.serve("patient/abort-upload")
  main.grantRead(abortUpload)
  main.grantRemove(abortUpload)
  objectStore.grantAbort(abortUpload)

  const commit = serveLong(api, "patient/commit")
  grantPublish(cloud, commit)
  main.grantRemove(commit)
  objectStore.grantComplete(commit)

  const listVersions = api.serve("patient/list-versions")
  main.grantRead(listVersions)
  main.grantList(listVersions)

  const downloadUrl = api.serve("patient/download-url")
  main.grantRead(downloadUrl)
  objectStore.grantDownload(downloadUrl)
  auditTrail.grantAppend(downloadUrl)

  const deleteRecord = serveLong(api, "patient/delete-record")
  grantPublish(cloud, deleteRecord)
  main.grantRemove(deleteRecord)
  objectStore.grantRemove(deleteRecord)
  objectStore.grantAbort(deleteRecord)

  const getManifest = api.serve("patient/get-manifest")
  main.grantRead(getManifest)

  const getManifestPage = api.serve("patient/get-manifest-page")
  main.grantRead(getManifestPage)

  const publishManifest = api.serve("patient/publish-manifest")
  grantPublish(cloud, publishManifest)

  const getDecided = api.serve("patient/get-decided")
  main.grantRead(getDecided)

  const getKeyPages = api.serve("patient/get-key-pages")
  main.grantRead(getKeyPages)
}

/** A patient's cards, and what they say to anybody. */
export const cardUseCases = (cloud: CloudParts): void => {
  const { api, main, auditTrail, audience } = cloud

  const makeCard = api.serve("patient/make-card")
  grantPublish(cloud, makeCard)

  const listCards = api.serve("patient/list-cards")
  main.grantList(listCards)

  const revokeCard = api.serve("patient/revoke-card")
  audience.grantVerify(revokeCard)
  main.grantRead(revokeCard)
  main.grantWrite(revokeCard)
  auditTrail.grantAppend(revokeCard)

  const changeCard = api.serve("patient/change-card")
  grantPublish(cloud, changeCard)

  const strikeCard = api.serve("patient/strike-card")
  grantPublish(cloud, strikeCard)

  const setOpenPart = api.serve("patient/set-open-part")
  audience.grantVerify(setOpenPart)
  main.grantRead(setOpenPart)
  main.grantWrite(setOpenPart)
  main.grantCheck(setOpenPart)
  auditTrail.grantAppend(setOpenPart)

  const removeOpenPart = api.serve("patient/remove-open-part")
  audience.grantVerify(removeOpenPart)
  main.grantRead(removeOpenPart)
  main.grantWrite(removeOpenPart)
  auditTrail.grantAppend(removeOpenPart)
}

/** What others did by a patient's cards, and what the patient does about it. */
export const answeringUseCases = (cloud: CloudParts): void => {
  const { api, main, auditTrail, objectStore, auditCheckpoints, audience } = cloud

  const listContributions = api.serve("patient/list-contributions")
  main.grantList(listContributions)
  objectStore.grantReview(listContributions)

  const approveContribution = serveLong(api, "patient/approve-contribution")
  grantPublish(cloud, approveContribution)
  main.grantRemove(approveContribution)
  objectStore.grantAccept(approveContribution)

  const rejectContribution = api.serve("patient/reject-contribution")
  grantPublish(cloud, rejectContribution)
  main.grantRemove(rejectContribution)
  objectStore.grantReject(rejectContribution)

  const listGrants = api.serve("patient/list-grants")
  main.grantRead(listGrants)
  main.grantList(listGrants)

  const haltGrant = api.serve("patient/halt-grant")
  audience.grantVerify(haltGrant)
  main.grantRead(haltGrant)
  main.grantWrite(haltGrant)
  auditTrail.grantAppend(haltGrant)

  const makeDeliveryAddress = api.serve("patient/make-delivery-address")
  audience.grantVerify(makeDeliveryAddress)
  main.grantRead(makeDeliveryAddress)
  main.grantWrite(makeDeliveryAddress)
  main.grantCheck(makeDeliveryAddress)
  auditTrail.grantAppend(makeDeliveryAddress)

  const listDeliveryAddresses = api.serve("patient/list-delivery-addresses")
  main.grantList(listDeliveryAddresses)

  const revokeDeliveryAddress = api.serve("patient/revoke-delivery-address")
  audience.grantVerify(revokeDeliveryAddress)
  main.grantRead(revokeDeliveryAddress)
  main.grantWrite(revokeDeliveryAddress)
  main.grantRemove(revokeDeliveryAddress)
  auditTrail.grantAppend(revokeDeliveryAddress)

  const endSigner = api.serve("patient/end-signer")
  audience.grantVerify(endSigner)
  main.grantRead(endSigner)
  main.grantWrite(endSigner)
  auditTrail.grantAppend(endSigner)

  const readAuditTrail = api.serve("patient/read-audit-trail")
  main.grantRead(readAuditTrail)
  auditTrail.grantRead(readAuditTrail)

  const getCheckpoint = api.serve("patient/get-checkpoint")
  main.grantRead(getCheckpoint)
  auditCheckpoints.grantRead(getCheckpoint)
}

/** Whoever holds the front of a card, and reads what it says to anybody. */
export const holderUseCases = ({ api, main, auditTrail }: CloudParts): void => {
  const readOpenPart = api.serve("card/read-open-part")
  main.grantRead(readOpenPart)
  main.grantWrite(readOpenPart)
  auditTrail.grantAppend(readOpenPart)
}

/** A professional's emergency access, and what it opens. */
export const accessUseCases = ({
  api,
  main,
  auditTrail,
  objectStore,
  identity,
  providerKey,
  audience,
}: CloudParts): void => {
  const emergencyAccess = api.serve("hcp/emergency-access")
  audience.grantVerify(emergencyAccess)
  main.grantRead(emergencyAccess)
  main.grantWrite(emergencyAccess)
  main.grantCheck(emergencyAccess)
  objectStore.grantDownload(emergencyAccess)
  auditTrail.grantAppend(emergencyAccess)

  const session = api.serve("hcp/session")
  audience.grantVerify(session)
  main.grantRead(session)
  main.grantWrite(session)
  providerKey.grantSign(session)
  identity.grantHcpSession(session)
  auditTrail.grantAppend(session)

  const endAccess = api.serve("hcp/end-access")
  main.grantRead(endAccess)
  main.grantWrite(endAccess)
  auditTrail.grantAppend(endAccess)

  const listGrantedRecords = api.serve("hcp/list-records")
  main.grantRead(listGrantedRecords)
  main.grantList(listGrantedRecords)
  main.grantWrite(listGrantedRecords)
  auditTrail.grantAppend(listGrantedRecords)

  const downloadGrantedUrl = api.serve("hcp/download-url")
  main.grantRead(downloadGrantedUrl)
  main.grantWrite(downloadGrantedUrl)
  objectStore.grantDownload(downloadGrantedUrl)
  objectStore.grantReview(downloadGrantedUrl)
  auditTrail.grantAppend(downloadGrantedUrl)
}

/** What a professional adds. */
export const contributionUseCases = ({
  api,
  main,
  auditTrail,
  objectStore,
  providerKey,
  audience,
}: CloudParts): void => {
  const contributionUploadUrl = api.serve("hcp/contribution-upload-url")
  main.grantRead(contributionUploadUrl)
  objectStore.grantPropose(contributionUploadUrl)

  const beginContributionUpload = api.serve("hcp/begin-contribution-upload")
  main.grantRead(beginContributionUpload)
  main.grantList(beginContributionUpload)
  main.grantWrite(beginContributionUpload)
  main.grantCheck(beginContributionUpload)
  objectStore.grantProposeParts(beginContributionUpload)

  const contributionPartUrls = api.serve("hcp/contribution-part-urls")
  main.grantRead(contributionPartUrls)
  objectStore.grantSignProposedParts(contributionPartUrls)

  const abortContributionUpload = api.serve("hcp/abort-contribution-upload")
  main.grantRead(abortContributionUpload)
  main.grantRemove(abortContributionUpload)
  objectStore.grantAbortProposal(abortContributionUpload)

  const contribute = serveLong(api, "hcp/contribute")
  audience.grantVerify(contribute)
  main.grantRead(contribute)
  main.grantWrite(contribute)
  main.grantCheck(contribute)
  main.grantRemove(contribute)
  objectStore.grantCompleteProposal(contribute)
  providerKey.grantSign(contribute)
  auditTrail.grantAppend(contribute)
}

/** A practice's account, and who works there. */
export const practiceUseCases = (cloud: CloudParts): void => {
  const { api, main, auditTrail, identity, audience } = cloud
  const register = api.serve("practice/register")
  audience.grantVerify(register)
  main.grantRead(register)
  main.grantWrite(register)
  identity.grantMemberSignUp(register)

  const confirm = api.serve("practice/confirm")
  main.grantRead(confirm)
  main.grantWrite(confirm)
  auditTrail.grantAppend(confirm)
  identity.grantMemberSignUp(confirm)

  const signIn = api.serve("practice/sign-in")
  audience.grantVerify(signIn)
  main.grantRead(signIn)
  main.grantWrite(signIn)
  auditTrail.grantAppend(signIn)
  identity.grantMemberSignIn(signIn)

  const recover = api.serve("practice/recover")
  main.grantRead(recover)
  auditTrail.grantAppend(recover)

  const signOut = api.serve("practice/sign-out")
  main.grantRead(signOut)
  main.grantWrite(signOut)
  auditTrail.grantAppend(signOut)

  const getPractice = api.serve("practice/get-practice")
  main.grantRead(getPractice)

  const getMembers = api.serve("practice/get-members")
  main.grantRead(getMembers)

  const invite = api.serve("practice/invite")
  audience.grantVerify(invite)
  main.grantRead(invite)
  main.grantWrite(invite)
  auditTrail.grantAppend(invite)

  const getInvitation = api.serve("practice/get-invitation")
  main.grantRead(getInvitation)

  const join = api.serve("practice/join")
  audience.grantVerify(join)
  main.grantRead(join)
  main.grantWrite(join)
  auditTrail.grantAppend(join)
  identity.grantMemberSignUp(join)

  const changeMembers = api.serve("practice/change-members")
  audience.grantVerify(changeMembers)
  main.grantRead(changeMembers)
  main.grantWrite(changeMembers)
  main.grantRemove(changeMembers)
  auditTrail.grantAppend(changeMembers)
  identity.grantDeleteMember(changeMembers)
}

/** A practice's files, and its trail. */
export const practiceFileUseCases = (cloud: CloudParts): void => {
  const { api, main, auditTrail, objectStore, auditCheckpoints, audience } = cloud
  const getChanges = api.serve("practice/get-changes")
  main.grantRead(getChanges)

  const uploadUrl = api.serve("practice/upload-url")
  main.grantRead(uploadUrl)
  objectStore.grantUpload(uploadUrl)

  const putFile = api.serve("practice/put-file")
  audience.grantVerify(putFile)
  main.grantRead(putFile)
  main.grantWrite(putFile)
  main.grantRemove(putFile)
  objectStore.grantInspect(putFile)
  auditTrail.grantAppend(putFile)

  const downloadUrl = api.serve("practice/download-url")
  main.grantRead(downloadUrl)
  objectStore.grantDownload(downloadUrl)
  auditTrail.grantAppend(downloadUrl)

  const exportFiles = api.serve("practice/export")
  main.grantRead(exportFiles)
  auditTrail.grantAppend(exportFiles)

  const readAuditTrail = api.serve("practice/read-audit-trail")
  main.grantRead(readAuditTrail)
  auditTrail.grantRead(readAuditTrail)

  const getCheckpoint = api.serve("practice/get-checkpoint")
  main.grantRead(getCheckpoint)
  auditCheckpoints.grantRead(getCheckpoint)
}

/** What a practice sends to a patient who gave it an address. */
export const deliveryUseCases = ({ api, main, auditTrail, objectStore, providerKey, audience }: CloudParts): void => {
  const getDeliveryAddress = api.serve("practice/get-delivery-address")
  main.grantRead(getDeliveryAddress)

  const contributionUploadUrl = api.serve("practice/contribution-upload-url")
  main.grantRead(contributionUploadUrl)
  objectStore.grantPropose(contributionUploadUrl)

  const contribute = api.serve("practice/contribute")
  audience.grantVerify(contribute)
  main.grantRead(contribute)
  main.grantWrite(contribute)
  main.grantCheck(contribute)
  objectStore.grantReview(contribute)
  providerKey.grantSign(contribute)
  auditTrail.grantAppend(contribute)
}

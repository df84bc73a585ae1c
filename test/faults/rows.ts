import type { ProblemCode } from "../../contract/errors.ts"
import type { RouteName } from "../../contract/routes.ts"
import { sealedSize } from "../../protocol/crypto/streaming-aead.ts"
import { readCard } from "../../sdk/card/open-part.ts"
import { openCloud, openIndex } from "../../sdk/cloud.ts"
import { lookUp } from "../../sdk/hcp/card.ts"
import { abortContribution, contribute } from "../../sdk/hcp/contribute.ts"
import { listRecords as listAsHcp, readRecord } from "../../sdk/hcp/records.ts"
import { callAsHcp, endAccess, grantOf } from "../../sdk/hcp/session.ts"
import { beginRecord, confirm, register, signIn } from "../../sdk/patient/account.ts"
import { readAuditTrail } from "../../sdk/patient/audit-trail.ts"
import { makeCard, revokeCard, startEpoch } from "../../sdk/patient/cards.ts"
import { changeCard } from "../../sdk/patient/change-card.ts"
import { getConsent, revokeConsent, signConsent } from "../../sdk/patient/consents.ts"
import { approveContribution, listContributions, rejectContribution } from "../../sdk/patient/contributions.ts"
import { cancelDeactivation, deactivateAccount, requestDeactivation } from "../../sdk/patient/deactivation.ts"
import {
  listDeliveryAddresses,
  makeDeliveryAddress,
  revokeDeliveryAddress,
} from "../../sdk/patient/delivery-addresses.ts"
import { epochRevision } from "../../sdk/patient/epochs.ts"
import { haltGrant, listGrants } from "../../sdk/patient/grants.ts"
import { listCards } from "../../sdk/patient/held-cards.ts"
import { listRecords } from "../../sdk/patient/listed.ts"
import { removeOpenPart, setOpenPart } from "../../sdk/patient/open-part.ts"
import { publish } from "../../sdk/patient/publication.ts"
import {
  abortUpload,
  deleteRecord,
  describeRecord,
  downloadRecord,
  listVersions,
  uploadRecord,
} from "../../sdk/patient/records.ts"
import { recover } from "../../sdk/patient/recovery.ts"
import { callAsPatient, type PatientSession } from "../../sdk/patient/session.ts"
import { addSigner, endSigner } from "../../sdk/patient/signers.ts"
import {
  confirm as confirmPractice,
  register as registerPractice,
  signIn as signInToPractice,
  signOutEverywhere,
} from "../../sdk/practice/account.ts"
import { readPracticeTrail } from "../../sdk/practice/audit-trail.ts"
import {
  cancelDeactivation as cancelDeactivationOf,
  deactivatePractice,
  requestDeactivation as requestDeactivationOf,
} from "../../sdk/practice/deactivation.ts"
import { addFile, changeFile, deleteFile, readFile, restoreFile, tellExport } from "../../sdk/practice/files.ts"
import {
  acceptMember,
  changeRole,
  inviteMember,
  joinPractice,
  listInvitations,
  readInvitation,
  removeMember,
} from "../../sdk/practice/members.ts"
import { openPractice } from "../../sdk/practice/practice.ts"
import { recoverPractice } from "../../sdk/practice/recovery.ts"
import { readDeliveryAddress, sendToPatient } from "../../sdk/practice/send.ts"
import { confirmationCode } from "../fakes/accounts.ts"
import { hriAddress } from "../kit/memory-network.ts"
import { documentOf, loginOf, openPartOf } from "../kit/people.ts"
import { contentOf, newEntry } from "../kit/practices.ts"
import { askForAccess, openedAccess } from "./access.ts"
import type { People } from "./deployment.ts"

export interface Row {
  /** What somebody does, by the SDK, that asks this route: it is stopped there, and what it would have sent is what is tried. */
  act(people: People): Promise<unknown>
  /** Of its questions of this route, which one; the first, unless said otherwise. */
  readonly nth?: number
  /** What the very same request may be told when it is sent again, though nothing is wrong; doing the same anew then succeeds. */
  readonly again?: ProblemCode
  /** What was answered, opened, where it comes sealed. */
  opened?(request: object, answer: object): Promise<object>
}

/** The newest version of the patient's first listed record of a category. */
const recordOf = async (session: PatientSession, category: "summary" | "imaging") => {
  const [record] = await listRecords(session, [category])
  if (record === undefined) throw new Error(`there is no ${category}`)
  return record
}

const pendingOf = async (session: PatientSession) => {
  const pending = (await listContributions(session)).find(({ status }) => status === "pending")
  if (pending === undefined) throw new Error("there is nothing to decide")
  return pending
}

const upload = ({ patient }: People) => uploadRecord(patient, documentOf("laboratory", "a new analysis"))
const replace = async ({ patient }: People) =>
  uploadRecord(patient, documentOf("summary", "a newer summary"), { replaces: await recordOf(patient, "summary") })
const addition = documentOf("document", "a new addition")
/** Of more than one part. */
const study = { ...documentOf("imaging", "a study"), content: new Uint8Array(9_000_000) }
const uploadStudy = ({ patient }: People) => uploadRecord(patient, study)
const contributeStudy = ({ access }: People) => contribute(access, study)
const begun = { recordId: "A".repeat(22), version: 1, objectId: "B".repeat(21) + "A" }
const size = sealedSize(study.content.length)
const giveUpUpload = async ({ patient }: People) => {
  const place = { ...begun, version: String(begun.version) }
  await callAsPatient(patient, "patient/begin-upload", { ...place, category: "imaging", size })
  await abortUpload(patient, begun)
}
const giveUpContribution = async ({ access }: People) => {
  const place = { ...grantOf(access), contributionId: begun.recordId, objectId: begun.objectId }
  await callAsHcp(access, "hcp/begin-contribution-upload", { ...place, category: "imaging", size })
  await abortContribution(access, begun)
}
const readAsHcp = async ({ access }: People) => {
  const [listed] = await listAsHcp(access, "imaging")
  if (listed === undefined) throw new Error("there is no image")
  return readRecord(access, listed)
}
const readPending = async ({ access }: People) => {
  const listed = (await listAsHcp(access, "document")).find(({ unreviewed }) => unreviewed !== undefined)
  if (listed === undefined) throw new Error("there is no addition")
  return readRecord(access, listed)
}

const say = ({ patient, cardId }: People) => setOpenPart(patient, cardId, openPartOf("somebody else"))

const addPatient = async ({ member }: People) =>
  addFile(await openPractice(member), newEntry("Doe", "Jane"), contentOf("of Jane Doe"))
const changePatient = async ({ member, file }: People) =>
  changeFile(await openPractice(member), { ...file, phones: ["1"] }, contentOf("newer"))

const deleteAndRestore = async ({ member, file }: People) => {
  const practice = await openPractice(member)
  return restoreFile(practice, await deleteFile(practice, file))
}

/** Once an end waits. */
const stopEnd = async ({ member }: People) => {
  const practice = await openPractice(member)
  await requestDeactivationOf(practice)
  await cancelDeactivationOf(practice)
}

const sendLetter = async ({ member, delivery, physician }: People) => {
  const practice = await openPractice(member)
  return sendToPatient(practice, await readDeliveryAddress(practice, delivery), addition, physician)
}

const accept = async ({ member, waitingId }: People) => {
  const practice = await openPractice(member)
  const waiting = (await listInvitations(practice)).find(({ memberId }) => memberId === waitingId)
  return acceptMember(practice, waiting?.invitationId ?? "")
}

/** Asks twice: what is left of the first is what the second finds. */
const deleteTwice = async ({ patient }: People) => {
  const { recordId } = await recordOf(patient, "summary")
  for (let i = 0; i < 2; i++) await deleteRecord(patient, recordId)
}
/** Strikes a card that no statement has revoked. */
const strikeActive = ({ patient, cardId }: People) =>
  publish(
    patient,
    (contents) => epochRevision(patient, contents, ["summary", "imaging", "document"], { without: cardId }),
    (publication) => callAsPatient(patient, "patient/strike-card", { cardId, publication }),
  )
/** On a device that knows of no card yet: its is the first entry that is written. */
const makeFirstCard = ({ patient }: People) => {
  patient.memory.cards = {}
  return makeCard(patient, { hri: hriAddress, categories: ["summary"] })
}
const endOther = async ({ patient, otherDevice }: People) => {
  await addSigner(patient, otherDevice.publicKeys)
  await endSigner(patient, otherDevice.signerId)
}

/** Once nothing waits any more. */
const askAnew = async ({ patient }: People) => {
  await cancelDeactivation(patient)
  await requestDeactivation(patient)
}

/** A row for each route, and more where a use-case has several ways. A route without one is a type error. */
export const rows: { readonly [N in RouteName]: readonly Row[] } = {
  "system/well-known": [{ act: ({ cloud }) => openCloud(cloud.api.address) }],
  "system/get-checkpoint": [{ act: ({ cloud }) => cloud.api.call("system/get-checkpoint", {}) }],

  "patient/register": [
    { act: ({ cloud }) => register(cloud, { email: "somebody@example.org", password: "Correct-Horse-7-Battery" }) },
  ],
  "patient/confirm": [{ act: ({ cloud, unconfirmed }) => confirm(cloud, unconfirmed.patientId, confirmationCode) }],
  "patient/sign-in": [{ act: ({ cloud, login, patient }) => signIn(cloud, login, patient.keys, patient.memory) }],
  "patient/recover": [{ act: ({ cloud, login, phrase }) => recover(cloud, login, phrase) }],
  "patient/deactivate": [{ act: ({ patient, phrase }) => deactivateAccount(patient, phrase) }],
  "patient/request-deactivation": [{ act: askAnew }, { act: ({ patient }) => requestDeactivation(patient) }],
  "patient/cancel-deactivation": [{ act: ({ patient }) => cancelDeactivation(patient) }],

  "patient/get-consent": [{ act: ({ patient }) => getConsent(patient, "store") }],
  "patient/sign-consent": [
    { act: async ({ newcomer }) => signConsent(newcomer, await getConsent(newcomer, "store")) },
    { act: async ({ patient }) => signConsent(patient, await getConsent(patient, "emergency-share")) },
  ],
  "patient/revoke-consent": [
    { act: async ({ patient }) => revokeConsent(patient, await getConsent(patient, "emergency-share")) },
  ],

  "patient/upload-url": [{ act: upload }, { act: replace }],
  "patient/begin-upload": [{ act: uploadStudy }],
  "patient/part-urls": [{ act: uploadStudy }],
  "patient/abort-upload": [{ act: giveUpUpload }],
  "patient/commit": [{ act: upload }, { act: replace }, { act: uploadStudy }],
  "patient/list-versions": [
    { act: async ({ patient }) => listVersions(patient, (await recordOf(patient, "summary")).recordId) },
  ],
  "patient/download-url": [{ act: async ({ patient }) => downloadRecord(patient, await recordOf(patient, "imaging")) }],
  "patient/delete-record": [
    { act: async ({ patient }) => deleteRecord(patient, (await recordOf(patient, "summary")).recordId) },
    { act: deleteTwice, nth: 2 },
  ],

  "patient/get-manifest": [{ act: ({ patient }) => listRecords(patient) }],
  "patient/get-manifest-page": [{ act: ({ patient }) => listRecords(patient) }],
  "patient/get-key-pages": [
    { act: async ({ patient }) => describeRecord(patient, await recordOf(patient, "imaging")) },
  ],
  "patient/publish-manifest": [
    { act: ({ patient }) => startEpoch(patient, ["summary", "imaging"]) },
    { act: ({ beginner }) => beginRecord(beginner) },
    { act: ({ patient, otherDevice }) => addSigner(patient, otherDevice.publicKeys) },
    { act: endOther, nth: 2 },
    { act: ({ cloud, login, phrase }) => recover(cloud, login, phrase) },
    { act: ({ cloud, login, phrase }) => recover(cloud, login, phrase, { keepOthers: true }) },
  ],
  "patient/get-decided": [{ act: ({ patient }) => listContributions(patient) }],

  "patient/make-card": [{ act: ({ patient }) => makeCard(patient, { hri: hriAddress, categories: ["summary"] }) }],
  "patient/list-cards": [{ act: ({ patient }) => listCards(patient) }],
  "patient/revoke-card": [{ act: ({ patient, cardId }) => revokeCard(patient, cardId) }],
  "patient/change-card": [
    { act: ({ patient, cardId }) => changeCard(patient, cardId, { categories: ["summary"] }) },
    { act: ({ patient, cardId }) => changeCard(patient, cardId, { name: "Wallet" }) },
  ],
  "patient/set-open-part": [{ act: say }],
  "patient/remove-open-part": [{ act: ({ patient, cardId }) => removeOpenPart(patient, cardId) }],
  "card/read-open-part": [{ act: ({ front }) => readCard(front, hriAddress) }],
  "patient/strike-card": [{ act: ({ patient, cardId }) => revokeCard(patient, cardId) }, { act: strikeActive }],

  "patient/list-contributions": [{ act: ({ patient }) => listContributions(patient) }],
  "patient/approve-contribution": [
    { act: async ({ patient }) => approveContribution(patient, await pendingOf(patient)) },
  ],
  "patient/reject-contribution": [
    { act: async ({ patient }) => rejectContribution(patient, await pendingOf(patient)) },
  ],

  "patient/make-delivery-address": [{ act: ({ patient }) => makeDeliveryAddress(patient, "Dr. Weber") }],
  "patient/list-delivery-addresses": [{ act: ({ patient }) => listDeliveryAddresses(patient) }],
  "patient/revoke-delivery-address": [
    { act: ({ patient, spentAddressId }) => revokeDeliveryAddress(patient, spentAddressId) },
  ],
  "patient/list-grants": [{ act: ({ patient }) => listGrants(patient) }],
  "patient/halt-grant": [{ act: ({ patient, access }) => haltGrant(patient, access) }],
  "patient/end-signer": [{ act: endOther }, { act: ({ cloud, login, phrase }) => recover(cloud, login, phrase) }],
  "patient/read-audit-trail": [{ act: ({ patient }) => readAuditTrail(patient) }],
  "patient/get-checkpoint": [{ act: ({ patient }) => readAuditTrail(patient) }],

  "hcp/emergency-access": [
    // A statement opens one access; an answer that was lost is asked for by a new one.
    { act: askForAccess, opened: openedAccess, again: "statement-replayed" },
  ],
  "hcp/session": [
    { act: ({ newAccess }) => listAsHcp(newAccess, "imaging") },
    // The account is there already.
    { act: ({ access: { opening: _opening, ...access } }) => listAsHcp(access, "imaging") },
  ],
  "hcp/end-access": [{ act: ({ access }) => endAccess(access) }],
  "hcp/list-records": [{ act: ({ access }) => listAsHcp(access, "document") }],
  "hcp/download-url": [{ act: readAsHcp }, { act: readPending }],
  "hcp/contribution-upload-url": [{ act: ({ access }) => contribute(access, addition) }],
  "hcp/begin-contribution-upload": [{ act: contributeStudy }],
  "hcp/contribution-part-urls": [{ act: contributeStudy }],
  "hcp/abort-contribution-upload": [{ act: giveUpContribution }],
  "hcp/contribute": [{ act: ({ access }) => contribute(access, addition) }, { act: contributeStudy }],

  "practice/register": [
    { act: ({ cloud, physician }) => registerPractice(cloud, loginOf("another-practice@example.org"), physician) },
  ],
  "practice/confirm": [
    { act: ({ cloud, unconfirmedPractice: { memory } }) => confirmPractice(cloud, memory, confirmationCode) },
    { act: ({ cloud, unconfirmedMember: { memory } }) => confirmPractice(cloud, memory, confirmationCode) },
  ],
  "practice/sign-in": [
    { act: ({ cloud, practiceLogin, member }) => signInToPractice(cloud, practiceLogin, member.keys, member.memory) },
    {
      act: ({ cloud, practiceLogin, member, physician }) =>
        signInToPractice(cloud, practiceLogin, member.keys, member.memory, physician),
    },
  ],
  "practice/sign-out": [{ act: ({ member }) => signOutEverywhere(member) }],
  "practice/recover": [
    { act: ({ cloud, practiceLogin, practicePhrase }) => recoverPractice(cloud, practiceLogin, practicePhrase) },
  ],
  "practice/get-members": [{ act: async ({ member }) => listInvitations(await openPractice(member)) }],
  "practice/invite": [{ act: async ({ member }) => inviteMember(await openPractice(member), "owner") }],
  "practice/get-invitation": [{ act: ({ cloud, invited }) => readInvitation(cloud, invited) }],
  "practice/join": [
    {
      act: async ({ cloud, invited, physician }) =>
        joinPractice(cloud, await readInvitation(cloud, invited), loginOf("joiner@example.org"), physician),
    },
  ],
  "practice/change-members": [
    { act: accept },
    { act: async ({ member, colleagueId }) => removeMember(await openPractice(member), colleagueId) },
    { act: async ({ member, colleagueId }) => changeRole(await openPractice(member), colleagueId, "reception") },
    { act: ({ cloud, practiceLogin, practicePhrase }) => recoverPractice(cloud, practiceLogin, practicePhrase) },
  ],
  "practice/read-audit-trail": [{ act: async ({ member }) => readPracticeTrail(await openPractice(member)) }],
  "practice/get-checkpoint": [{ act: async ({ member }) => readPracticeTrail(await openPractice(member)) }],
  "practice/export": [
    { act: async ({ member, file }) => tellExport(await openPractice(member), file.fileId) },
    { act: async ({ member }) => tellExport(await openPractice(member)) },
  ],
  "practice/get-practice": [{ act: ({ member }) => openPractice(member) }],
  "practice/get-changes": [{ act: ({ member }) => openPractice(member) }],
  "practice/upload-url": [{ act: addPatient }, { act: changePatient }],
  "practice/put-file": [
    { act: addPatient },
    { act: changePatient },
    { act: async ({ member, file }) => deleteFile(await openPractice(member), file) },
    { act: deleteAndRestore, nth: 2 },
  ],
  "practice/deactivate": [
    { act: async ({ member, practicePhrase }) => deactivatePractice(await openPractice(member), practicePhrase) },
  ],
  "practice/request-deactivation": [{ act: async ({ member }) => requestDeactivationOf(await openPractice(member)) }],
  "practice/cancel-deactivation": [{ act: stopEnd }],
  "practice/get-delivery-address": [{ act: sendLetter }],
  "practice/contribution-upload-url": [{ act: sendLetter }],
  "practice/contribute": [{ act: sendLetter }],
  "practice/download-url": [{ act: async ({ member, file }) => readFile(await openPractice(member), file.fileId) }],

  "hri/well-known": [{ act: () => openIndex(hriAddress) }],
  "hri/put-entry": [{ act: makeFirstCard }, { act: upload }],
  "hri/look-up": [{ act: ({ card }) => lookUp(card) }],
  "hri/remove-entry": [{ act: ({ patient, cardId }) => revokeCard(patient, cardId) }],
}

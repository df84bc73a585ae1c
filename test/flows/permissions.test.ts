import { AdminInitiateAuthCommand } from "@aws-sdk/client-cognito-identity-provider"
import { beforeAll, describe, expect, test } from "vitest"
import type { ProblemCode } from "../../contract/errors.ts"
import { type RequestOf, type RouteName, routeNames, routes } from "../../contract/routes.ts"
import { sealToAccount } from "../../protocol/account-key.ts"
import {
  cardHash,
  deriveCardKeys,
  encodeCard,
  locatorHash,
  makeCard as newCard,
  sealedCard,
  sealedHash,
} from "../../protocol/card.ts"
import { deriveFrontKeys, frontProof } from "../../protocol/card-front.ts"
import { fromBase64url, toBase64url, utf8 } from "../../protocol/crypto/bytes.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { randomBytes, sha256 } from "../../protocol/crypto/primitives.ts"
import { addressIdOf, keptAs, keptContents, sealDeliveryAddress } from "../../protocol/delivery-address.ts"
import { generateKeyPairs, publicKeysOf } from "../../protocol/keys.ts"
import { sealOpenPart } from "../../protocol/open-part.ts"
import { sealEntry } from "../../protocol/practice/sealed-entry.ts"
import { sealingKeyThumbprint } from "../../protocol/sealing.ts"
import { readStatement, statementHash } from "../../protocol/statement.ts"
import { putObject } from "../../sdk/api.ts"
import { contribute } from "../../sdk/hcp/contribute.ts"
import type { Access } from "../../sdk/hcp/emergency-access.ts"
import { listRecords as listGranted } from "../../sdk/hcp/records.ts"
import { sessionOf } from "../../sdk/hcp/session.ts"
import { revokeCard } from "../../sdk/patient/cards.ts"
import { getConsent, revokeConsent } from "../../sdk/patient/consents.ts"
import { readContents } from "../../sdk/patient/contents.ts"
import { type Contribution, listContributions } from "../../sdk/patient/contributions.ts"
import { makeDeliveryAddress } from "../../sdk/patient/delivery-addresses.ts"
import { epochRevision, hashOf, wrapFor } from "../../sdk/patient/epochs.ts"
import { haltGrant } from "../../sdk/patient/grants.ts"
import { isActive, listCards } from "../../sdk/patient/held-cards.ts"
import { setOpenPart } from "../../sdk/patient/open-part.ts"
import { callAsPatient, type PatientSession, placeOf, signerIdOf } from "../../sdk/patient/session.ts"
import { signEnd } from "../../sdk/patient/signer-end.ts"
import { addSigner } from "../../sdk/patient/signers.ts"
import { register } from "../../sdk/practice/account.ts"
import { changeRole, inviteMember, removeMember } from "../../sdk/practice/members.ts"
import { type OpenedAddress, readDeliveryAddress, sendToPatient } from "../../sdk/practice/send.ts"
import { placeOf as practicePlaceOf } from "../../sdk/practice/session.ts"
import { signChange, signForPractice } from "../../sdk/practice/signed-change.ts"
import { internet, jsonReply, type Network, over, requestIn } from "../kit/network.ts"
import { registration } from "../kit/patients.ts"
import { documentOf, openPartOf } from "../kit/people.ts"
import { reopened } from "../kit/practices.ts"
import { type SealedRecord, sealRecord } from "../sdk/sealed.ts"
import { type Answer, expectNothingOf, expectRefusal, expectUnauthenticated, secretsOf, send } from "./answers.ts"
import { cognito, expireGrant, outputOf, stateOf } from "./engine.ts"
import type { CredentialName } from "./local-cloud.ts"
import { accessBy, cloud, newColleague, newPatientWithCard, newPractice, professional } from "./people.ts"
import {
  commitRequest,
  contributionStatement,
  decisionRequest,
  deletionRequest,
  emergencyRequest,
  indexOwnerOf,
  indexStatement,
  newIndexOwner,
  patientSays,
  publicationOf,
  rootSays,
} from "./statements.ts"

/**
 * Every actor on every route of the contract. Each sends a well-formed request with the real identifiers of the patient whose record it
 * is about; what is expected stands in `matrix`, and a route without a row there fails.
 */
const actorNames = [
  "nobody",
  "another patient",
  "a professional with a grant of another patient, naming this one's",
  "a professional with a grant of another patient, naming it",
  "a professional whose grant has expired",
  "a professional whose grant was halted",
  "a professional whose patient withdrew the consent",
  "a professional whose card was revoked",
  "a professional with a grant",
  "another practice's owner",
  "somebody who was shut out of the practice",
  "the practice's reception",
  "a practice's owner",
  // Last, since they end what the others ask about.
  "the patient",
] as const
type ActorName = (typeof actorNames)[number]

/** `open`: permitted, though about nobody. `own`: permitted, but of the actor's own things alone. */
type Expected = ProblemCode | "permitted" | "open" | "own"

type Patient = Awaited<ReturnType<typeof newPatientWithCard>>
interface Actor {
  /** Whose record it is about. */
  readonly of: Patient
  readonly token?: string | undefined
  readonly credential: CredentialName
  /** The card they have scanned; that of their own patient. */
  readonly scanned: Patient
  readonly grantId: string
  readonly ticket: string
}

let actors: Record<ActorName, Actor>
let owner: Patient
/** Another device of the owner's. */
let tablet: string
let other: Patient
let granted: Access
let practice: Awaited<ReturnType<typeof newPractice>>
let elsewherePractice: Awaited<ReturnType<typeof newPractice>>
let leaving: Awaited<ReturnType<typeof newPractice>>
let reception: Awaited<ReturnType<typeof newColleague>>
let shutOut: Awaited<ReturnType<typeof newColleague>>
let secrets: Map<Patient, string[]>
/** An address that the owner made, and one by which the practice sends to somebody. */
let ownAddress: string
let recipient: Patient
let delivery: OpenedAddress
/** The next version of the owner's image, and a document of the professional's. */
let next: SealedRecord
let addition: SealedRecord
let contributions: Contribution[]

const text = (bytes: number) => toBase64url(randomBytes(bytes))
const cardId = text(16)
const additionId = text(16)

const opened = async (name: CredentialName, patient: Patient): Promise<Access> => {
  const access = await accessBy(name, patient.card)
  await listGranted(access, "imaging")
  return access
}

beforeAll(async () => {
  owner = await newPatientWithCard()
  other = await newPatientWithCard()
  const withdrawn = await newPatientWithCard()
  const cardless = await newPatientWithCard()

  for (const { session, cardId, login } of [owner, other, withdrawn, cardless])
    await setOpenPart(session, cardId, openPartOf(login.email))
  practice = await newPractice("physician")
  elsewherePractice = await newPractice("otherPhysician")
  leaving = await newPractice("nurse")
  reception = await newColleague(practice.practice, "reception")
  shutOut = await newColleague(practice.practice, "clinician")
  await removeMember(practice.practice, shutOut.session.memory.memberId)
  ownAddress = (await makeDeliveryAddress(owner.session, "Dr. Rossi")).addressId
  await makeDeliveryAddress(other.session, "Dr. Weber")
  recipient = await newPatientWithCard()
  const { words } = await makeDeliveryAddress(recipient.session, "Dr. Rossi")
  delivery = await readDeliveryAddress(practice.practice, words)
  // From then on it is this practice's.
  await sendToPatient(practice.practice, delivery, documentOf("document", "a letter"), await professional("physician"))
  granted = await opened("physician", owner)
  const elsewhere = await opened("otherPhysician", other)
  const expired = await opened("paramedic", owner)
  const halted = await opened("nurse", owner)
  const withoutConsent = await opened("paramedic", withdrawn)
  const withoutCard = await opened("nurse", cardless)
  for (const note of ["one", "two"])
    await contribute(granted, documentOf("document", `${note} of ${owner.login.email}`))
  contributions = await listContributions(owner.session)

  const keys = await generateKeyPairs({ extractable: false })
  await addSigner(owner.session, await publicKeysOf(keys))
  tablet = await signerIdOf(keys)
  await haltGrant(owner.session, halted)
  // Last: the patient's device would notice a grant that says otherwise than its event.
  await expireGrant(owner.session, expired.grantId)
  await revokeConsent(withdrawn.session, await getConsent(withdrawn.session, "emergency-share"))
  await revokeCard(cardless.session, cardless.cardId)

  const { patientId } = owner.session
  const { imaging } = (await readContents(owner.session)).keys
  const plain = documentOf("imaging", "the next version")
  const place = { recordId: owner.image.recordId, version: 2, replaces: await canonicalHash(owner.image) }
  next = await sealRecord(patientId, place, plain, imaging, new Date())
  const note = documentOf("document", "a note")
  addition = await sealRecord(
    patientId,
    { recordId: additionId, version: 1, replaces: null },
    note,
    granted.keys.newest("document"),
    new Date(),
  )

  const by = async (
    credential: CredentialName,
    of: Patient,
    scanned: Patient,
    access: Access,
    named = access,
  ): Promise<Actor> => ({
    of,
    credential,
    scanned,
    token: (await sessionOf(access)).accessToken,
    grantId: named.grantId,
    ticket: access.ticket,
  })
  const uncertified = { credential: "uncertified", of: owner, scanned: other, grantId: granted.grantId } as const
  actors = {
    nobody: { ...uncertified, ticket: text(32) },
    "another patient": { ...uncertified, token: other.session.accessToken, ticket: text(32) },
    "a professional with a grant of another patient, naming this one's": await by(
      "otherPhysician",
      owner,
      other,
      elsewhere,
      granted,
    ),
    "a professional with a grant of another patient, naming it": await by("otherPhysician", owner, other, elsewhere),
    "a professional whose grant has expired": await by("paramedic", owner, owner, expired),
    "a professional whose grant was halted": await by("nurse", owner, owner, halted),
    "a professional whose patient withdrew the consent": await by("paramedic", withdrawn, withdrawn, withoutConsent),
    "a professional whose card was revoked": await by("nurse", cardless, cardless, withoutCard),
    "a professional with a grant": await by("physician", owner, owner, granted),
    "the patient": {
      of: owner,
      token: owner.session.accessToken,
      credential: "insuredPerson",
      scanned: owner,
      grantId: granted.grantId,
      ticket: text(32),
    },
    "another practice's owner": {
      ...uncertified,
      token: elsewherePractice.session.accessToken,
      ticket: text(32),
    },
    "somebody who was shut out of the practice": {
      ...uncertified,
      token: shutOut.session.accessToken,
      ticket: text(32),
    },
    "the practice's reception": { ...uncertified, token: reception.session.accessToken, ticket: text(32) },
    "a practice's owner": { ...uncertified, token: practice.session.accessToken, ticket: text(32) },
  }
  const patients = [owner, withdrawn, cardless]
  const known = new Set(await secretsOf(other))
  const own = async (patient: Patient) => (await secretsOf(patient)).filter((secret) => !known.has(secret))
  secrets = new Map(await Promise.all(patients.map(async (patient) => [patient, await own(patient)] as const)))
})

/** What each route is asked. `is`: who asks, where the same request can't be made by all. */
type Requests = { [N in RouteName]: (actor: Actor, is: ActorName) => Promise<RequestOf<N>> | RequestOf<N> }

/** The patient's own decision; another patient's is about the same, in a manifest of their own. */
const decision = async (is: ActorName, at: 0 | 1, decided: "approved" | "rejected") => {
  const contribution = contributions[at]
  if (contribution === undefined) throw new Error("there is no contribution")
  return decisionRequest(publisher(is), contribution, decided)
}

/** Whose manifest a publication is: of a patient, their own. A manifest of somebody else's is what `patient/publish-manifest` is sent by all others. */
const publisher = (is: ActorName) => (is === "another patient" ? other.session : owner.session)

const consent = async (status: "active" | "inactive") => {
  const kind = "store" as const
  const { documentHash } = await getConsent(owner.session, kind)
  return { kind, statement: await patientSays(owner.session, "consent", { kind, status, documentHash }) }
}

/** Signed by the owner of the locator, or by somebody who knows its hash. */
const entryStatement = async ({ of }: Actor, is: ActorName, action: "put" | "remove"): Promise<string> => {
  const locator = toBase64url(of.card.locator)
  const found = await send("hri/look-up", { locator })
  const { statement } = found.status === 200 ? (JSON.parse(found.text) as { statement: string }) : {}
  const { sequence } =
    statement === undefined ? { sequence: 0 } : (readStatement(statement).payload as { sequence: number })
  const parent = statement === undefined ? null : await statementHash(statement)
  const by = is === "the patient" ? await indexOwnerOf(of.session) : await newIndexOwner()
  return indexStatement(of.card, by, action, { sequence: sequence + 1, parent })
}

/** The place of the owner's next version; of another patient it would be the first. */
const uploadBy = (is: string) => {
  const { recordId, version, objectId } = next.descriptor
  return { recordId, version: String(is === "another patient" ? 1 : version), objectId }
}
const grantPath = ({ of, grantId }: Actor) => ({ patientId: of.session.patientId, grantId })

/** The server half of a card with the manifest that lists it. */
const cardRequest = async (is: ActorName) => {
  const session = publisher(is)
  const { manifest, keys, accountKey } = await readContents(session)
  const [card, share] = [newCard({ fingerprint: session.fingerprint, hri: cloud.hri }), randomBytes(32)]
  const half = {
    cardId,
    proofKey: toBase64url((await deriveCardKeys(card.secret)).proofKey),
    cloudShare: toBase64url(share),
    locatorHash: await locatorHash(card.locator),
    hri: card.hri,
  }
  const wrappedCategoryKeys = await wrapFor(card, share, ["summary"], keys)
  const object = { kind: "card", object: cardId, epoch: 0 } as const
  const sealed = await sealToAccount(
    placeOf(session),
    accountKey.publicKey,
    object,
    sealedCard({ cloudShare: share, frontSecret: randomBytes(16), name: "", text: encodeCard(card) }),
  )
  const hash = await cardHash({ ...half, keys: wrappedCategoryKeys, sealedHash: await sealedHash(sealed) })
  const publication = await publicationOf(session, { listedCards: [...manifest.claims.cards, { cardId, hash }] })
  return { ...half, wrappedCategoryKeys, sealed, publication }
}

const practiceIds = () => {
  const { practiceId, memberId } = practice.session.memory
  return { practiceId, memberId }
}

/** What the SDK would send to open a practice. */
const registrationOf = async (login: { email: string; password: string }): Promise<RequestOf<"practice/register">> => {
  let sent: object | undefined
  const api = { address: "", call: async (_: string, request: object) => (sent = request) }
  const { cloud: of } = practice.session
  await register({ ...of, api: api as unknown as typeof of.api }, login, await professional("physician"))
  return sent as RequestOf<"practice/register">
}

/** What the SDK of the practice's owner would send there. */
const sentBy = async <N extends "practice/invite" | "practice/change-members" | "practice/contribute">(
  name: N,
  act: () => Promise<unknown>,
): Promise<RequestOf<N>> => {
  let sent: object | undefined
  await practice.practice.sync()
  const stopping: Network = async (asked) => {
    if (asked.route !== name) return internet(asked)
    sent = requestIn(name, asked)
    return jsonReply({ type: "about:blank", status: 400, code: "request-invalid", requestId: "-" }, 400)
  }
  await over(stopping, () => act().catch(() => undefined))
  if (sent === undefined) throw new Error(`nobody asks ${name}`)
  return sent as RequestOf<N>
}

/** What an owner says of the practice's end: without the phrase, which nobody here has, its destruction is the cloud's to refuse. */
const practiceEnd = async (
  { session }: Pick<typeof practice, "session">,
  action: "destroy" | "request" | "cancel",
) => ({
  statement: await signForPractice(practicePlaceOf(session), session.keys, "practice-deactivation", { action }),
})

/** The next version of the practice's file. */
const putRequest = async ({ session }: Pick<typeof practice, "session">): Promise<RequestOf<"practice/put-file">> => {
  const { fileId } = practice.entry
  await practice.practice.sync()
  const now = await reopened(session)
  const version = (practice.practice.directory.get(fileId)?.version ?? 0) + 1
  const entry = await sealEntry(now.keys.opened.directory, { ...practice.entry, version })
  const change = await signChange(practicePlaceOf(session), session.keys, {
    ...now.next(),
    keys: await canonicalHash(now.keys.sealed),
    change: {
      kind: "file",
      fileId,
      entry: { version, epoch: now.keys.opened.epoch, hash: toBase64url(await sha256(utf8(entry))) },
      content: null,
    },
  })
  return { fileId, change, entry }
}

const requests: Requests = {
  "system/well-known": () => ({}),
  "system/get-checkpoint": () => ({}),
  // In order, and for an address that has an account.
  "patient/register": async ({ of }) => {
    const { cloudId } = of.session.cloud
    const { request } = await registration({ cloud: { cloudId, title: "" }, now: new Date() }, of.login.email, text(16))
    return { ...request, ...of.login }
  },
  "patient/confirm": ({ of }) => ({ patientId: of.session.patientId, code: "000000" }),
  "patient/sign-in": ({ of }, is) => ({
    ...of.login,
    ...(is === "the patient" ? {} : { password: "Wrong-Horse-7-Battery" }),
  }),
  "patient/recover": () => ({}),
  "patient/request-deactivation": async () => ({
    statement: await patientSays(owner.session, "deactivation-request", { under: 1 }),
  }),
  "patient/cancel-deactivation": async () => ({
    statement: await patientSays(owner.session, "deactivation-cancellation", {}),
  }),
  "patient/deactivate": async () => ({ statement: await rootSays(owner, "deactivation", {}) }),
  "patient/get-consent": () => ({ kind: "store" }),
  "patient/sign-consent": () => consent("active"),
  "patient/revoke-consent": () => consent("inactive"),
  "patient/upload-url": (_actor, is) => {
    const { category, size, sha256 } = next.descriptor
    return { ...uploadBy(is), version: Number(uploadBy(is).version), category, size, sha256 }
  },
  "patient/begin-upload": (_actor, is) => {
    return { ...uploadBy(is), category: next.descriptor.category, size: 20 * 1024 * 1024 }
  },
  "patient/part-urls": (_actor, is) => ({ ...uploadBy(is), parts: [{ number: 1, sha256: text(32) }] }),
  "patient/abort-upload": (_actor, is) => uploadBy(is),
  "patient/commit": async (_actor, is) => {
    if (is === "the patient") {
      const { recordId, version, objectId, category, size, sha256 } = next.descriptor
      const place = { recordId, version, objectId, category, size, sha256 }
      await putObject(
        owner.session.cloud.api,
        await callAsPatient(owner.session, "patient/upload-url", place),
        next.sealed,
      )
    }
    // Of another patient it would be the first version.
    return commitRequest(publisher(is), next, is === "another patient" ? { version: 1, replaces: null } : {})
  },
  "patient/list-versions": ({ of }) => ({ recordId: of.image.recordId }),
  "patient/download-url": ({ of }) => ({ recordId: of.image.recordId, version: "1" }),
  "patient/delete-record": (_actor, is) => deletionRequest(publisher(is), owner.image.recordId),
  "patient/get-manifest": () => ({}),
  "patient/get-manifest-page": () => ({ category: "imaging", page: "0" }),
  // Another patient's follows their own newest, and says that it is the owner's.
  "patient/publish-manifest": async (_actor, is) => ({
    publication: await (is === "another patient"
      ? publicationOf(other.session, {}, { patientId: owner.session.patientId })
      : publicationOf(owner.session)),
  }),
  "patient/get-decided": () => ({}),
  "patient/get-key-pages": () => ({ category: "imaging", page: "0" }),
  "patient/make-card": (_actor, is) => cardRequest(is),
  "patient/list-cards": () => ({}),
  "patient/change-card": async (_actor, is) => {
    const session = publisher(is)
    const { manifest, keys, accountKey } = await readContents(session)
    const held = (await listCards(owner.session)).find(isActive(owner.cardId))
    if (held === undefined) throw new Error("the owner has no card")
    const { card, front, cloudShare, proofKey, text: printed } = held.secrets
    const object = { kind: "card", object: owner.cardId, epoch: 0 } as const
    const content = sealedCard({ cloudShare, frontSecret: front.secret, name: "Wallet", text: printed })
    const sealed = await sealToAccount(placeOf(session), accountKey.publicKey, object, content)
    const wrappedCategoryKeys = await wrapFor(card, cloudShare, ["summary", "imaging", "document"], keys)
    const parts = { cardId: owner.cardId, card, cloudShare: toBase64url(cloudShare), proofKey, sealed }
    const hash = await hashOf(parts, wrappedCategoryKeys)
    const others = manifest.claims.cards.filter(({ cardId: listed }) => listed !== owner.cardId)
    const publication = await publicationOf(session, { listedCards: [...others, { cardId: owner.cardId, hash }] })
    return { cardId: owner.cardId, wrappedCategoryKeys, sealed, publication }
  },
  "patient/revoke-card": async (_actor, is) => ({
    cardId: owner.cardId,
    statement: await patientSays(publisher(is), "card-revocation", { cardId: owner.cardId }),
  }),
  "patient/strike-card": async (_actor, is) => {
    const session = publisher(is)
    const options = { without: owner.cardId }
    const revision = await epochRevision(
      session,
      await readContents(session),
      ["summary", "imaging", "document"],
      options,
    )
    return { cardId: owner.cardId, publication: await publicationOf(session, revision) }
  },
  "patient/set-open-part": async (_actor, is) => {
    const { front, session, cardId } = owner
    const { cloudId } = session.cloud
    const number = 2
    const place = { cloudId, patientId: session.patientId, cardId, number }
    const sealed = await sealOpenPart(front, place, openPartOf("the owner"))
    const statement = await patientSays(publisher(is), "open-part", {
      cardId,
      number,
      action: "set",
      locatorHash: await locatorHash((await deriveFrontKeys(front.secret)).locator),
      proofHash: toBase64url(await sha256(fromBase64url(await frontProof(front.secret, cloudId)))),
      sealedHash: await sealedHash(sealed),
    })
    return { cardId, statement, sealed }
  },
  "patient/remove-open-part": async (_actor, is) => ({
    cardId: owner.cardId,
    statement: await patientSays(publisher(is), "open-part", { cardId: owner.cardId, number: 3, action: "remove" }),
  }),
  // Whoever has the front has the proof: the others have one of their own card's.
  "card/read-open-part": async ({ of, scanned }) => ({
    patientId: of.session.patientId,
    cardId: of.cardId,
    proof: await frontProof(scanned.front.secret, scanned.session.cloud.cloudId),
  }),
  "patient/list-contributions": () => ({}),
  "patient/approve-contribution": (_actor, is) => decision(is, 0, "approved"),
  "patient/reject-contribution": (_actor, is) => decision(is, 1, "rejected"),
  "patient/list-grants": () => ({}),
  "patient/make-delivery-address": async (_actor, is) => {
    const session = publisher(is)
    const { accountKey } = await readContents(session)
    const { number, publicKey } = accountKey
    const secret = randomBytes(16)
    const addressId = await addressIdOf(secret)
    const kept = await sealToAccount(placeOf(session), publicKey, keptAs(addressId), keptContents({ secret, name: "" }))
    const { cloudId, patientId } = placeOf(session)
    const account = { number, thumbprint: await sealingKeyThumbprint(publicKey) }
    return {
      addressId,
      statement: await patientSays(session, "delivery-address", {
        addressId,
        action: "make",
        account: number,
        keptHash: await sealedHash(kept),
      }),
      sealed: await sealDeliveryAddress(secret, { cloudId, patientId, fingerprint: session.fingerprint, account }),
      kept,
    }
  },
  "patient/list-delivery-addresses": () => ({}),
  "patient/revoke-delivery-address": async (_actor, is) => ({
    addressId: ownAddress,
    statement: await patientSays(publisher(is), "delivery-address", { addressId: ownAddress, action: "revoke" }),
  }),
  "patient/halt-grant": async (_actor, is) => ({
    grantId: granted.grantId,
    statement: await patientSays(publisher(is), "halt", { grantId: granted.grantId }),
  }),
  "patient/end-signer": async () => ({
    statement: await signEnd(owner.session, owner.session.keys, { by: owner.session.signerId, signers: [tablet] }),
  }),
  "patient/read-audit-trail": () => ({}),
  "patient/get-checkpoint": () => ({}),
  "hcp/emergency-access": async ({ of, scanned, credential }) => {
    const { patientId, cloud } = of.session
    const ids = { patientId, cardId: of.cardId, cloudId: cloud.cloudId }
    return emergencyRequest(scanned.card, ids, await professional(credential))
  },
  "hcp/session": (actor) => ({ ...grantPath(actor), ticket: actor.ticket }),
  "hcp/end-access": (actor) => ({ ...grantPath(actor), ticket: actor.ticket }),
  "hcp/list-records": (actor) => ({ ...grantPath(actor), category: "imaging", page: "0", after: "1" }),
  "hcp/download-url": (actor) => ({ ...grantPath(actor), recordId: actor.of.image.recordId, version: "1" }),
  "hcp/contribution-upload-url": (actor) => {
    const { objectId, size, sha256, category } = addition.descriptor
    return { ...grantPath(actor), contributionId: additionId, objectId, category, size, sha256 }
  },
  "hcp/begin-contribution-upload": (actor) => {
    const { objectId, category } = addition.descriptor
    return { ...grantPath(actor), contributionId: additionId, objectId, category, size: 20 * 1024 * 1024 }
  },
  "hcp/contribution-part-urls": (actor) => ({
    ...grantPath(actor),
    contributionId: additionId,
    objectId: addition.descriptor.objectId,
    parts: [{ number: 1, sha256: text(32) }],
  }),
  "hcp/abort-contribution-upload": (actor) => ({
    ...grantPath(actor),
    contributionId: additionId,
    objectId: addition.descriptor.objectId,
  }),
  "hcp/contribute": async (actor, is) => {
    if (is === "a professional with a grant") {
      const { objectId, size, sha256, category } = addition.descriptor
      const place = { ...grantPath(actor), contributionId: additionId, objectId, category, size, sha256 }
      await putObject(
        granted.api,
        await granted.api.call("hcp/contribution-upload-url", place, actor.token),
        addition.sealed,
      )
    }
    const { patientId, cloud } = actor.of.session
    const access = { ...granted, ...actor, entry: { ...granted.entry, patientId, cloudId: cloud.cloudId } }
    const statement = await contributionStatement(access, addition, await professional(actor.credential))
    return { ...grantPath(actor), contributionId: additionId, statement }
  },
  // In order, and for an address that has a practice.
  "practice/register": () => registrationOf(practice.login),
  "practice/confirm": () => ({ ...practiceIds(), code: "000000" }),
  "practice/sign-in": (_actor, is) => ({
    ...practice.login,
    ...(is === "a practice's owner" ? {} : { password: "Wrong-Horse-7-Battery" }),
  }),
  "practice/get-practice": () => ({}),
  "practice/sign-out": () => ({}),
  "practice/recover": () => ({}),
  "practice/get-members": () => ({}),
  "practice/read-audit-trail": () => ({}),
  "practice/get-checkpoint": () => ({}),
  "practice/export": () => ({ fileId: practice.entry.fileId }),
  // The owner's own; another's practice isn't the one that it names.
  "practice/invite": () => sentBy("practice/invite", () => inviteMember(practice.practice, "clinician")),
  // Another role than the one that they have, also once the owner has changed it.
  "practice/change-members": (_actor, is) =>
    sentBy("practice/change-members", () =>
      changeRole(practice.practice, reception.session.memory.memberId, is === "the patient" ? "clinician" : "owner"),
    ),
  "practice/get-invitation": () => ({ invitationId: text(16) }),
  "practice/join": async () => ({
    ...practice.login,
    ...(await publicKeysOf(practice.session.keys)),
    invitationId: text(16),
    mac: text(32),
  }),
  "practice/get-changes": () => ({ after: "0" }),
  "practice/upload-url": () => ({
    fileId: practice.entry.fileId,
    version: 2,
    objectId: text(16),
    size: 100,
    sha256: text(32),
  }),
  // The other signs, as a member of theirs, for the same file.
  "practice/put-file": (_actor, is) =>
    putRequest(
      is === "another practice's owner" ? elsewherePractice : is === "the practice's reception" ? reception : practice,
    ),
  "practice/download-url": () => ({ fileId: practice.entry.fileId, version: "1" }),
  "practice/deactivate": (_actor, is) =>
    practiceEnd(is === "another practice's owner" ? elsewherePractice : practice, "destroy"),
  "practice/request-deactivation": () => practiceEnd(practice, "request"),
  "practice/cancel-deactivation": () => practiceEnd(practice, "cancel"),
  "practice/get-delivery-address": () => ({ addressId: delivery.addressId }),
  "practice/contribution-upload-url": () => {
    const { addressId } = delivery
    return { addressId, contributionId: text(16), objectId: text(16), size: 100, sha256: text(32) }
  },
  "practice/contribute": () =>
    sentBy("practice/contribute", async () =>
      sendToPatient(
        practice.practice,
        delivery,
        documentOf("document", "another letter"),
        await professional("physician"),
      ),
    ),
  "hri/well-known": () => ({}),
  "hri/look-up": ({ of, scanned }) => ({
    locator: of === scanned ? toBase64url(of.card.locator) : text(16),
  }),
  "hri/put-entry": async (actor, is) => ({ statement: await entryStatement(actor, is, "put") }),
  "hri/remove-entry": async (actor, is) => ({ statement: await entryStatement(actor, is, "remove") }),
}

type Row = Record<ActorName, Expected>

/** Patients' routes know nobody but patients, and give another patient no more than their own. */
const patients = (another: Expected): Row => ({
  nobody: "unauthenticated",
  "another patient": another,
  "a professional with a grant of another patient, naming this one's": "unauthenticated",
  "a professional with a grant of another patient, naming it": "unauthenticated",
  "a professional whose grant has expired": "unauthenticated",
  "a professional whose grant was halted": "unauthenticated",
  "a professional whose patient withdrew the consent": "unauthenticated",
  "a professional whose card was revoked": "unauthenticated",
  "a professional with a grant": "unauthenticated",
  "the patient": "permitted",
  "another practice's owner": "unauthenticated",
  "somebody who was shut out of the practice": "unauthenticated",
  "the practice's reception": "unauthenticated",
  "a practice's owner": "unauthenticated",
})

const professionals: Row = {
  nobody: "unauthenticated",
  "another patient": "unauthenticated",
  "a professional with a grant of another patient, naming this one's": "not-found",
  "a professional with a grant of another patient, naming it": "not-found",
  "a professional whose grant has expired": "grant-expired",
  "a professional whose grant was halted": "grant-halted",
  "a professional whose patient withdrew the consent": "consent-missing",
  "a professional whose card was revoked": "card-refused",
  "a professional with a grant": "permitted",
  "the patient": "unauthenticated",
  "another practice's owner": "unauthenticated",
  "somebody who was shut out of the practice": "unauthenticated",
  "the practice's reception": "unauthenticated",
  "a practice's owner": "unauthenticated",
}

const everybody = (expected: Expected, but: Partial<Row> = {}): Row => ({
  nobody: expected,
  "another patient": expected,
  "a professional with a grant of another patient, naming this one's": expected,
  "a professional with a grant of another patient, naming it": expected,
  "a professional whose grant has expired": expected,
  "a professional whose grant was halted": expected,
  "a professional whose patient withdrew the consent": expected,
  "a professional whose card was revoked": expected,
  "a professional with a grant": expected,
  "the patient": expected,
  "another practice's owner": expected,
  "somebody who was shut out of the practice": expected,
  "the practice's reception": expected,
  "a practice's owner": expected,
  ...but,
})

/** Practices' routes know nobody but their members, and give another practice's no more than their own; who was shut out is told nothing. */
const members = (another: Expected, reception: Expected = "permitted", owner: Expected = "permitted"): Row =>
  everybody("unauthenticated", {
    "another practice's owner": another,
    "somebody who was shut out of the practice": "not-found",
    "the practice's reception": reception,
    "a practice's owner": owner,
  })

const matrix: Record<RouteName, Row> = {
  "system/well-known": everybody("open"),
  "system/get-checkpoint": everybody("open"),
  "patient/register": everybody("open"),
  "patient/confirm": everybody("open"),
  "patient/sign-in": everybody("email-or-password-wrong", { "the patient": "permitted" }),
  "patient/recover": patients("own"),
  "patient/deactivate": patients("statement-invalid"),
  "patient/request-deactivation": patients("statement-invalid"),
  "patient/cancel-deactivation": patients("statement-invalid"),
  "patient/get-consent": patients("own"),
  "patient/sign-consent": patients("statement-invalid"),
  "patient/revoke-consent": patients("statement-invalid"),
  "patient/upload-url": patients("own"),
  // A record of their own, which may have the same id.
  "patient/begin-upload": patients("own"),
  "patient/part-urls": patients("own"),
  "patient/abort-upload": patients("own"),
  "patient/commit": patients("record-not-uploaded"),
  "patient/list-versions": patients("not-found"),
  "patient/download-url": patients("not-found"),
  "patient/delete-record": patients("not-found"),
  "patient/get-manifest": patients("own"),
  "patient/get-manifest-page": patients("own"),
  "patient/publish-manifest": patients("statement-invalid"),
  "patient/get-decided": patients("own"),
  // None of them has had the epochs that fill a page.
  "patient/get-key-pages": { ...patients("not-found"), "the patient": "not-found" },
  // A card of their own, which may have the same id.
  "patient/make-card": patients("own"),
  "patient/list-cards": patients("own"),
  "patient/change-card": patients("not-found"),
  "patient/revoke-card": patients("not-found"),
  "patient/strike-card": patients("not-found"),
  "patient/set-open-part": patients("not-found"),
  "patient/remove-open-part": patients("not-found"),
  "card/read-open-part": everybody("not-found", {
    "a professional whose grant has expired": "permitted",
    "a professional whose grant was halted": "permitted",
    "a professional with a grant": "permitted",
    "the patient": "permitted",
  }),
  "patient/list-contributions": patients("own"),
  "patient/approve-contribution": patients("not-found"),
  "patient/reject-contribution": patients("not-found"),
  "patient/list-grants": patients("own"),
  "patient/make-delivery-address": patients("own"),
  "patient/list-delivery-addresses": patients("own"),
  "patient/revoke-delivery-address": patients("not-found"),
  "patient/halt-grant": patients("not-found"),
  // A statement about another's signers.
  "patient/end-signer": patients("statement-invalid"),
  "patient/read-audit-trail": patients("own"),
  "patient/get-checkpoint": patients("own"),
  "hcp/emergency-access": everybody("card-refused", {
    // Who still has the card may ask anew; a lost card is revoked.
    "a professional whose grant has expired": "permitted",
    "a professional whose grant was halted": "permitted",
    "a professional whose patient withdrew the consent": "consent-missing",
    "a professional with a grant": "permitted",
    // They have the card, and a health card's certificate, which is no professional's.
    "the patient": "profession-not-allowed",
  }),
  "hcp/session": everybody("session-refused", {
    "a professional whose grant has expired": "grant-expired",
    "a professional whose grant was halted": "grant-halted",
    "a professional whose patient withdrew the consent": "consent-missing",
    "a professional whose card was revoked": "card-refused",
    "a professional with a grant": "permitted",
  }),
  // Also of what is over already, which stays as it is.
  "hcp/end-access": everybody("session-refused", {
    "a professional whose grant has expired": "permitted",
    "a professional whose grant was halted": "permitted",
    "a professional whose patient withdrew the consent": "permitted",
    "a professional whose card was revoked": "permitted",
    "a professional with a grant": "permitted",
  }),
  "hcp/list-records": professionals,
  "hcp/download-url": professionals,
  "hcp/contribution-upload-url": professionals,
  "hcp/begin-contribution-upload": professionals,
  "hcp/contribution-part-urls": professionals,
  "hcp/abort-contribution-upload": professionals,
  "hcp/contribute": professionals,
  "practice/register": everybody("open"),
  "practice/confirm": everybody("open"),
  "practice/sign-in": everybody("email-or-password-wrong", { "a practice's owner": "permitted" }),
  "practice/get-practice": members("own"),
  "practice/get-changes": members("own"),
  // A file of their own, which may have the same id, and no earlier version.
  "practice/upload-url": members("practice-conflict", "role-not-allowed"),
  "practice/put-file": members("practice-conflict"),
  "practice/download-url": members("not-found", "role-not-allowed"),
  "practice/export": members("not-found", "role-not-allowed"),
  "practice/read-audit-trail": members("own", "role-not-allowed"),
  "practice/get-checkpoint": members("own", "role-not-allowed"),
  "practice/recover": members("own", "role-not-allowed"),
  "practice/get-members": members("own"),
  "practice/invite": members("statement-invalid", "role-not-allowed"),
  "practice/get-invitation": everybody("not-found"),
  "practice/join": everybody("not-found"),
  "practice/change-members": members("practice-conflict", "role-not-allowed"),
  "practice/sign-out": members("own"),
  // By the root alone.
  "practice/deactivate": members("statement-invalid", "role-not-allowed", "statement-invalid"),
  // Of one practice's owner in another's name; and nothing waits of the other's.
  "practice/request-deactivation": members("statement-invalid", "role-not-allowed"),
  "practice/cancel-deactivation": members("own", "role-not-allowed"),
  "practice/get-delivery-address": members("not-found", "role-not-allowed"),
  "practice/contribution-upload-url": members("not-found", "role-not-allowed"),
  "practice/contribute": members("not-found", "role-not-allowed"),
  "hri/well-known": everybody("open"),
  // What comes back is sealed under the card.
  "hri/look-up": everybody("open", {
    nobody: "hri-entry-unknown",
    "another patient": "hri-entry-unknown",
    "a professional with a grant of another patient, naming this one's": "hri-entry-unknown",
    "a professional with a grant of another patient, naming it": "hri-entry-unknown",
    "a professional whose card was revoked": "hri-entry-unknown",
    "another practice's owner": "hri-entry-unknown",
    "somebody who was shut out of the practice": "hri-entry-unknown",
    "the practice's reception": "hri-entry-unknown",
    "a practice's owner": "hri-entry-unknown",
  }),
  "hri/put-entry": everybody("hri-entry-conflict", { "the patient": "permitted" }),
  "hri/remove-entry": everybody("hri-entry-conflict", { "the patient": "permitted" }),
}

/** What ends something comes after what needs it. */
const last: readonly RouteName[] = [
  "practice/sign-out",
  "hcp/end-access",
  "hri/remove-entry",
  "patient/remove-open-part",
  "patient/halt-grant",
  "patient/delete-record",
  "patient/revoke-card",
  "patient/strike-card",
  "patient/revoke-consent",
  // What is published from then on takes the ended ones off the list.
  "patient/end-signer",
  "patient/deactivate",
]
const inOrder = [...routeNames.filter((name) => !last.includes(name)), ...last]

const expectPermitted = (answer: Answer) => {
  expect(answer).toMatchObject({ status: 200, contentType: "application/json" })
}

const expectAnswer = (answer: Answer, expected: Expected, of: Patient, sent: object) => {
  const inRequest = JSON.stringify(sent)
  const theirs = (secrets.get(of) ?? []).filter((secret) => !inRequest.includes(secret))
  if (expected === "permitted") return expectPermitted(answer)
  if (expected === "unauthenticated") expectUnauthenticated(answer)
  else if (expected === "open" || expected === "own") expectPermitted(answer)
  else expectRefusal(answer, expected)
  expectNothingOf(answer, theirs)
}

test("every route of the contract has a row, and no row is without its route", () => {
  expect(Object.keys(matrix).sort()).toEqual([...routeNames].sort())
  expect(Object.keys(requests).sort()).toEqual([...routeNames].sort())
})

/** What is kept of a patient, as it was seen after the request before: nothing but what is permitted may change it. */
const seen = new Map<PatientSession, Awaited<ReturnType<typeof stateOf>>>()

describe.each(actorNames)("%s", (is) => {
  test.each(inOrder.map((name) => ({ name, expected: matrix[name][is] })))(
    "$name: $expected",
    async ({ name, expected }) => {
      const actor = actors[is]
      const { session } = actor.of
      const request = await requests[name](actor, is)
      if (expected === "permitted") seen.delete(session)
      const before = expected === "permitted" ? undefined : (seen.get(session) ?? (await stateOf(session)))
      // Who signs out has no session left to ask the others' requests of.
      const signsOut = name === "practice/sign-out" && is === "a practice's owner"
      const token = signsOut ? leaving.session.accessToken : actor.token
      const answer = await send(name, request, { token })
      expectAnswer(answer, expected, actor.of, request)
      if (before === undefined) return
      const after = await stateOf(session)
      expect(after).toEqual(before)
      seen.set(session, after)
    },
  )
})

describe("what is no access token of the route's pool is refused on every route that needs one", () => {
  const guarded = routeNames.filter((name) => routes[name].actor !== "nobody")
  const request = { recordId: text(16), version: "1", category: "imaging", page: "0", cardId: text(16), kind: "store" }
  const ids = { ...request, patientId: text(16), grantId: text(16), contributionId: text(16) }

  const idToken = async ({ session, login }: Patient): Promise<string> => {
    const { AuthenticationResult } = await cognito.send(
      new AdminInitiateAuthCommand({
        UserPoolId: outputOf(session, "PatientPoolId"),
        ClientId: outputOf(session, "PatientClientId"),
        AuthFlow: "ADMIN_USER_PASSWORD_AUTH",
        AuthParameters: { USERNAME: login.email, PASSWORD: login.password },
      }),
    )
    return AuthenticationResult?.IdToken ?? ""
  }

  const part = (value: object) => toBase64url(utf8(JSON.stringify(value)))
  const claimsOf = (token: string) =>
    JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as object
  const forgeries: Record<string, (token: string) => string> = {
    "no token at all": () => "",
    "random text": () => text(32),
    "a token without its signature": (token) => token.slice(0, token.lastIndexOf(".") + 1),
    "a token with another signature": (token) => `${token.slice(0, token.lastIndexOf(".") + 1)}${text(256)}`,
    "a token that says it needs no signature": (token) =>
      `${part({ alg: "none", typ: "JWT" })}.${part(claimsOf(token))}.`,
    "a token of which the end was moved": (token) => {
      const [header, , signature] = token.split(".")
      return [header, part({ ...claimsOf(token), exp: 4_000_000_000 }), signature].join(".")
    },
  }

  test.each(Object.entries(forgeries))("%s", async (_, forge) => {
    for (const name of guarded) {
      const { actor } = routes[name]
      const session = { patient: other.session, member: practice.session, hcp: undefined, nobody: undefined }[actor]
      const { accessToken } = session ?? (await sessionOf(granted))
      expectUnauthenticated(await send(name, ids, { token: forge(accessToken) }))
    }
  })

  test("an ID token, which says who somebody is and not what they may do", async () => {
    const token = await idToken(other)
    expect(token).not.toBe("")
    for (const name of guarded.filter((name) => routes[name].actor === "patient")) {
      const answer = await send(name, {}, { token })
      expect(answer.status).not.toBe(200)
      const wellFormed = routes[name].method === "GET" && !routes[name].path.includes("{")
      if (wellFormed) expectRefusal(answer, "unauthenticated")
    }
  })

  test("a patient's token is good for none of the identity manager's own calls: it lacks their scope", async () => {
    const { scope, token_use } = claimsOf(other.session.accessToken) as { scope?: string; token_use?: string }
    expect(token_use).toBe("access")
    expect(scope ?? "").not.toContain("aws.cognito.signin.user.admin")
  })
})

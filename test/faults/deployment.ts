import { writeFileSync } from "node:fs"
import path from "node:path"
import { vi } from "vitest"
import { generateKeyPairs, publicKeysOf } from "../../protocol/keys.ts"
import type { Anchor } from "../../protocol/trust-policy.ts"
import { openCloud } from "../../sdk/cloud.ts"
import { lookUp } from "../../sdk/hcp/card.ts"
import { type Access, emergencyAccess } from "../../sdk/hcp/emergency-access.ts"
import { listRecords } from "../../sdk/hcp/records.ts"
import { beginRecord, register } from "../../sdk/patient/account.ts"
import { makeDeliveryAddress } from "../../sdk/patient/delivery-addresses.ts"
import { signerIdOf } from "../../sdk/patient/session.ts"
import { register as registerPractice } from "../../sdk/practice/account.ts"
import { inviteMember, joinPractice, readInvitation } from "../../sdk/practice/members.ts"
import { confirmationCode } from "../fakes/accounts.ts"
import { memoryAws } from "../kit/aws.ts"
import { newCertification } from "../kit/certification.ts"
import { cloudAddress, hriAddress } from "../kit/memory-network.ts"
import { over } from "../kit/network.ts"
import { newAccount } from "../kit/new-account.ts"
import { freshly, fullPatient, loginOf, signUp } from "../kit/people.ts"
import { comeBy, fullPractice, newMember } from "../kit/practices.ts"
import { type AwsCall, loadFunctions } from "./functions.ts"
import { gatewayTo } from "./gateway.ts"

/** Both clouds' trust in an authority whose answers professionals may bring along. */
const certificationIn = (folder: string) => {
  const revocation: Anchor["revocation"] = {
    order: ["stapled", "ocsp"],
    ocspUrl: "http://responder.invalid/ocsp",
    maxClockSkewSeconds: 60,
  }
  const certification = newCertification({ revocation })
  writeFileSync(path.join(folder, "trust-policy.json"), JSON.stringify(certification.trust.policy))
  return certification
}

/**
 * Both clouds with everything there can be in them, made by the SDK on the functions as they are deployed: a patient with all of
 * `fullPatient`, one without consents, one without a manifest, an account that waits for its code; professionals with a running access, and one without a
 * temporary account.
 */
export const makeDeployment = async (folder: string) => {
  vi.spyOn(console, "log").mockImplementation(() => {})
  vi.spyOn(process.stdout, "write").mockImplementation(() => true)
  const aws = memoryAws()
  const { authority, answer, issue, holder, professional } = certificationIn(folder)
  const functions = await loadFunctions(aws, folder)
  const { wire } = functions
  /** Every call by which all was made; what a function asks only once, when it is new, is among them alone. */
  const making: AwsCall[] = []
  wire.between = (call, answer) => {
    making.push(call)
    return answer(call.input)
  }
  const network = gatewayTo(aws, functions, async ({ body }) => ({
    status: 200,
    headers: { "content-type": "application/ocsp-response" },
    body: await answer(body),
  }))
  const held = issue("Physician")
  const physician = holder(held)
  /** What the authority says of the physician now, for their app to bring along. */
  const ocsp = await answer(authority.request(held))
  const paramedic = professional("Paramedic", "paramedic")
  const nurse = professional("Nurse", "nurse")
  const lambda = { getRemainingTimeInMillis: () => 600_000 }
  const unattended = (name: string, event: object = {}) => functions.handlerOf(`system/${name}`)(event, lambda)

  const made = await over(network, async () => {
    const cloud = await openCloud(cloudAddress)
    const patient = await fullPatient(await newAccount(cloudAddress, "patient@example.org"), hriAddress, {
      physician,
      paramedic,
      sign: () => unattended("sign-checkpoint"),
    })
    const code = async () => confirmationCode
    const { session: newSession } = await signUp(cloudAddress, "newcomer@example.org", code)
    await beginRecord(newSession)
    const { session: beginning } = await signUp(cloudAddress, "beginner@example.org", code)
    const unconfirmed = await register(cloud, loginOf("unconfirmed@example.org"))
    const access = await emergencyAccess(patient.card, await lookUp(patient.card), physician)
    await listRecords(access, "document")
    const newAccess = await emergencyAccess(patient.card, await lookUp(patient.card), nurse)
    const practice = await fullPractice(cloudAddress, "practice@example.org", physician, code)
    const address = await makeDeliveryAddress(patient.session, "A practice")
    const spent = await makeDeliveryAddress(patient.session, "Another practice")
    const joiner = (email: string) => ({ address: cloudAddress, email, credential: paramedic, code })
    const colleague = await newMember(practice.practice, "clinician", joiner("colleague@example.org"))
    const { words: invited } = await inviteMember(practice.practice, "clinician")
    const { words, memberId: waiting } = await inviteMember(practice.practice, "clinician")
    await comeBy(words, joiner("waiting@example.org"))
    const { words: unconfirmedWords } = await inviteMember(practice.practice, "reception")
    const unconfirmedMember = await joinPractice(
      cloud,
      await readInvitation(cloud, unconfirmedWords),
      loginOf("unconfirmed-member@example.org"),
      undefined,
    )
    const unconfirmedPractice = await registerPractice(cloud, loginOf("new-practice@example.org"), physician)
    return {
      practice,
      address,
      spent,
      colleague,
      invited,
      waiting,
      unconfirmedMember,
      unconfirmedPractice,
      cloud,
      patient,
      newSession,
      beginning,
      unconfirmed,
      access,
      newAccess,
    }
  })
  wire.between = ({ input }, answer) => answer(input)
  const saved = aws.save()
  const { patient } = made
  const otherKeys = await generateKeyPairs({ extractable: false })
  const otherDevice = { publicKeys: await publicKeysOf(otherKeys), signerId: await signerIdOf(otherKeys) }
  const again = (access: Access): Access => ({ ...access, receipts: [...access.receipts] })
  /** People as they were when all was made: what one run learns, the next doesn't know. */
  const people = () => ({
    cloud: made.cloud,
    physician,
    ocsp,
    card: patient.card,
    cardId: patient.cardId,
    front: patient.front,
    login: patient.login,
    phrase: patient.phrase,
    unconfirmed: made.unconfirmed,
    patient: freshly(patient.session),
    newcomer: freshly(made.newSession),
    /** Whose record has no manifest yet. */
    beginner: freshly(made.beginning),
    /** Of the patient's, that signs for them once it is let. */
    otherDevice,
    /** A professional's running access, with a session. */
    access: again(made.access),
    /** A practice's owner, signed in, and what they sign in with; their one patient's file. */
    member: { ...made.practice.session, memory: structuredClone(made.practice.session.memory) },
    practiceLogin: made.practice.login,
    practicePhrase: made.practice.phrase,
    /** Another member of it; the words of an invitation that nobody came by; who came and waits; and who hasn't confirmed their address. */
    colleagueId: made.colleague.session.memory.memberId,
    invited: made.invited,
    waitingId: made.waiting,
    unconfirmedMember: made.unconfirmedMember,
    file: made.practice.entry,
    unconfirmedPractice: made.unconfirmedPractice,
    /** By which the practice may send to the patient; and another address of theirs. */
    delivery: made.address.words,
    spentAddressId: made.spent.addressId,
    /** Another's, who never had one. */
    newAccess: again(made.newAccess),
  })
  return { aws, functions, network, unattended, saved, making, people }
}
export type Deployment = Awaited<ReturnType<typeof makeDeployment>>
export type People = ReturnType<Deployment["people"]>

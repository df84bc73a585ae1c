import assert from "node:assert/strict"
import { randomUUID } from "node:crypto"
import { sesNotices } from "../../../functions/adapters/notices.ses.ts"
import { cognitoPatientAccounts } from "../../../functions/adapters/patient-accounts.cognito.ts"
import { newId } from "../../fakes/call.ts"
import type { Clauses, Cloud } from "../cloud.ts"

const notice = { subject: "An emergency access", text: "Somebody opened your record." }
const noticesIn = ({ client, ses, patients, sender }: Cloud["SES"]) =>
  sesNotices({ cognito: client, ses }, { poolId: patients.poolId, sender })
const signedUp = async ({ client, patients }: Cloud["SES"]) => {
  const [patientId, email] = [newId(), `${randomUUID()}@example.org`]
  const accounts = cognitoPatientAccounts(client, patients)
  await accounts.signUp(patientId, email, "a long passW0rd!")
  return { patientId, email, accounts }
}

export const ses: Clauses<"SES"> = {
  "a notice goes to the address that was confirmed": async (cloud) => {
    const { patientId, email, accounts } = await signedUp(cloud)
    await accounts.confirm(patientId, await cloud.confirmationCode(email))
    assert.equal(await noticesIn(cloud).send(patientId, notice), "sent")
  },
  "a notice goes to no address that wasn't confirmed": async (cloud) => {
    const { patientId } = await signedUp(cloud)
    assert.equal(await noticesIn(cloud).send(patientId, notice), "undeliverable")
  },
  "a notice for nobody is told to be for nobody": async (cloud) => {
    assert.equal(await noticesIn(cloud).send(newId(), notice), "nobody")
  },
  "a notice from an address that SES hasn't verified is not sent": async (cloud) => {
    const { patientId, email, accounts } = await signedUp(cloud)
    await accounts.confirm(patientId, await cloud.confirmationCode(email))
    const stranger = noticesIn({ ...cloud, sender: "stranger@elsewhere.example" })
    const told = await stranger.send(patientId, notice).catch(() => "thrown")
    assert.notEqual(told, "sent")
  },
}

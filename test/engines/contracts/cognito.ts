import assert from "node:assert/strict"
import { randomUUID } from "node:crypto"
import { SignUpCommand } from "@aws-sdk/client-cognito-identity-provider"
import { cognitoHcpAccounts } from "../../../functions/adapters/hcp-accounts.cognito.ts"
import { cognitoPatientAccounts } from "../../../functions/adapters/patient-accounts.cognito.ts"
import { newId } from "../../fakes/call.ts"
import type { Clauses, Pools } from "../cloud.ts"

const password = "a long passW0rd!"
const wrong = "another passW0rd!"
const newAddress = () => `${randomUUID()}@example.org`
const patientsIn = ({ client, patients }: Pools) => cognitoPatientAccounts(client, patients)
const hcpsIn = ({ client, hcps }: Pools) => cognitoHcpAccounts(client, hcps, () => `${newId()}aA1!`)
const newAccount = () => Buffer.from(newId(), "base64url").toString("hex").repeat(2)

const signedUp = async (pools: Pools) => {
  const [patientId, email, accounts] = [newId(), newAddress(), patientsIn(pools)]
  assert.equal(await accounts.signUp(patientId, email, password), "created")
  return { patientId, email, accounts }
}
const confirmed = async (pools: Pools) => {
  const made = await signedUp(pools)
  const code = await pools.confirmationCode(made.email)
  assert.equal(await made.accounts.confirm(made.patientId, code), "confirmed")
  return { ...made, code }
}

export const cognito: Clauses<"Cognito"> = {
  "an account is confirmed by its code, and stays confirmed when that is asked again": async (pools) => {
    const { accounts, patientId, code } = await confirmed(pools)
    assert.equal(await accounts.confirm(patientId, code), "confirmed")
  },
  "an account is not confirmed by a wrong code, and there is none of another id": async (pools) => {
    const { accounts, patientId, email } = await signedUp(pools)
    assert.equal(await accounts.confirm(patientId, "000000"), "confirmation-code-wrong")
    assert.equal(await accounts.signIn(email, password), undefined)
    assert.equal(await accounts.confirm(newId(), "000000"), "confirmation-code-wrong")
  },
  "a confirmed account signs in by its address": async (pools) => {
    const { accounts, patientId, email } = await confirmed(pools)
    const session = await accounts.signIn(email, password)
    assert.equal(session?.patientId, patientId)
    assert.ok((session?.expiresIn ?? 0) > 0)
  },
  "an account is opened again under its id without an error": async (pools) => {
    const { accounts, patientId, email } = await signedUp(pools)
    assert.equal(await accounts.signUp(patientId, email, password), "created")
  },
  "a weak password is refused": async (pools) => {
    assert.equal(await patientsIn(pools).signUp(newId(), newAddress(), "short"), "password-too-weak")
  },
  "nobody signs in by a wrong password, by an unknown address or unconfirmed": async (pools) => {
    const { accounts, email } = await confirmed(pools)
    const unconfirmed = await signedUp(pools)
    assert.equal(await accounts.signIn(email, wrong), undefined)
    assert.equal(await accounts.signIn(newAddress(), password), undefined)
    assert.equal(await accounts.signIn(unconfirmed.email, password), undefined)
  },
  "nobody signs up past the client's secret": async ({ client, patients }) => {
    const [Username, ClientId] = [newId(), patients.clientId]
    await assert.rejects(client.send(new SignUpCommand({ ClientId, Username, Password: password })), {
      name: "NotAuthorizedException",
    })
  },
  "an account that was removed is gone, and removed again without an error": async (pools) => {
    const { accounts, patientId, email } = await confirmed(pools)
    await accounts.remove(patientId)
    await accounts.remove(patientId)
    assert.equal(await accounts.signIn(email, password), undefined)
  },
  "a temporary account is made, and woken after it was disabled": async (pools) => {
    const [accounts, account] = [hcpsIn(pools), newAccount()]
    assert.ok((await accounts.openSession(account)).expiresIn > 0)
    await accounts.disable(account)
    const found = async () => {
      for (let page = await accounts.list(undefined); ; page = await accounts.list(page.next)) {
        const own = page.accounts.find((each) => each.account === account)
        if (own !== undefined || page.next === undefined) return own
      }
    }
    assert.deepEqual(await found(), { account, enabled: false })
    await accounts.openSession(account)
    assert.deepEqual(await found(), { account, enabled: true })
    await accounts.remove(account)
    await accounts.remove(account)
    assert.equal(await found(), undefined)
  },
}

import { createHmac } from "node:crypto"
import {
  AliasExistsException,
  CodeMismatchException,
  type CognitoIdentityProviderClient,
  ExpiredCodeException,
  InternalErrorException,
  InvalidParameterException,
  InvalidPasswordException,
  NotAuthorizedException,
  TooManyFailedAttemptsException,
  UserNotConfirmedException,
  UserNotFoundException,
  UsernameExistsException,
} from "@aws-sdk/client-cognito-identity-provider"
import { UnsecuredJWT } from "jose/jwt/unsecured"
import { describe, expect, test } from "vitest"
import { cognitoHcpAccounts } from "../../functions/adapters/hcp-accounts.cognito.ts"
import { cognitoPatientAccounts } from "../../functions/adapters/patient-accounts.cognito.ts"
import { newId } from "../fakes/call.ts"
import { refusalOf } from "../fakes/cloud.ts"
import { sentCommands } from "../fakes/sent-commands.ts"

const pool = { poolId: "the-pool", clientId: "the-client" }
const given = (message = "") => ({ message, $metadata: {} })
const internal = new InternalErrorException(given())
const patientId = newId()
const signedInAs = (username: string) => ({
  AuthenticationResult: { AccessToken: new UnsecuredJWT({ username }).encode(), ExpiresIn: 3600 },
})

/** Amazon Cognito Developer Guide, "Computing secret hash values". */
const hashOf = (username: string) => createHmac("sha256", "the secret").update(`${username}the-client`).digest("base64")

describe("a patient's account", () => {
  const asking = (...answers: (object | Error)[]) => {
    const { client, sent } = sentCommands<CognitoIdentityProviderClient>(...answers)
    return { accounts: cognitoPatientAccounts(client, pool), sent }
  }
  const secret = { UserPoolClient: { ClientSecret: "the secret" } }
  const askedForSecret = {
    command: "DescribeUserPoolClientCommand",
    input: { UserPoolId: "the-pool", ClientId: "the-client" },
  }
  /** Once the client's secret is told. */
  const answering = (...answers: (object | Error)[]) => asking(secret, ...answers)

  test("is reached by the client's secret, asked for once, and again where the answer failed", async () => {
    const { accounts, sent } = asking(internal, secret, {}, signedInAs(patientId))
    await expect(accounts.signUp(patientId, "anna@example.org", "password")).rejects.toBe(internal)
    await accounts.signUp(patientId, "anna@example.org", "password")
    await accounts.signIn("anna@example.org", "password")
    expect(sent.map(({ command }) => command)).toEqual([
      askedForSecret.command,
      askedForSecret.command,
      "SignUpCommand",
      "AdminInitiateAuthCommand",
    ])
  })

  test("is not reached by a client without a secret, and a secret that Cognito refuses is nobody's wrong password or code", async () => {
    for (const answer of [{}, { UserPoolClient: {} }, { UserPoolClient: { ClientSecret: "" } }])
      await expect(asking(answer).accounts.signIn("anna@example.org", "password")).rejects.toThrow("no secret")
    const refused = new NotAuthorizedException(given("SecretHash does not match for the client: the-client"))
    await expect(answering(refused).accounts.signIn("anna@example.org", "password")).rejects.toBe(refused)
    await expect(answering(refused).accounts.confirm(patientId, "123456")).rejects.toBe(refused)
  })

  test("is opened under the patient's id, with the e-mail address as an attribute", async () => {
    const { accounts, sent } = answering()
    expect(await accounts.signUp(patientId, "anna@example.org", "password")).toBe("created")
    expect(sent).toEqual([
      askedForSecret,
      {
        command: "SignUpCommand",
        input: {
          ClientId: "the-client",
          SecretHash: hashOf(patientId),
          Username: patientId,
          Password: "password",
          UserAttributes: [{ Name: "email", Value: "anna@example.org" }],
        },
      },
    ])
  })

  test("is not opened with a password Cognito finds weak", async () => {
    const { accounts } = answering(new InvalidPasswordException(given()))
    expect(await accounts.signUp(patientId, "anna@example.org", "password")).toBe("password-too-weak")
  })

  test("is confirmed by its code, and stays confirmed when that is asked again", async () => {
    const again = new NotAuthorizedException(given("User cannot be confirmed. Current status is CONFIRMED"))
    const { accounts, sent } = answering({}, again)
    expect(await accounts.confirm(patientId, "123456")).toBe("confirmed")
    expect(await accounts.confirm(patientId, "123456")).toBe("confirmed")
    expect(sent[1]).toEqual({
      command: "ConfirmSignUpCommand",
      input: {
        ClientId: "the-client",
        SecretHash: hashOf(patientId),
        Username: patientId,
        ConfirmationCode: "123456",
      },
    })
  })

  test.for([
    ["a wrong code", new CodeMismatchException(given())],
    ["an expired code", new ExpiredCodeException(given())],
    ["an unknown account", new UserNotFoundException(given())],
    ["a disabled account", new NotAuthorizedException(given("User is disabled."))],
    ["a code of no form", new InvalidParameterException(given())],
    ["an e-mail address that another account has", new AliasExistsException(given())],
  ] as const)("is not confirmed by %s", async ([, error]) => {
    expect(await answering(error).accounts.confirm(patientId, "123456")).toBe("confirmation-code-wrong")
  })

  test("signs in by e-mail address; who it is stands in the access token", async () => {
    const { accounts, sent } = answering(signedInAs(patientId))
    expect(await accounts.signIn("anna@example.org", "password")).toMatchObject({ patientId, expiresIn: 3600 })
    expect(sent).toEqual([
      askedForSecret,
      {
        command: "AdminInitiateAuthCommand",
        input: {
          UserPoolId: "the-pool",
          ClientId: "the-client",
          AuthFlow: "ADMIN_USER_PASSWORD_AUTH",
          AuthParameters: {
            USERNAME: "anna@example.org",
            PASSWORD: "password",
            SECRET_HASH: hashOf("anna@example.org"),
          },
        },
      },
    ])
  })

  test("is not told apart from none, a wrong password or an unconfirmed one", async () => {
    for (const error of [
      new NotAuthorizedException(given()),
      new UserNotFoundException(given()),
      new UserNotConfirmedException(given()),
    ])
      expect(await answering(error).accounts.signIn("anna@example.org", "password")).toBeUndefined()
  })

  test("never signs in where Cognito asks for a further step", async () => {
    for (const answer of [{ ChallengeName: "NEW_PASSWORD_REQUIRED" }, { AuthenticationResult: {} }])
      await expect(answering(answer).accounts.signIn("anna@example.org", "password")).rejects.toThrow("further step")
  })

  test("is removed, and no error if there is none", async () => {
    const { accounts, sent } = asking({}, new UserNotFoundException(given()), internal)
    await accounts.remove(patientId)
    await accounts.remove(patientId)
    expect(sent[0]).toEqual({
      command: "AdminDeleteUserCommand",
      input: { UserPoolId: "the-pool", Username: patientId },
    })
    await expect(accounts.remove(patientId)).rejects.toBe(internal)
  })

  test("is busy where too much was tried, and every surprise is one", async () => {
    const attempts = (error: Error) => [
      () => answering(error).accounts.signUp(patientId, "anna@example.org", "password"),
      () => answering(error).accounts.confirm(patientId, "123456"),
      () => answering(error).accounts.signIn("anna@example.org", "password"),
    ]
    for (const attempt of attempts(new TooManyFailedAttemptsException(given())))
      expect(await refusalOf(attempt())).toBe("busy")
    for (const attempt of attempts(internal)) await expect(attempt()).rejects.toBe(internal)
  })
})

describe("a professional's temporary account", () => {
  const account = "0123456789abcdef".repeat(4)
  const answering = (...answers: (object | Error)[]) => {
    const { client, sent } = sentCommands<CognitoIdentityProviderClient>(...answers)
    let count = 0
    return { accounts: cognitoHcpAccounts(client, pool, () => `password ${++count}`), sent }
  }
  const user = { UserPoolId: "the-pool", Username: account }
  const exists = new UsernameExistsException(given())

  test("is made at first use, without an e-mail, and signed in with a password nobody knows", async () => {
    const { accounts, sent } = answering({}, {}, signedInAs(account))
    expect(await accounts.openSession(account)).toMatchObject({ expiresIn: 3600 })
    expect(sent).toEqual([
      { command: "AdminCreateUserCommand", input: { ...user, MessageAction: "SUPPRESS" } },
      { command: "AdminSetUserPasswordCommand", input: { ...user, Password: "password 1", Permanent: true } },
      {
        command: "AdminInitiateAuthCommand",
        input: {
          UserPoolId: "the-pool",
          ClientId: "the-client",
          AuthFlow: "ADMIN_USER_PASSWORD_AUTH",
          AuthParameters: { USERNAME: account, PASSWORD: "password 1" },
        },
      },
    ])
  })

  test("is woken where there is one, with another password", async () => {
    const { accounts, sent } = answering({}, {}, signedInAs(account), exists, {}, {}, signedInAs(account))
    await accounts.openSession(account)
    await accounts.openSession(account)
    expect(sent.slice(3).map(({ command }) => command)).toEqual([
      "AdminCreateUserCommand",
      "AdminEnableUserCommand",
      "AdminSetUserPasswordCommand",
      "AdminInitiateAuthCommand",
    ])
    expect(sent[5]?.input).toMatchObject({ Password: "password 2" })
  })

  test.for([
    [
      "given another password by another session of the same moment",
      [exists, {}, {}, new NotAuthorizedException(given())],
    ],
    ["swept away at this moment", [exists, {}, new UserNotFoundException(given())]],
  ] as const)("is busy where it is %s", async ([, answers]) => {
    expect(await refusalOf(answering(...answers).accounts.openSession(account))).toBe("busy")
  })

  test("that fails otherwise is a surprise", async () => {
    await expect(answering(internal).accounts.openSession(account)).rejects.toBe(internal)
    await expect(answering({}, {}, { ChallengeName: "X" }).accounts.openSession(account)).rejects.toThrow(
      "further step",
    )
  })

  test("is listed by page, disabled and removed", async () => {
    const { accounts, sent } = answering(
      {
        Users: [{ Username: account, Enabled: true }, { Username: "other", Enabled: false }, {}],
        PaginationToken: "next",
      },
      { Users: [] },
    )
    expect(await accounts.list(undefined)).toEqual({
      accounts: [
        { account, enabled: true },
        { account: "other", enabled: false },
      ],
      next: "next",
    })
    expect(await accounts.list("next")).toEqual({ accounts: [] })
    await accounts.disable(account)
    await accounts.remove(account)
    expect(sent[0]?.input).not.toHaveProperty("PaginationToken")
    expect(sent.slice(1)).toMatchObject([
      { command: "ListUsersCommand", input: { UserPoolId: "the-pool", PaginationToken: "next" } },
      { command: "AdminDisableUserCommand", input: user },
      { command: "AdminDeleteUserCommand", input: user },
    ])
  })

  test("is removed where there is none without an error", async () => {
    await answering(new UserNotFoundException(given())).accounts.remove(account)
    await expect(answering(internal).accounts.remove(account)).rejects.toBe(internal)
  })

  test("is not overlooked where the list is missing", async () => {
    await expect(answering({}).accounts.list(undefined)).rejects.toThrow("listed no users")
  })
})

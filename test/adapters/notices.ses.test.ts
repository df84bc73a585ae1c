import { CognitoIdentityProviderClient, UserNotFoundException } from "@aws-sdk/client-cognito-identity-provider"
import {
  BadRequestException,
  MessageRejected,
  SESv2Client,
  SendingPausedException,
  TooManyRequestsException,
} from "@aws-sdk/client-sesv2"
import { expect, test } from "vitest"
import { sesNotices } from "../../functions/adapters/notices.ses.ts"

const about = { $metadata: {}, message: "of AWS" }
const verified = [
  { Name: "email", Value: "anna@example.org" },
  { Name: "email_verified", Value: "true" },
]

/** The adapter, with what Cognito and SES answer; `sent` is what SES was asked to send. */
const answering = (cognitoAnswers: object, sesAnswers: object = {}) => {
  const sent: unknown[] = []
  const client = <C extends object>(kind: new (config: { region: string }) => C, answer: object): C =>
    Object.assign(new kind({ region: "eu-central-1" }), {
      send: async ({ input }: { input: unknown }) => {
        sent.push(input)
        if (answer instanceof Error) throw answer
        return answer
      },
    })
  const clients = {
    cognito: client(CognitoIdentityProviderClient, cognitoAnswers),
    ses: client(SESv2Client, sesAnswers),
  }
  return { notices: sesNotices(clients, { poolId: "pool", sender: "notices@example.org" }), sent }
}
const notice = { subject: "a subject", text: "a text" }

test("a notice goes to the verified address of the account, from the configured one", async () => {
  const { notices, sent } = answering({ UserAttributes: verified })
  expect(await notices.send("patient", notice)).toBe("sent")
  expect(sent).toEqual([
    { UserPoolId: "pool", Username: "patient" },
    {
      FromEmailAddress: "notices@example.org",
      Destination: { ToAddresses: ["anna@example.org"] },
      Content: { Simple: { Subject: { Data: "a subject" }, Body: { Text: { Data: "a text" } } } },
    },
  ])
})

test("no notice goes to an address that nobody has confirmed", async () => {
  for (const UserAttributes of [
    [],
    verified.slice(0, 1),
    [...verified.slice(0, 1), { Name: "email_verified", Value: "false" }],
  ]) {
    const { notices, sent } = answering({ UserAttributes })
    expect(await notices.send("patient", notice)).toBe("undeliverable")
    expect(sent).toHaveLength(1)
  }
})

test("an answer that does not tell who the patient is passes for no patient without an address", async () => {
  const [email, isVerified] = verified
  for (const UserAttributes of [
    undefined,
    "x",
    [{ Value: "true" }],
    [{ ...email, Value: 7 }, isVerified],
    [isVerified],
  ])
    await expect(answering({ UserAttributes }).notices.send("patient", notice)).rejects.toThrow()
})

test("an account that is gone has nobody to tell", async () => {
  const { notices } = answering(new UserNotFoundException(about))
  expect(await notices.send("patient", notice)).toBe("nobody")
})

test.each([new MessageRejected(about), new BadRequestException(about)])(
  "%s is about this message alone",
  async (error) => {
    expect(await answering({ UserAttributes: verified }, error).notices.send("patient", notice)).toBe("undeliverable")
  },
)

test.each([new TooManyRequestsException(about), new SendingPausedException(about), new Error("timeout")])(
  "%s is thrown, to be tried again",
  async (error) => {
    await expect(answering({ UserAttributes: verified }, error).notices.send("patient", notice)).rejects.toBe(error)
    await expect(answering(error).notices.send("patient", notice)).rejects.toBe(error)
  },
)

import {
  AdminUpdateUserAttributesCommand,
  CognitoIdentityProviderClient,
  paginateListUsers,
} from "@aws-sdk/client-cognito-identity-provider"
import * as z from "zod/mini"
import type { Engine } from "./engine.ts"
import { credentials, region } from "./environment.ts"

/** The engines' mailboxes, by the field names each of them uses. */
const messageFields = z.object({
  To: z.optional(z.array(z.string())),
  Destination: z.optional(z.object({ ToAddresses: z.optional(z.array(z.string())) })),
  BodyText: z.optional(z.string()),
  Body: z.optional(z.object({ text_part: z.optional(z.nullable(z.string())) })),
})
const ministackMessages = z.object({ messages: z.record(z.string(), z.array(messageFields)) })
const localstackMessages = z.object({ messages: z.array(messageFields) })

const messagesOf = async (engine: Engine): Promise<z.infer<typeof messageFields>[]> => {
  const path = engine.name === "localstack" ? "/_aws/ses" : "/_ministack/ses/messages"
  const body: unknown = await (await fetch(engine.endpoint + path)).json()
  const ministack = z.safeParse(ministackMessages, body)
  return ministack.success ? Object.values(ministack.data.messages).flat() : z.parse(localstackMessages, body).messages
}

/** The texts of the messages to this address, oldest first. */
export const messagesTo = async (engine: Engine, email: string): Promise<string[]> =>
  (await messagesOf(engine))
    .filter(({ To, Destination }) => [...(To ?? []), ...(Destination?.ToAddresses ?? [])].includes(email))
    .map(({ BodyText, Body }) => BodyText ?? Body?.text_part ?? "")

/** The confirmation code in the newest message to this address; throws where there is none. */
export const confirmationCode = async (engine: Engine, email: string): Promise<string> => {
  const code = (await messagesTo(engine, email))
    .map((text) => /\b\d{6}\b/.exec(text)?.[0])
    .findLast((found) => found !== undefined)
  if (code === undefined) throw new Error("the local cloud's mailbox holds no confirmation code for this address")
  return code
}

/**
 * What Cognito does by itself when a sign-up is confirmed and MiniStack does not: marks the address as verified, without which it is no
 * alias to sign in with.
 */
export const markVerified = async (engine: Engine, poolId: string, username: string): Promise<void> => {
  const cognito = new CognitoIdentityProviderClient({
    endpoint: engine.endpoint,
    region,
    credentials,
  })
  await cognito.send(
    new AdminUpdateUserAttributesCommand({
      UserPoolId: poolId,
      Username: username,
      UserAttributes: [{ Name: "email_verified", Value: "true" }],
    }),
  )
}

/**
 * Marks every new address as verified, as `markVerified` does for one, for as long as it runs: for people who sign up in the app. Returns what
 * ends it.
 */
export const verifyNewAddresses = (engine: Engine, poolId: string): (() => Promise<void>) => {
  const cognito = new CognitoIdentityProviderClient({ endpoint: engine.endpoint, region, credentials })
  const verified = new Set<string>()
  const round = async () => {
    for await (const { Users = [] } of paginateListUsers({ client: cognito }, { UserPoolId: poolId }))
      for (const { Username, UserStatus } of Users) {
        const seen = `${Username} ${UserStatus}`
        if (Username === undefined || verified.has(seen)) continue
        // Before the code comes too, so that whoever signs in right after it can.
        await markVerified(engine, poolId, Username)
        verified.add(seen)
      }
  }
  let running = Promise.resolve()
  // One that fails is made up for by the next.
  const timer = setInterval(() => (running = running.then(round).catch(() => {})), 500)
  return () => {
    clearInterval(timer)
    return running
  }
}

/** Tells of each message that comes, until ended: people who sign up in the app look for their code. */
export const watchMailbox = (engine: Engine, tell: (to: string, text: string) => void): (() => Promise<void>) => {
  let known = Number.POSITIVE_INFINITY
  const round = async () => {
    const messages = await messagesOf(engine)
    for (const { To, Destination, BodyText, Body } of messages.slice(known)) {
      const [to = ""] = [...(To ?? []), ...(Destination?.ToAddresses ?? [])]
      tell(to, BodyText ?? Body?.text_part ?? "")
    }
    known = messages.length
  }
  let running = Promise.resolve()
  const timer = setInterval(() => (running = running.then(round).catch(() => {})), 1000)
  return () => {
    clearInterval(timer)
    return running
  }
}

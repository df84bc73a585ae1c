import {
  AdminGetUserCommand,
  type CognitoIdentityProviderClient,
  UserNotFoundException,
} from "@aws-sdk/client-cognito-identity-provider"
import { BadRequestException, MessageRejected, type SESv2Client, SendEmailCommand } from "@aws-sdk/client-sesv2"
import * as z from "zod/mini"
import type { Notices } from "../domain/ports.ts"

const attributes = z.array(z.object({ Name: z.string(), Value: z.optional(z.string()) }))

/** By SES, to the address that the patients' pool has verified. Whatever is not about this one message or address is thrown. */
export const sesNotices = (
  { cognito, ses }: { cognito: CognitoIdentityProviderClient; ses: SESv2Client },
  { poolId, sender }: { poolId: string; sender: string },
): Notices => {
  const addressOf = async (patientId: string): Promise<string | undefined> => {
    const { UserAttributes } = await cognito.send(new AdminGetUserCommand({ UserPoolId: poolId, Username: patientId }))
    const told = z.parse(attributes, UserAttributes)
    const attribute = (name: string) => told.find(({ Name }) => Name === name)?.Value
    if (attribute("email_verified") !== "true") return undefined
    const address = attribute("email")
    if (address === undefined) throw new Error("the identity manager verified an address that it does not tell")
    return address
  }
  return {
    send: async (patientId, { subject, text }) => {
      try {
        const address = await addressOf(patientId)
        if (address === undefined) return "undeliverable"
        await ses.send(
          new SendEmailCommand({
            FromEmailAddress: sender,
            Destination: { ToAddresses: [address] },
            Content: { Simple: { Subject: { Data: subject }, Body: { Text: { Data: text } } } },
          }),
        )
        return "sent"
      } catch (error) {
        if (error instanceof UserNotFoundException) return "nobody"
        if (error instanceof MessageRejected || error instanceof BadRequestException) return "undeliverable"
        throw error
      }
    },
  }
}

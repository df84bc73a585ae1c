import {
  AdminGetUserCommand,
  type CognitoIdentityProviderClient,
  UserNotFoundException,
} from "@aws-sdk/client-cognito-identity-provider"
import { BadRequestException, MessageRejected, type SESv2Client, SendEmailCommand } from "@aws-sdk/client-sesv2"
import type { Notices } from "../domain/notices.ts"

/** By SES, to the address that the patients' pool has verified. Whatever is not about this one message or address is thrown. */
export const sesNotices = (
  { cognito, ses }: { cognito: CognitoIdentityProviderClient; ses: SESv2Client },
  { poolId, sender }: { poolId: string; sender: string },
): Notices => {
  const addressOf = async (patientId: string): Promise<string | undefined> => {
    const { UserAttributes } = await cognito.send(new AdminGetUserCommand({ UserPoolId: poolId, Username: patientId }))
    if (UserAttributes === undefined) throw new Error("the identity manager told nothing of a user")
    const attribute = (name: string) => UserAttributes.find(({ Name }) => Name === name)?.Value
    return attribute("email_verified") === "true" ? attribute("email") : undefined
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

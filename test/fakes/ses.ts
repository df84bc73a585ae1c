import { MessageRejected, type SendEmailCommandInput } from "@aws-sdk/client-sesv2"

/** As much of SES as the adapters use: what was sent, to whom. `verified`: from where it may be, if not from anywhere. */
export const memorySes = (verified?: string) => {
  let sent: { to: string; subject: string }[] = []
  return {
    /** By the command's name. */
    operations: {
      SendEmailCommand: ({ FromEmailAddress, Destination, Content }: SendEmailCommandInput) => {
        if (verified !== undefined && FromEmailAddress !== verified)
          throw new MessageRejected({ message: "Email address is not verified.", $metadata: { httpStatusCode: 400 } })
        sent.push({ to: Destination?.ToAddresses?.[0] ?? "", subject: Content?.Simple?.Subject?.Data ?? "" })
        return { MessageId: `message ${sent.length}` }
      },
    },
    sent: (): readonly { to: string; subject: string }[] => [...sent],
    save: (): readonly { to: string; subject: string }[] => [...sent],
    load: (saved: readonly { to: string; subject: string }[]) => {
      sent = [...saved]
    },
  }
}

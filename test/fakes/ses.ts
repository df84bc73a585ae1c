import type { SendEmailCommandInput } from "@aws-sdk/client-sesv2"

/** As much of SES as the adapters use: what was sent, to whom. */
export const memorySes = () => {
  let sent: { to: string; subject: string }[] = []
  return {
    /** By the command's name. */
    operations: {
      SendEmailCommand: ({ Destination, Content }: SendEmailCommandInput) => {
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

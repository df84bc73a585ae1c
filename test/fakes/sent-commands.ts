/** A client of the AWS SDK that only notes what it is sent, and answers as the test says: one answer or error for each command. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- which client it stands for is the caller's to say
export const sentCommands = <Client>(...answers: readonly (object | Error)[]) => {
  const sent: { command: string; input: unknown }[] = []
  const client = {
    send: async (command: { input: unknown }) => {
      const given = answers[sent.length] ?? {}
      sent.push({ command: command.constructor.name, input: command.input })
      if (given instanceof Error) throw given
      return given
    },
  }
  return { client: client as unknown as Client, sent }
}

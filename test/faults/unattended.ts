import type { AttributeValue } from "@aws-sdk/client-dynamodb"
import type { Deployment } from "./deployment.ts"

/** A use-case that a clock or a stream starts: its event, and what the deployment lacks before it. */
export interface Unattended {
  event(deployment: Deployment): object
  prepare?(deployment: Deployment): void
  /** Each call does a part, and the clock calls it again. */
  readonly goesOn?: boolean
}

const accounts = ({ aws }: Deployment) =>
  aws.dynamo.items("main-table").filter(({ pk }) => pk?.S?.startsWith("HCP#") === true)

const ended = { S: "2020-01-01T00:00:00.000Z" }

/** By file; a function of `functions/system` that is no route, and isn't here, fails the suite. */
export const unattended: Readonly<Record<string, readonly Unattended[]>> = {
  "system/sign-checkpoint": [
    { event: () => ({}) },
    // The first there ever is.
    {
      event: () => ({}),
      prepare: ({ aws }) => {
        const { versions, uploads } = aws.s3.save()
        aws.s3.load({ versions: versions.filter(({ bucket }) => bucket !== "checkpoints-bucket"), uploads })
      },
    },
  ],
  "system/notify-patient": [
    {
      event: ({ aws }) => {
        const grant = aws.dynamo.items("main-table").find(({ sk }) => sk?.S?.startsWith("GRANT#"))
        const Keys = { pk: grant?.["pk"], sk: grant?.["sk"] }
        return { Records: [{ eventName: "INSERT", dynamodb: { ApproximateCreationDateTime: 1_790_000_000, Keys } }] }
      },
    },
  ],
  "system/sweep-accounts": [
    {
      event: () => ({}),
      goesOn: true,
      // Of three accounts one is over, one is over and disabled already, one is in use.
      prepare: (deployment) => {
        const { aws } = deployment
        const [first = {}] = accounts(deployment)
        const put = (account: string, expiresAt: AttributeValue) =>
          aws.answer("PutItemCommand", {
            TableName: "main-table",
            Item: { ...first, pk: { S: `HCP#${account}` }, account: { S: account }, expiresAt },
          })
        const user = (Username: string) => ({ UserPoolId: "hcps", Username })
        const [over, overAndDisabled] = ["0".repeat(64), "1".repeat(64)]
        for (const account of [over, overAndDisabled]) {
          aws.answer("AdminCreateUserCommand", user(account))
          put(account, ended)
        }
        aws.answer("AdminDisableUserCommand", user(overAndDisabled))
      },
    },
  ],
}

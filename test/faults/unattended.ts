import type { AttributeValue } from "@aws-sdk/client-dynamodb"
import { marshall } from "@aws-sdk/util-dynamodb"
import { itemFormat, itemKeys } from "../../contract/items.ts"
import { publicKeysOf, thumbprint } from "../../protocol/keys.ts"
import { signStatement } from "../../protocol/statement.ts"
import { stamp } from "../../sdk/stamp.ts"
import type { Deployment } from "./deployment.ts"

/** A use-case that a clock or a stream starts: its event, and what the deployment lacks before it. */
export interface Unattended {
  event(deployment: Deployment): object
  prepare?(deployment: Deployment): void | Promise<void>
  /** Each call does a part, and the clock calls it again. */
  readonly goesOn?: boolean
}

const accounts = ({ aws }: Deployment) =>
  aws.dynamo.items("main-table").filter(({ pk }) => pk?.S?.startsWith("HCP#") === true)

const ended = { S: "2020-01-01T00:00:00.000Z" }

const weekAndDay = 8 * 24 * 60 * 60

/** The patient's device has asked for the end of the account, seconds ago. */
const asked = async ({ aws, people }: Deployment, seconds: number): Promise<void> => {
  const { patient } = people()
  const { cloud, patientId, keys, signerId } = patient
  const { iat, ...own } = stamp()
  const statement = await signStatement({
    typ: "deactivation-request",
    alg: "ES256",
    privateKey: keys.signing.privateKey,
    kid: signerId,
    payload: { aud: cloud.cloudId, ...own, iat: iat - seconds, patientId, under: 1 },
  })
  const item = { kind: "deactivation", revision: 1, patientId, statement } as const
  const Item = marshall({ ...item, ...itemKeys.deactivation(item), format: itemFormat })
  aws.answer("PutItemCommand", { TableName: "main-table", Item })
}

/** A file of the practice was deleted a month ago. */
const deletedFile = ({ aws, people }: Deployment): void => {
  const destroyAt = 1_000_000_000
  const { file, member } = people()
  const { practiceId } = member.memory
  const { fileId } = file
  const stored = aws.dynamo.items("main-table").find(({ sk }) => sk?.S === `PRACTICE-FILE#${fileId}`)
  aws.answer("PutItemCommand", { TableName: "main-table", Item: { ...stored, destroyAt: { N: String(destroyAt) } } })
  const deletion = { kind: "file-deletion", revision: 1, practiceId, fileId, destroyAt } as const
  const Item = marshall({ ...deletion, ...itemKeys["file-deletion"](deletion), format: itemFormat })
  aws.answer("PutItemCommand", { TableName: "main-table", Item })
}

/** An owner has asked for the end of their practice, seconds ago. */
const askedOfPractice = async ({ aws, people }: Deployment, seconds: number): Promise<void> => {
  const { cloud, keys, memory } = people().member
  const { practiceId } = memory
  const { iat, ...own } = stamp()
  const { privateKey } = keys.signing
  const statement = await signStatement({
    typ: "practice-deactivation",
    alg: "ES256",
    privateKey,
    kid: await thumbprint((await publicKeysOf(keys)).signing),
    payload: { aud: cloud.cloudId, ...own, iat: iat - seconds, practiceId, action: "request" },
  })
  const stored = aws.dynamo
    .items("main-table")
    .find(({ pk, sk }) => pk?.S === `PRACTICE#${practiceId}` && sk?.S === "PRACTICE")
  if (stored === undefined) throw new Error("there is no practice")
  aws.answer("PutItemCommand", { TableName: "main-table", Item: { ...stored, deactivation: { S: statement } } })
  const end = { kind: "practice-end", revision: 1, practiceId } as const
  const Item = marshall({ ...end, ...itemKeys["practice-end"](end), format: itemFormat })
  aws.answer("PutItemCommand", { TableName: "main-table", Item })
}

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
  "system/deactivate": [
    { event: () => ({}), goesOn: true, prepare: async (deployment) => asked(deployment, weekAndDay) },
    { event: () => ({}), goesOn: true, prepare: (deployment) => deletedFile(deployment) },
    { event: () => ({}), goesOn: true, prepare: async (deployment) => askedOfPractice(deployment, weekAndDay) },
  ],
  // It asks nobody anything.
  "system/limit-token": [{ event: () => ({ triggerSource: "TokenGeneration_Authentication", response: {} }) }],
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

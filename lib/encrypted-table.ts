import { Duration } from "aws-cdk-lib"
import {
  BillingMode,
  type GlobalSecondaryIndexProps,
  type ITable,
  Table,
  TableEncryption,
  type TableProps,
} from "aws-cdk-lib/aws-dynamodb"
import type { Construct } from "constructs"
import { alarmWhereThrottled } from "./alarms.ts"
import type { DataKey } from "./data-key.ts"
import { removalPolicy } from "./removal-policy.ts"

export interface TableOptions {
  readonly dataKey: DataKey
  /** Whether the data outlives its stack. */
  readonly retain: boolean
  /** ARN of a table that was restored and takes the place of the stack's own, with its stream where it has one. */
  readonly restored?: string | undefined
}

type Shape = Pick<
  TableProps,
  "partitionKey" | "sortKey" | "timeToLiveAttribute" | "stream" | "resourcePolicy" | "warmThroughput"
> & { readonly indexes?: readonly GlobalSecondaryIndexProps[] }

/** A restored table is as `bin/restore-table` left it: CloudFormation doesn't know it, and the stack's own stays where it is. */
const restoredTable = (scope: Construct, arn: string): ITable => {
  const [tableArn = "", label] = arn.split("/stream/")
  return Table.fromTableAttributes(scope, "Restored", {
    tableArn,
    ...(label !== undefined && { tableStreamArn: arn }),
  })
}

const newTable = (scope: Construct, { dataKey, retain }: TableOptions, { indexes = [], ...shape }: Shape): Table => {
  const table = new Table(scope, "Table", {
    ...shape,
    billingMode: BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    encryption: TableEncryption.CUSTOMER_MANAGED,
    encryptionKey: dataKey.key,
    deletionProtection: retain,
    removalPolicy: removalPolicy(retain),
  })
  for (const index of indexes) table.addGlobalSecondaryIndex(index)
  return table
}

/**
 * A table under the cloud's own key, that can be set back to any second of the last 35 days and grows by itself. `Table` rather than `TableV2`: the
 * latter synthesizes a GlobalTable, which the rules of cdk-nag pass over.
 */
export const encryptedTable = (scope: Construct, { dataKey, retain, restored }: TableOptions, shape: Shape): ITable => {
  const table = restored === undefined ? newTable(scope, { dataKey, retain }, shape) : restoredTable(scope, restored)
  const period = Duration.minutes(5)
  for (const direction of ["Read", "Write"] as const)
    alarmWhereThrottled(
      scope,
      `${direction}ThrottleAlarm`,
      table.metric(`${direction}ThrottleEvents`, { statistic: "sum", period }),
      "people are told to try again, professionals in an emergency among them: DynamoDB takes no more",
    )
  return table
}

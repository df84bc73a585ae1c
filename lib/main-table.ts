import { CfnOutput } from "aws-cdk-lib"
import { AttributeType, BillingMode, StreamViewType, Table, TableEncryption } from "aws-cdk-lib/aws-dynamodb"
import { Construct } from "constructs"
import type { DataKey } from "./data-key.ts"
import { removalPolicy } from "./removal-policy.ts"
import type { UseCaseFunction } from "./use-case-function.ts"

/**
 * The items of `contract/items.ts`. `Table` rather than `TableV2`: the latter synthesizes a GlobalTable, which the rules of
 * cdk-nag pass over.
 */
export class MainTable extends Construct {
  readonly #table: Table
  readonly #dataKey: DataKey

  constructor(scope: Construct, id: string, { dataKey, retain }: { dataKey: DataKey; retain: boolean }) {
    super(scope, id)
    this.#dataKey = dataKey
    this.#table = new Table(this, "Table", {
      partitionKey: { name: "pk", type: AttributeType.STRING },
      sortKey: { name: "sk", type: AttributeType.STRING },
      timeToLiveAttribute: "ttl",
      // What has changed, and nothing of what is in it.
      stream: StreamViewType.KEYS_ONLY,
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: dataKey.key,
      deletionProtection: retain,
      removalPolicy: removalPolicy(retain),
    })
    new CfnOutput(scope, "MainTable", { value: this.#table.tableName })
  }

  grantRead(fn: UseCaseFunction) {
    this.#grant(fn, ["dynamodb:BatchGetItem"])
  }

  grantList(fn: UseCaseFunction) {
    this.#grant(fn, ["dynamodb:Query"])
  }

  /** Add or change: an item is always put whole, on condition of the revision it was made from. */
  grantWrite(fn: UseCaseFunction) {
    this.#grant(fn, ["dynamodb:PutItem"])
  }

  grantRemove(fn: UseCaseFunction) {
    this.#grant(fn, ["dynamodb:DeleteItem"])
  }

  /** Write on condition that another item is still as it was read. */
  grantCheck(fn: UseCaseFunction) {
    this.#grant(fn, ["dynamodb:ConditionCheckItem"])
  }

  /** Be called with what changes; returns the stream's ARN. */
  grantStream(fn: UseCaseFunction): string {
    const { tableStreamArn, tableArn } = this.#table
    if (tableStreamArn === undefined) throw new Error("the main table has no stream")
    fn.allow(["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"], [tableStreamArn])
    fn.allow(["dynamodb:ListStreams"], [`${tableArn}/stream/*`])
    this.#dataKey.grantTable(fn)
    return tableStreamArn
  }

  #grant(fn: UseCaseFunction, actions: string[]) {
    fn.tell("MAIN_TABLE", this.#table.tableName)
    fn.allow(actions, [this.#table.tableArn])
    this.#dataKey.grantTable(fn)
  }
}

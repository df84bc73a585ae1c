import { CfnOutput } from "aws-cdk-lib"
import { AttributeType, type ITable, StreamViewType } from "aws-cdk-lib/aws-dynamodb"
import { Construct } from "constructs"
import type { DataKey } from "./data-key.ts"
import { encryptedTable, type TableOptions } from "./encrypted-table.ts"
import type { UseCaseFunction } from "./use-case-function.ts"

/**
 * What the main table takes a second from the first day on, in units: as much as an account's table may that has asked for no more. An access writes about 29, and
 * up to 60 where twenty professionals come to one card at the same moment (`test/limits/surge.test.ts`). Source: Amazon DynamoDB Developer Guide,
 * "Quotas in Amazon DynamoDB" and "Understanding DynamoDB warm throughput".
 */
export const warm = { reads: 12_000, writes: 40_000 }

/** The items of `contract/items.ts`. */
export class MainTable extends Construct {
  readonly #table: ITable
  readonly #dataKey: DataKey

  constructor(scope: Construct, id: string, options: TableOptions) {
    super(scope, id)
    this.#dataKey = options.dataKey
    this.#table = encryptedTable(this, options, {
      partitionKey: { name: "pk", type: AttributeType.STRING },
      sortKey: { name: "sk", type: AttributeType.STRING },
      timeToLiveAttribute: "ttl",
      // What has changed, and nothing of what is in it.
      stream: StreamViewType.KEYS_ONLY,
      // AWS bills it once; a trial has no surge.
      ...(options.retain && {
        warmThroughput: { readUnitsPerSecond: warm.reads, writeUnitsPerSecond: warm.writes },
      }),
    })
    new CfnOutput(scope, "MainTable", { value: this.#table.tableName })
  }

  grantRead(fn: UseCaseFunction) {
    this.#grant(fn, ["dynamodb:BatchGetItem"])
  }

  grantList(fn: UseCaseFunction) {
    this.#grant(fn, ["dynamodb:Query"])
  }

  /** Add an item, or change one on condition of the revision it was made from. */
  grantWrite(fn: UseCaseFunction) {
    this.#grant(fn, ["dynamodb:UpdateItem"])
  }

  /** Leave nothing of an item but what is named: of an account that is destroyed. */
  grantReplace(fn: UseCaseFunction) {
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
    const { tableStreamArn } = this.#table
    if (tableStreamArn === undefined) throw new Error("the main table has no stream")
    fn.allow(["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"], [tableStreamArn])
    // Lambda asks for it of every mapping, and IAM knows no resource of it. It lists names of streams.
    // Source: Service Authorization Reference, "Actions defined by Amazon DynamoDB".
    fn.allow(["dynamodb:ListStreams"], ["*"])
    this.#dataKey.grantTable(fn)
    return tableStreamArn
  }

  #grant(fn: UseCaseFunction, actions: string[]) {
    fn.tell("MAIN_TABLE", this.#table.tableName)
    fn.allow(actions, [this.#table.tableArn])
    this.#dataKey.grantTable(fn)
  }
}

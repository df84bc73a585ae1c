import { CfnOutput } from "aws-cdk-lib"
import { AttributeType, BillingMode, Table, TableEncryption } from "aws-cdk-lib/aws-dynamodb"
import { Construct } from "constructs"
import type { DataKey } from "./data-key.ts"
import { removalPolicy } from "./removal-policy.ts"
import type { UseCaseFunction } from "./use-case-function.ts"

/** The entries of a Health Record Index, by the hash of their locator. */
export class IndexTable extends Construct {
  readonly #table: Table
  readonly #dataKey: DataKey

  constructor(scope: Construct, id: string, { dataKey, retain }: { dataKey: DataKey; retain: boolean }) {
    super(scope, id)
    this.#dataKey = dataKey
    this.#table = new Table(this, "Table", {
      partitionKey: { name: "pk", type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: dataKey.key,
      deletionProtection: retain,
      removalPolicy: removalPolicy(retain),
    })
    new CfnOutput(scope, "HriTable", { value: this.#table.tableName })
  }

  grantLookUp(fn: UseCaseFunction) {
    this.#grant(fn, ["dynamodb:GetItem"])
  }

  /** Removing is putting too: a removed entry leaves the statement that removed it, or an older one could be put back. */
  grantPut(fn: UseCaseFunction) {
    this.#grant(fn, ["dynamodb:PutItem"])
  }

  #grant(fn: UseCaseFunction, actions: string[]) {
    fn.tell("HRI_TABLE", this.#table.tableName)
    fn.allow(actions, [this.#table.tableArn])
    this.#dataKey.grantTable(fn)
  }
}

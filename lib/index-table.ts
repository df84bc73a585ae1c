import { CfnOutput } from "aws-cdk-lib"
import { AttributeType, type ITable } from "aws-cdk-lib/aws-dynamodb"
import { Construct } from "constructs"
import type { DataKey } from "./data-key.ts"
import { encryptedTable, type TableOptions } from "./encrypted-table.ts"
import type { UseCaseFunction } from "./use-case-function.ts"

/** The entries of a Health Record Index, by the hash of their locator. */
export class IndexTable extends Construct {
  readonly #table: ITable
  readonly #dataKey: DataKey

  constructor(scope: Construct, id: string, options: TableOptions) {
    super(scope, id)
    this.#dataKey = options.dataKey
    this.#table = encryptedTable(this, options, {
      partitionKey: { name: "pk", type: AttributeType.STRING },
    })
    new CfnOutput(scope, "HriTable", { value: this.#table.tableName })
  }

  grantLookUp(fn: UseCaseFunction) {
    this.#grant(fn, ["dynamodb:GetItem"])
  }

  /** Removing is putting too: a removed entry leaves the statement that removed it, or an older one could be put back. */
  grantPut(fn: UseCaseFunction) {
    this.#grant(fn, ["dynamodb:UpdateItem"])
  }

  #grant(fn: UseCaseFunction, actions: string[]) {
    fn.tell("HRI_TABLE", this.#table.tableName)
    fn.allow(actions, [this.#table.tableArn])
    this.#dataKey.grantTable(fn)
  }
}

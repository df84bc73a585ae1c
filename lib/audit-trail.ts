import { CfnOutput } from "aws-cdk-lib"
import { AttributeType, type ITable, ProjectionType } from "aws-cdk-lib/aws-dynamodb"
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from "aws-cdk-lib/aws-iam"
import { Construct } from "constructs"
import { auditChangesIndex } from "../contract/audit.ts"
import type { DataKey } from "./data-key.ts"
import { encryptedTable, type TableOptions } from "./encrypted-table.ts"
import type { UseCaseFunction } from "./use-case-function.ts"

/** Whatever could change or take away an event. PutItem is among them: it overwrites. */
export const rewriting = [
  "dynamodb:BatchWriteItem",
  "dynamodb:DeleteItem",
  "dynamodb:PartiQLDelete",
  "dynamodb:PartiQLUpdate",
  "dynamodb:PutItem",
  "dynamodb:UpdateItem",
]

/**
 * Events that can be added and never changed: the only write anybody has is PartiQL's INSERT, which fails where there is an
 * item already. Nothing expires here. Source: Amazon DynamoDB Developer Guide, "PartiQL insert statements for DynamoDB".
 */
export class AuditTrail extends Construct {
  readonly #table: ITable
  readonly #dataKey: DataKey

  constructor(scope: Construct, id: string, options: TableOptions) {
    super(scope, id)
    this.#dataKey = options.dataKey
    this.#table = encryptedTable(this, options, {
      partitionKey: { name: "pk", type: AttributeType.STRING },
      sortKey: { name: "sk", type: AttributeType.NUMBER },
      indexes: [
        {
          indexName: auditChangesIndex,
          partitionKey: { name: "lane", type: AttributeType.STRING },
          sortKey: { name: "at", type: AttributeType.STRING },
          projectionType: ProjectionType.INCLUDE,
          nonKeyAttributes: ["hash"],
        },
      ],
      resourcePolicy: new PolicyDocument({
        statements: [
          new PolicyStatement({
            sid: "EventsStay",
            effect: Effect.DENY,
            principals: [new AnyPrincipal()],
            actions: rewriting,
            // The table this policy stands on; its name would be a circle.
            resources: ["*"],
          }),
        ],
      }),
    })
    new CfnOutput(scope, "AuditTable", { value: this.#table.tableName })
  }

  grantAppend(fn: UseCaseFunction) {
    this.#grant(fn, ["dynamodb:PartiQLInsert", "dynamodb:Query"])
  }

  grantRead(fn: UseCaseFunction) {
    this.#grant(fn, ["dynamodb:Query"])
  }

  /** Read which chains have changed, but not what happened. */
  grantChanges(fn: UseCaseFunction) {
    this.#grant(fn, ["dynamodb:Query"], `${this.#table.tableArn}/index/${auditChangesIndex}`)
  }

  #grant(fn: UseCaseFunction, actions: string[], resource = this.#table.tableArn) {
    fn.tell("AUDIT_TABLE", this.#table.tableName)
    fn.allow(actions, [resource])
    this.#dataKey.grantTable(fn)
  }
}

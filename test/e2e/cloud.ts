import { DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb"
import { itemKeys } from "../../contract/items.ts"
import { credentials, region } from "../../local/environment.ts"
import { listGrants } from "../../sdk/patient/grants.ts"
import type { PatientSession } from "../../sdk/patient/session.ts"
import { shared } from "./browser.ts"

const dynamo = new DynamoDBClient({ endpoint: shared.engine.endpoint, region, credentials })

/** Lets an hour pass for every access that runs. */
export const expireGrants = async (session: PatientSession): Promise<void> => {
  const running = (await listGrants(session)).filter(({ status }) => status === "active")
  if (running.length === 0) throw new Error("no access is running")
  for (const { grantId } of running) {
    const { pk, sk } = itemKeys.grant({ patientId: session.patientId, grantId })
    await dynamo.send(
      new UpdateItemCommand({
        TableName: shared.clouds[0].outputs["MainTable"],
        Key: { pk: { S: pk }, sk: { S: sk } },
        UpdateExpression: "SET expiresAt = :past",
        ConditionExpression: "attribute_exists(pk)",
        ExpressionAttributeValues: { ":past": { S: new Date(Date.now() - 1000).toISOString() } },
      }),
    )
  }
}

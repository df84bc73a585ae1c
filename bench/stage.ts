import * as z from "zod/mini"
import type { Engine } from "../local/engine.ts"
import { localCloudEnvironment } from "../local/environment.ts"
import { startChild } from "./child.ts"
import type { ObjectStorage } from "./object-storage.ts"
import { type Provisioned, provision } from "./provision.ts"

/** Both stacks' functions on loopback, on the engine's DynamoDB, Cognito and KMS and on the object storage that is measured. */
export interface Stage {
  readonly engine: Engine
  readonly storage: ObjectStorage
  readonly cloud: string
  readonly hri: string
  readonly environment: Provisioned
  stop(): Promise<void>
}

let stages = 0

/** `taskRoot`: the folder of the trust policy. */
export const startStage = async (engine: Engine, storage: ObjectStorage, taskRoot: string): Promise<Stage> => {
  const suffix = `${process.pid}-${++stages}`
  const environment = await provision(engine, storage, suffix)
  const { accessKeyId, secretAccessKey } = storage.credentials
  const gateway = startChild(new URL("gateway.ts", import.meta.url), {
    logs: false,
    env: {
      ...localCloudEnvironment(storage.endpoint),
      // What is signed and asked of S3 goes to the storage measured, the rest to the engine.
      AWS_ENDPOINT_URL_DYNAMODB: engine.endpoint,
      AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: engine.endpoint,
      AWS_ENDPOINT_URL_KMS: engine.endpoint,
      AWS_ENDPOINT_URL_SESV2: engine.endpoint,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      LAMBDA_TASK_ROOT: taskRoot,
      ...environment,
    },
  })
  try {
    const address = await gateway.ask({ do: "listen" }, z.string())
    return {
      engine,
      storage,
      cloud: `${address}/ehr-cloud`,
      hri: `${address}/health-record-index`,
      environment,
      stop: gateway.stop,
    }
  } catch (error) {
    await gateway.stop()
    throw error
  }
}

import { copyFileSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import * as z from "zod/mini"
import { localDirectory } from "../local/directories.ts"
import type { Engine } from "../local/engine.ts"
import { localCloudEnvironment } from "../local/environment.ts"
import { startChild } from "./child.ts"
import type { ObjectStorage, TableStorage } from "./object-storage.ts"
import { type Provisioned, provision } from "./provision.ts"

/** What the functions stand on: DynamoDB and S3 of whoever is measured, Cognito and KMS of the engine. */
export interface Backing {
  readonly engine: Engine
  readonly storage: ObjectStorage
  readonly tables: TableStorage
  /** Where functions find Cognito; without it, at the engine. */
  readonly cognito?: string
}

/** Both stacks' functions on loopback. */
export interface Stage extends Backing {
  readonly cloud: string
  readonly hri: string
  readonly environment: Provisioned
  stop(): Promise<void>
}

let stages = 0

/** `taskRoot`: the folder of the trust policy. */
export const startStage = async (backing: Backing, taskRoot: string): Promise<Stage> => {
  const { engine, storage, tables, cognito = engine.endpoint } = backing
  const ownRoot = join(taskRoot, String(++stages))
  mkdirSync(ownRoot)
  copyFileSync(join(taskRoot, "trust-policy.json"), join(ownRoot, "trust-policy.json"))
  const environment = await provision(backing, `${process.pid}-${stages}`, ownRoot)
  const { accessKeyId, secretAccessKey } = storage.credentials
  const logs = join(localDirectory, "logs")
  mkdirSync(logs, { recursive: true })
  const logFile = join(logs, `bench-gateway-${stages}.log`)
  const gateway = startChild(new URL("gateway.ts", import.meta.url), {
    // A line for each request.
    logFile,
    env: {
      ...localCloudEnvironment(storage.endpoint),
      // What is signed and asked of S3 goes to the storage measured.
      AWS_ENDPOINT_URL_DYNAMODB: tables.endpoint,
      AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: cognito,
      AWS_ENDPOINT_URL_KMS: engine.endpoint,
      AWS_ENDPOINT_URL_SESV2: engine.endpoint,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      LAMBDA_TASK_ROOT: ownRoot,
      ...environment,
    },
  })
  try {
    const address = await gateway.ask({ do: "listen" }, z.string())
    return {
      ...backing,
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

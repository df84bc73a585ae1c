import { S3RequestPresigner } from "@aws-sdk/s3-request-presigner"
import { Sha256 } from "@smithy/core/checksum"
import { region } from "../local/environment.ts"
import { type Child, startChild } from "./child.ts"
import { done, type Figures, figures, handedOver, stepFigures } from "./client-questions.ts"
import type { ObjectStorage } from "./object-storage.ts"
import { megabyte, type Row } from "./plan.ts"
import type { Stage } from "./stage.ts"
import { type Spread, speedRatio, spreadOf } from "./statistics.ts"
import type { Step } from "./steps.ts"

export interface Direction {
  /** Megabytes a second of all users together. */
  readonly bare: Spread
  readonly ours: Spread
  /** Speed of ours in relation to the bare one's, run by run: all of it, and without the API's calls before and after. */
  readonly ratio: Spread
  readonly transferRatio: Spread
  /** Of the client, a gigabyte. */
  readonly bareCpu: Spread
  readonly oursCpu: Spread
}

export interface TransferResult extends Row {
  readonly storage: string
  readonly upload?: Direction
  readonly download?: Direction
}

const startClient = (): Child => startChild(new URL("client.ts", import.meta.url))

export const openClient = async ({ cloud, engine, environment }: Stage, count: number): Promise<Child> => {
  const client = startClient()
  const { PATIENT_POOL_ID: patientPoolId } = environment
  const { name, endpoint } = engine
  await client.ask({ do: "open", cloud, engine: { name, endpoint }, patientPoolId, count }, done)
  return client
}

const presignerOf = ({ endpoint, credentials }: ObjectStorage) => {
  const { hostname, port, protocol } = new URL(endpoint)
  const presigner = new S3RequestPresigner({ region, credentials, sha256: Sha256 })
  return async (method: "PUT" | "GET", bucket: string, key: string): Promise<string> => {
    const place = { protocol, hostname, port: Number(port), path: `/${bucket}/${key}` }
    const signed = await presigner.presign({ method, headers: {}, query: {}, ...place }, { expiresIn: 3600 })
    const url = new URL(`${endpoint}${place.path}`)
    for (const [name, value] of Object.entries(signed.query ?? {})) url.searchParams.set(name, String(value))
    return url.href.replaceAll("+", "%20")
  }
}

const directionOf = (bare: readonly Figures[], ours: readonly Figures[], moved: number): Direction => {
  const speed = (all: readonly Figures[]) => spreadOf(all.map(({ seconds }) => moved / seconds))
  const cpu = (all: readonly Figures[]) => spreadOf(all.map(({ cpuSeconds }) => cpuSeconds / (moved / 1000)))
  const seconds = (all: readonly Figures[]) => all.map((each) => each.seconds)
  return {
    bare: speed(bare),
    ours: speed(ours),
    ratio: speedRatio(seconds(ours), seconds(bare)),
    transferRatio: speedRatio(
      ours.map((each) => each.transferSeconds ?? each.seconds),
      seconds(bare),
    ),
    bareCpu: cpu(bare),
    oursCpu: cpu(ours),
  }
}

/**
 * One row, in runs that alternate: bare PUT, upload, bare GET, download, and again. The first round warms up and is not counted. What
 * has been measured is deleted before the next round.
 */
export const measureRow = async (
  stage: Stage,
  client: Child,
  row: Row,
  { file, repeats, upload, download }: { file: string; repeats: number; upload: boolean; download: boolean },
): Promise<TransferResult> => {
  const bytes = row.megabytes * megabyte
  const moved = row.users * row.megabytes
  const sign = presignerOf(stage.storage)
  const bucket = stage.environment.RECORDS_BUCKET ?? ""
  const urls = (method: "PUT" | "GET") =>
    Promise.all(Array.from({ length: row.users }, (_, user) => sign(method, bucket, `bare/${user}`)))
  const runs = {
    put: new Array<Figures>(),
    upload: new Array<Figures>(),
    get: new Array<Figures>(),
    download: new Array<Figures>(),
  }
  for (let round = 0; round <= repeats; round++) {
    const put = await client.ask({ do: "put", urls: await urls("PUT"), file, bytes }, figures)
    const ours = await client.ask({ do: "upload", users: row.users, file, bytes }, figures)
    if (round > 0) {
      runs.put.push(put)
      runs.upload.push(ours)
    }
    if (download) {
      const get = await client.ask({ do: "get", urls: await urls("GET"), bytes }, figures)
      const back = await client.ask({ do: "download", users: row.users, bytes }, figures)
      if (round > 0) {
        runs.get.push(get)
        runs.download.push(back)
      }
    }
    await client.ask({ do: "forget" }, done)
  }
  return {
    ...row,
    storage: stage.storage.description,
    ...(upload ? { upload: directionOf(runs.put, runs.upload, moved) } : {}),
    ...(download ? { download: directionOf(runs.get, runs.download, moved) } : {}),
  }
}

export interface MemoryResult {
  readonly storage: string
  readonly megabytes: number
  /** Megabytes above what the process began with. */
  readonly upload: number
  readonly download: number
}

/** By clients that have done nothing before but open an account, one for each direction. */
export const measureMemory = async (stage: Stage, megabytes: number, file: string): Promise<MemoryResult> => {
  const bytes = megabytes * megabyte
  const uploading = await openClient(stage, 1)
  const downloading = startClient()
  try {
    const up = await uploading.ask({ do: "upload", users: 1, file, bytes }, figures)
    const patient = await uploading.ask({ do: "hand-over" }, handedOver)
    await uploading.stop()
    await downloading.ask({ do: "take-over", cloud: stage.cloud, patient }, done)
    const down = await downloading.ask({ do: "download", users: 1, bytes }, figures)
    await downloading.ask({ do: "forget" }, done)
    const above = ({ peakBytes }: Figures) => peakBytes / megabyte
    return { storage: stage.storage.description, megabytes, upload: above(up), download: above(down) }
  } finally {
    await uploading.stop()
    await downloading.stop()
  }
}

export interface StepResult {
  readonly storage: string
  readonly step: Step
  /** Of the client, seconds a gigabyte. */
  readonly cpu: Spread
}

/** Where the CPU of a transfer goes, `parts` of it. The first round warms up and is not counted. */
export const measureSteps = async (
  stage: Stage,
  { file, parts, repeats }: { file: string; parts: number; repeats: number },
): Promise<StepResult[]> => {
  const client = startClient()
  const sign = presignerOf(stage.storage)
  const bucket = stage.environment.RECORDS_BUCKET ?? ""
  const urls = (method: "PUT" | "GET") =>
    Promise.all(Array.from({ length: parts }, (_, part) => sign(method, bucket, `steps/${part}`)))
  const taken = new Map<Step, number[]>()
  try {
    for (let round = 0; round <= repeats; round++) {
      const figure = await client.ask(
        { do: "steps", file, put: await urls("PUT"), get: await urls("GET") },
        stepFigures,
      )
      if (round === 0) continue
      for (const { step, cpuSeconds } of figure) taken.set(step, [...(taken.get(step) ?? []), cpuSeconds])
    }
  } finally {
    await client.stop()
  }
  return [...taken].map(([step, all]) => ({ storage: stage.storage.description, step, cpu: spreadOf(all) }))
}

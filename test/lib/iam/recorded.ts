import { uploadUrlSeconds } from "../../../protocol/primitives.ts"
import type { Deployment } from "../../faults/deployment.ts"
import type { AwsCall } from "../../faults/functions.ts"
import type { Way } from "../../faults/suite.ts"
import { byLambda, type IamRequest, type Input, requestsOf, UntoldError } from "./actions.ts"
import type { Deployed, DeployedFunction } from "./deployed.ts"

/** A call of AWS that a function made, or that it signed for somebody else to make. */
export interface Recorded {
  readonly fn: string
  readonly command: string
  readonly input: object
  /** Of a presigned URL: how old its signature may be when it is used, milliseconds. */
  readonly signatureAge?: number
}

const presigned = /https:\/\/[^"\\ ]*X-Amz-Signature[^"\\ ]*/g

/** What a presigned URL lets its holder do, as the command it stands for. */
const signedFor = (fn: string, text: string): Recorded => {
  const { hostname, pathname, searchParams } = new URL(text)
  const [bucket = ""] = hostname.split(".")
  const conditional = searchParams.get("X-Amz-SignedHeaders")?.split(";").includes("if-none-match")
  const part = searchParams.has("partNumber")
  return {
    fn,
    command: part ? "UploadPart" : conditional ? "PutObjectCommand" : "GetObjectCommand",
    input: { Bucket: bucket, Key: pathname.slice(1), ...(conditional ? { IfNoneMatch: "*" } : {}) },
    signatureAge: Number(searchParams.get("X-Amz-Expires")) * 1000,
  }
}

/** Stands between a function and AWS during one way: `undefined` lets the call through. */
export type Meddling = (call: AwsCall, nth: number) => Error | undefined

/**
 * Runs a use-case in memory, and returns every call it made and every URL it signed. Throws where it isn't done, unless something is meddled with:
 * then what a function does about a failure is what is recorded.
 */
export const record = async (deployment: Deployment, way: Way, meddling?: Meddling): Promise<Recorded[]> => {
  const { aws, functions } = deployment
  const { wire } = functions
  const trial = await way.trial(deployment)
  aws.load(trial.before)
  const calls: Recorded[] = []
  wire.attempts = 1
  wire.between = (call, answer) => {
    const nth = calls.filter(({ command }) => command === call.command).length + 1
    // What runs outside of its function runs for it.
    calls.push({ ...call, fn: call.fn || (trial.route ?? way.name) })
    const failure = meddling?.(call, nth)
    if (failure !== undefined) throw failure
    return answer(call.input)
  }
  const outcome = await trial.send().finally(() => (wire.between = ({ input }, answer) => answer(input)))
  if (outcome.kind !== "done" && meddling === undefined) throw new Error(`${way.name} is ${JSON.stringify(outcome)}`)
  const urls = outcome.kind === "done" ? (JSON.stringify(outcome.answer).match(presigned) ?? []) : []
  return [...calls, ...urls.map((url) => signedFor(trial.route ?? way.name, url))]
}

/** A question to IAM, and who asks it. */
export interface Asked extends IamRequest {
  readonly fn: string
}

const overS3 = (action: string, signatureAge: number | undefined): Record<string, string> => {
  if (!action.startsWith("s3:")) return {}
  const signed = { "s3:authType": "REST-QUERY-STRING", "s3:signatureAge": String(signatureAge) }
  return { "s3:TlsVersion": "1.2", ...(signatureAge === undefined ? { "s3:authType": "REST-HEADER" } : signed) }
}

/** Objects are alike to IAM: their names are made at run time. */
const anyObject = (resource: string) => resource.replace(/^(arn:aws:s3:::[^/]+)\/.*$/, "$1/object")

/** Each of them once. */
const distinct = <T>(all: readonly T[]): T[] => [...new Map(all.map((one) => [JSON.stringify(one), one])).values()]

/**
 * Everything that IAM is asked for what was recorded, and for what Lambda does in each function's name; each question once. `untold`: the calls whose
 * function isn't told of what they name.
 */
export const askedFor = (
  deployed: Deployed,
  recorded: readonly Recorded[],
): { asked: Asked[]; requests: number; untold: string[] } => {
  const byName = new Map(deployed.functions.map((fn) => [fn.name, fn]))
  const untold: string[] = []
  const ofCall = ({ fn: name, command, input, signatureAge }: Recorded): Asked[] => {
    const fn = byName.get(name)
    if (fn === undefined) throw new Error(`${name} is not deployed`)
    try {
      return requestsOf(deployed, fn, command, input as Input).map((request) => ({
        ...request,
        fn: name,
        resource: anyObject(request.resource),
        context: { ...request.context, ...overS3(request.action, signatureAge) },
      }))
    } catch (error) {
      if (!(error instanceof UntoldError)) throw error
      untold.push(error.message)
      return []
    }
  }
  const ofLambda = (fn: DeployedFunction): Asked[] =>
    byLambda(deployed, fn).map((request) => ({ ...request, fn: fn.name }))
  const all = [...recorded.flatMap(ofCall), ...deployed.functions.flatMap(ofLambda)]
  return { asked: distinct(all), requests: all.length, untold: distinct(untold) }
}

/** The longest that any URL is good for, milliseconds. */
export const longestSignatureAge = uploadUrlSeconds * 1000

import type { StateModel, Step } from "./explore.ts"

/**
 * One card is revoked over a network that loses requests and answers, by a device that may be closed at any moment and
 * then begins anew from what the cloud has. The cloud is honest: this is about what no retry may lose.
 */
export interface Revocation {
  readonly cloud: { readonly number: number; readonly listed: boolean; readonly epoch: number }
  readonly device: Device
  /** Requests that may still arrive, even after the device has given them up. */
  readonly requests: readonly Request[]
}

interface Device {
  readonly shows: "active" | "revoking" | "revoked"
  /** The number of the newest manifest that it has read, or signed. */
  readonly number: number
  /** The act whose answer it waits for. */
  readonly act?: Act
}

type Act = "strike and renew" | "strike" | "renew"

interface Request {
  readonly act: Act
  readonly number: number
}

/** The mends, one by one; a mutant takes one of them out. */
export interface RevocationRules {
  /** The card is struck and its epoch begun by one publication; else by two requests. */
  readonly onePublication: boolean
  /** The cloud applies a manifest's number once; else each request that arrives. */
  readonly idempotent: boolean
}

export const mendedRevocation: RevocationRules = { onePublication: true, idempotent: true }

/** The epoch whose key the card's holder has. */
const cardEpoch = 1
const atOnce = 4
const first: Revocation["cloud"] = { number: 1, listed: true, epoch: cardEpoch }

/** Returns the model of one revocation. */
export function revocationModel(rules: RevocationRules): StateModel<Revocation> {
  const firstAct: Act = rules.onePublication ? "strike and renew" : "strike"
  return {
    initial: { cloud: first, device: reopened(first), requests: [] },
    broken: brokenPromise,
    *next(state) {
      const { cloud, device, requests } = state
      if (device.shows === "active" && requests.length < atOnce) yield send(state, firstAct)
      if (device.act !== undefined) {
        yield* retry(state)
        yield { act: "the app is closed, and opened again", state: { ...state, device: reopened(cloud) } }
      }
      for (const [at, request] of requests.entries()) {
        const left = requests.toSpliced(at, 1)
        yield { act: `the request "${request.act}" is lost`, state: { ...state, requests: left } }
        yield* arrive({ ...state, requests: left }, request, rules)
      }
    },
  }
}

/** What a device that was closed knows: whether the newest manifest lists the card. */
function reopened({ number, listed }: Revocation["cloud"]): Device {
  return { shows: listed ? "active" : "revoked", number }
}

function send(state: Revocation, act: Act): Step<Revocation> {
  const number = state.device.number + 1
  return {
    act: `the device asks to ${act}`,
    state: { ...state, device: { shows: "revoking", act, number }, requests: [...state.requests, { act, number }] },
  }
}

/** No answer came: the same request goes out again. */
function* retry(state: Revocation): Iterable<Step<Revocation>> {
  const { act, number } = state.device
  if (act === undefined || state.requests.length >= atOnce) return
  yield { act: `the device asks again to ${act}`, state: { ...state, requests: [...state.requests, { act, number }] } }
}

/** The request arrives; its answer may be lost. */
function* arrive(state: Revocation, request: Request, rules: RevocationRules): Iterable<Step<Revocation>> {
  const applied = apply(state.cloud, request, rules)
  if (applied === undefined) return
  const after = { ...state, cloud: applied }
  yield { act: `"${request.act}" arrives, its answer is lost`, state: after }
  const waiting = state.device.act === request.act && state.device.number === request.number
  if (!waiting) return
  if (request.act === "strike") {
    const next = send(after, "renew")
    yield { act: `"strike" is answered, and ${next.act}`, state: next.state }
  } else {
    yield { act: `"${request.act}" is answered`, state: { ...after, device: reopened(applied) } }
  }
}

/**
 * The cloud after the request; undefined if it refuses it. A number that is there already changes nothing: it is this
 * request's own, or another's, and then the device is told to read the manifest, which says the same of the card.
 */
function apply(
  cloud: Revocation["cloud"],
  { act, number }: Request,
  rules: RevocationRules,
): Revocation["cloud"] | undefined {
  if (rules.idempotent) {
    if (cloud.number === number) return cloud
    if (cloud.number + 1 !== number) return undefined
  }
  const listed = act === "renew" ? cloud.listed : false
  const epoch = act === "strike" ? cloud.epoch : cloud.epoch + 1
  return { number: cloud.number + 1, listed, epoch }
}

function brokenPromise({ cloud, device }: Revocation): string | undefined {
  if (device.shows === "revoked" && (cloud.listed || cloud.epoch <= cardEpoch)) {
    return "Once the app shows a card as revoked, its keys open nothing new."
  }
  if (cloud.epoch > cardEpoch + 1) return "However often it is asked for, one revocation begins one epoch."
  return undefined
}

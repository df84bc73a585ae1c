import { type RouteName, routes } from "../contract/routes.ts"
import { codesFor, harmlessFor } from "./expectations.ts"
import type { Journey } from "./journeys.ts"
import { type Mutation, mutationsOf } from "./mutations.ts"
import {
  type Asked,
  jsonOf,
  jsonReply,
  type Network,
  over,
  type Reply,
  recording,
  replaying,
  type Tape,
} from "./network.ts"
import type { FullPatient } from "./people.ts"

/** What the SDK made of a reply: a refusal by its code, or what it showed its caller. */
export type Seen =
  | { readonly outcome: "refused"; readonly code: string }
  | { readonly outcome: "shown"; readonly text: string }
  /** No refusal of ours: an error without a code. */
  | { readonly outcome: "crashed"; readonly error: unknown }

const codeOf = (error: unknown): string | undefined => {
  if (!(error instanceof Error)) return undefined
  if (error.name === "Unreachable") return "Unreachable"
  const { code } = error as Error & { code?: unknown }
  const ours = ["IntegrityFailure", "Problem"].includes(error.name) || "code" in error
  return ours && typeof code === "string" ? code : undefined
}

/** Bytes as numbers, in a fixed order of fields: what two runs can be compared by. */
const asText = (value: unknown) =>
  JSON.stringify(value, (_, inner: unknown) => (inner instanceof Uint8Array ? [...inner] : inner))

export const seenBy = async (network: Network, run: () => Promise<unknown>): Promise<Seen> => {
  try {
    return { outcome: "shown", text: asText(await over(network, run)) }
  } catch (error) {
    const code = codeOf(error)
    return code === undefined ? { outcome: "crashed", error } : { outcome: "refused", code }
  }
}

/** One generated attack: a reply of the cloud, and what stands in its place. */
export interface Attack {
  readonly journey: Journey
  readonly route: RouteName | "object"
  readonly path: string
  readonly kind: string
  readonly valid: boolean
  readonly item: unknown
  play(): Promise<Seen>
}

export interface Recorded {
  readonly journey: Journey
  readonly tape: Tape
  /** The same journey of another patient: where swapped values come from. */
  readonly otherTape: Tape
  readonly honest: string
}

export const record = async (
  network: Network,
  journey: Journey,
  patient: FullPatient,
  other: FullPatient,
): Promise<Recorded> => {
  const mine = recording(network)
  const theirs = recording(network)
  await over(theirs.recorder, () => journey.run(other))
  const honest = await over(mine.recorder, () => journey.run(patient))
  return { journey, tape: mine.tape, otherTape: theirs.tape, honest: asText(honest) }
}

/** The mutations of sealed bytes: of each byte that matters, of the length, of another patient's. */
const objectMutations = ({ body }: Reply, other: Reply | undefined): { kind: string; body: Reply["body"] }[] => {
  const flip = (at: number) => body.with(at, (body[at] ?? 0) ^ 1)
  return [
    { kind: "first byte", body: flip(0) },
    { kind: "middle byte", body: flip(body.length >> 1) },
    { kind: "last byte", body: flip(body.length - 1) },
    { kind: "a byte less", body: body.slice(0, -1) },
    { kind: "a byte more", body: new Uint8Array([...body, 0]) },
    { kind: "nothing", body: new Uint8Array() },
    ...(other === undefined ? [] : [{ kind: "another patient's", body: other.body }]),
  ]
}

const nth = (tape: Tape, index: number) =>
  tape.slice(0, index).filter(({ asked }) => asked.route === tape[index]?.asked.route).length
const sameIn = (other: Tape, route: Asked["route"], n: number) =>
  other.filter(({ asked }) => asked.route === route)[n]?.reply

/** Every mutation of every reply that a journey reads; of a reply that is given more than once, the first time. */
export function* attacksOn({ journey, tape, otherTape }: Recorded, patient: FullPatient): Generator<Attack> {
  const attacked = new Set<string>()
  for (const [index, { asked, reply }] of tape.entries()) {
    const { route } = asked
    if (!journey.reads.includes(route)) continue
    const body = Buffer.from(reply.body).toString("base64")
    if (attacked.has(`${route} ${body}`)) continue
    attacked.add(`${route} ${body}`)
    const other = sameIn(otherTape, route, nth(tape, index))
    const attack = (mutation: Omit<Mutation, "mutated">, tampered: Reply): Attack => ({
      ...mutation,
      journey,
      route,
      play: () =>
        seenBy(
          replaying(tape, (i, honest) => (i === index ? tampered : honest)),
          () => journey.run(patient),
        ),
    })
    if (route === "object") {
      for (const { kind, body } of objectMutations(reply, other))
        yield attack({ path: "(bytes)", kind, valid: true, item: undefined }, { ...reply, body })
      continue
    }
    const { response } = routes[route]
    const otherJson = other === undefined || other.status !== 200 ? undefined : jsonOf(other)
    for (const { mutated, ...mutation } of mutationsOf(response, jsonOf(reply), otherJson))
      yield attack(mutation, jsonReply(mutated))
  }
}

/** What a played attack came to: `undefined` where it held, otherwise what went wrong. */
export const verdictOn = (attack: Attack, seen: Seen, honest: string): string | undefined => {
  const { route, path, kind, valid, item } = attack
  if (seen.outcome === "crashed") return `failed without a code: ${String(seen.error)}`
  if (seen.outcome === "refused")
    return codesFor(route, path, valid).includes(seen.code)
      ? undefined
      : `refused as ${seen.code}, which was not expected`
  const harmless = valid ? harmlessFor(route, path, kind, item) : []
  if (harmless.length === 0) return "taken, and the field is on no list of harmless ones"
  const same = seen.text === honest
  return same || harmless.some(({ cloudsWord }) => cloudsWord) ? undefined : "shown otherwise than by an honest cloud"
}

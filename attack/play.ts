import { type RouteName, routes } from "../contract/routes.ts"
import { emergencyAnswer } from "../protocol/emergency-answer.ts"
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
} from "../test/kit/network.ts"
import type { FullPatient } from "../test/kit/people.ts"
import { codesFor, harmlessFor } from "./expectations.ts"
import type { Ground } from "./ground.ts"
import type { Journey } from "./journeys.ts"
import { flipped, type Mutation, mutationsOf } from "./mutations.ts"
import { type Operator, operatorOf, type ReceiptOf, type Session, type Tampering } from "./operator.ts"

/** What the SDK made of a reply: a refusal by its code, or what it showed its caller. */
export type Seen =
  | { readonly outcome: "refused"; readonly code: string }
  | { readonly outcome: "shown"; readonly text: string }
  /** No refusal of ours: an error without a code. */
  | { readonly outcome: "crashed"; readonly error: unknown }

const codeOf = (error: unknown): string | undefined => {
  if (!(error instanceof Error)) return undefined
  return "code" in error && typeof error.code === "string" ? error.code : undefined
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
  /** Of the cloud that a professional's answers come from, sealed. */
  readonly operator: Operator
}

const cardsOf = ({ session, card, cardId, narrow }: FullPatient) => [
  { session, card, cardId },
  { session, ...narrow },
]

/** What stands before whoever is on the journey: a professional gets what was answered in clear sealed. */
const before = (journey: Journey, operator: Operator, tampering: Tampering, network: Network): Network =>
  journey.professional === true ? operator.sealing(network, tampering) : network

const recordOne = async ({ network, signs }: Battled, journey: Journey, patient: FullPatient) => {
  const operator = operatorOf(network, cardsOf(patient), patient.physician, signs)
  const { recorder, tape } = recording(journey.professional === true ? operator.inClear : network)
  const honest = await over(before(journey, operator, {}, recorder), () => journey.run(patient))
  return { operator, tape, honest: asText(honest) }
}

/** The cloud, and its provider's key in the operator's hands. */
type Battled = Pick<Ground, "network" | "signs">

export const record = async (
  on: Battled,
  journey: Journey,
  patient: FullPatient,
  other: FullPatient,
): Promise<Recorded> => {
  const theirs = await recordOne(on, journey, other)
  const mine = await recordOne(on, journey, patient)
  return { journey, ...mine, otherTape: theirs.tape }
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

/** The mutations of a sealed answer as it travels: what only forwards it can do no more. */
const sealedMutations: readonly [kind: string, spoil: (sealed: string) => unknown][] = [
  ["first character", (sealed) => flipped(sealed, 3)],
  ["middle character", (sealed) => flipped(sealed, sealed.length >> 1)],
  ["last character", (sealed) => flipped(sealed, sealed.length - 1)],
  ["another construction", (sealed) => sealed.replace("H1.", "H2.")],
  ["cut", (sealed) => sealed.slice(0, -4)],
  ["removed", () => undefined],
  ["null", () => null],
]

const changedClaim = (name: string, to: unknown) => (honest: ReceiptOf) => ({
  ...honest,
  claims: { ...honest.claims, [name]: to },
})
/** The provider's own key signs what it never did. */
const receiptMutations: readonly [path: string, forge: NonNullable<Tampering["forge"]>][] = [
  ["iss", changedClaim("iss", "another.example")],
  ["statementHash", changedClaim("statementHash", "A".repeat(43))],
  ["seq", (honest) => changedClaim("seq", Number(honest.claims["seq"]) + 1)(honest)],
  ["eventHash", changedClaim("eventHash", "A".repeat(43))],
  ["purpose", changedClaim("purpose", "care")],
  ["typ", (honest) => ({ ...honest, typ: "consent-receipt" })],
]

/** What is read of a reply: of an access what comes sealed. */
const schemaOf = (route: RouteName) => (route === "hcp/emergency-access" ? emergencyAnswer : routes[route].response)

/** The replies that a journey reads, of one that is given more than once the first, each with the other patient's. */
function* attacked({ journey, tape, otherTape }: Recorded) {
  const known = new Set<string>()
  for (const [index, { asked, reply }] of tape.entries()) {
    const { route } = asked
    const body = journey.once === true ? "" : Buffer.from(reply.body).toString("base64")
    if (!journey.reads.includes(route) || reply.status >= 400 || known.has(`${route} ${body}`)) continue
    known.add(`${route} ${body}`)
    yield { index, route, reply, other: sameIn(otherTape, route, nth(tape, index)) }
  }
}

/** Every mutation of every reply that a journey reads, also of what comes sealed to a professional, or signed by the provider. */
export function* attacksOn(recorded: Recorded, patient: FullPatient): Generator<Attack> {
  const { journey, tape, operator } = recorded
  const session = tape.find(({ asked }) => asked.route === "hcp/session")?.reply
  const standIn = session === undefined ? undefined : (jsonOf(session) as Session)
  for (const { index, route, reply, other } of attacked(recorded)) {
    const attack = (mutation: Omit<Mutation, "mutated">, tampered: Reply, tampering: Tampering = {}): Attack => ({
      ...mutation,
      journey,
      route,
      play: () => {
        const replayed = replaying(tape, (i, honest) => (i === index ? tampered : honest))
        return seenBy(before(journey, operator, { standIn, ...tampering }, replayed), () => journey.run(patient))
      },
    })
    if (route === "object") {
      for (const { kind, body } of objectMutations(reply, other))
        yield attack({ path: "(bytes)", kind, valid: true, item: undefined }, { ...reply, body })
      continue
    }
    const otherJson = other === undefined || other.status !== 200 ? undefined : jsonOf(other)
    for (const { mutated, ...mutation } of mutationsOf(schemaOf(route), jsonOf(reply), otherJson))
      yield attack(mutation, jsonReply(mutated))
    if (route === "hcp/emergency-access")
      for (const [kind, spoil] of sealedMutations)
        yield attack({ path: "sealed", kind, valid: false, item: undefined }, reply, { spoil })
    if (route === "hcp/session")
      for (const [name, forge] of receiptMutations)
        yield attack({ path: `receipt.${name}`, kind: "forged", valid: true, item: undefined }, reply, { forge })
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

import * as fc from "fast-check"
import { type Category, type ConsentKind, consentKinds, versionReach } from "../../protocol/primitives.ts"
import {
  type CardKind,
  type Claims,
  type PatientName,
  type ProfessionalName,
  professionals,
  type Request,
  type State,
  type Statement,
} from "./model.ts"

/**
 * What somebody sets out to do, before it is known what there is to do it to: `grant: 3` is whichever comes fourth when the time comes. So
 * commands can be left out of a story, and what is left is one still.
 */

/** How a statement comes about. Most are honest. */
export interface How {
  /** By another person's key. */
  readonly forged: boolean
  /** Made so many seconds from now. */
  readonly off: number
  /** Not made at all: one that was signed before. */
  readonly again: number | undefined
  /** Under the number of one that the same person has signed before. */
  readonly renumbered: number | undefined
}

export type Intent = { readonly patient: PatientName } & (
  | { readonly do: "sign-consent" | "revoke-consent"; readonly kind: ConsentKind; readonly how: How }
  | { readonly do: "make-card"; readonly card: string; readonly made: CardKind }
  | { readonly do: "revoke-card"; readonly card: string }
  | { readonly do: "upload-url"; readonly record: string; readonly step: number; readonly category: Category }
  | {
      readonly do: "commit"
      readonly record: string
      readonly step: number
      readonly category: Category
      readonly uploaded: boolean
    }
  | { readonly do: "delete-record"; readonly record: string }
  | { readonly do: "download-url"; readonly record: string; readonly version: number }
  | { readonly do: "publish-manifest"; readonly step: number; readonly how: How }
  | {
      readonly do: "emergency-access"
      readonly by: ProfessionalName
      readonly card: string
      readonly guessed: boolean
      readonly how: How
    }
  | {
      readonly do: "list-records"
      readonly intruder: ProfessionalName | undefined
      readonly grant: number
      readonly category: Category
    }
  | {
      readonly do: "granted-download-url"
      readonly intruder: ProfessionalName | undefined
      readonly grant: number
      readonly record: string
      readonly version: number
    }
  | {
      readonly do: "contribution-upload-url"
      readonly intruder: ProfessionalName | undefined
      readonly grant: number
      readonly contribution: string
      readonly category: Category
    }
  | {
      readonly do: "contribute"
      readonly intruder: ProfessionalName | undefined
      readonly grant: number
      readonly contribution: string
      readonly category: Category
      readonly uploaded: boolean
      readonly how: How
    }
  | {
      readonly do: "approve-contribution" | "reject-contribution"
      readonly contribution: string
      readonly opposite: boolean
      readonly how: How
    }
  | { readonly do: "halt-grant"; readonly grant: number }
  | { readonly do: "list-grants" | "list-contributions" }
  | { readonly do: "deactivate"; readonly how: How }
  | { readonly do: "wait"; readonly seconds: number }
)

/** What a story remembers beside the model: everything signed so far, and how many grants there were. */
export interface Memory {
  readonly statements: Statement[]
  grants: number
}

export interface Resolved {
  /** What is put into a bucket beforehand. */
  readonly upload?: string
  readonly request?: Request
}

const other = (name: PatientName): PatientName => (name === "alice" ? "bob" : "alice")
const colleague = (name: ProfessionalName): ProfessionalName => (name === "doctor" ? "medic" : "doctor")
const pick = <T>(list: readonly T[], at: number): T | undefined => list[at % list.length]
const newest = (state: State, patient: PatientName, record: string) =>
  Math.max(0, ...Object.keys(state.people[patient].records[record]?.versions ?? {}).map(Number))

/** Signs, or takes up again; what was signed is remembered. */
const statementOf = <S extends PatientName | ProfessionalName>(
  { statements }: Memory,
  state: State,
  how: How,
  { signer, forger }: { signer: S; forger: S },
  claims: Claims,
): Statement => {
  const before = statements.filter((each) => each.claims.type === claims.type)
  // Whatever the signer has signed, a number is used once.
  const numbers = statements.filter((each) => each.signer === signer)
  const again = how.again === undefined ? undefined : pick(before, how.again)
  if (again !== undefined) return again
  const name = `statement ${statements.length + 1}`
  const jti = how.renumbered === undefined ? name : (pick(numbers, how.renumbered)?.jti ?? name)
  const made = { name, jti, at: state.now + how.off, signer: how.forged ? forger : signer, claims }
  statements.push(made)
  return made
}

/** The request as it is made now: of the model it takes what the one who asks would know. */
export const resolve = (intent: Intent, state: State, memory: Memory): Resolved => {
  const { patient } = intent
  const person = state.people[patient]
  const own = { signer: patient, forger: other(patient) }
  const grants = Object.keys(person.grants)
  const grantOf = (at: number) => pick(grants, at) ?? "grant 0"
  const holderOf = (grant: string) => person.grants[grant]?.by ?? "doctor"
  switch (intent.do) {
    case "sign-consent":
    case "revoke-consent": {
      const status = intent.do === "sign-consent" ? "active" : "inactive"
      const claims: Claims = { type: "consent", patient, kind: intent.kind, status }
      return {
        request: {
          do: intent.do,
          patient,
          kind: intent.kind,
          statement: statementOf(memory, state, intent.how, own, claims),
        },
      }
    }
    case "make-card":
    case "revoke-card":
    case "delete-record":
    case "download-url":
    case "list-grants":
    case "list-contributions":
      return { request: intent }
    case "upload-url":
    case "commit": {
      const { record, step } = intent
      const version = Math.max(1, newest(state, patient, record) + step)
      // Mostly of the category that it is of.
      const category = step === 2 ? intent.category : (person.records[record]?.category ?? intent.category)
      const uploaded = intent.do === "commit" && intent.uploaded && step <= versionReach
      return {
        ...(uploaded ? { upload: `records/${record}/${version}` } : {}),
        request: { do: intent.do, patient, record, version, category },
      }
    }
    case "publish-manifest": {
      const summary = Object.entries(person.records)
        .filter(([, { category }]) => category === "summary")
        .map(([record]) => `${record}/${newest(state, patient, record)}`)
      const number = Math.max(1, (person.manifest?.number ?? 0) + intent.step)
      const previous = person.manifest?.statement ?? null
      const claims: Claims = { type: "manifest", patient, number, previous, summary }
      return {
        request: {
          do: "publish-manifest",
          patient,
          statement: statementOf(memory, state, intent.how, own, claims),
        },
      }
    }
    case "emergency-access": {
      const { by, card, guessed, how } = intent
      const kept = person.cards[card]?.made ?? "summary"
      const made = guessed ? (kept === "summary" ? "both" : "summary") : kept
      const claims: Claims = { type: "emergency-access", patient, card, made }
      const people = { signer: by, forger: colleague(by) }
      const statement = statementOf(memory, state, how, people, claims)
      return { request: { do: "emergency-access", statement, grant: `grant ${++memory.grants}` } }
    }
    case "list-records":
    case "contribution-upload-url":
    case "granted-download-url": {
      const grant = grantOf(intent.grant)
      const { intruder: _, ...asked } = intent
      return { request: { ...asked, grant, by: intent.intruder ?? holderOf(grant) } }
    }
    case "contribute": {
      const { intruder, contribution, category, uploaded, how } = intent
      const grant = grantOf(intent.grant)
      const by = intruder ?? holderOf(grant)
      const claims: Claims = { type: "contribution", patient, grant, contribution, category }
      const statement = statementOf(memory, state, how, { signer: by, forger: colleague(by) }, claims)
      return {
        ...(uploaded ? { upload: `pending/${contribution}/1` } : {}),
        request: { do: "contribute", by, patient, grant, contribution, statement },
      }
    }
    case "approve-contribution":
    case "reject-contribution": {
      const { contribution, opposite, how } = intent
      const approves = (intent.do === "approve-contribution") !== opposite
      const of = person.contributions[contribution]?.statement ?? "statement 0"
      const decision = approves ? "approved" : "rejected"
      const claims: Claims = { type: "decision", patient, contribution, of, decision }
      return {
        request: {
          do: intent.do,
          patient,
          contribution,
          statement: statementOf(memory, state, how, own, claims),
        },
      }
    }
    case "halt-grant":
      return { request: { do: "halt-grant", patient, grant: grantOf(intent.grant) } }
    case "deactivate": {
      const claims: Claims = { type: "deactivation", patient }
      return {
        request: { do: "deactivate", patient, statement: statementOf(memory, state, intent.how, own, claims) },
      }
    }
    case "wait":
      return {}
    default:
      return intent satisfies never
  }
}

const seldom = fc.integer({ min: 0, max: 15 }).map((n) => n === 15)
export const honest: How = { forged: false, off: 0, again: undefined, renumbered: undefined }
const how: fc.Arbitrary<How> = fc.oneof(
  { weight: 10, arbitrary: fc.constant(honest) },
  { weight: 1, arbitrary: fc.constant({ ...honest, forged: true }) },
  { weight: 1, arbitrary: fc.constantFrom(-121, -120, 120, 121).map((off) => ({ ...honest, off })) },
  { weight: 2, arbitrary: fc.nat(20).map((again) => ({ ...honest, again })) },
  { weight: 2, arbitrary: fc.nat(20).map((renumbered) => ({ ...honest, renumbered })) },
)
const patient = fc.oneof(
  { weight: 6, arbitrary: fc.constant<PatientName>("alice") },
  { weight: 1, arbitrary: fc.constant<PatientName>("bob") },
)
const professional = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom<ProfessionalName>("doctor", "medic") },
  { weight: 1, arbitrary: fc.constantFrom(...professionals) },
)
const intruder = fc.oneof(
  { weight: 8, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constantFrom(...professionals) },
)
const card = fc.constantFrom("card 1", "card 2", "card 3")
const record = fc.constantFrom("record 1", "record 2", "addition 1", "addition 2")
const contribution = fc.constantFrom("addition 1", "addition 2")
const category = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Category>("summary") },
  { weight: 1, arbitrary: fc.constant<Category>("laboratory") },
)
const mostly = seldom.map((not) => !not)
const grant = fc.nat(5)
/** To the next version, mostly; to the newest again, to one that is skipped to, to one out of reach. */
const step = fc.constantFrom(1, 1, 1, 0, 2, 3, versionReach, versionReach + 1)

/** Of each deed, so often. */
const weighted: readonly (readonly [weight: number, intent: fc.Arbitrary<Intent>])[] = [
  [3, fc.record({ do: fc.constant("sign-consent"), patient, kind: fc.constantFrom(...consentKinds), how })],
  [2, fc.record({ do: fc.constant("revoke-consent"), patient, kind: fc.constantFrom(...consentKinds), how })],
  [3, fc.record({ do: fc.constant("make-card"), patient, card, made: fc.constantFrom("summary", "both") })],
  [2, fc.record({ do: fc.constant("revoke-card"), patient, card })],
  [2, fc.record({ do: fc.constant("upload-url"), patient, record, step, category })],
  [
    3,
    fc.record({
      do: fc.constant("commit"),
      patient,
      record,
      step,
      category,
      uploaded: mostly,
    }),
  ],
  [1, fc.record({ do: fc.constant("delete-record"), patient, record })],
  [1, fc.record({ do: fc.constant("download-url"), patient, record, version: fc.integer({ min: 1, max: 3 }) })],
  [3, fc.record({ do: fc.constant("publish-manifest"), patient, step: fc.constantFrom(1, 1, 1, 1, 0, 2), how })],
  [5, fc.record({ do: fc.constant("emergency-access"), patient, by: professional, card, guessed: seldom, how })],
  [2, fc.record({ do: fc.constant("list-records"), patient, intruder, grant, category })],
  [1, fc.record({ do: fc.constant("contribution-upload-url"), patient, intruder, grant, contribution, category })],
  [
    4,
    fc.record({
      do: fc.constant("granted-download-url"),
      patient,
      intruder,
      grant,
      record,
      version: fc.integer({ min: 1, max: 2 }),
    }),
  ],
  [
    5,
    fc.record({
      do: fc.constant("contribute"),
      patient,
      intruder,
      grant,
      contribution,
      category,
      uploaded: mostly,
      how,
    }),
  ],
  [4, fc.record({ do: fc.constant("approve-contribution"), patient, contribution, opposite: seldom, how })],
  [2, fc.record({ do: fc.constant("reject-contribution"), patient, contribution, opposite: seldom, how })],
  [2, fc.record({ do: fc.constant("halt-grant"), patient, grant })],
  [1, fc.record({ do: fc.constantFrom("list-grants", "list-contributions"), patient })],
  [2, fc.record({ do: fc.constant("wait"), patient, seconds: fc.constantFrom(1, 60, 121, 1800, 3599, 3600) })],
  // Seldom, or there would be nothing left to do.
  [1, fc.record({ do: fc.constant("deactivate"), patient, how })],
]

export const deeds = [
  "sign-consent",
  "revoke-consent",
  "make-card",
  "revoke-card",
  "upload-url",
  "commit",
  "delete-record",
  "download-url",
  "publish-manifest",
  "emergency-access",
  "list-records",
  "contribution-upload-url",
  "granted-download-url",
  "contribute",
  "approve-contribution",
  "reject-contribution",
  "halt-grant",
  "list-grants",
  "list-contributions",
  "deactivate",
] as const satisfies readonly Intent["do"][]

export const intents: fc.Arbitrary<Intent> = fc.oneof(...weighted.map(([weight, arbitrary]) => ({ weight, arbitrary })))

/** A line of the story: what is printed of one that fails. */
export const sentence = (intent: Intent): string => {
  const { do: deed, patient, ...rest } = intent
  const said = Object.entries(rest).flatMap(([name, value]) => {
    if (typeof value !== "object") return value === undefined || value === false ? [] : [`${name} ${value}`]
    const { forged, off, again, renumbered } = value
    return [
      ...(forged ? ["forged"] : []),
      ...(off === 0 ? [] : [`signed ${off} s from now`]),
      ...(again === undefined ? [] : [`statement ${again} of its kind again`]),
      ...(renumbered === undefined ? [] : [`under the number of their statement ${renumbered}`]),
    ]
  })
  return `\n  ${patient}: ${deed}${said.length === 0 ? "" : ` (${said.join(", ")})`}`
}

/** Alice, whose every step so far went well; Bob has an account and no more. */
export const beginning: readonly Intent[] = [
  { do: "sign-consent", patient: "alice", kind: "store", how: honest },
  { do: "sign-consent", patient: "alice", kind: "emergency-share", how: honest },
  { do: "commit", patient: "alice", record: "record 1", step: 1, category: "summary", uploaded: true },
  { do: "commit", patient: "alice", record: "record 2", step: 1, category: "laboratory", uploaded: true },
  { do: "publish-manifest", patient: "alice", step: 1, how: honest },
  { do: "make-card", patient: "alice", card: "card 1", made: "both" },
  { do: "emergency-access", patient: "alice", by: "doctor", card: "card 1", guessed: false, how: honest },
  {
    do: "contribute",
    patient: "alice",
    intruder: undefined,
    grant: 0,
    contribution: "addition 1",
    category: "summary",
    uploaded: true,
    how: honest,
  },
]

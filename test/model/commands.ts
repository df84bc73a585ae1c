import * as fc from "fast-check"
import { type Category, type ConsentKind, consentKinds } from "../../protocol/primitives.ts"
import {
  type CardKind,
  type Claims,
  type Contents,
  cardKinds,
  cardOf,
  listedCard,
  listedName,
  noContents,
  nothing,
  type OpenedCategory,
  opened,
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

/** How a manifest comes about that is published with something. */
export interface Publishing {
  readonly how: How
  /** It changes nothing, whatever it is sent with. */
  readonly misfit: boolean
  /** To the next number, mostly. */
  readonly step: number
}

export type Intent = { readonly patient: PatientName } & (
  | { readonly do: "sign-consent" | "revoke-consent"; readonly kind: ConsentKind; readonly how: How }
  | { readonly do: "make-card"; readonly card: string; readonly made: CardKind; readonly by: Publishing }
  | { readonly do: "revoke-card"; readonly card: string; readonly another: boolean; readonly how: How }
  | {
      readonly do: "change-card"
      readonly card: string
      readonly opens: CardKind
      /** What it opens no longer keeps its keys. */
      readonly kept: boolean
      readonly by: Publishing
    }
  | { readonly do: "strike-card"; readonly card: string; readonly kept: boolean; readonly by: Publishing }
  | { readonly do: "upload-url"; readonly record: string; readonly step: number; readonly category: Category }
  | {
      readonly do: "commit"
      readonly record: string
      readonly step: number
      readonly category: Category
      readonly uploaded: boolean
      /** It names another version before it than there is. */
      readonly misnames: boolean
      readonly by: Publishing
    }
  | { readonly do: "delete-record"; readonly record: string; readonly again: boolean; readonly by: Publishing }
  | { readonly do: "download-url"; readonly record: string; readonly version: number }
  | { readonly do: "publish-manifest"; readonly renewed: readonly OpenedCategory[]; readonly by: Publishing }
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
      readonly by: Publishing
    }
  | { readonly do: "halt-grant"; readonly grant: number; readonly another: boolean; readonly how: How }
  | { readonly do: "end-access"; readonly intruder: ProfessionalName | undefined; readonly grant: number }
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
  const ofKind = statements.filter((each) => each.claims.type === claims.type)
  // Whatever the signer has signed, a number is used once.
  const numbers = statements.filter((each) => each.signer === signer)
  const again = how.again === undefined ? undefined : pick(ofKind, how.again)
  if (again !== undefined) return again
  const name = `statement ${statements.length + 1}`
  const jti = how.renumbered === undefined ? name : (pick(numbers, how.renumbered)?.jti ?? name)
  const made = { name, jti, at: state.now + how.off, signer: how.forged ? forger : signer, claims }
  // Who says the same under the same number has said it before: a statement is what is signed, and not its signature.
  const said = ({ jti, at, signer, claims }: Statement) => JSON.stringify([jti, at, signer, claims])
  const before = statements.find((each) => said(each) === said(made))
  if (before !== undefined) return before
  statements.push(made)
  return made
}

/** In the place of the version before, or after all others. */
const listing = (contents: Contents, category: Category, listed: string, before: string | undefined): Contents => {
  if (category !== "summary" && category !== "laboratory") return contents
  const names = contents[category]
  const changed = before !== undefined && names.includes(before)
  return {
    ...contents,
    [category]: changed ? names.map((name) => (name === before ? listed : name)) : [...names, listed],
  }
}
const unlisting = (contents: Contents, gone: string | undefined): Contents => ({
  ...contents,
  ...Object.fromEntries(opened.map((category) => [category, contents[category].filter((name) => name !== gone)])),
})
/** All cards in force but one, with new epochs of some categories; a revoked one stays listed where they don't cover what it opened. */
const renewing = (
  { cards }: State["people"][PatientName],
  contents: Contents,
  renewed: readonly OpenedCategory[],
  without?: string,
): Contents => {
  const epochs = { ...contents.epochs }
  for (const category of renewed) epochs[category]++
  const kept = Object.entries(cards).filter(([name, { inForce }]) => inForce && name !== without)
  const stays = contents.cards.filter((listed) => {
    const card = cards[cardOf(listed)]
    if (card === undefined || card.inForce || cardOf(listed) === without) return false
    return !cardKinds[card.opens].every((category) => renewed.includes(category))
  })
  return { ...contents, epochs, cards: [...stays, ...kept.map(([name, card]) => listedCard(name, card, epochs))] }
}

/** The request as it is made now: of the model it takes what the one who asks would know. */
export const resolve = (intent: Intent, state: State, memory: Memory): Resolved => {
  const { patient } = intent
  const person = state.people[patient]
  const own = { signer: patient, forger: other(patient) }
  const grants = Object.keys(person.grants)
  const grantOf = (at: number) => pick(grants, at) ?? "grant 0"
  const holderOf = (grant: string) => person.grants[grant]?.by ?? "doctor"
  const contents = person.manifest?.contents ?? noContents
  const newestOf = (record: string) => person.records[record]?.versions[newest(state, patient, record)]
  const publication = ({ how, misfit, step }: Publishing, change: (contents: Contents) => Contents) =>
    statementOf(memory, state, how, own, {
      type: "manifest",
      patient,
      number: Math.max(1, (person.manifest?.number ?? 0) + step),
      previous: person.manifest?.statement ?? null,
      contents: misfit ? contents : change(contents),
    })
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
    case "make-card": {
      const { card, made, by } = intent
      const listed = renewing(person, contents, [], card)
      const change = () => ({
        ...listed,
        cards: [...listed.cards, listedCard(card, { made, opens: made }, listed.epochs)],
      })
      return { request: { do: "make-card", patient, card, made, publication: publication(by, change) } }
    }
    case "change-card": {
      const { card, opens, kept, by } = intent
      const { made, opens: then } = person.cards[card] ?? { made: opens, opens }
      const lost = then === "both" && opens === "summary" && !kept ? (["laboratory"] as const) : []
      const change = () => {
        const others = renewing(person, contents, lost, card)
        return { ...others, cards: [...others.cards, listedCard(card, { made, opens }, others.epochs)] }
      }
      return { request: { do: "change-card", patient, card, opens, publication: publication(by, change) } }
    }
    case "revoke-card": {
      const { card, another, how } = intent
      const claims: Claims = { type: "card-revocation", patient, card: another ? "card 0" : card }
      return { request: { do: "revoke-card", patient, card, statement: statementOf(memory, state, how, own, claims) } }
    }
    case "strike-card": {
      const { card, kept, by } = intent
      const renewed = kept ? [] : cardKinds[person.cards[card]?.opens ?? "both"]
      const change = () => renewing(person, contents, renewed, card)
      return { request: { do: "strike-card", patient, card, publication: publication(by, change) } }
    }
    case "delete-record": {
      const { record, again, by } = intent
      const change = () => unlisting(contents, newestOf(record))
      return {
        request: { do: "delete-record", patient, record, publication: again ? undefined : publication(by, change) },
      }
    }
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
      if (intent.do === "upload-url") return { request: { do: "upload-url", patient, record, version, category } }
      const before = newestOf(record) ?? nothing
      const misnamed = before === nothing ? listedName(record, 1, nothing) : nothing
      const replaces = intent.misnames ? misnamed : before
      const change = () => listing(contents, category, listedName(record, version, replaces), newestOf(record))
      return {
        ...(intent.uploaded ? { upload: `records/${record}/${version}` } : {}),
        request: {
          do: "commit",
          patient,
          record,
          version,
          replaces,
          category,
          publication: publication(intent.by, change),
        },
      }
    }
    case "publish-manifest": {
      const { renewed, by } = intent
      const change = () => (renewed.length === 0 ? contents : renewing(person, contents, renewed))
      return { request: { do: "publish-manifest", patient, publication: publication(by, change) } }
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
      const category = person.contributions[contribution]?.category ?? "summary"
      const change = () => {
        const decided = { ...contents, decided: [...contents.decided, contribution] }
        if (intent.do === "reject-contribution") return decided
        return listing(decided, category, listedName(contribution, 1, nothing, true), undefined)
      }
      return {
        request: {
          do: intent.do,
          patient,
          contribution,
          statement: statementOf(memory, state, how, own, claims),
          publication: publication(intent.by, change),
        },
      }
    }
    case "halt-grant": {
      const grant = grantOf(intent.grant)
      const claims: Claims = { type: "halt", patient, grant: intent.another ? "grant 0" : grant }
      return {
        request: { do: "halt-grant", patient, grant, statement: statementOf(memory, state, intent.how, own, claims) },
      }
    }
    case "end-access": {
      const grant = grantOf(intent.grant)
      return { request: { do: "end-access", by: intent.intruder ?? holderOf(grant), patient, grant } }
    }
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
export const honestly: Publishing = { how: honest, misfit: false, step: 1 }
const by: fc.Arbitrary<Publishing> = fc.oneof(
  { weight: 8, arbitrary: fc.constant(honestly) },
  { weight: 2, arbitrary: how.map((how) => ({ ...honestly, how })) },
  { weight: 1, arbitrary: fc.constant({ ...honestly, misfit: true }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 2).map((step) => ({ ...honestly, step })) },
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
/** To the next version, mostly; to the newest again, to one that is skipped to. */
const step = fc.constantFrom(1, 1, 1, 1, 0, 2, 3)

/** Of each deed, so often. */
const weighted: readonly (readonly [weight: number, intent: fc.Arbitrary<Intent>])[] = [
  [3, fc.record({ do: fc.constant("sign-consent"), patient, kind: fc.constantFrom(...consentKinds), how })],
  [2, fc.record({ do: fc.constant("revoke-consent"), patient, kind: fc.constantFrom(...consentKinds), how })],
  [3, fc.record({ do: fc.constant("make-card"), patient, card, made: fc.constantFrom("summary", "both"), by })],
  [
    2,
    fc.record({
      do: fc.constant("change-card"),
      patient,
      card,
      opens: fc.constantFrom("summary", "summary", "both"),
      kept: fc.boolean(),
      by,
    }),
  ],
  [2, fc.record({ do: fc.constant("revoke-card"), patient, card, another: seldom, how })],
  [2, fc.record({ do: fc.constant("strike-card"), patient, card, kept: seldom, by })],
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
      misnames: seldom,
      by,
    }),
  ],
  [2, fc.record({ do: fc.constant("delete-record"), patient, record, again: seldom, by })],
  [1, fc.record({ do: fc.constant("download-url"), patient, record, version: fc.integer({ min: 1, max: 3 }) })],
  [2, fc.record({ do: fc.constant("publish-manifest"), patient, renewed: fc.subarray([...opened]), by })],
  [5, fc.record({ do: fc.constant("emergency-access"), patient, by: professional, card, guessed: seldom, how })],
  [
    3,
    fc.record({
      do: fc.constant("list-records"),
      patient,
      intruder,
      grant,
      category: fc.constantFrom<Category>("summary", "laboratory"),
    }),
  ],
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
  [4, fc.record({ do: fc.constant("approve-contribution"), patient, contribution, opposite: seldom, how, by })],
  [2, fc.record({ do: fc.constant("reject-contribution"), patient, contribution, opposite: seldom, how, by })],
  [2, fc.record({ do: fc.constant("halt-grant"), patient, grant, another: seldom, how })],
  [1, fc.record({ do: fc.constant("end-access"), patient, intruder, grant })],
  [1, fc.record({ do: fc.constantFrom("list-grants", "list-contributions"), patient })],
  [2, fc.record({ do: fc.constant("wait"), patient, seconds: fc.constantFrom(1, 60, 121, 1800, 3599, 3600) })],
  // Seldom, or there would be nothing left to do.
  [1, fc.record({ do: fc.constant("deactivate"), patient, how })],
]

export const deeds = [
  "sign-consent",
  "revoke-consent",
  "make-card",
  "change-card",
  "revoke-card",
  "strike-card",
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
  "end-access",
  "list-grants",
  "list-contributions",
  "deactivate",
] as const satisfies readonly Intent["do"][]

export const intents: fc.Arbitrary<Intent> = fc.oneof(...weighted.map(([weight, arbitrary]) => ({ weight, arbitrary })))

const saidOf = ({ forged, off, again, renumbered }: How): string[] => [
  ...(forged ? ["forged"] : []),
  ...(off === 0 ? [] : [`signed ${off} s from now`]),
  ...(again === undefined ? [] : [`statement ${again} of its kind again`]),
  ...(renumbered === undefined ? [] : [`under the number of their statement ${renumbered}`]),
]

/** A line of the story: what is printed of one that fails. */
export const sentence = (intent: Intent): string => {
  const { do: deed, patient, ...rest } = intent
  const said = Object.entries(rest).flatMap(([name, value]: [string, unknown]) => {
    if (value === undefined || value === false) return []
    if (name === "how") return saidOf(value as How)
    if (typeof value !== "object" || value === null || Array.isArray(value)) return [`${name} ${JSON.stringify(value)}`]
    const { how, misfit, step } = value as Publishing
    const manifest = [...saidOf(how), ...(misfit ? ["without the change"] : []), ...(step === 1 ? [] : [`to ${step}`])]
    return manifest.length === 0 ? [] : [`by a manifest ${manifest.join(", ")}`]
  })
  return `\n  ${patient}: ${deed}${said.length === 0 ? "" : ` (${said.join(", ")})`}`
}

const patientNamed = "alice"
/** Alice, whose every step so far went well; Bob has an account and no more. */
export const beginning: readonly Intent[] = [
  { do: "sign-consent", patient: patientNamed, kind: "store", how: honest },
  { do: "sign-consent", patient: patientNamed, kind: "emergency-share", how: honest },
  { do: "publish-manifest", patient: patientNamed, renewed: [], by: honestly },
  {
    do: "commit",
    patient: patientNamed,
    record: "record 1",
    step: 1,
    category: "summary",
    uploaded: true,
    misnames: false,
    by: honestly,
  },
  {
    do: "commit",
    patient: patientNamed,
    record: "record 2",
    step: 1,
    category: "laboratory",
    uploaded: true,
    misnames: false,
    by: honestly,
  },
  { do: "make-card", patient: patientNamed, card: "card 1", made: "both", by: honestly },
  { do: "emergency-access", patient: patientNamed, by: "doctor", card: "card 1", guessed: false, how: honest },
  {
    do: "contribute",
    patient: patientNamed,
    intruder: undefined,
    grant: 0,
    contribution: "addition 1",
    category: "summary",
    uploaded: true,
    how: honest,
  },
]

import type { ProblemCode } from "../../contract/errors.ts"
import { contributionsPerGrant, deniedEventsPerCardHour, hourSeconds } from "../../contract/limits.ts"
import {
  type Category,
  type ConsentKind,
  grantSeconds,
  statementToleranceSeconds,
  versionReach,
} from "../../protocol/primitives.ts"

/**
 * What patients and professionals may do, said as plainly as it can be: one thing at a time, nothing ever fails half-way, and everybody and
 * everything has a name in place of a key, an id or a hash. Times are seconds since the story began.
 */

export const patients = ["alice", "bob"] as const
export type PatientName = (typeof patients)[number]
/** `stranger` made their certificate themselves; that of `struck-off` has been revoked. */
export const professionals = ["doctor", "medic", "stranger", "struck-off"] as const
export type ProfessionalName = (typeof professionals)[number]

/** What a card opens. Two cards of one number that open different things have different secrets. */
export const cardKinds = { summary: ["summary"], both: ["summary", "laboratory"] } as const satisfies Record<
  string,
  readonly Category[]
>
export type CardKind = keyof typeof cardKinds

export type Claims =
  | { type: "consent"; patient: PatientName; kind: ConsentKind; status: "active" | "inactive" }
  | { type: "manifest"; patient: PatientName; number: number; previous: string | null; summary: readonly string[] }
  | { type: "emergency-access"; patient: PatientName; card: string; made: CardKind }
  | { type: "contribution"; patient: PatientName; grant: string; contribution: string; category: Category }
  | { type: "decision"; patient: PatientName; contribution: string; of: string; decision: "approved" | "rejected" }
  | { type: "deactivation"; patient: PatientName }

/** `jti` is the name of the statement that had this number first: its own, unless somebody is up to something. */
export interface Statement {
  readonly name: string
  readonly jti: string
  readonly at: number
  readonly signer: PatientName | ProfessionalName
  readonly claims: Claims
}

export type Request =
  | { do: "sign-consent" | "revoke-consent"; patient: PatientName; kind: ConsentKind; statement: Statement }
  | { do: "make-card"; patient: PatientName; card: string; made: CardKind }
  | { do: "revoke-card"; patient: PatientName; card: string }
  | { do: "upload-url" | "commit"; patient: PatientName; record: string; version: number; category: Category }
  | { do: "delete-record"; patient: PatientName; record: string }
  | { do: "download-url"; patient: PatientName; record: string; version: number }
  | { do: "publish-manifest"; patient: PatientName; statement: Statement }
  /** `grant`: what it is called, if there is going to be one. */
  | { do: "emergency-access"; statement: Statement; grant: string }
  | { do: "list-records"; by: ProfessionalName; patient: PatientName; grant: string; category: Category }
  | {
      do: "granted-download-url"
      by: ProfessionalName
      patient: PatientName
      grant: string
      record: string
      version: number
    }
  | {
      do: "contribution-upload-url"
      by: ProfessionalName
      patient: PatientName
      grant: string
      contribution: string
      category: Category
    }
  | {
      do: "contribute"
      by: ProfessionalName
      patient: PatientName
      grant: string
      contribution: string
      statement: Statement
    }
  | {
      do: "approve-contribution" | "reject-contribution"
      patient: PatientName
      contribution: string
      statement: Statement
    }
  | { do: "halt-grant"; patient: PatientName; grant: string }
  | { do: "list-grants" | "list-contributions"; patient: PatientName }
  | { do: "deactivate"; patient: PatientName; statement: Statement }

/** `released`: shares, signed addresses and lists, whatever the asker can use. */
export interface Answer {
  readonly code: "done" | ProblemCode
  readonly released: readonly string[]
}

export interface PatientState {
  active: boolean
  consents: Partial<Record<ConsentKind, { status: "active" | "inactive"; revision: number; statement: string }>>
  cards: Record<string, { made: CardKind; inForce: boolean }>
  /** What each version is: the patient's own, of this category, or an approved contribution. */
  records: Record<string, { category: Category; versions: Record<number, string> }>
  manifest?: { number: number; statement: string; summary: readonly string[] }
  grants: Record<
    string,
    { card: string; by: ProfessionalName; made: CardKind; consent: number; ends: number; halted: boolean }
  >
  contributions: Record<
    string,
    {
      grant: string
      category: Category
      statement: string
      status: "pending" | "approved" | "rejected"
      decision?: string
    }
  >
  /** `<bucket>/<record>/<version>`, sorted. */
  objects: string[]
  /** What must stand in the trail, in order. */
  events: string[]
}

export interface State {
  now: number
  /** `<signer> <jti>`, sorted. */
  used: string[]
  /** Refusals by a card that were counted, `<patient> <card>`: when. */
  denials: Record<string, number[]>
  people: Record<PatientName, PatientState>
}

const newcomer = (): PatientState => ({
  active: true,
  consents: {},
  cards: {},
  records: {},
  grants: {},
  contributions: {},
  objects: [],
  events: ["confirm permitted by patient"],
})
export const begin = (): State => ({ now: 0, used: [], denials: {}, people: { alice: newcomer(), bob: newcomer() } })

/** An event in words; the real ones are put in the same. */
export const eventText = (
  action: string,
  outcome: string,
  by: string,
  subject: Readonly<Record<string, string | number | undefined>>,
): string =>
  [
    `${action} ${outcome} by ${by}`,
    ...Object.entries(subject)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name}=${value}`)
      .sort(),
  ].join(", ")

export const isProfessional = (name: string): name is ProfessionalName => professionals.some((each) => each === name)

class Refusal extends Error {
  readonly code: ProblemCode
  constructor(code: ProblemCode) {
    super(code)
    this.code = code
  }
}
const refuse = (code: ProblemCode): never => {
  throw new Refusal(code)
}
const require = (holds: boolean, code: ProblemCode) => {
  if (!holds) refuse(code)
}
const add = (list: string[], ...names: readonly string[]) => {
  for (const name of names) if (!list.includes(name)) list.push(name)
  list.sort()
}
const drop = (list: string[], which: (name: string) => boolean) => {
  list.splice(0, list.length, ...list.filter((name) => !which(name)))
}

const fresh = (state: State, { at }: Statement) =>
  require(Math.abs(at - state.now) <= statementToleranceSeconds, "statement-stale")
const usedName = ({ signer, jti }: Statement) => `${signer} ${jti}`

/** The claims of a patient's statement that is theirs, about them, and made just now. */
const claimsOf = <T extends Claims["type"]>(
  type: T,
  state: State,
  patient: PatientName,
  statement: Statement,
): Claims & { type: T } => {
  const { claims, signer } = statement
  require(claims.type === type && claims.patient === patient, "statement-invalid")
  fresh(state, statement)
  require(signer === patient, "statement-invalid")
  return claims as Claims & { type: T }
}

const active = (state: State, patient: PatientName): PatientState => {
  const person = state.people[patient]
  require(person.active, "account-deactivated")
  return person
}
const unused = (state: State, statement: Statement) =>
  require(!state.used.includes(usedName(statement)), "statement-replayed")
const tell = (
  person: PatientState,
  action: string,
  subject: Parameters<typeof eventText>[3],
  by = "patient",
  outcome: "permitted" | ProblemCode = "permitted",
) => person.events.push(eventText(action, outcome, by, subject))
const newest = (record: PatientState["records"][string] | undefined) =>
  Math.max(0, ...Object.keys(record?.versions ?? {}).map(Number))

type Grant = PatientState["grants"][string]
const liveGrant = (
  state: State,
  { by, patient, grant: name }: { by: ProfessionalName; patient: PatientName; grant: string },
  /** Under which its refusal is told. */
  action?: string,
): { person: PatientState; grant: Grant } => {
  const person = state.people[patient]
  const grant = person.grants[name]
  if (grant === undefined || grant.by !== by) return refuse("not-found")
  const consent = person.consents["emergency-share"]
  const obstacle = grant.halted
    ? "grant-halted"
    : state.now >= grant.ends
      ? "grant-expired"
      : consent?.status !== "active" || consent.revision !== grant.consent
        ? "consent-missing"
        : person.cards[grant.card]?.inForce === true
          ? undefined
          : "card-refused"
  if (obstacle === undefined) return { person, grant }
  if (action !== undefined) tell(person, action, { grant: name }, by, obstacle)
  return refuse(obstacle)
}
const granted = (
  person: PatientState,
  { made, by }: Grant,
  action: string | undefined,
  subject: { grant: string; category: Category; record?: string; version?: number; contribution?: string },
) => {
  const opened: readonly Category[] = cardKinds[made]
  if (opened.includes(subject.category)) return
  if (action !== undefined) tell(person, action, subject, by, "category-not-granted")
  refuse("category-not-granted")
}

const changeConsent = (
  state: State,
  { do: action, patient, kind, statement }: Request & { do: "sign-consent" | "revoke-consent" },
) => {
  const person = active(state, patient)
  const status = action === "sign-consent" ? "active" : "inactive"
  const claims = claimsOf("consent", state, patient, statement)
  require(claims.kind === kind && claims.status === status, "statement-invalid")
  const current = person.consents[kind]
  if (current?.statement === statement.name) return
  unused(state, statement)
  if (status === "inactive") require(current?.status === "active", "consent-missing")
  tell(person, action, { consent: kind, statement: statement.name })
  person.consents[kind] = { status, revision: (current?.revision ?? 0) + 1, statement: statement.name }
  add(state.used, usedName(statement))
}

const openAccess = (state: State, { statement, grant }: Request & { do: "emergency-access" }): string[] => {
  const { claims, signer } = statement
  if (claims.type !== "emergency-access" || !isProfessional(signer)) return refuse("statement-invalid")
  fresh(state, statement)
  const { patient, card: cardName, made } = claims
  const person = state.people[patient]
  const card = person.cards[cardName]
  if (card === undefined) return refuse("card-refused")
  const told = { card: cardName, statement: statement.name }
  const deny = (code: ProblemCode): never => {
    const counted = (state.denials[`${patient} ${cardName}`] ??= [])
    const lately = counted.filter((at) => at > state.now - hourSeconds)
    if (lately.length <= deniedEventsPerCardHour) {
      counted.push(state.now)
      const outcome = lately.length < deniedEventsPerCardHour ? code : "rate-exceeded"
      tell(person, "emergency-access", told, signer, outcome)
    }
    return refuse(code)
  }
  const { manifest } = person
  const consent = person.consents["emergency-share"]
  if (!card.inForce || manifest === undefined || card.made !== made) return deny("card-refused")
  if (state.used.includes(usedName(statement))) return deny("statement-replayed")
  if (signer === "stranger") return deny("certificate-untrusted")
  if (signer === "struck-off") return deny("certificate-revoked")
  if (consent?.status !== "active") return deny("consent-missing")
  tell(person, "emergency-access", { ...told, grant, records: manifest.summary.join("+") }, signer)
  const ends = state.now + grantSeconds
  person.grants[grant] = { card: cardName, by: signer, made, consent: consent.revision, ends, halted: false }
  add(state.used, usedName(statement))
  return [`share of ${cardName} (${made})`, ...manifest.summary.map((each) => `GET records/${each}`)]
}

const hasRoom = (person: PatientState, grant: string) => {
  const given = Object.values(person.contributions).filter((each) => each.grant === grant)
  require(given.length < contributionsPerGrant, "rate-exceeded")
}

const contribute = (
  state: State,
  { by, patient, grant: grantName, contribution: name, statement }: Request & { do: "contribute" },
) => {
  const { person, grant } = liveGrant(state, { by, patient, grant: grantName }, "contribute")
  const existing = person.contributions[name]
  if (existing?.statement === statement.name) return
  require(existing === undefined && person.records[name] === undefined, "record-conflict")
  require(person.consents.store?.status === "active", "consent-missing")
  const { claims, signer } = statement
  if (claims.type !== "contribution") {
    refuse("statement-invalid")
    return
  }
  fresh(state, statement)
  const { category } = claims
  require(signer === by, "statement-invalid")
  require(claims.patient === patient && claims.grant === grantName, "statement-invalid")
  require(claims.contribution === name, "statement-invalid")
  granted(person, grant, "contribute", { grant: grantName, category, contribution: name })
  unused(state, statement)
  hasRoom(person, grantName)
  require(person.objects.includes(`pending/${name}/1`), "record-not-uploaded")
  tell(person, "contribute", { grant: grantName, contribution: name, category, statement: statement.name }, by)
  person.contributions[name] = { grant: grantName, category, statement: statement.name, status: "pending" }
  add(state.used, usedName(statement))
}

const decide = (
  state: State,
  {
    do: action,
    patient,
    contribution: name,
    statement,
  }: Request & { do: "approve-contribution" | "reject-contribution" },
) => {
  const person = active(state, patient)
  const decision = action === "approve-contribution" ? "approved" : "rejected"
  const contribution = person.contributions[name]
  if (contribution === undefined) return refuse("not-found")
  // The same decision again takes away whatever was left in `pending`.
  if (contribution.decision === statement.name && contribution.status === decision)
    return drop(person.objects, (object) => object === `pending/${name}/1`)
  require(contribution.status === "pending", "contribution-decided")
  const claims = claimsOf("decision", state, patient, statement)
  require(claims.contribution === name && claims.of === contribution.statement, "statement-invalid")
  unused(state, statement)
  require(claims.decision === decision, "statement-invalid")
  const { category } = contribution
  if (decision === "approved") {
    require(person.consents.store?.status === "active", "consent-missing")
    require(person.records[name] === undefined, "record-conflict")
    require(person.objects.includes(`pending/${name}/1`), "record-not-uploaded")
    person.records[name] = { category, versions: { 1: "approved" } }
    add(person.objects, `records/${name}/1`)
  }
  const told = { contribution: name, statement: statement.name }
  tell(person, action, decision === "approved" ? { ...told, category } : told)
  drop(person.objects, (object) => object === `pending/${name}/1`)
  Object.assign(contribution, { status: decision, decision: statement.name })
  add(state.used, usedName(statement))
}

const mayFollow = (
  record: PatientState["records"][string] | undefined,
  { version, category }: { version: number; category: Category },
) => {
  const last = newest(record)
  require(version > last && version <= last + versionReach, "record-conflict")
  require(record === undefined || record.category === category, "record-conflict")
}

const commit = (
  state: State,
  { patient, record: name, version, category }: Request & { do: "upload-url" | "commit" },
) => {
  const person = active(state, patient)
  require(person.consents.store?.status === "active", "consent-missing")
  const record = person.records[name]
  const existing = record?.versions[version]
  if (existing === category) return
  mayFollow(record, { version, category })
  require(person.objects.includes(`records/${name}/${version}`), "record-not-uploaded")
  tell(person, "commit", { record: name, version, category })
  person.records[name] = { category, versions: { ...record?.versions, [version]: category } }
}

const done = (state: State, request: Request): readonly string[] => {
  switch (request.do) {
    case "sign-consent":
    case "revoke-consent":
      changeConsent(state, request)
      return []
    case "make-card": {
      const { patient, card: name, made } = request
      const person = active(state, patient)
      require(person.consents["emergency-share"]?.status === "active", "consent-missing")
      const card = person.cards[name]
      if (card?.inForce === true && card.made === made) return []
      require(card === undefined, "card-conflict")
      tell(person, "make-card", { card: name, categories: cardKinds[made].join("+") })
      person.cards[name] = { made, inForce: true }
      return []
    }
    case "revoke-card": {
      const person = active(state, request.patient)
      const card = person.cards[request.card]
      if (card === undefined) return refuse("not-found")
      if (card.inForce) tell(person, "revoke-card", { card: request.card })
      card.inForce = false
      return []
    }
    case "commit":
      commit(state, request)
      return []
    case "upload-url": {
      const { patient, record, version, category } = request
      const person = active(state, patient)
      require(person.consents.store?.status === "active", "consent-missing")
      mayFollow(person.records[record], { version, category })
      return [`PUT records/${record}/${version}`]
    }
    case "contribution-upload-url": {
      const { contribution, category, grant: name } = request
      const { person, grant } = liveGrant(state, request)
      granted(person, grant, undefined, { grant: name, category })
      require(person.contributions[contribution] === undefined, "record-conflict")
      require(person.records[contribution] === undefined, "record-conflict")
      require(person.consents.store?.status === "active", "consent-missing")
      hasRoom(person, name)
      return [`PUT pending/${contribution}/1`]
    }
    case "delete-record": {
      const person = active(state, request.patient)
      if (person.records[request.record] === undefined) return []
      tell(person, "delete-record", { record: request.record })
      delete person.records[request.record]
      drop(person.objects, (object) => object.startsWith(`records/${request.record}/`))
      return []
    }
    case "download-url": {
      const { patient, record, version } = request
      const person = active(state, patient)
      require(person.records[record]?.versions[version] !== undefined, "not-found")
      tell(person, "download-url", { record, version })
      return [`GET records/${record}/${version}`]
    }
    case "publish-manifest": {
      const { patient, statement } = request
      const person = active(state, patient)
      if (person.manifest?.statement === statement.name) return []
      const { number, previous, summary } = claimsOf("manifest", state, patient, statement)
      require(number === (person.manifest?.number ?? 0) + 1, "manifest-conflict")
      require(previous === (person.manifest?.statement ?? null), "manifest-conflict")
      tell(person, "publish-manifest", { manifest: statement.name })
      person.manifest = { number, statement: statement.name, summary }
      return []
    }
    case "emergency-access":
      return openAccess(state, request)
    case "list-records": {
      const { grant: name, category, by } = request
      const { person, grant } = liveGrant(state, request, "list-records")
      granted(person, grant, "list-records", { grant: name, category })
      tell(person, "list-records", { grant: name, category }, by)
      const waiting = Object.entries(person.contributions).filter(
        ([, each]) => each.status === "pending" && each.category === category,
      )
      const listed = category === "summary" ? (person.manifest?.summary ?? []) : []
      return [...listed, ...waiting.map(([each]) => each).sort()]
    }
    case "granted-download-url": {
      const { grant: name, record, version, by } = request
      const { person, grant } = liveGrant(state, request, "download-url")
      const stored = person.records[record]
      const kept = stored?.versions[version] === undefined ? undefined : stored.category
      const waiting = person.contributions[record]
      const category = kept ?? (version === 1 && waiting?.status === "pending" ? waiting.category : undefined)
      if (category === undefined) return refuse("not-found")
      const subject = { grant: name, record, version, category }
      granted(person, grant, "download-url", subject)
      tell(person, "download-url", subject, by)
      return [`GET ${kept === undefined ? "pending" : "records"}/${record}/${version}`]
    }
    case "contribute":
      contribute(state, request)
      return []
    case "approve-contribution":
    case "reject-contribution":
      decide(state, request)
      return []
    case "halt-grant": {
      const person = active(state, request.patient)
      const grant = person.grants[request.grant]
      if (grant === undefined) return refuse("not-found")
      if (!grant.halted) tell(person, "halt-grant", { grant: request.grant })
      grant.halted = true
      return []
    }
    case "list-grants":
      return Object.entries(state.people[request.patient].grants)
        .map(([name, { halted, ends }]) => `${name}: ${halted ? "halted" : state.now < ends ? "active" : "expired"}`)
        .sort()
    case "list-contributions":
      return Object.entries(state.people[request.patient].contributions)
        .flatMap(([name, { status }]) => [
          `${name}: ${status}`,
          ...(status === "pending" ? [`GET pending/${name}/1`] : []),
        ])
        .sort()
    case "deactivate": {
      const { patient, statement } = request
      if (!state.people[patient].active) return []
      claimsOf("deactivation", state, patient, statement)
      unused(state, statement)
      const { events } = state.people[patient]
      state.people[patient] = { ...newcomer(), active: false, events }
      tell(state.people[patient], "deactivate", { statement: statement.name })
      add(state.used, usedName(statement))
      return []
    }
    default:
      return request satisfies never
  }
}

/** What the request is answered; the state is what it is afterwards. A refusal changes nothing but the trail. */
export const play = (state: State, request: Request): Answer => {
  try {
    return { code: "done", released: done(state, request) }
  } catch (error) {
    if (error instanceof Refusal) return { code: error.code, released: [] }
    throw error
  }
}

/** Bytes are put where a signed address leads; nothing is ever put over something. */
export const upload = (state: State, patient: PatientName, object: string): void =>
  add(state.people[patient].objects, object)

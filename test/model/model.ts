import type { ProblemCode } from "../../contract/errors.ts"
import { contributionsPerGrant, deniedEventsPerCardHour, hourSeconds } from "../../contract/limits.ts"
import { type Category, type ConsentKind, grantSeconds, statementToleranceSeconds } from "../../protocol/primitives.ts"

/**
 * What patients and professionals may do, said as plainly as it can be: one thing at a time, nothing ever fails half-way, and everybody and
 * everything has a name in place of a key, an id or a hash. Times are seconds since the story began.
 */

export const patients = ["alice", "bob"] as const
export type PatientName = (typeof patients)[number]
/** `stranger` made their certificate themselves; that of `struck-off` has been revoked. */
export const professionals = ["doctor", "medic", "stranger", "struck-off"] as const
export type ProfessionalName = (typeof professionals)[number]

/** What a card opens. Two cards of one number that were made to open different things have different secrets. */
export const cardKinds = { summary: ["summary"], both: ["summary", "laboratory"] } as const satisfies Record<
  string,
  readonly Category[]
>
export type CardKind = keyof typeof cardKinds
/** The categories that stories are about. */
export const opened = cardKinds.both
export type OpenedCategory = (typeof opened)[number]

/** What the first version of a record comes after. */
export const nothing = "nothing"
/** A version as a manifest lists it, with the version as listed that it names before it; approved ones are wrapped anew. */
export const listedName = (record: string, version: number, replaces: string, approved = false): string =>
  `${record}/${version}${approved ? " approved" : ""} after ${replaces}`
/** `<record>/<version>` of what is listed. */
export const placeOf = (listed: string): string => listed.replace(/( approved)? after .*$/, "")
type Epochs = Readonly<Record<OpenedCategory, number>>
/** A card as a manifest lists it: with what it opens by now, and the epochs of that. */
export const listedCard = (
  card: string,
  { made, opens }: { readonly made: CardKind; readonly opens: CardKind },
  epochs: Epochs,
): string => `${card} (${made}) ${opens} ${cardKinds[opens].map((category) => epochs[category]).join(".")}`

/** What a manifest says. */
export interface Contents extends Readonly<Record<OpenedCategory, readonly string[]>> {
  readonly cards: readonly string[]
  readonly decided: readonly string[]
  readonly epochs: Epochs
}
export const noContents: Contents = {
  summary: [],
  laboratory: [],
  cards: [],
  decided: [],
  epochs: { summary: 1, laboratory: 1 },
}

export type Claims =
  | { type: "consent"; patient: PatientName; kind: ConsentKind; status: "active" | "inactive" }
  | { type: "manifest"; patient: PatientName; number: number; previous: string | null; contents: Contents }
  | { type: "halt"; patient: PatientName; grant: string }
  | { type: "card-revocation"; patient: PatientName; card: string }
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

/** `publication`: the new manifest, by which the change is made. */
export type Request =
  | { do: "sign-consent" | "revoke-consent"; patient: PatientName; kind: ConsentKind; statement: Statement }
  | { do: "make-card"; patient: PatientName; card: string; made: CardKind; publication: Statement }
  | { do: "revoke-card"; patient: PatientName; card: string; statement: Statement }
  | { do: "change-card"; patient: PatientName; card: string; opens: CardKind; publication: Statement }
  | { do: "strike-card"; patient: PatientName; card: string; publication: Statement }
  | { do: "upload-url"; patient: PatientName; record: string; version: number; category: Category }
  | {
      do: "commit"
      patient: PatientName
      record: string
      version: number
      replaces: string
      category: Category
      publication: Statement
    }
  | { do: "delete-record"; patient: PatientName; record: string; publication: Statement | undefined }
  | { do: "download-url"; patient: PatientName; record: string; version: number }
  | { do: "publish-manifest"; patient: PatientName; publication: Statement }
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
      publication: Statement
    }
  | { do: "halt-grant"; patient: PatientName; grant: string; statement: Statement }
  /** By whoever has the ticket of the grant; `by` is who says so. */
  | { do: "end-access"; by: ProfessionalName; patient: PatientName; grant: string }
  | { do: "list-grants" | "list-contributions"; patient: PatientName }
  | { do: "deactivate"; patient: PatientName; statement: Statement }

/** `released`: shares, signed addresses and lists, whatever the asker can use. */
export interface Answer {
  readonly code: "done" | ProblemCode
  readonly released: readonly string[]
}

export interface PatientState {
  active: boolean
  /** `at`: when its statement says that it was signed. */
  consents: Partial<
    Record<ConsentKind, { status: "active" | "inactive"; revision: number; statement: string; at: number }>
  >
  /** `listed`: as the next manifest has to list it, as long as it is in force. */
  cards: Record<string, { made: CardKind; opens: CardKind; inForce: boolean; listed?: string; revocation?: string }>
  /** Each version as it was listed. */
  records: Record<string, { category: Category; versions: Record<number, string> }>
  manifest?: { number: number; statement: string; contents: Contents }
  /** Every manifest there was, in order. */
  manifests: string[]
  grants: Record<
    string,
    {
      card: string
      by: ProfessionalName
      /** What its card opened when it was granted. */
      opens: CardKind
      consent: number
      ends: number
      halted: boolean
      ended: boolean
    }
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
  /** What the trail has told of a grant, `<patient> <grant> <what>`: when, the last time. */
  told: Record<string, number>
  people: Record<PatientName, PatientState>
}

const newcomer = (): PatientState => ({
  active: true,
  consents: {},
  cards: {},
  records: {},
  manifests: [],
  grants: {},
  contributions: {},
  objects: [],
  events: ["confirm permitted by patient"],
})
export const begin = (): State => ({
  now: 0,
  used: [],
  denials: {},
  told: {},
  people: { alice: newcomer(), bob: newcomer() },
})

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

/** Of a grant the same thing is told once an hour. */
export const once = (
  state: State,
  { patient, grant }: { patient: PatientName; grant: string },
  what: string,
  telling: () => void,
) => {
  const name = `${patient} ${grant} ${what}`
  const last = state.told[name]
  if (last !== undefined && last > state.now - hourSeconds) return
  telling()
  state.told[name] = state.now
}

/** What a publication is for: refuses what may not be, and says what the manifest has to change for it, and all that happens then. */
interface Plan {
  readonly action: string
  readonly subject: Parameters<typeof eventText>[3]
  readonly listed?: string
  readonly unlisted?: string | undefined
  readonly decided?: string
  readonly made?: string
  readonly struck?: string
  readonly changed?: { readonly card: string; readonly opens: CardKind }
  /** Looks for what has to be in the object store, the last of all that may be missing. */
  readonly prepare?: () => void
  readonly act?: () => void
}

const only = (name: string | undefined) => (name === undefined ? [] : [name])
const sameNames = (a: readonly string[], b: readonly string[]) => a.toSorted().join() === b.toSorted().join()
export const cardOf = (listed: string) => listed.replace(/ \(.*$/, "")
/** Of which card keys are sent: one that was listed otherwise before. */
export const renewedCards = (contents: Contents, before: Contents): string[] =>
  contents.cards.flatMap((listed) => {
    const card = cardOf(listed)
    const known = before.cards.some((other) => cardOf(other) === card)
    return known && !before.cards.includes(listed) ? [card] : []
  })

const requireNewEpochs = (person: PatientState, contents: Contents, renewed: readonly OpenedCategory[]) => {
  for (const category of renewed)
    require(contents.epochs[category] > (person.manifest?.contents.epochs[category] ?? 0), "manifest-invalid")
}

/**
 * Every card in force is listed, with the newest keys of what it opens; one that was revoked stays listed as it was, or leaves with new epochs of all
 * that it opened.
 */
const requireCards = (person: PatientState, contents: Contents, { made, struck, changed }: Plan) => {
  const before = person.manifest?.contents ?? noContents
  // Of the one that is changed the keys are sent beside.
  const renewed = renewedCards(contents, before).filter((card) => card !== changed?.card)
  const sameEpochs = opened.every((category) => contents.epochs[category] === before.epochs[category])
  const isAsked = made !== undefined || struck !== undefined || changed !== undefined
  const untouched = !isAsked && renewed.length === 0 && sameEpochs
  if (untouched && sameNames(contents.cards, before.cards)) return
  const kept = Object.entries(person.cards).filter(([card, { inForce }]) => inForce && card !== struck)
  require(renewed.every((card) => kept.some(([name]) => name === card)), "card-refused")
  const inForce = kept.map(([card, { listed = "", ...kinds }]) => {
    const isChanged = card === changed?.card
    const now = listedCard(card, isChanged ? { ...kinds, opens: changed.opens } : kinds, contents.epochs)
    require(isChanged || renewed.includes(card) || listed === now, "manifest-invalid")
    return now
  })
  const ended = before.cards.filter((listed) => !kept.some(([card]) => card === cardOf(listed)))
  const named = new Set(contents.cards.map(cardOf))
  const stays = ended.filter((listed) => named.has(cardOf(listed)) && cardOf(listed) !== struck)
  require(sameNames([...inForce, ...stays, ...only(made)], contents.cards), "manifest-invalid")
  for (const card of [...ended.map(cardOf).filter((name) => !named.has(name)), ...only(struck)])
    requireNewEpochs(person, contents, cardKinds[person.cards[card]?.opens ?? "both"])
  if (changed === undefined) return
  const [now, then]: (readonly Category[])[] = [
    cardKinds[changed.opens],
    cardKinds[person.cards[changed.card]?.opens ?? "both"],
  ]
  requireNewEpochs(
    person,
    contents,
    opened.filter((category) => then?.includes(category) === true && now?.includes(category) === false),
  )
}

/** No record is twice on the pages that change. */
const requireOnce = (contents: Contents, before: Contents) => {
  const changed = opened.filter((category) => contents[category].join() !== before[category].join())
  const records = changed.flatMap((category) => contents[category].map((each) => placeOf(each).replace(/\/\d+$/, "")))
  require(new Set(records).size === records.length, "manifest-invalid")
}

const without = (names: readonly string[], others: readonly string[]) => names.filter((name) => !others.includes(name))
/** The manifest changes what it is published for, and nothing else. */
const requirePlanned = (contents: Contents, before: Contents, { listed, unlisted, decided }: Plan) => {
  const [now, then] = [contents, before].map((each) => opened.flatMap((category) => each[category]))
  const same =
    sameNames(without(now ?? [], then ?? []), only(listed)) &&
    sameNames(without(then ?? [], now ?? []), only(unlisted)) &&
    sameNames(without(contents.decided, before.decided), only(decided))
  require(same, "manifest-invalid")
}

/** The manifest and what it is published for, both or neither. `applied`: whether that very change was made. */
const publish = (
  state: State,
  { patient, publication }: { patient: PatientName; publication: Statement },
  { applied, plan }: { applied: (person: PatientState) => boolean; plan: (person: PatientState) => Plan },
) => {
  const person = active(state, patient)
  if (person.manifest?.statement === publication.name) {
    require(applied(person), "manifest-conflict")
    return
  }
  // One that doesn't follow the newest is told so first: whatever else there may be against it is measured by another.
  const { claims } = publication
  const follows =
    claims.type === "manifest" &&
    claims.number === (person.manifest?.number ?? 0) + 1 &&
    claims.previous === (person.manifest?.statement ?? null)
  require(follows, "manifest-conflict")
  const { number, contents } = claimsOf("manifest", state, patient, publication)
  requireOnce(contents, person.manifest?.contents ?? noContents)
  const planned = plan(person)
  requireCards(person, contents, planned)
  requirePlanned(contents, person.manifest?.contents ?? noContents, planned)
  planned.prepare?.()
  tell(person, planned.action, { ...planned.subject, manifest: publication.name })
  planned.act?.()
  for (const listed of contents.cards) {
    const card = person.cards[cardOf(listed)]
    if (card?.inForce === true) card.listed = listed
  }
  person.manifest = { number, statement: publication.name, contents }
  person.manifests.push(publication.name)
}

type Grant = PatientState["grants"][string]
const standingOf = (state: State, { halted, ended, ends }: Grant) =>
  halted ? "halted" : ended ? "ended" : state.now < ends ? "active" : "expired"
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
  const standing = standingOf(state, grant)
  const obstacle =
    standing !== "active"
      ? (`grant-${standing}` as const)
      : consent?.status !== "active" || consent.revision !== grant.consent
        ? "consent-missing"
        : person.cards[grant.card]?.inForce === true
          ? undefined
          : "card-refused"
  if (obstacle === undefined) return { person, grant }
  if (action !== undefined)
    once(state, { patient, grant: name }, `${action} ${obstacle}`, () =>
      tell(person, action, { grant: name }, by, obstacle),
    )
  return refuse(obstacle)
}
const granted = (
  state: State,
  patient: PatientName,
  { card, opens: then, by }: Grant,
  action: string | undefined,
  subject: { grant: string; category: Category; record?: string; version?: number; contribution?: string },
) => {
  // What its card opened when it was granted, and opens still.
  const kinds = [then, state.people[patient].cards[card]?.opens ?? then].map(
    (kind): readonly Category[] => cardKinds[kind],
  )
  if (kinds.every((opens) => opens.includes(subject.category))) return
  const code = "category-not-granted"
  if (action !== undefined)
    once(state, { patient, grant: subject.grant }, `${action} ${code} ${subject.category}`, () =>
      tell(state.people[patient], action, subject, by, code),
    )
  refuse(code)
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
  require(current === undefined || statement.at >= current.at, "statement-stale")
  if (status === "inactive") require(current?.status === "active", "consent-missing")
  tell(person, action, { consent: kind, statement: statement.name })
  person.consents[kind] = {
    status,
    revision: (current?.revision ?? 0) + 1,
    statement: statement.name,
    at: statement.at,
  }
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
  const summary = manifest.contents.summary.map(placeOf)
  tell(person, "emergency-access", { ...told, grant, records: summary.join("+") }, signer)
  const ends = state.now + grantSeconds
  const { opens } = card
  person.grants[grant] = {
    card: cardName,
    by: signer,
    opens,
    consent: consent.revision,
    ends,
    halted: false,
    ended: false,
  }
  add(state.used, usedName(statement))
  return [`share of ${cardName} (${made})`, ...summary.map((each) => `GET records/${each}`)]
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
  granted(state, patient, grant, "contribute", { grant: grantName, category, contribution: name })
  unused(state, statement)
  hasRoom(person, grantName)
  require(person.objects.includes(`pending/${name}/1`), "record-not-uploaded")
  tell(person, "contribute", { grant: grantName, contribution: name, category, statement: statement.name }, by)
  person.contributions[name] = { grant: grantName, category, statement: statement.name, status: "pending" }
  add(state.used, usedName(statement))
}

const decide = (state: State, request: Request & { do: "approve-contribution" | "reject-contribution" }) => {
  const { do: action, patient, contribution: name, statement } = request
  const decision = action === "approve-contribution" ? "approved" : "rejected"
  const applied = ({ contributions }: PatientState) =>
    contributions[name]?.decision === statement.name && contributions[name].status === decision
  const plan = (person: PatientState): Plan => {
    const contribution = person.contributions[name]
    if (contribution === undefined) return refuse("not-found")
    require(contribution.status === "pending", "contribution-decided")
    const claims = claimsOf("decision", state, patient, statement)
    require(claims.contribution === name && claims.of === contribution.statement, "statement-invalid")
    unused(state, statement)
    require(claims.decision === decision, "statement-invalid")
    const { category } = contribution
    const listed = listedName(name, 1, nothing, true)
    const told = { contribution: name, statement: statement.name }
    const approved = decision === "approved"
    if (approved) {
      require(person.consents.store?.status === "active", "consent-missing")
      require(person.records[name] === undefined, "record-conflict")
    }
    return {
      action,
      subject: approved ? { ...told, category } : told,
      ...(approved ? { listed } : {}),
      decided: name,
      prepare: () => {
        if (approved) require(person.objects.includes(`pending/${name}/1`), "record-not-uploaded")
      },
      act: () => {
        if (approved) {
          person.records[name] = { category, versions: { 1: listed } }
          add(person.objects, `records/${name}/1`)
        }
        Object.assign(contribution, { status: decision, decision: statement.name })
        add(state.used, usedName(statement))
      },
    }
  }
  publish(state, request, { applied, plan })
  // Whatever was left of it goes: the same decision again sees to that, too.
  const { objects, records } = state.people[patient]
  drop(objects, (object) => object.startsWith(`pending/${name}/`))
  if (records[name] === undefined) drop(objects, (object) => object.startsWith(`records/${name}/`))
}

const mayFollow = (
  record: PatientState["records"][string] | undefined,
  { version, category }: { version: number; category: Category },
) => {
  require(version === newest(record) + 1, "record-conflict")
  require(record === undefined || record.category === category, "record-conflict")
}

const commit = (state: State, request: Request & { do: "commit" }) => {
  const { record: name, version, replaces, category } = request
  const listed = listedName(name, version, replaces)
  const applied = ({ records }: PatientState) =>
    records[name]?.versions[version] === listed && records[name].category === category
  const plan = (person: PatientState): Plan => {
    require(person.consents.store?.status === "active", "consent-missing")
    const record = person.records[name]
    mayFollow(record, { version, category })
    require(replaces === (record?.versions[newest(record)] ?? nothing), "record-conflict")
    return {
      action: "commit",
      subject: { record: name, version, category },
      listed,
      unlisted: record?.versions[newest(record)],
      prepare: () => require(person.objects.includes(`records/${name}/${version}`), "record-not-uploaded"),
      act: () => {
        person.records[name] = { category, versions: { ...record?.versions, [version]: listed } }
      },
    }
  }
  publish(state, request, { applied, plan })
}

const makeCard = (state: State, request: Request & { do: "make-card" }) => {
  const { card: name, made, publication } = request
  const applied = ({ cards }: PatientState) => cards[name]?.inForce === true && cards[name].made === made
  const plan = (person: PatientState): Plan => {
    require(person.consents["emergency-share"]?.status === "active", "consent-missing")
    require(person.cards[name] === undefined, "card-conflict")
    const { claims } = publication
    const { epochs } = claims.type === "manifest" ? claims.contents : noContents
    const listed = listedCard(name, { made, opens: made }, epochs)
    return {
      action: "make-card",
      subject: { card: name, categories: cardKinds[made].join("+") },
      made: listed,
      act: () => {
        person.cards[name] = { made, opens: made, inForce: true, listed }
      },
    }
  }
  publish(state, request, { applied, plan })
}

const changeCard = (state: State, request: Request & { do: "change-card" }) => {
  const { card: name, opens, publication } = request
  const { claims } = publication
  const { epochs } = claims.type === "manifest" ? claims.contents : noContents
  const applied = ({ cards }: PatientState) =>
    cards[name]?.listed === listedCard(name, { made: cards[name]?.made ?? opens, opens }, epochs)
  const plan = (person: PatientState): Plan => {
    const card = person.cards[name]
    if (card?.inForce !== true) return refuse("not-found")
    const isWider = opens === "both" && card.opens !== "both"
    if (isWider) require(person.consents["emergency-share"]?.status === "active", "consent-missing")
    return {
      action: "change-card",
      subject: { card: name, categories: cardKinds[opens].join("+") },
      changed: { card: name, opens },
      act: () => {
        card.opens = opens
      },
    }
  }
  publish(state, request, { applied, plan })
}

const end = (card: PatientState["cards"][string]) => {
  card.inForce = false
  delete card.listed
}

const revokeCard = (state: State, { patient, card: name, statement }: Request & { do: "revoke-card" }) => {
  const person = active(state, patient)
  const card = person.cards[name]
  if (card === undefined) throw new Refusal("not-found")
  if (card.revocation === statement.name) return
  const claims = claimsOf("card-revocation", state, patient, statement)
  require(claims.card === name, "statement-invalid")
  if (!card.inForce) return
  unused(state, statement)
  tell(person, "revoke-card", { card: name, statement: statement.name })
  end(card)
  card.revocation = statement.name
  add(state.used, usedName(statement))
}

const strikeCard = (state: State, request: Request & { do: "strike-card" }) => {
  const { card: name } = request
  const applied = ({ cards }: PatientState) => cards[name]?.inForce === false
  const plan = ({ cards }: PatientState): Plan => {
    const card = cards[name]
    if (card === undefined) return refuse("not-found")
    return { action: "strike-card", subject: { card: name }, struck: name, act: () => end(card) }
  }
  publish(state, request, { applied, plan })
}

const deleteRecord = (state: State, request: Request & { do: "delete-record" }) => {
  const { patient, record: name, publication } = request
  const person = active(state, patient)
  if (publication === undefined) {
    require(person.records[name] === undefined, "manifest-invalid")
    return
  }
  const applied = ({ records }: PatientState) => records[name] === undefined
  const plan = ({ records }: PatientState): Plan => {
    const record = records[name]
    if (record === undefined) return refuse("not-found")
    return {
      action: "delete-record",
      subject: { record: name },
      unlisted: record.versions[newest(record)],
      act: () => {
        delete records[name]
        drop(person.objects, (object) => object.startsWith(`records/${name}/`))
      },
    }
  }
  publish(state, { patient, publication }, { applied, plan })
}

const haltGrant = (state: State, { patient, grant: name, statement }: Request & { do: "halt-grant" }) => {
  const person = active(state, patient)
  const grant = person.grants[name]
  if (grant === undefined) throw new Refusal("not-found")
  if (grant.halted) return
  const claims = claimsOf("halt", state, patient, statement)
  require(claims.grant === name, "statement-invalid")
  unused(state, statement)
  tell(person, "halt-grant", { grant: name, statement: statement.name })
  grant.halted = true
  add(state.used, usedName(statement))
}

const endAccess = (state: State, { by, patient, grant: name }: Request & { do: "end-access" }) => {
  const person = state.people[patient]
  const grant = person.grants[name]
  if (grant === undefined || grant.by !== by) throw new Refusal("session-refused")
  if (standingOf(state, grant) !== "active") return
  tell(person, "end-access", { grant: name }, by)
  grant.ended = true
}

const done = (state: State, request: Request): readonly string[] => {
  switch (request.do) {
    case "sign-consent":
    case "revoke-consent":
      changeConsent(state, request)
      return []
    case "make-card":
      makeCard(state, request)
      return []
    case "change-card":
      changeCard(state, request)
      return []
    case "revoke-card":
      revokeCard(state, request)
      return []
    case "strike-card":
      strikeCard(state, request)
      return []
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
      granted(state, request.patient, grant, undefined, { grant: name, category })
      require(person.contributions[contribution] === undefined, "record-conflict")
      require(person.records[contribution] === undefined, "record-conflict")
      require(person.consents.store?.status === "active", "consent-missing")
      hasRoom(person, name)
      return [`PUT pending/${contribution}/1`]
    }
    case "delete-record":
      deleteRecord(state, request)
      return []
    case "download-url": {
      const { patient, record, version } = request
      const person = active(state, patient)
      require(person.records[record]?.versions[version] !== undefined, "not-found")
      tell(person, "download-url", { record, version })
      return [`GET records/${record}/${version}`]
    }
    case "publish-manifest":
      publish(state, request, {
        applied: () => true,
        plan: () => ({ action: "publish-manifest", subject: {} }),
      })
      return []
    case "emergency-access":
      return openAccess(state, request)
    case "list-records": {
      const { grant: name, category, by } = request
      const { person, grant } = liveGrant(state, request, "list-records")
      granted(state, request.patient, grant, "list-records", { grant: name, category })
      once(state, request, `list-records ${category}`, () =>
        tell(person, "list-records", { grant: name, category }, by),
      )
      const waiting = Object.entries(person.contributions).filter(
        ([, each]) => each.status === "pending" && each.category === category,
      )
      const { contents = noContents } = person.manifest ?? {}
      const listed = category === "summary" || category === "laboratory" ? contents[category].map(placeOf) : []
      return [...listed, ...waiting.map(([each]) => each).sort(), ...contents.decided.map((each) => `${each}: decided`)]
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
      granted(state, request.patient, grant, "download-url", subject)
      once(state, request, `download-url ${record}/${version}`, () => tell(person, "download-url", subject, by))
      return [`GET ${kept === undefined ? "pending" : "records"}/${record}/${version}`]
    }
    case "contribute":
      contribute(state, request)
      return []
    case "approve-contribution":
    case "reject-contribution":
      decide(state, request)
      return []
    case "halt-grant":
      haltGrant(state, request)
      return []
    case "end-access":
      endAccess(state, request)
      return []
    case "list-grants":
      return Object.entries(state.people[request.patient].grants)
        .map(([name, grant]) => `${name}: ${standingOf(state, grant)}`)
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

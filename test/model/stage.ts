import { RevocationMemory } from "../../certify/revocation-memory.ts"
import type { AuditEvent } from "../../contract/audit.ts"
import { Problem } from "../../contract/errors.ts"
import { type Item, type ItemOf, objectKey } from "../../contract/items.ts"
import { linkEvent } from "../../functions/domain/audit-chain.ts"
import { changeCard, makeCard, revokeCard, strikeCard } from "../../functions/domain/cards.ts"
import { consentDocument } from "../../functions/domain/consent-document.ts"
import { revokeConsent, signConsent } from "../../functions/domain/consents.ts"
import { contribute } from "../../functions/domain/contribute.ts"
import { contributionUploadUrl } from "../../functions/domain/contribution-uploads.ts"
import { deactivate } from "../../functions/domain/deactivation.ts"
import { approveContribution, listContributions, rejectContribution } from "../../functions/domain/decisions.ts"
import { deleteRecord } from "../../functions/domain/deletion.ts"
import { emergencyAccess } from "../../functions/domain/emergency-access.ts"
import { grantedDownloadUrl, listGrantedRecords } from "../../functions/domain/granted-records.ts"
import { endAccess, haltGrant, listGrants } from "../../functions/domain/grants.ts"
import { publishManifest } from "../../functions/domain/manifest.ts"
import { requireActive } from "../../functions/domain/patients.ts"
import type { Call } from "../../functions/domain/ports.ts"
import { commit, downloadUrl, uploadUrl } from "../../functions/domain/records.ts"
import { claimsOf } from "../../functions/domain/statements.ts"
import { cardProof } from "../../protocol/card.ts"
import { fromBase64url, toBase64url, utf8 } from "../../protocol/crypto/bytes.ts"
import { canonicalHash, canonicalText } from "../../protocol/crypto/canonical.ts"
import { sha256 } from "../../protocol/crypto/primitives.ts"
import type { Category } from "../../protocol/primitives.ts"
import type { Descriptor } from "../../protocol/record.ts"
import { sealingKeyThumbprint } from "../../protocol/sealing.ts"
import { statementHash } from "../../protocol/statement.ts"
import { callAt, newId, newKey } from "../fakes/call.ts"
import { type MemoryCloud, memoryCloud } from "../fakes/cloud.ts"
import { descriptorOf, ephemeralPair, newCardParts, newPatient, openedAnswer, type TestCard } from "../kit/patients.ts"
import { someSealed, wrappedFor } from "../kit/sealed.ts"
import { rootOf, signedBy, signedByProfessional, type TestPatient } from "../kit/statements.ts"
import { type Certification, certificationOfStories } from "./certification.ts"
import { type Account, Manifests } from "./manifests.ts"
import {
  type Answer,
  type CardKind,
  type Claims,
  type Contents,
  cardKinds,
  eventText,
  isProfessional,
  listedCard,
  listedName,
  noContents,
  nothing,
  type PatientName,
  type PatientState,
  patients,
  professionals,
  type Request,
  type Statement,
} from "./model.ts"

/** What an approved descriptor has, and no other. */
const wrappedAnew = toBase64url(new Uint8Array(40).fill(8))

/** The dates of certificates and lists are real ones. A whole second, since that is what statements count in. */
export const storyBegins = () => new Date(Math.floor(Date.now() / 1000) * 1000)

/** What a use-case is given of the cloud. */
export type Ports = Pick<
  MemoryCloud,
  "store" | "items" | "audit" | "objects" | "accounts" | "provider" | "cloud" | "call"
>

/** Values by name, each made once: a name of the model is the same id, key or statement whenever it is said. */
class Named<T> {
  readonly #made = new Map<string, T>()
  get(name: string, make: () => T): T {
    const found = this.#made.get(name) ?? make()
    this.#made.set(name, found)
    return found
  }
  async nameOf(value: Awaited<T>): Promise<string | undefined> {
    for (const [name, made] of this.#made) if ((await made) === value) return name
    return undefined
  }
}

const accountOf = async ({ store }: MemoryCloud, { patientId }: TestPatient): Promise<Account> => {
  const [patient] = await store.read([{ kind: "patient", patientId }])
  const { signers, accountKey } = requireActive(patient)
  const { number, publicKey } = accountKey
  return {
    signers: { number: 1, hash: await statementHash(signers.at(-1) ?? "") },
    account: { number, thumbprint: await sealingKeyThumbprint(publicKey) },
  }
}

/** The real thing: a cloud in memory, real use-cases, real signatures; told and asked in the words of the model. */
export class Stage {
  readonly cloud: MemoryCloud
  readonly #people: Readonly<Record<PatientName, TestPatient>>
  readonly #certification: Certification
  readonly #ids = new Named<string>()
  readonly #signed = new Named<Promise<string>>()
  readonly #hashes = new Named<Promise<string>>()
  readonly #cards = new Named<TestCard>()
  readonly #descriptors = new Named<Promise<Descriptor>>()
  readonly #listed = new Named<Promise<string>>()
  /** Those that were given, by their grant. */
  readonly #tickets = new Map<string, string>()
  readonly #holders = new Map<string, string>()
  readonly #memory = new RevocationMemory()
  readonly #manifests: Manifests

  private constructor(
    cloud: MemoryCloud,
    people: Readonly<Record<PatientName, TestPatient>>,
    accounts: Readonly<Record<PatientName, Account>>,
    made: Certification,
  ) {
    this.cloud = cloud
    this.#people = people
    this.#certification = made
    this.#manifests = new Manifests({
      id: (name) => this.#id(name),
      hashOf: (name) => this.#hashOf(name),
      descriptor: (listed, category) => this.#descriptor(listed, category),
      card: (name, made) => this.#card(name, made),
      accountOf: (patient) => accounts[patient],
    })
    for (const name of patients) this.#ids.get(name, () => people[name].patientId)
    for (const name of professionals) this.#ids.get(name, () => made.professionals[name].account)
  }

  static async begin(given?: MemoryCloud): Promise<Stage> {
    const cloud = given ?? (await memoryCloud(storyBegins()))
    const people = { alice: await newPatient(cloud), bob: await newPatient(cloud) }
    const accounts = { alice: await accountOf(cloud, people.alice), bob: await accountOf(cloud, people.bob) }
    return new Stage(cloud, people, accounts, await certificationOfStories())
  }

  #id(name: string): string {
    return this.#ids.get(name, newId)
  }
  async #nameOf(id: string): Promise<string> {
    return (await this.#ids.nameOf(id)) ?? `unknown ${id}`
  }
  /** Of a version as it is listed. */
  #descriptor(listed: string, category: Category): Promise<Descriptor> {
    return this.#descriptors.get(`${listed} ${category}`, async () => {
      const [, record = "", version, approved, before = ""] = /^(.+?)\/(\d+)( approved)? after (.+)$/.exec(listed) ?? []
      const made = await descriptorOf({
        recordId: this.#id(record),
        version: Number(version),
        objectId: this.#id(`object of ${record}/${version}`),
        replaces: before === nothing ? null : await this.#hashOfListed(before, category),
        category,
        // Of the same bytes, whatever is said of them.
        sha256: toBase64url(await sha256(utf8(`${record}/${version}`))),
      })
      return approved === undefined ? made : { ...made, wrappedKey: wrappedAnew }
    })
  }
  /** What the version after it names. */
  #hashOfListed(listed: string, category: Category): Promise<string> {
    return this.#listed.get(`${category} ${listed}`, async () =>
      canonicalHash(await this.#descriptor(listed, category)),
    )
  }
  /** How a descriptor is listed. */
  async #listedName({ recordId, version, category, replaces, wrappedKey }: Descriptor): Promise<string> {
    const before = replaces === null ? `${category} ${nothing}` : await this.#listed.nameOf(replaces)
    const named = before?.slice(category.length + 1) ?? "something unknown"
    return listedName(await this.#nameOf(recordId), version, named, wrappedKey === wrappedAnew)
  }
  #card(name: string, made: CardKind): TestCard {
    return this.#cards.get(`${name} (${made})`, () => ({ ...newCardParts(cardKinds[made]), cardId: this.#id(name) }))
  }
  #key(patient: PatientName, record: string, version: number): string {
    const objectId = this.#id(`object of ${record}/${version}`)
    return objectKey(this.#people[patient].patientId, { recordId: this.#id(record), version, objectId })
  }
  #dateAt(seconds: number): Date {
    return new Date(this.cloud.now.getTime() + seconds * 1000)
  }

  /** Of a record or contribution; where something lies already, nothing is put. */
  async upload(patient: PatientName, object: string): Promise<void> {
    const [bucket = "", record = "", version = ""] = object.split("/")
    if (bucket !== "records" && bucket !== "pending") throw new Error("there is no such bucket")
    const key = this.#key(patient, record, Number(version))
    if (`${bucket}/${key}` in this.cloud.buckets.snapshot()) return
    this.cloud.buckets.upload(
      bucket,
      key,
      await this.#descriptor(listedName(record, Number(version), nothing), "summary"),
    )
  }

  async #claims(claims: Claims, statement: Statement): Promise<object> {
    switch (claims.type) {
      case "consent": {
        const { kind, status, patient } = claims
        const document = consentDocument(kind, this.#id(patient), this.cloud.cloud)
        return { kind, status, documentHash: await canonicalHash(document) }
      }
      case "manifest":
        return this.#manifests.claims(claims)
      case "halt":
        return { grantId: this.#id(claims.grant) }
      case "card-revocation":
        return { cardId: this.#id(claims.card) }
      case "emergency-access": {
        const { patient, card, made } = claims
        if (!isProfessional(statement.signer)) throw new Error("only professionals open an access")
        const { fingerprint } = this.#people[patient]
        const { proofKey, locatorHash } = this.#card(card, made)
        const ephemeral = (await ephemeralPair()).publicKey
        const said = { cardId: this.#id(card), fingerprint, locatorHash }
        const proof = await cardProof(fromBase64url(proofKey), {
          aud: this.cloud.cloud.cloudId,
          patientId: this.#id(patient),
          ...said,
          jti: this.#id(statement.jti),
          certificate: this.#certification.professionals[statement.signer].certificate,
          ephemeral: await sealingKeyThumbprint(ephemeral),
        })
        return { ...said, ephemeral, proof }
      }
      case "contribution": {
        const { grant, contribution, category, patient } = claims
        const descriptor = await this.#descriptor(listedName(contribution, 1, nothing), category)
        const { fingerprint } = this.#people[patient]
        return { grantId: this.#id(grant), fingerprint, descriptor, account: 1, sealedKey: someSealed }
      }
      case "decision": {
        const { contribution, of, decision, patient } = claims
        const about = { contributionId: this.#id(contribution), decision, statementHash: await this.#hashOf(of) }
        if (decision === "rejected") return about
        // The keys are wrapped anew; all else is what the professional signed.
        const [item] = this.cloud.item(`PATIENT#${this.#id(patient)} CONTRIBUTION#${this.#id(contribution)}`)
        const category = item?.kind === "contribution" ? item.descriptor.category : "summary"
        return { ...about, descriptor: await this.#descriptor(listedName(contribution, 1, nothing, true), category) }
      }
      case "deactivation":
        return {}
      default:
        return claims satisfies never
    }
  }

  /** The hash of a statement that was signed; of one that never was, some hash. */
  #hashOf(name: string): Promise<string> {
    return this.#hashes.get(name, async () => newKey())
  }

  /** Signs it, or finds it signed. */
  async sign(statement: Statement): Promise<string> {
    const { name, jti, at, signer, claims } = statement
    if (claims.type === "manifest") this.#manifests.said(name, claims)
    const compact = await this.#signed.get(name, async () => {
      const stamp = { iat: Math.floor(this.#dateAt(at).getTime() / 1000), jti: this.#id(jti) }
      const said = {
        ...stamp,
        patientId: this.#id(claims.patient),
        ...(await this.#claims(claims, statement)),
      }
      if (isProfessional(signer))
        return signedByProfessional(this.#certification.professionals[signer], this.cloud, claims.type, said)
      const person = this.#people[signer]
      // The recovery phrase alone ends an account at once.
      return signedBy(claims.type === "deactivation" ? rootOf(person) : person, this.cloud, claims.type, said)
    })
    const hash = await statementHash(compact)
    await this.#hashes.get(name, async () => hash)
    return compact
  }

  /** Asks the use-case, on these ports, at this moment of the story. */
  async send(request: Request, now: number, ports: Ports = this.cloud): Promise<Answer> {
    const call = callAt(this.#dateAt(now))
    try {
      return { code: "done", released: await this.#ask(request, ports, call) }
    } catch (error) {
      if (error instanceof Problem) return { code: error.code, released: [] }
      throw error
    }
  }

  async #released(url: string): Promise<string> {
    const { pathname, searchParams } = new URL(url)
    const [, bucket, , record = "", version] = pathname.split("/")
    return `${searchParams.get("method")} ${bucket}/${await this.#nameOf(record)}/${version}`
  }

  async #publish(statement: Statement, changed?: string) {
    const { claims } = statement
    if (claims.type !== "manifest") throw new Error("a manifest is what is published")
    return this.#manifests.publication(claims, await this.sign(statement), changed)
  }

  /** The keys of a card as the manifest has them. */
  #wrapped({ claims }: Statement, opens: CardKind) {
    const { epochs } = claims.type === "manifest" ? claims.contents : noContents
    return cardKinds[opens].flatMap((category) => wrappedFor([category], epochs[category]))
  }

  async #ask(request: Request, ports: Ports, call: Call): Promise<readonly string[]> {
    const patientId = "patient" in request ? this.#id(request.patient) : ""
    const statement = "statement" in request ? await this.sign(request.statement) : ""
    switch (request.do) {
      case "sign-consent":
        await signConsent(ports, patientId, { kind: request.kind, statement }, call)
        return []
      case "revoke-consent":
        await revokeConsent(ports, patientId, { kind: request.kind, statement }, call)
        return []
      case "make-card": {
        const { card, made, publication } = request
        const wrappedCategoryKeys = this.#wrapped(publication, made)
        const sent = { ...this.#card(card, made), wrappedCategoryKeys, publication: await this.#publish(publication) }
        await makeCard(ports, patientId, sent, call)
        return []
      }
      case "change-card": {
        const { card, opens, publication } = request
        const sent = {
          cardId: this.#id(card),
          wrappedCategoryKeys: this.#wrapped(publication, opens),
          sealed: someSealed,
        }
        await changeCard(ports, patientId, { ...sent, publication: await this.#publish(publication, card) }, call)
        return []
      }
      case "revoke-card":
        await revokeCard(ports, patientId, { cardId: this.#id(request.card), statement }, call)
        return []
      case "strike-card": {
        const publication = await this.#publish(request.publication)
        await strikeCard(ports, patientId, { cardId: this.#id(request.card), publication }, call)
        return []
      }
      case "commit": {
        const { record, version, replaces, category } = request
        const descriptor = await this.#descriptor(listedName(record, version, replaces), category)
        const publication = await this.#publish(request.publication)
        await commit(ports, patientId, { recordId: descriptor.recordId, descriptor, publication }, call)
        return []
      }
      case "upload-url": {
        const { record, version, category } = request
        const made = await this.#descriptor(listedName(record, version, nothing), category)
        const { recordId, objectId, size, sha256 } = made
        const { url } = await uploadUrl(ports, patientId, { recordId, version, objectId, size, sha256, category }, call)
        return [await this.#released(url)]
      }
      case "contribution-upload-url": {
        const { by, grant, contribution, category } = request
        const made = await this.#descriptor(listedName(contribution, 1, nothing), category)
        const { recordId: contributionId, objectId, size, sha256 } = made
        const path = { patientId, grantId: this.#id(grant), contributionId, objectId, category, size, sha256 }
        const { url } = await contributionUploadUrl(ports, this.#id(by), path, call)
        return [await this.#released(url)]
      }
      case "delete-record": {
        const publication = request.publication && (await this.#publish(request.publication))
        await deleteRecord(ports, patientId, { recordId: this.#id(request.record), publication }, call)
        return []
      }
      case "download-url": {
        const version = String(request.version)
        const { url } = await downloadUrl(ports, patientId, { recordId: this.#id(request.record), version }, call)
        return [await this.#released(url)]
      }
      case "publish-manifest":
        await publishManifest(ports, patientId, { publication: await this.#publish(request.publication) }, call)
        return []
      case "emergency-access": {
        const { trust, revocation } = this.#certification
        const deps = { ...ports, trust, revocation, memory: this.#memory }
        const asked = { statement, witness: 1 }
        const sealed = await emergencyAccess(deps, asked, { ...call, id: () => this.#id(request.grant) })
        const { patient } = request.statement.claims
        const answer = await openedAnswer(this.cloud, this.#people[patient], asked, sealed)
        this.#tickets.set(request.grant, answer.ticket)
        this.#holders.set(request.grant, request.statement.signer)
        const share = await this.#shareName(answer.cloudShare)
        return [share, ...(await Promise.all(answer.urls.map(({ url }) => this.#released(url))))]
      }
      case "list-records": {
        const { by, grant, category } = request
        const path = { patientId, grantId: this.#id(grant), category, page: "0", after: "1" }
        const answer = await listGrantedRecords(ports, this.#id(by), path, call)
        const listed = await Promise.all(
          answer.descriptors.map(async ({ recordId, version }) => `${await this.#nameOf(recordId)}/${version}`),
        )
        const waiting = await Promise.all(answer.contributions.map((each) => this.#nameOf(each.contributionId)))
        const decided = (answer.decided ?? []).flat().map(async (id) => `${await this.#nameOf(id)}: decided`)
        return [...listed, ...waiting.sort(), ...(await Promise.all(decided))]
      }
      case "granted-download-url": {
        const { by, grant, record, version } = request
        const path = { patientId, grantId: this.#id(grant), recordId: this.#id(record), version: String(version) }
        const { url } = await grantedDownloadUrl(ports, this.#id(by), path, call)
        return [await this.#released(url)]
      }
      case "contribute": {
        const { by, grant, contribution } = request
        const path = { patientId, grantId: this.#id(grant), contributionId: this.#id(contribution), statement }
        await contribute(ports, this.#id(by), path, call)
        return []
      }
      case "approve-contribution":
      case "reject-contribution": {
        const decide = request.do === "approve-contribution" ? approveContribution : rejectContribution
        const publication = await this.#publish(request.publication)
        const sent = { contributionId: this.#id(request.contribution), statement, publication }
        await decide(ports, patientId, sent, call)
        return []
      }
      case "halt-grant":
        await haltGrant(ports, patientId, { grantId: this.#id(request.grant), statement }, call)
        return []
      case "end-access": {
        const { by, grant } = request
        // Another professional was given no ticket of it.
        const own = this.#holders.get(grant) === by ? this.#tickets.get(grant) : undefined
        await endAccess(ports, { patientId, grantId: this.#id(grant), ticket: own ?? newKey() }, call)
        return []
      }
      case "list-grants": {
        const { grants } = await listGrants(ports, patientId, {}, call)
        const said = grants.map(async ({ grantId, status }) => `${await this.#nameOf(grantId)}: ${status}`)
        return (await Promise.all(said)).sort()
      }
      case "list-contributions": {
        const { contributions } = await listContributions(ports, patientId, {}, call)
        const said = contributions.map(async ({ contributionId, status, ...each }) => [
          `${await this.#nameOf(contributionId)}: ${status}`,
          ...("url" in each && each.url !== undefined ? [await this.#released(each.url)] : []),
        ])
        return (await Promise.all(said)).flat().sort()
      }
      case "deactivate": {
        const { status } = await deactivate(ports, patientId, { statement }, call)
        if (status !== "done") throw new Error("so little is destroyed at once")
        return []
      }
      default:
        return request satisfies never
    }
  }

  async #shareName(share: string): Promise<string> {
    const names = ["card 1", "card 2", "card 3"].flatMap((card) =>
      (["summary", "both"] as const).map((made) => ({ card, made })),
    )
    const found = names.find(({ card, made }) => this.#card(card, made).cloudShare === share)
    return found === undefined ? "an unknown share" : `share of ${found.card} (${found.made})`
  }

  async #eventText({ action, outcome, actor, subject }: AuditEvent): Promise<string> {
    const name = async (id: string | undefined) => (id === undefined ? undefined : this.#nameOf(id))
    const signed = async (hash: string | undefined) =>
      hash === undefined ? undefined : ((await this.#hashes.nameOf(hash)) ?? "unknown")
    return eventText(action, outcome, actor.kind === "hcp" ? await this.#nameOf(actor.account) : actor.kind, {
      card: await name(subject.cardId),
      // Those of a card stand in the event that made or changed it; those of an access are the card's.
      categories: action === "make-card" || action === "change-card" ? subject.categories?.join("+") : undefined,
      category: subject.category,
      consent: subject.consent,
      contribution: await name(subject.contributionId),
      grant: await name(subject.grantId),
      // Of an access, whichever was the newest when it was asked for.
      manifest: action === "emergency-access" ? undefined : await signed(subject.manifest?.hash),
      record: await name(subject.recordId),
      records:
        subject.records &&
        (
          await Promise.all(subject.records.map(async (each) => `${await this.#nameOf(each.recordId)}/${each.version}`))
        ).join("+"),
      statement: await signed(subject.statementHash),
      version: subject.version,
    })
  }

  /** The patient's trail in words; throws where its chain doesn't hold. */
  async events(patient: PatientName, chain = this.cloud.trail.eventsOf(this.#id(patient))): Promise<string[]> {
    let head = { seq: 0, hash: "A".repeat(43) }
    for (const { seq: _seq, at, prev: _prev, hash: _hash, ...said } of chain) {
      const link = await linkEvent(head, said, new Date(at))
      const real = chain[head.seq]
      if (real?.hash !== link.hash || real.seq !== link.seq || real.prev !== link.prev)
        throw new Error(`the chain breaks at its event ${head.seq + 1}`)
      head = link
    }
    return Promise.all(chain.map((event) => this.#eventText(event)))
  }

  /** What is stored of a patient, in the words of the model. */
  async stored(patient: PatientName): Promise<Omit<PatientState, "events">> {
    const patientId = this.#id(patient)
    const { main, objects } = this.cloud.snapshot()
    const items: Item[] = Object.entries(main).flatMap(([key, item]) =>
      key.startsWith(`PATIENT#${patientId} `) ? [item] : [],
    )
    const state: Omit<PatientState, "events"> = {
      active: false,
      consents: {},
      cards: {},
      records: {},
      manifests: [],
      grants: {},
      contributions: {},
      objects: [],
    }
    const signed = async (compact: string) => (await this.#signed.nameOf(compact)) ?? "unknown"
    for (const item of items)
      switch (item.kind) {
        case "patient":
          state.active = item.status === "active"
          break
        case "consent": {
          const { status, revision } = item
          const { iat } = claimsOf("consent", item.statement)
          const at = iat - Math.floor(this.#dateAt(0).getTime() / 1000)
          state.consents[item.consent] = { status, revision, statement: await signed(item.statement), at }
          break
        }
        case "card": {
          const opens = item.categories.length === 1 ? "summary" : "both"
          const inForce = item.status === "active"
          if (inForce !== (item.cloudShare !== undefined)) throw new Error("a revoked card kept its share")
          const { revocation } = item
          const name = await this.#nameOf(item.cardId)
          const isMade = (kind: CardKind) => this.#card(name, kind).locatorHash === item.locatorHash
          const made = isMade("summary") ? "summary" : "both"
          const epochs = { ...noContents.epochs }
          for (const { category, epoch } of item.wrappedCategoryKeys ?? [])
            if (category === "summary" || category === "laboratory") epochs[category] = epoch
          state.cards[name] = {
            made,
            opens,
            inForce,
            ...(inForce ? { listed: listedCard(name, { made, opens }, epochs) } : {}),
            ...(revocation === undefined ? {} : { revocation: await signed(revocation) }),
          }
          break
        }
        case "record-version": {
          const { recordId, version, descriptor } = item
          const name = await this.#nameOf(recordId)
          const record = (state.records[name] ??= { category: descriptor.category, versions: {} })
          record.versions[version] = await this.#listedName(descriptor)
          break
        }
        case "manifest": {
          const { number, manifest } = item
          const statement = await signed(manifest)
          state.manifest = { number, statement, contents: await this.#contents(item, items, statement) }
          break
        }
        case "manifest-version":
          state.manifests[item.number - 1] = await signed(item.manifest)
          break
        case "grant":
          state.grants[await this.#nameOf(item.grantId)] = {
            card: await this.#nameOf(item.cardId),
            by: (await this.#nameOf(item.account)) as (typeof professionals)[number],
            opens: item.categories.length === 1 ? "summary" : "both",
            consent: item.consentRevision,
            ends: (Date.parse(item.expiresAt) - this.cloud.now.getTime()) / 1000,
            halted: item.haltedAt !== undefined,
            ended: item.endedAt !== undefined,
          }
          break
        case "contribution":
          state.contributions[await this.#nameOf(item.contributionId)] = {
            grant: await this.#nameOf(item.grantId ?? ""),
            category: item.descriptor.category,
            statement: await signed(item.statement),
            status: item.status,
            ...(item.decision === undefined ? {} : { decision: await signed(item.decision) }),
          }
          break
        // Looked at beside the others, or of nobody's own.
        case "patient-keys":
        case "consent-version":
        case "record":
        case "manifest-page":
        case "decided-page":
        case "key-page":
        case "grant-time":
        case "reading":
        case "delivery":
        // What practices send is told in `test/domain/deliveries.test.ts`.
        case "delivery-address":
        case "delivery-locator":
        case "upload":
        case "usage":
        case "hcp-account":
        case "used-statement":
        case "rate":
        // No device is ended here.
        case "signer-end":
        case "deactivation":
        case "destruction":
        // Practices have a stage of their own.
        case "practice":
        case "practice-end":
        case "practice-tombstone":
        case "practice-keys":
        case "practice-member":
        case "invitation":
        case "practice-entry":
        case "file-deletion":
        case "practice-file":
        case "practice-file-version":
        case "practice-change":
        case "member-list":
          break
        default:
          throw new Error("an item of no kind", { cause: item satisfies never })
      }
    await this.#requireWhole(items, state)
    for (const name of Object.keys(objects)) {
      const [bucket, owner, record = "", version] = name.split("/")
      if (owner === patientId) state.objects.push(`${bucket}/${await this.#nameOf(record)}/${version}`)
    }
    state.objects.sort()
    return state
  }

  /** What the newest manifest says, as it is stored beside it: all but the cards, which the statement alone lists. */
  async #contents({ keyRing }: ItemOf<"manifest">, items: readonly Item[], statement: string): Promise<Contents> {
    const page = (category: Category) =>
      items.flatMap((item) => (item.kind === "manifest-page" && item.category === category ? item.descriptors : []))
    const decided = items.flatMap((item) => (item.kind === "decided-page" ? item.ids : []))
    const { summary, laboratory } = keyRing.categories
    return {
      summary: await Promise.all(page("summary").map((each) => this.#listedName(each))),
      laboratory: await Promise.all(page("laboratory").map((each) => this.#listedName(each))),
      cards: this.#manifests.contentsOf(statement).cards,
      decided: await Promise.all(decided.map((id) => this.#nameOf(id))),
      epochs: { summary: summary.epoch, laboratory: laboratory.epoch },
    }
  }

  /** The statements that are never taken again. */
  async used(): Promise<string[]> {
    const keys = Object.keys(this.cloud.snapshot().main).flatMap((key) => {
      const [, signer = "", jti = ""] = /^STATEMENT#([^#]+)#(\S+) USED$/.exec(key) ?? []
      return signer === "" ? [] : [{ signer, jti }]
    })
    const names = keys.map(async ({ signer, jti }) => `${await this.#nameOf(signer)} ${await this.#nameOf(jti)}`)
    return (await Promise.all(names)).sort()
  }

  /** What is kept twice must agree: records and their versions, consents and theirs, the usage and what it counts. */
  async #requireWhole(items: readonly Item[], state: Omit<PatientState, "events">): Promise<void> {
    const records = items.filter((item) => item.kind === "record")
    const versions = items.filter((item) => item.kind === "record-version")
    for (const { recordId, descriptor } of records) {
      const own = versions.filter((item) => item.recordId === recordId).map(({ version }) => version)
      if (Math.max(0, ...own) !== descriptor.version) throw new Error("a record's newest version isn't kept")
    }
    const listed = items.flatMap((item) => (item.kind === "manifest-page" ? item.descriptors : []))
    const names = (descriptors: readonly Descriptor[]) => descriptors.map((each) => canonicalText(each)).sort()
    if (names(listed).join() !== names(records.map(({ descriptor }) => descriptor)).join())
      throw new Error("what the manifest lists isn't what there is")
    if (records.some(({ struck }) => struck === true)) throw new Error("a record was struck and not erased")
    if (records.length !== Object.keys(state.records).length) throw new Error("versions are kept without their record")
    const signed = items.filter((item) => item.kind === "consent-version").length
    const changes = Object.values(state.consents).reduce((sum, { revision }) => sum + revision, 0)
    if (signed !== changes) throw new Error("a version of a consent was lost")
    const usage = items.find((item) => item.kind === "usage")
    const counted = usage && {
      records: usage.records,
      versions: usage.versions,
      cards: usage.cards,
      pending: usage.pending,
    }
    const there = {
      records: records.length,
      versions: versions.length,
      cards: Object.values(state.cards).filter(({ inForce }) => inForce).length,
      pending: Object.values(state.contributions).filter(({ status }) => status === "pending").length,
    }
    const nothing = { records: 0, versions: 0, cards: 0, pending: 0 }
    const said = JSON.stringify(counted ?? nothing)
    if (said !== JSON.stringify(there)) throw new Error(`the usage counts ${said} of ${JSON.stringify(there)}`)
  }
}

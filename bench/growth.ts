import type { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import { PutObjectCommand } from "@aws-sdk/client-s3"
import { RevocationMemory } from "../certify/revocation-memory.ts"
import { objectKey } from "../contract/items.ts"
import type { RequestOf } from "../contract/routes.ts"
import { s3ObjectStore } from "../functions/adapters/object-store.s3.ts"
import { s3SignedUrls } from "../functions/adapters/signed-urls.s3.ts"
import { emergencyAccess } from "../functions/domain/emergency-access.ts"
import type { Call } from "../functions/domain/ports.ts"
import { commit, listVersions } from "../functions/domain/records.ts"
import { region } from "../local/environment.ts"
import { type Card, cardProof, deriveCardKeys, locatorHash } from "../protocol/card.ts"
import { toBase64url, toHex, toStandardBase64, utf8 } from "../protocol/crypto/bytes.ts"
import { canonicalHash } from "../protocol/crypto/canonical.ts"
import { randomBytes, sha256 } from "../protocol/crypto/primitives.ts"
import type { Descriptor } from "../protocol/record.ts"
import { generateSealingKeyPair, sealingKeyThumbprint } from "../protocol/sealing.ts"
import { signStatement } from "../protocol/statement.ts"
import type { Credential } from "../sdk/hcp/emergency-access.ts"
import { knownContents } from "../sdk/patient/contents.ts"
import { prepare } from "../sdk/patient/publication.ts"
import { uploadRecord } from "../sdk/patient/records.ts"
import type { PatientSession } from "../sdk/patient/session.ts"
import { stamp } from "../sdk/stamp.ts"
import type { Certification } from "../test/kit/certification.ts"
import { type Calls, countingCalls } from "./aws-calls.ts"
import { newPatientWithCard } from "./emergency.ts"
import { buildSite, control, type Level, type Site, type Template, templateOf } from "./growth-site.ts"
import { newIdentifier, partitionOf, removeRow } from "./growth-tables.ts"
import { dynamoOf, s3Of } from "./provision.ts"
import type { Stage } from "./stage.ts"
import { type Spread, spreadOf } from "./statistics.ts"
import { engineTables, startOrderedTables } from "./tables.ts"

export const operations = ["emergency access", "commit", "page of the list", "audit append", "control"] as const
export type Operation = (typeof operations)[number]

export interface GrowthFigure {
  readonly operation: Operation
  /** Of what grows. */
  readonly count: number
  /** Milliseconds: all of it, and what is left without waiting for tables and object store. */
  readonly time: Spread
  readonly ownTime: Spread
  readonly calls: Spread
  /** What the services answered. */
  readonly bytes: Spread
  /** In relation to the lowest level, sample by sample. */
  readonly growth: Spread
  readonly ownGrowth: Spread
}
export interface GrowthResult {
  readonly tables: string
  /** Whether the tables find an item of a partition as DynamoDB does. */
  readonly isOrdered: boolean
  readonly of: string
  readonly figures: readonly GrowthFigure[]
}

/** Further than a page, so that a page of the list is full whatever else grows. */
const fullPage = 60
const professionals = 20

const newCall = (): Call => ({
  now: new Date(),
  id: newIdentifier,
  key: () => toBase64url(randomBytes(32)),
})

/** What is measured at a site, in the same way at each. */
const operationsOn = (
  { template, card, credentials, certification, trust, stage }: Subject,
  commitOf: (round: number) => Promise<RequestOf<"patient/commit">>,
) => {
  const { storage, environment } = stage
  const names = { records: environment.RECORDS_BUCKET ?? "", pending: environment.PENDING_BUCKET ?? "" }
  const objects = {
    ...s3ObjectStore(s3Of(storage), names),
    ...s3SignedUrls({ region, credentials: storage.credentials, endpoint: storage.endpoint }, names),
  }
  const cloud = { cloudId: environment.CLOUD_ID ?? "", title: "Bench" }
  const memory = new RevocationMemory()
  const { revocation } = certification
  const { patientId, cardId } = template

  const statementOf = async (credential: Credential): Promise<string> => {
    const [leaf] = credential.chain
    if (leaf === undefined) throw new Error("a credential has a certificate")
    const claims = { aud: cloud.cloudId, ...stamp() }
    const { proofKey } = await deriveCardKeys(card.secret)
    const ofCard = { patientId, cardId, fingerprint: card.fingerprint, locatorHash: await locatorHash(card.locator) }
    const { publicKey: ephemeral } = await generateSealingKeyPair()
    const proof = await cardProof(proofKey, {
      aud: claims.aud,
      ...ofCard,
      jti: claims.jti,
      certificate: toHex(await sha256(leaf)),
      ephemeral: await sealingKeyThumbprint(ephemeral),
    })
    const { alg, privateKey, chain: x5c } = credential
    return signStatement({
      typ: "emergency-access",
      alg,
      privateKey,
      x5c,
      payload: { ...claims, ...ofCard, ephemeral, proof },
    })
  }
  /** So that every sample finds as many events as the first. */
  const forgetEvents = async ({ audit, dynamo, tables, level }: Site) => {
    const { seq } = await audit.head(patientId)
    for (let sk = seq; sk > level.events; sk--)
      await removeRow(dynamo, tables.audit, { pk: partitionOf(patientId), sk })
  }

  return async (site: Site, operation: Operation, round: number): Promise<Measured> => {
    const { store, audit } = site
    const call = newCall()
    switch (operation) {
      case "emergency access": {
        const credential = credentials[round % credentials.length]
        if (credential === undefined) throw new Error("there is no professional")
        const statement = await statementOf(credential)
        const deps = { store, audit, objects, revocation, memory, trust, cloud }
        const figure = await measured(() => emergencyAccess(deps, { statement, witness: template.manifest }, call))
        await forgetEvents(site)
        return figure
      }
      case "commit": {
        const request = await commitOf(round)
        const figure = await measured(() => commit({ store, objects, audit, cloud }, patientId, request, call))
        await forgetEvents(site)
        return figure
      }
      case "page of the list":
        return measured(() => listVersions({ store }, patientId, { recordId: template.measured.recordId }))
      case "audit append": {
        const event = { action: "recover", outcome: "permitted", actor: { kind: "patient" }, subject: {} } as const
        const figure = await measured(() => audit.append(patientId, event, call.now))
        await forgetEvents(site)
        return figure
      }
      case "control":
        return measured(() => control(site, template))
      default:
        return operation satisfies never
    }
  }
}

/** The next version of the measured record, uploaded. */
const uploadVersion = async ({ template, stage }: Subject, before: Descriptor): Promise<Descriptor> => {
  const bytes = randomBytes(1000)
  const digest = await sha256(bytes)
  const place = { version: before.version + 1, objectId: toBase64url(randomBytes(16)) }
  const descriptor = { ...before, ...place, size: bytes.length, sha256: toBase64url(digest) }
  await s3Of(stage.storage).send(
    new PutObjectCommand({
      Bucket: stage.environment.RECORDS_BUCKET,
      Key: objectKey(template.patientId, descriptor),
      Body: bytes,
      ChecksumSHA256: toStandardBase64(digest),
    }),
  )
  return { ...descriptor, replaces: await canonicalHash(before) }
}

/** The commit of each round, the same at every level: signed by the SDK, each on the manifest of the round before. */
const commitsOf = async (subject: Subject) => {
  let contents = await knownContents(subject.session)
  let before = subject.template.measured
  const made = new Map<number, RequestOf<"patient/commit">>()
  return async (round: number): Promise<RequestOf<"patient/commit">> => {
    const known = made.get(round)
    if (known !== undefined) return known
    const descriptor = await uploadVersion(subject, before)
    before = descriptor
    const pages = [{ category: descriptor.category, page: 0, descriptors: [descriptor] }]
    const prepared = await prepare(subject.session, contents, { pages })
    contents = prepared.contents
    const request = { recordId: descriptor.recordId, descriptor, publication: prepared.publication }
    made.set(round, request)
    return request
  }
}

interface Measured extends Calls {
  /** Milliseconds. */
  readonly all: number
}
const measured = async (run: () => Promise<unknown>): Promise<Measured> => {
  const from = performance.now()
  const { result: _, ...calls } = await countingCalls(run)
  return { ...calls, all: performance.now() - from }
}

interface Subject {
  readonly session: PatientSession
  readonly stage: Stage
  readonly template: Template
  readonly card: Card
  readonly credentials: readonly Credential[]
  readonly certification: Certification
  readonly trust: Certification["trust"]
}

const figuresOf = (counts: readonly number[], samples: ReadonlyMap<Operation, readonly Measured[][]>): GrowthFigure[] =>
  [...samples].flatMap(([operation, levels]) =>
    levels.map((all, i) => {
      const own = (each: Measured) => each.all - each.time
      const lowest = levels[0] ?? []
      const related = (value: (each: Measured) => number) =>
        spreadOf(
          all.map((each, sample) => value(each) / (lowest[sample] === undefined ? Number.NaN : value(lowest[sample]))),
        )
      return {
        operation,
        count: counts[i] ?? 0,
        time: spreadOf(all.map((each) => each.all)),
        ownTime: spreadOf(all.map(own)),
        calls: spreadOf(all.map(({ calls }) => calls)),
        bytes: spreadOf(all.map(({ bytes }) => bytes)),
        growth: related((each) => each.all),
        ownGrowth: related(own),
      }
    }),
  )

/** One series: builds every level, then measures sample by sample, each operation at each level in turn. */
const measureSeries = async (
  subject: Subject,
  dynamo: DynamoDBClient,
  {
    tables,
    isOrdered,
    of,
    levels,
    samples,
  }: Pick<GrowthResult, "tables" | "isOrdered" | "of"> & {
    levels: readonly (Level & { count: number })[]
    samples: number
  },
  log: (line: string) => void,
): Promise<GrowthResult> => {
  const sites: Site[] = []
  for (const level of levels) {
    log(`${tables}: making ${level.count} ${of} ...`)
    sites.push(await buildSite(dynamo, subject.template, level, `${of.replaceAll(/\W+/g, "-")}-${newIdentifier()}`))
  }
  const measure = operationsOn(subject, await commitsOf(subject))
  const taken = new Map<Operation, Measured[][]>(operations.map((operation) => [operation, sites.map(() => [])]))
  const warmUp = 5
  for (let round = 0; round < samples + warmUp; round++)
    // Each level is first in turn: what runs after another's garbage is slower.
    for (const operation of operations)
      for (const i of sites.keys()) {
        const at = (i + round) % sites.length
        const site = sites[at]
        if (site === undefined) continue
        const figure = await measure(site, operation, round)
        if (round >= warmUp) taken.get(operation)?.[at]?.push(figure)
      }
  return {
    tables,
    isOrdered,
    of,
    figures: figuresOf(
      levels.map(({ count }) => count),
      taken,
    ),
  }
}

/** The most of a partition that the local engine is asked to go through at every query. */
const mostOnEngine = 1000

export const measureGrowth = async (
  stage: Stage,
  certification: Certification,
  trust: Subject["trust"],
  { levels, recordLevels, samples }: { levels: readonly number[]; recordLevels: readonly number[]; samples: number },
  log: (line: string) => void,
): Promise<GrowthResult[]> => {
  const { session, cardId, card, summary } = await newPatientWithCard(stage)
  const measured = await uploadRecord(session, {
    category: "laboratory",
    title: "Measured",
    contentType: "text/plain",
    content: utf8("A value."),
  })
  const { storage } = stage
  const ownTables = dynamoOf(stage)
  const main = stage.environment.MAIN_TABLE ?? ""
  const { manifest } = await knownContents(session)
  const known = { patientId: session.patientId, cardId, descriptor: summary, measured, manifest: manifest.number }
  const template = await templateOf(ownTables, main, known)
  const credentials = Array.from({ length: professionals }, (_, i) => certification.professional(`Physician ${i}`))
  const subject = { session, stage, template, card, credentials, certification, trust }
  const all = (count: number) => ({ count, patients: count, cards: count, events: count, records: fullPage })
  const ofRecords = (count: number) => ({ count, patients: 10, cards: 10, events: 10, records: count })
  const series = (most: number) => [
    { of: "patients, cards and events", levels: levels.filter((count) => count <= most).map(all), samples },
    { of: "records", levels: recordLevels.filter((count) => count <= most).map(ofRecords), samples },
  ]

  const results: GrowthResult[] = []
  const ordered = await startOrderedTables()
  try {
    for (const [tables, most] of [
      [ordered, Number.POSITIVE_INFINITY],
      [engineTables(stage.engine), mostOnEngine],
    ] as const)
      for (const each of series(most))
        results.push(
          await measureSeries(
            subject,
            dynamoOf({ tables, storage }),
            { tables: tables.description, isOrdered: tables === ordered, ...each },
            log,
          ),
        )
    return results
  } finally {
    await ordered.stop()
  }
}

import type { RouteName } from "../contract/routes.ts"
import { toHex } from "../protocol/crypto/bytes.ts"
import { categories } from "../protocol/primitives.ts"
import { readCard } from "../sdk/card/open-part.ts"
import { openCloud } from "../sdk/cloud.ts"
import { lookUp } from "../sdk/hcp/card.ts"
import { emergencyAccess, readSummaryRecords } from "../sdk/hcp/emergency-access.ts"
import { listRecords as listAsHcp, readRecord } from "../sdk/hcp/records.ts"
import { signIn } from "../sdk/patient/account.ts"
import { readAuditTrail } from "../sdk/patient/audit-trail.ts"
import { getConsent } from "../sdk/patient/consents.ts"
import { readContents } from "../sdk/patient/contents.ts"
import { listContributions, readContribution } from "../sdk/patient/contributions.ts"
import { listGrants } from "../sdk/patient/grants.ts"
import { listCards } from "../sdk/patient/held-cards.ts"
import { listRecords } from "../sdk/patient/listed.ts"
import { downloadRecord, listVersions } from "../sdk/patient/records.ts"
import { recover } from "../sdk/patient/recovery.ts"
import { accessBy, type FullPatient, freshly } from "../test/kit/people.ts"

/** A refusal that the SDK words as an outcome, for people who mistyped. */
export class RefusedOutcome extends Error {
  readonly code: string
  constructor(code: string) {
    super(code)
    this.code = code
  }
}

const shown = (bytes: Uint8Array) => toHex(bytes)

/** What a new device shows once it is a signer; its own keys, and the salts of the lists that it writes, are other ones each time. */
const recovered = async ({ login, phrase, session: known }: FullPatient, card?: string) => {
  const cloud = await openCloud(known.cloud.api.address)
  const recovery = await recover(cloud, login, phrase, { keepOthers: true, ...(card === undefined ? {} : { card }) })
  if (recovery.outcome !== "ok") throw new RefusedOutcome(recovery.outcome)
  const { patientId, fingerprint, memory, cache } = recovery.session
  const { cards, decided } = cache.contents?.manifest.claims ?? {}
  const pages = Object.entries(cache.contents?.pageLists ?? {}).map(([category, { hashes }]) => [category, hashes])
  const { manifest, provider } = memory
  return { patientId, fingerprint, number: manifest?.number, pages, cards, decided, provider }
}

export interface Journey {
  /** What of the SDK this is, for people. */
  readonly name: string
  /** The replies of which routes it puts to the test; the same route is put to it once. */
  readonly reads: readonly (RouteName | "object")[]
  /** A professional's: what the cloud answers their access with is sealed. */
  readonly professional?: true
  /** Of each route the first reply alone: what is asked again is for the index's witnesses, where a failure is shown (`witnessesBehind`), not thrown. */
  readonly once?: true
  /** Everything the SDK gives its caller on the way. */
  run(patient: FullPatient): Promise<unknown>
}

/** Everything the SDK reads, done by a patient or a professional, without changing anything. */
export const journeys: readonly Journey[] = [
  {
    name: "patient: open the cloud, sign in, list and read every record",
    reads: [
      "system/well-known",
      "patient/sign-in",
      "patient/get-manifest",
      "patient/get-manifest-page",
      "patient/get-key-pages",
      "patient/download-url",
      "object",
    ],
    run: async (patient) => {
      const { login, session: known } = patient
      const { memory } = freshly(known)
      const cloud = await openCloud(known.cloud.api.address)
      const session = await signIn(cloud, login, known.keys, memory)
      const listed = await listRecords(session)
      const read = []
      for (const descriptor of listed) {
        const { bytes, ...opened } = await downloadRecord(session, descriptor)
        read.push({ ...opened, bytes: shown(bytes) })
      }
      const { cloudId, name, provider } = cloud
      const { patientId, fingerprint } = session
      return { cloudId, name, provider, patientId, fingerprint, memory, listed, read }
    },
  },
  {
    name: "patient: come back with a device that was away for long",
    reads: ["patient/get-manifest"],
    run: async (patient) => {
      const session = freshly(patient.session, patient.early)
      const { manifest, signers, keyRing, deactivation } = await readContents(session)
      return { manifest, signers, keyRing, deactivation, memory: session.memory }
    },
  },
  {
    name: "patient: recover on a new device",
    once: true,
    reads: ["system/well-known", "patient/sign-in", "patient/recover", "patient/get-manifest"],
    run: (patient) => recovered(patient),
  },
  {
    name: "patient: recover on a new device, with the printed card",
    once: true,
    reads: ["patient/recover", "hri/look-up"],
    run: (patient) => recovered(patient, patient.cardText),
  },
  {
    name: "patient: read both consents",
    reads: ["patient/get-consent"],
    run: async (patient) => {
      const session = freshly(patient.session)
      return [await getConsent(session, "store"), await getConsent(session, "emergency-share"), session.memory]
    },
  },
  {
    name: "patient: list the cards",
    reads: ["patient/list-cards"],
    run: async (patient) =>
      (await listCards(freshly(patient.session))).map(({ secrets, ...card }) => ({
        ...card,
        ...(secrets && { text: secrets.text, cloudShare: shown(secrets.cloudShare) }),
      })),
  },
  {
    name: "patient: see who had access",
    reads: ["patient/list-grants"],
    run: async (patient) => listGrants(freshly(patient.session)),
  },
  {
    name: "patient: review what was added",
    reads: ["patient/list-contributions", "patient/get-decided", "object"],
    run: async (patient) => {
      const session = freshly(patient.session)
      const listed = await listContributions(session)
      const read = []
      for (const contribution of listed)
        if (contribution.status === "pending") read.push(shown(await readContribution(session, contribution)))
      return { listed: listed.map((contribution) => ({ ...contribution, url: undefined })), read }
    },
  },
  {
    name: "patient: list and read every version",
    reads: ["patient/list-versions"],
    run: async (patient) => {
      const session = freshly(patient.session)
      const [summary] = await listRecords(session, ["summary"])
      if (summary === undefined) throw new Error("there is no summary")
      const versions = await listVersions(session, summary.recordId)
      const read = []
      for (const version of versions) {
        const { bytes, ...opened } = await downloadRecord(session, version)
        read.push({ ...opened, bytes: shown(bytes) })
      }
      return { versions, read }
    },
  },
  {
    name: "patient: read the audit trail",
    reads: ["patient/get-checkpoint", "patient/read-audit-trail"],
    run: async (patient) => {
      const session = freshly(patient.session)
      return { events: await readAuditTrail(session), memory: session.memory }
    },
  },
  {
    name: "anybody: read what the card says",
    reads: ["hri/look-up", "card/read-open-part"],
    run: ({ card, front }) => readCard(front, card.hri),
  },
  {
    name: "professional: scan the card, read the summary",
    professional: true,
    reads: ["hri/look-up", "hcp/emergency-access", "object"],
    run: async ({ card, physician }) => {
      const entry = await lookUp(card, { local: true })
      const access = await emergencyAccess(card, entry, physician)
      const read = (await readSummaryRecords(access)).map((record) => ({ ...record, bytes: shown(record.bytes) }))
      const { fingerprint, grantId, expiresAt, manifest, summary, account } = access
      return { entry, fingerprint, grantId, expiresAt, categories: access.categories, manifest, summary, account, read }
    },
  },
  {
    name: "professional: scan a card whose index entry is behind",
    professional: true,
    reads: ["hcp/emergency-access"],
    run: async ({ narrow, physician }) => {
      const access = await accessBy(narrow.card, physician)
      const read = (await readSummaryRecords(access)).map((record) => ({ ...record, bytes: shown(record.bytes) }))
      const { fingerprint, grantId, expiresAt, manifest, summary, account } = access
      return { fingerprint, grantId, expiresAt, categories: access.categories, manifest, summary, account, read }
    },
  },
  {
    name: "professional: list and read the other categories",
    professional: true,
    reads: ["system/well-known", "hcp/session", "hcp/list-records", "hcp/download-url", "object"],
    run: async ({ card, physician }) => {
      const access = await accessBy(card, physician)
      const seen = []
      for (const category of categories.filter((each) => access.categories.includes(each)))
        for (const listed of await listAsHcp(access, category)) {
          const { bytes, ...opened } = await readRecord(access, listed)
          seen.push({ ...opened, listed, bytes: shown(bytes) })
        }
      return { seen, manifest: access.manifest, receipts: access.receipts.length }
    },
  },
]

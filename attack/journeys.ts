import type { RouteName } from "../contract/routes.ts"
import { toHex } from "../protocol/crypto/bytes.ts"
import { categories } from "../protocol/primitives.ts"
import { openCloud } from "../sdk/cloud.ts"
import { lookUp } from "../sdk/hcp/card.ts"
import { emergencyAccess, readSummaryRecords } from "../sdk/hcp/emergency-access.ts"
import { listRecords as listAsHcp, readRecord } from "../sdk/hcp/records.ts"
import { recover, signIn } from "../sdk/patient/account.ts"
import { readAuditTrail } from "../sdk/patient/audit-trail.ts"
import { getConsent } from "../sdk/patient/consents.ts"
import { listContributions, readContribution } from "../sdk/patient/contributions.ts"
import { listGrants } from "../sdk/patient/grants.ts"
import { listCards } from "../sdk/patient/held-cards.ts"
import { listRecords } from "../sdk/patient/manifest.ts"
import { describeRecord, downloadRecord, listUnpublished, listVersions } from "../sdk/patient/records.ts"
import type { PatientSession } from "../sdk/patient/session.ts"
import type { FullPatient } from "./people.ts"

/** A refusal that the SDK words as an outcome, for people who mistyped. */
export class RefusedOutcome extends Error {
  readonly code: string
  constructor(code: string) {
    super(code)
    this.code = code
  }
}

/** As the device would have it at the start of the day: what one run learns, the next doesn't know. */
const freshly = ({ session }: FullPatient): PatientSession => ({ ...session, memory: structuredClone(session.memory) })

const shown = (bytes: Uint8Array) => toHex(bytes)

export interface Journey {
  /** What of the SDK this is, for people. */
  readonly name: string
  /** The replies of which routes it puts to the test; the same route is put to it once. */
  readonly reads: readonly (RouteName | "object")[]
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
      "patient/download-url",
      "object",
    ],
    run: async (patient) => {
      const { login, session: known } = patient
      const { memory } = freshly(patient)
      const cloud = await openCloud(known.cloud.api.address)
      const session = await signIn(cloud, login, known.keys, memory)
      const listed = await listRecords(session)
      const read = []
      for (const descriptor of listed) {
        const { bytes, ...opened } = await downloadRecord(session, descriptor)
        read.push({ ...opened, bytes: shown(bytes) })
      }
      const { cloudId, name, providerKey } = cloud
      const { patientId, fingerprint, publicKeys } = session
      return { cloudId, name, providerKey, patientId, fingerprint, publicKeys, memory, listed, read }
    },
  },
  {
    name: "patient: recover on a new device",
    reads: ["system/well-known", "patient/sign-in", "patient/recover", "patient/get-manifest"],
    run: async ({ login, phrase, session: known }) => {
      const cloud = await openCloud(known.cloud.api.address)
      const recovered = await recover(cloud, login, phrase)
      if (recovered.outcome !== "ok") throw new RefusedOutcome(recovered.outcome)
      const { session } = recovered
      const listed = await listRecords(session, ["summary"])
      const { patientId, fingerprint, publicKeys, memory } = session
      return { patientId, fingerprint, publicKeys, memory, listed }
    },
  },
  {
    name: "patient: read both consents",
    reads: ["patient/get-consent"],
    run: async (patient) => {
      const session = freshly(patient)
      return [await getConsent(session, "store"), await getConsent(session, "emergency-share"), session.memory]
    },
  },
  {
    name: "patient: list the cards",
    reads: ["patient/list-cards"],
    run: async (patient) =>
      (await listCards(freshly(patient))).map(({ secrets, ...card }) => ({
        ...card,
        ...(secrets && { text: secrets.text, cloudShare: shown(secrets.cloudShare) }),
      })),
  },
  {
    name: "patient: see who had access",
    reads: ["patient/list-grants"],
    run: async (patient) => listGrants(freshly(patient)),
  },
  {
    name: "patient: review what was added",
    reads: ["patient/list-contributions", "object"],
    run: async (patient) => {
      const session = freshly(patient)
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
      const session = freshly(patient)
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
    name: "patient: see what was uploaded and not published",
    reads: ["patient/list-records"],
    run: async (patient) => {
      const session = freshly(patient)
      const unpublished = await listUnpublished(session)
      const read = []
      for (const descriptor of unpublished) {
        const { bytes, ...opened } = await downloadRecord(session, descriptor)
        read.push({ ...opened, described: await describeRecord(session, descriptor), bytes: shown(bytes) })
      }
      return { unpublished, read }
    },
  },
  {
    name: "patient: read the audit trail",
    reads: ["patient/get-checkpoint", "patient/read-audit-trail"],
    run: async (patient) => {
      const session = freshly(patient)
      return { events: await readAuditTrail(session), memory: session.memory }
    },
  },
  {
    name: "professional: scan the card, read the summary",
    reads: ["hri/look-up", "hcp/emergency-access", "object"],
    run: async ({ card, physician }) => {
      const entry = await lookUp(card, { local: true })
      const access = await emergencyAccess(card, entry, physician)
      const read = (await readSummaryRecords(access)).map((record) => ({ ...record, bytes: shown(record.bytes) }))
      const { fingerprint, grantId, expiresAt, manifest, summary } = access
      return { entry, fingerprint, grantId, expiresAt, categories: access.categories, manifest, summary, read }
    },
  },
  {
    name: "professional: list and read the other categories",
    reads: ["hcp/session", "hcp/list-records", "hcp/download-url", "object"],
    run: async ({ card, physician }) => {
      const access = await emergencyAccess(card, await lookUp(card, { local: true }), physician)
      const seen = []
      for (const category of categories.filter((each) => access.categories.includes(each)))
        for (const listed of await listAsHcp(access, category)) {
          const { bytes, ...opened } = await readRecord(access, listed)
          seen.push({ ...opened, listed, bytes: shown(bytes) })
        }
      return { seen, manifest: access.manifest }
    },
  },
]

import { deriveCardKeys, encodeCard, locatorHash } from "../../protocol/card.ts"
import { toBase64url, utf8 } from "../../protocol/crypto/bytes.ts"
import { sealUnder } from "../../protocol/crypto/envelope.ts"
import { randomBytes } from "../../protocol/crypto/primitives.ts"
import { openIndex } from "../../sdk/cloud.ts"
import { readSummaryRecords } from "../../sdk/hcp/emergency-access.ts"
import { uploadRecord } from "../../sdk/patient/records.ts"
import { newPatient, outcomeOf, type Story } from "../ground.ts"
import { lying, type Network, over } from "../network.ts"
import { lyingInClear } from "../operator.ts"
import { accessBy, cardIn, documentOf } from "../people.ts"
import { newRoot } from "../thief.ts"

const closed = ["http://192.168.1.1/x", "https://192.168.1.1/x", "https://169.254.169.254/x", "https://[fd00::1]/x", "https://printer.local/x"]

/** The network, and what was sent to a place where a device has no business. */
const watched = (network: Network) => {
  const sent: string[] = []
  const watching: Network = async (asked) => {
    if (/^(10|192\.168|169\.254|\[fd00)|\.local$/.test(asked.url.hostname)) sent.push(asked.url.href)
    return network(asked)
  }
  return { sent, watching }
}

const once = (seen: readonly string[]) => [...new Set(seen)].join()

const byACard: Story = {
  attack: 13,
  name: "a made card that sends a professional's statement into their own network",
  expected: "entry-invalid, 0 sent",
  play: async (on) => {
    const place = { cloudId: "any", patientId: toBase64url(randomBytes(16)) }
    const thief = await newRoot(place)
    const made = { secret: randomBytes(32), locator: randomBytes(16), fingerprint: thief.fingerprint, hri: on.hri }
    const { entryKey } = await deriveCardKeys(made.secret)
    const manifest = { number: 1, hash: toBase64url(randomBytes(32)) }
    const cardId = toBase64url(randomBytes(16))
    const entry = { ...place, cloud: "http://10.0.0.1:8080/any", cardId, manifest }
    await over(on.network, async () => {
      const index = await openIndex(on.hri, { local: true })
      const claims = {
        locatorHash: await locatorHash(made.locator),
        sequence: 1,
        parent: null,
        action: "put",
        entry: await sealUnder(entryKey, utf8(JSON.stringify(entry))),
      }
      await index.api.call("hri/put-entry", { statement: await thief.sign("hri-entry", index.hriId, claims) })
    })
    const { sent, watching } = watched(on.network)
    const seen = await outcomeOf(watching, () => accessBy(cardIn(encodeCard(made)), on.physician))
    return `${seen}, ${sent.length} sent`
  },
}

const byTheCloud: Story = {
  attack: 13,
  name: "a cloud that sends devices into their owners' own networks",
  expected: "reply-invalid, reply-invalid, 0 sent",
  play: async (on) => {
    const patient = await newPatient(on, "addresses")
    const { sent, watching } = watched(on.network)
    const [put, got]: [string[], string[]] = [[], []]
    for (const url of closed) {
      const upload = lying(watching, { "patient/upload-url": (answer) => ({ ...answer, url }) })
      put.push(await outcomeOf(upload, () => uploadRecord(patient.session, documentOf("summary", "another"))))
      const download = lyingInClear(watching, patient, on.paramedic, (answer) => ({
        ...answer,
        urls: answer.urls.map((each) => ({ ...each, url })),
      }))
      got.push(await outcomeOf(download, async () => readSummaryRecords(await accessBy(patient.card, on.physician))))
    }
    return `${once(put)}, ${once(got)}, ${sent.length} sent`
  },
}

export const addressStories: readonly Story[] = [byACard, byTheCloud]

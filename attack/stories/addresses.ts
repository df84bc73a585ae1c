import { readSummaryRecords } from "../../sdk/hcp/emergency-access.ts"
import { uploadRecord } from "../../sdk/patient/records.ts"
import { lying, type Network, over } from "../../test/kit/network.ts"
import { accessBy, documentOf } from "../../test/kit/people.ts"
import { newPatient, outcomeOf, type Story } from "../ground.ts"
import { lyingInClear } from "../operator.ts"
import { madeCard } from "../thief.ts"

const closed = [
  "http://192.168.1.1/x",
  "https://192.168.1.1/x",
  "https://169.254.169.254/x",
  "https://[fd00::1]/x",
  "https://printer.local/x",
]

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
    const made = await over(on.network, () => madeCard(on.hri, "http://10.0.0.1:8080/any"))
    const { sent, watching } = watched(on.network)
    const seen = await outcomeOf(watching, () => accessBy(made, on.physician))
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

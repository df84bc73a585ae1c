import * as z from "zod/mini"
import { routes } from "../../contract/routes.ts"
import type { Descriptor } from "../../protocol/record.ts"
import { listVersions, uploadRecord } from "../../sdk/patient/records.ts"
import { lying, type Network, over, requestIn } from "../../test/kit/network.ts"
import { documentOf } from "../../test/kit/people.ts"
import { newPatient, notFound, outcomeOf, type Story } from "../ground.ts"

const ofAnother: Story = {
  attack: 11,
  name: "another record's title, shown as an earlier version of this one",
  expected: "record-unreadable",
  play: async (on) => {
    const { session } = await newPatient(on, "titles")
    const { first, other } = await over(on.network, async () => {
      const first = await uploadRecord(session, documentOf("document", "insulin 10 units"))
      await uploadRecord(session, documentOf("document", "insulin 12 units"), { replaces: first })
      return { first, other: await uploadRecord(session, documentOf("document", "a note of somebody else")) }
    })
    const liar = lying(on.network, {
      "patient/list-versions": ({ versions }) => ({
        versions: versions.map((each) =>
          each.version === 1 ? { ...other, recordId: each.recordId, version: 1, replaces: null } : each,
        ),
      }),
    })
    return outcomeOf(liar, () => listVersions(session, first.recordId))
  },
}

const leftOut: Story = {
  attack: 11,
  name: "a version left out between two",
  expected: "record-differs",
  play: async (on) => {
    const { session } = await newPatient(on, "versions")
    const first = await over(on.network, async () => {
      const first = await uploadRecord(session, documentOf("document", "insulin 10 units"))
      const second = await uploadRecord(session, documentOf("document", "STOP insulin"), { replaces: first })
      await uploadRecord(session, documentOf("document", "insulin 12 units"), { replaces: second })
      return first
    })
    const liar = lying(on.network, {
      "patient/list-versions": ({ versions }) => ({ versions: versions.filter(({ version }) => version !== 2) }),
    })
    return outcomeOf(liar, () => listVersions(session, first.recordId))
  },
}

const neverPublished: Story = {
  attack: 11,
  name: "a version that was uploaded and never published, in the place of the published one",
  expected: "not-found, record-differs",
  play: async (on) => {
    const { session } = await newPatient(on, "drafts")
    const first = await over(on.network, () => uploadRecord(session, documentOf("document", "insulin 10 units")))
    let draft: Descriptor | undefined
    const cut: Network = async (asked) => {
      if (asked.route !== "patient/commit") return on.network(asked)
      draft = z.parse(routes["patient/commit"].request, requestIn("patient/commit", asked)).descriptor
      return notFound()
    }
    const was = await outcomeOf(cut, () =>
      uploadRecord(session, documentOf("document", "insulin 100 units"), { replaces: first }),
    )
    await over(on.network, async () => {
      const second = await uploadRecord(session, documentOf("document", "STOP insulin"), { replaces: first })
      await uploadRecord(session, documentOf("document", "insulin 12 units"), { replaces: second })
    })
    const liar = lying(on.network, {
      "patient/list-versions": ({ versions }) => ({
        versions: versions.map((each) => (each.version === draft?.version ? draft : each)),
      }),
    })
    return `${was}, ${await outcomeOf(liar, () => listVersions(session, first.recordId))}`
  },
}

export const metadataStories: readonly Story[] = [ofAnother, leftOut, neverPublished]

import * as z from "zod/mini"
import { routes } from "../../contract/routes.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { type Category, categories } from "../../protocol/primitives.ts"
import type { Descriptor } from "../../protocol/record.ts"
import type { Access } from "../../sdk/hcp/emergency-access.ts"
import { readContents } from "../../sdk/patient/contents.ts"
import { listVersions, uploadRecord } from "../../sdk/patient/records.ts"
import { lying, type Network, over, requestIn } from "../../test/kit/network.ts"
import { accessBy, documentOf } from "../../test/kit/people.ts"
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

/** Whether a category is empty, as far as somebody can tell who was given no list of its pages, but one of another category. */
const toldOf = async ({ manifest }: Access, category: Category, salt: string): Promise<string> => {
  const guesses = [[], { salt, hashes: [] }]
  const hashes = await Promise.all(guesses.map((guess) => canonicalHash(guess)))
  return hashes.includes(manifest.claims.pages[category]) ? "none" : "?"
}

const counted: Story = {
  attack: 11,
  name: "whether there are sensitive documents, and when one comes, read out of what a professional is given whose card opens none",
  expected: "?, then ?; 6 of 6 hashes changed, without a sensitive document too",
  play: async (on) => {
    const { session, card } = await newPatient(on, "counted")
    return over(on.network, async () => {
      const { salt } = (await readContents(session)).pageLists.summary
      const before = await accessBy(card, on.physician)
      await uploadRecord(session, documentOf("document", "a letter"))
      const between = await accessBy(card, on.physician)
      await uploadRecord(session, documentOf("sensitive", "a diagnosis"))
      const after = await accessBy(card, on.paramedic)
      const changed = (a: Access, b: Access) =>
        categories.filter((each) => a.manifest.claims.pages[each] !== b.manifest.claims.pages[each]).length
      const [without, within] = [changed(before, between), changed(between, after)]
      const told = `${await toldOf(before, "sensitive", salt)}, then ${await toldOf(after, "sensitive", salt)}`
      return `${told}; ${within} of 6 hashes changed${without === within ? ", without a sensitive document too" : ""}`
    })
  },
}

export const metadataStories: readonly Story[] = [ofAnother, leftOut, neverPublished, counted]

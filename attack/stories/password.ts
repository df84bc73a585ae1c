import type { Publication } from "../../contract/publication.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { generateKeyPairs, publicKeysOf, thumbprint } from "../../protocol/keys.ts"
import { openCloud } from "../../sdk/cloud.ts"
import { readContents } from "../../sdk/patient/contents.ts"
import { listRecords } from "../../sdk/patient/listed.ts"
import { prepare } from "../../sdk/patient/publication.ts"
import { downloadRecord, uploadRecord } from "../../sdk/patient/records.ts"
import { type PatientSession, signAsPatient } from "../../sdk/patient/session.ts"
import { newPatient, outcomeOf, type Story } from "../ground.ts"
import { over } from "../network.ts"
import { documentOf, freshly } from "../people.ts"

/** The patient's session with the keys of somebody who has their password alone. */
const byAThief = async (session: PatientSession): Promise<PatientSession> => {
  const keys = await generateKeyPairs({ extractable: true })
  return { ...freshly(session), keys, signerId: await thumbprint((await publicKeysOf(keys)).signing) }
}

/** The next manifest, without a record, by whoever signs. */
const strikingAll = async (session: PatientSession, by: PatientSession): Promise<Publication> => {
  const contents = await readContents(freshly(session))
  const pages = [{ category: "summary" as const, page: 0, descriptors: [] }]
  return (await prepare(by, contents, { pages })).publication
}

const destroys: Story = {
  attack: 10,
  name: "a password, or a token, without the patient's keys, to destroy the record",
  expected: "manifest-conflict, statement-invalid, statement-invalid, statement-invalid, 1 of 1 read",
  play: async (on) => {
    const { session, login, cardId } = await newPatient(on, "password")
    const old = await over(on.network, async () => {
      const [summary] = await listRecords(session)
      const publication = await strikingAll(session, session)
      if (summary !== undefined)
        await uploadRecord(session, documentOf("summary", "a newer one"), { replaces: summary })
      return publication
    })
    const { recordId, thief, token, publication } = await over(on.network, async () => {
      const [summary] = await listRecords(session)
      const { api } = await openCloud(on.cloud)
      const { accessToken } = await api.call("patient/sign-in", login)
      const thief = await byAThief(session)
      return {
        recordId: summary?.recordId ?? "",
        thief,
        token: accessToken,
        publication: await strikingAll(session, thief),
      }
    })
    const { api } = session.cloud
    const seen = [
      await outcomeOf(on.network, () => api.call("patient/delete-record", { recordId, publication: old }, token)),
      await outcomeOf(on.network, () => api.call("patient/delete-record", { recordId, publication }, token)),
      await outcomeOf(on.network, async () => {
        const statement = await signAsPatient(thief, "card-revocation", { cardId })
        return api.call("patient/revoke-card", { cardId, statement }, token)
      }),
      await outcomeOf(on.network, async () => {
        const statement = await signAsPatient(thief, "deactivation", {})
        return api.call("patient/deactivate", { statement }, token)
      }),
    ]
    const listed = await over(on.network, () => listRecords(session))
    const read = await over(on.network, () => Promise.all(listed.map((each) => downloadRecord(session, each))))
    return `${seen.join(", ")}, ${read.length} of ${listed.length} read`
  },
}

const withoutASignature: Story = {
  attack: 10,
  name: "a password, to erase a record that the signed manifest lists",
  expected: "1 of 1 read, the same",
  play: async (on) => {
    const { session, login } = await newPatient(on, "unsigned")
    const before = await over(on.network, () => listRecords(session))
    await outcomeOf(on.network, async () => {
      const { api } = await openCloud(on.cloud)
      const { accessToken } = await api.call("patient/sign-in", login)
      for (const { recordId } of before) await api.call("patient/delete-record", { recordId }, accessToken)
    })
    const after = await over(on.network, () => listRecords(session))
    const read = await over(on.network, () => Promise.all(after.map((each) => downloadRecord(session, each))))
    const same = (await canonicalHash(before)) === (await canonicalHash(after)) ? "the same" : "OTHERS"
    return `${read.length} of ${after.length} read, ${same}`
  },
}

export const passwordStories: readonly Story[] = [destroys, withoutASignature]

import * as z from "zod/mini"
import type { ObjectPlace } from "../../contract/items.ts"
import type { Publication } from "../../contract/publication.ts"
import { cardKey, categoryWrappingKey, deriveCardKeys } from "../../protocol/card.ts"
import { statements } from "../../protocol/claims.ts"
import { fromBase64url, toBase64url } from "../../protocol/crypto/bytes.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { randomBytes, sha256, unwrapKey } from "../../protocol/crypto/primitives.ts"
import { generateKeyPairs, publicKeysOf, thumbprint } from "../../protocol/keys.ts"
import { partBytes } from "../../protocol/primitives.ts"
import { readStatement } from "../../protocol/statement.ts"
import type { Api } from "../../sdk/api.ts"
import { openCloud } from "../../sdk/cloud.ts"
import { contribute } from "../../sdk/hcp/contribute.ts"
import { readContents } from "../../sdk/patient/contents.ts"
import { approveContribution, listContributions } from "../../sdk/patient/contributions.ts"
import { listRecords } from "../../sdk/patient/listed.ts"
import { prepare } from "../../sdk/patient/publication.ts"
import { downloadRecord, uploadRecord } from "../../sdk/patient/records.ts"
import { type PatientSession, signAsPatient } from "../../sdk/patient/session.ts"
import { type Network, over, requestIn } from "../../test/kit/network.ts"
import { accessBy, documentOf, freshly } from "../../test/kit/people.ts"
import { newPatient, outcomeOf, type Story } from "../ground.ts"

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

/** Whoever has the password uploads to a place, in one piece and in parts, and commits neither. */
const squatting = async (api: Api, token: string, { recordId, version, objectId }: ObjectPlace): Promise<void> => {
  const place = { recordId, version, objectId }
  const body = randomBytes(100)
  const category = "document" as const
  const of = { ...place, category, size: body.length, sha256: toBase64url(await sha256(body)) }
  const { url, headers } = await api.call("patient/upload-url", of, token)
  await fetch(url, { method: "PUT", headers, body })
  const large = { ...place, version: String(place.version), category, size: partBytes + 1 }
  await api.call("patient/begin-upload", large, token)
}

const squats: Story = {
  attack: 10,
  name: "a password, without the patient's keys, to take the places of what the patient uploads or approves next",
  expected: "the next version read, the addition read",
  play: async (on) => {
    const { session, login, card } = await newPatient(on, "squatted", ["document"])
    return over(on.network, async () => {
      const first = await uploadRecord(session, documentOf("document", "a note"))
      await contribute(await accessBy(card, on.physician), documentOf("document", "the addition"))
      const { api } = await openCloud(on.cloud)
      const { accessToken } = await api.call("patient/sign-in", login)
      for (let i = 0; i < 3; i++)
        await squatting(api, accessToken, { ...first, version: 2, objectId: toBase64url(randomBytes(16)) })
      const { contributions } = await api.call("patient/list-contributions", {}, accessToken)
      for (const { statement } of contributions) {
        const { descriptor } = z.parse(statements.contribution, readStatement(statement).payload)
        await squatting(api, accessToken, descriptor)
      }
      const next = await uploadRecord(session, documentOf("document", "the next version"), { replaces: first })
      const [pending] = await listContributions(session)
      if (pending === undefined) return "there is no addition"
      const read: string[] = []
      for (const descriptor of [next, await approveContribution(session, pending)])
        read.push(new TextDecoder().decode((await downloadRecord(session, descriptor)).bytes))
      return read.map((text) => `${text} read`).join(", ")
    })
  },
}

/** Every text in an answer, at any depth. */
export const textsIn = (value: unknown): string[] => {
  if (typeof value === "string") return [value]
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : []
}

/** How many category keys the texts open together with a card's secret: each that could be a share, with each that could be a wrapped key. */
export const openedBy = async (secret: Uint8Array<ArrayBuffer>, texts: readonly string[]): Promise<number> => {
  const { qrHalf } = await deriveCardKeys(secret)
  const shares = new Set(texts.filter((text) => /^[\w-]{43}$/.test(text)))
  const wrapped = new Set(texts.filter((text) => /^[\w-]{54}$/.test(text)))
  let opened = 0
  for (const share of shares) {
    const wrapping = await categoryWrappingKey(await cardKey(qrHalf, fromBase64url(share)), "summary", 1)
    for (const key of wrapped) if (await unwrapKey(wrapping, fromBase64url(key)).then(Boolean, () => false)) opened++
  }
  return opened
}

const photographed: Story = {
  attack: 6,
  name: "a photograph of a card, with the password, without any professional",
  expected: "1 key by the cloud's half, 0 by the password",
  play: async (on) => {
    const half: string[] = []
    const noting: Network = async (asked) => {
      if (asked.route === "patient/make-card") half.push(...textsIn(requestIn("patient/make-card", asked)))
      return on.network(asked)
    }
    const { login, card } = await newPatient({ ...on, network: noting }, "photographed")
    const page = { category: "summary" as const, page: "0" }
    const answers = await over(on.network, async () => {
      const { api } = await openCloud(on.cloud)
      const { accessToken } = await api.call("patient/sign-in", login)
      return [
        await api.call("patient/list-cards", {}, accessToken),
        await api.call("patient/get-manifest", { after: "0" }, accessToken),
        await api.call("patient/get-manifest-page", page, accessToken),
        await api.call("patient/list-grants", {}, accessToken),
        await api.call("patient/get-consent", { kind: "emergency-share" }, accessToken),
      ]
    })
    const [ofHalf, ofPassword] = [await openedBy(card.secret, half), await openedBy(card.secret, textsIn(answers))]
    return `${ofHalf} key by the cloud's half, ${ofPassword} by the password`
  },
}

export const passwordStories: readonly Story[] = [destroys, withoutASignature, squats, photographed]

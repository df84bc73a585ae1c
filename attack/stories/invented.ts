import { toHex } from "../../protocol/crypto/bytes.ts"
import { sha256 } from "../../protocol/crypto/primitives.ts"
import { accountOf } from "../../protocol/professional.ts"
import { readStatement, signStatement, statementHash } from "../../protocol/statement.ts"
import { certifiedBy } from "../../sdk/certified.ts"
import { contribute } from "../../sdk/hcp/contribute.ts"
import { listRecords } from "../../sdk/hcp/records.ts"
import { listGrants } from "../../sdk/patient/grants.ts"
import { lying, type Network, over } from "../../test/kit/network.ts"
import { accessBy, documentOf, freshly } from "../../test/kit/people.ts"
import { type Ground, newPatient, type Story } from "../ground.ts"
import { rewrittenTrail } from "../long-trail.ts"

/** What a professional signed, word for word, signed by somebody whom the operator made up. */
const byStranger = async ({ stranger }: Ground, compact: string): Promise<string> => {
  const { alg, privateKey, chain } = stranger
  const { header, payload } = readStatement(compact)
  return signStatement({ typ: header.typ, alg, privateKey, x5c: chain, payload: { ...Object(payload) } })
}

const inTheTrail: Story = {
  attack: 14,
  name: "somebody whom the operator made up, told to the patient in the place of who has read",
  expected: "certified, then uncertified",
  play: async (on) => {
    const { session, card } = await newPatient(on, "invented")
    const device = freshly(session)
    await over(on.network, () => accessBy(card, on.physician))
    const judged = async (network: Network) => {
      const [grant] = await over(network, () => listGrants(freshly(device)))
      if (grant?.statement === undefined) throw new Error("nobody has read")
      const { statement, grantedAt: at } = grant
      return { statement, ...(await certifiedBy(on.trust, { statement, at })) }
    }
    const honest = await judged(on.network)
    const statement = await byStranger(on, honest.statement)
    const [certificate = new Uint8Array()] = on.stranger.chain
    const actor = {
      certificate: toHex(await sha256(certificate)),
      account: await accountOf(certificate, on.stranger.alg),
    }
    const hash = await statementHash(statement)
    const trail = rewrittenTrail(on.network, (events) =>
      events.map((event) =>
        event.actor.kind === "hcp"
          ? { ...event, actor: { ...event.actor, ...actor }, subject: { ...event.subject, statementHash: hash } }
          : event,
      ),
    )
    const liar = lying(trail.rewritten, {
      "patient/list-grants": (answer) => ({ grants: answer.grants.map((grant) => ({ ...grant, statement })) }),
    })
    return `${honest.outcome}, then ${(await judged(liar)).outcome}`
  },
}

const toTheNext: Story = {
  attack: 14,
  name: "somebody whom the operator made up, shown to the next professional as an addition's author",
  expected: "certified, then uncertified and unopened",
  play: async (on) => {
    const { card } = await newPatient(on, "invented author", ["summary", "document"])
    await over(on.network, async () => contribute(await accessBy(card, on.physician), documentOf("document", "AB+")))
    const judged = async (network: Network) => {
      const listed = await over(network, async () => listRecords(await accessBy(card, on.paramedic), "document"))
      const added = listed.find(({ unreviewed }) => unreviewed !== undefined)
      if (added?.unreviewed === undefined) throw new Error("nothing was added")
      const { statement } = added.unreviewed
      const { outcome } = await certifiedBy(on.trust, { statement })
      return { statement, said: added.metadata === undefined ? `${outcome} and unopened` : outcome }
    }
    const honest = await judged(on.network)
    const statement = await byStranger(on, honest.statement)
    const liar = lying(on.network, {
      "hcp/list-records": (answer) => ({
        ...answer,
        contributions: answer.contributions.map((each) => ({ ...each, statement })),
      }),
    })
    return `${honest.said}, then ${(await judged(liar)).said}`
  },
}

export const inventedStories: readonly Story[] = [inTheTrail, toTheNext]

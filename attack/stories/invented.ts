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
import { beforeCheckpoints, rewrittenTrail } from "../long-trail.ts"

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
  play: async (ground) => {
    const on = beforeCheckpoints(ground)
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

const ofRevocation: Story = {
  attack: 14,
  name: "an answer about revocation that the cloud withholds, changed, or took from another professional's access",
  expected: "shown as valid then; withheld, changed, another's: shown as not verified",
  play: async (on) => {
    const { session, card } = await newPatient(on, "revoked unseen")
    await over(on.network, async () => {
      await accessBy(card, on.physician)
      await accessBy(card, on.paramedic)
    })
    const judged = async (network: Network) => {
      const grants = await over(network, () => listGrants(freshly(session)))
      const [grant, other] = grants
      if (grant?.statement === undefined) throw new Error("nobody has read")
      const { statement, grantedAt: at, answer } = grant
      const certified = await certifiedBy(on.trust, { statement, at, answer })
      const shown = certified.outcome === "certified" && certified.wasValid ? "valid then" : "not verified"
      return { shown, own: answer?.ocsp, others: other?.answer?.ocsp }
    }
    const honest = await judged(on.network)
    const withAnswer = (ocsp: string | undefined) =>
      judged(
        lying(on.network, {
          "patient/list-grants": ({ next, grants }) => ({
            next,
            grants: grants.map((grant) => ({ ...grant, ocsp })),
          }),
        }),
      )
    const { own = "", others } = honest
    const middle = Math.floor(own.length / 2)
    const changed = own.slice(0, middle) + (own[middle] === "A" ? "B" : "A") + own.slice(middle + 1)
    const lies = [await withAnswer(undefined), await withAnswer(changed), await withAnswer(others)]
    const shown = [...new Set(lies.map((lie) => lie.shown))].join(" and ")
    return `shown as ${honest.shown}; withheld, changed, another's: shown as ${shown}`
  },
}

export const inventedStories: readonly Story[] = [inTheTrail, toTheNext, ofRevocation]

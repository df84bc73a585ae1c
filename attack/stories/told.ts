import { readStatement, signStatement, statementHash } from "../../protocol/statement.ts"
import { contribute } from "../../sdk/hcp/contribute.ts"
import type { Access } from "../../sdk/hcp/emergency-access.ts"
import { endAccess } from "../../sdk/hcp/session.ts"
import { readContents } from "../../sdk/patient/contents.ts"
import { listContributions } from "../../sdk/patient/contributions.ts"
import { haltGrant, listGrants } from "../../sdk/patient/grants.ts"
import { uploadRecord } from "../../sdk/patient/records.ts"
import { stamp } from "../../sdk/stamp.ts"
import { jsonOf, jsonReply, lying, type Network, over } from "../../test/kit/network.ts"
import { accessBy, documentOf, freshly } from "../../test/kit/people.ts"
import { busy, newPatient, outcomeOf, type Story } from "../ground.ts"
import { beforeCheckpoints, rewrittenTrail } from "../long-trail.ts"

type Sent = { readonly statement: string }

/** An addition that is uploaded and signed, and not sent: its request, as it would have been. */
const heldBack = async (network: Network, access: Access, text: string) => {
  const kept: Parameters<Network>[0][] = []
  const holding: Network = async (asked) => {
    if (asked.route !== "hcp/contribute") return network(asked)
    kept.push(asked)
    return busy()
  }
  await outcomeOf(holding, () => contribute(access, documentOf("document", text)))
  const [asked] = kept
  if (asked === undefined) throw new Error("nothing was signed")
  return asked
}

/** The same request with the statement signed anew, with other claims. */
const signedAnew = async (asked: Parameters<Network>[0], { credential }: Access, claims: object) => {
  if (credential === undefined) throw new Error("the key is locked")
  const sent = jsonOf(asked) as Sent
  const payload = { ...Object(readStatement(sent.statement).payload), ...claims }
  const { alg, privateKey, chain: x5c } = credential
  const statement = await signStatement({ typ: "contribution", alg, privateKey, x5c, payload })
  return { ...asked, body: jsonReply({ ...sent, statement }).body }
}

const signedTwice: Story = {
  attack: 18,
  name: "a professional who signs twice for one addition, so that its patient can review none any more",
  expected: "1 of two at once, 2 can be reviewed",
  play: async (on) => {
    const { session, card } = await newPatient(on, "signed twice", ["summary", "document"])
    const access = await over(on.network, () => accessBy(card, on.physician))
    const first = await heldBack(on.network, access, "first")
    const second = await heldBack(on.network, access, "second")
    const { jti, iat } = readStatement((jsonOf(first) as Sent).statement).payload as { jti: string; iat: number }
    // The events of both are written, and one of them comes to nothing: the number is used up.
    const atOnce = [first, await signedAnew(second, access, { jti, iat })]
    const answered = await Promise.all(atOnce.map((asked) => on.network(asked)))
    const taken = answered.filter(({ status }) => status === 200).length
    const lost = [first, second].filter((_, i) => answered[i]?.status !== 200)
    // Whichever lost: the number of the first is used up.
    for (const asked of lost) await on.network(await signedAnew(asked, access, stamp()))
    const listed: string[] = []
    const seen = await outcomeOf(on.network, async () => {
      for (const { contributionId, metadata } of await listContributions(session))
        if (metadata !== undefined) listed.push(contributionId)
    })
    return `${taken} of two at once, ${seen === "NOT REFUSED" ? `${listed.length} can be reviewed` : seen}`
  },
}

const leftOut: Story = {
  attack: 18,
  name: "an access listed to whoever looks, and to no device that is about to make new keys",
  expected: "shown as ended, under new keys",
  play: async (on) => {
    const { session, card } = await newPatient(on, "left out")
    await over(on.network, async () => endAccess(await accessBy(card, on.physician)))
    // Whoever adds something asks for the accesses since the last time; whoever looks, for all.
    const twoFaced: Network = async (asked) =>
      asked.route === "patient/list-grants" && asked.url.searchParams.has("since")
        ? jsonReply({ grants: [] })
        : on.network(asked)
    return over(twoFaced, async () => {
      const [access] = await listGrants(session)
      const { epoch } = await uploadRecord(session, documentOf("summary", "after the access"))
      const { keyRing } = await readContents(session)
      const renewed = epoch > 1 && keyRing.categories.summary.epoch === epoch
      return `shown as ${access?.status}, under ${renewed ? "new keys" : "the keys of that access"}`
    })
  },
}

const afterTheEnd: Story = {
  attack: 18,
  name: "an addition by a professional whose access the patient has ended, taken and told by the operator",
  expected: "halted; access-differs",
  play: async (ground) => {
    const on = beforeCheckpoints(ground)
    const { session, card } = await newPatient(on, "after the end", ["summary", "document"])
    const access = await over(on.network, () => accessBy(card, on.physician))
    await over(on.network, () => contribute(access, documentOf("document", "while it lasted")))
    const asked = await heldBack(on.network, access, "after the end")
    await over(on.network, () => haltGrant(session, access))
    const later = Math.floor(Date.now() / 1000) + 5 * 60
    const { statement } = jsonOf(await signedAnew(asked, access, { iat: later })) as Sent
    const { recordId } = Object(readStatement(statement).payload).descriptor as { recordId: string }
    const at = new Date(later * 1000).toISOString()
    const hash = await statementHash(statement)
    const trail = rewrittenTrail(on.network, (events) => {
      const told = events.findLast(({ action }) => action === "contribute")
      if (told === undefined) return events
      const subject = { ...told.subject, contributionId: recordId, statementHash: hash }
      return [...events, { ...told, at, subject }]
    })
    const liar = lying(trail.rewritten, {
      "patient/list-contributions": ({ contributions }) => ({
        contributions: contributions.flatMap((each) => [
          each,
          { ...each, contributionId: recordId, statement, contributedAt: at },
        ]),
      }),
    })
    const device = freshly(session, { fingerprint: session.fingerprint })
    const [shown] = await over(liar, () => listGrants(device))
    return `${shown?.status}; ${await outcomeOf(liar, () => listContributions(device))}`
  },
}

export const toldStories: readonly Story[] = [signedTwice, leftOut, afterTheEnd]

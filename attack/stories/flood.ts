import { listRecords } from "../../sdk/hcp/records.ts"
import { readAuditTrail } from "../../sdk/patient/audit-trail.ts"
import { haltGrant, listGrants } from "../../sdk/patient/grants.ts"
import { over } from "../../test/kit/network.ts"
import { accessBy } from "../../test/kit/people.ts"
import { newPatient, type Story } from "../ground.ts"
import { beforeCheckpoints, rewrittenTrail } from "../long-trail.ts"

const requests = 100
/** More than lists were read to before. */
const flood = 4100

const byOneProfessional: Story = {
  attack: 8,
  name: "a professional who asks without end, to bury what was done in the trail",
  expected: "1 event of 100 requests",
  play: async (on) => {
    const { session, card } = await newPatient(on, "flooded")
    return over(on.network, async () => {
      const access = await accessBy(card, on.physician)
      for (let n = 1; n <= requests; n++) await listRecords(access, "summary")
      const events = (await readAuditTrail(session)).filter(({ action }) => action === "list-records")
      return `${events.length} event of ${requests} requests`
    })
  },
}

const withoutEnd: Story = {
  attack: 8,
  name: "a trail of more pages than anybody reads, told by the cloud",
  expected: "1 access, halted, read on from its remembered end",
  play: async (ground) => {
    const on = beforeCheckpoints(ground)
    const { session, card } = await newPatient(on, "long trail")
    const access = await over(on.network, () => accessBy(card, on.physician))
    const { rewritten, pages } = rewrittenTrail(
      on.network,
      (honest) => {
        const last = honest.at(-1)
        return last === undefined
          ? []
          : [...honest, ...Array.from({ length: flood }, () => ({ ...last, action: "list-records" as const }))]
      },
      1,
    )
    return over(rewritten, async () => {
      const accesses = (await listGrants(session)).length
      const before = pages()
      await haltGrant(session, access)
      const [grant] = await listGrants(session)
      const readOn = pages() - before < 20 && before > flood ? "read on from its remembered end" : "READ AGAIN"
      return `${accesses} access, ${grant?.status}, ${readOn}`
    })
  },
}

export const floodStories: readonly Story[] = [byOneProfessional, withoutEnd]

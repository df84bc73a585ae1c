import type { ResponseOf } from "../../contract/routes.ts"
import { type Professional, readProfessional } from "../professional.ts"
import { startEpoch } from "./cards.ts"
import { callAsPatient, type PatientSession, wholeList } from "./session.ts"

/** An emergency access as the patient sees it: who, when, which parts. */
export type Grant = ResponseOf<"patient/list-grants">["grants"][number] & { readonly professional: Professional }

/** Every emergency access there was; the professional is named by the certificate they signed with. */
export const listGrants = (session: PatientSession): Promise<Grant[]> =>
  wholeList(async (after) => {
    const { grants, next } = await callAsPatient(session, "patient/list-grants", { after })
    const items = await Promise.all(
      grants.map(async (grant) => ({
        ...grant,
        professional: await readProfessional("emergency-access", grant.statement),
      })),
    )
    return { items, next }
  })

/**
 * Starts a new epoch of what ended accesses had opened, where that has not been done yet: who read once can't read what comes
 * later. Called before anything is added; doing it twice does no harm.
 */
export const renewKeys = async (session: PatientSession): Promise<void> => {
  const { memory } = session
  const grants = await wholeList(async (after) => {
    const { grants: items, next } = await callAsPatient(session, "patient/list-grants", { after })
    return { items, next }
  })
  const ended = grants.filter(({ status, grantedAt }) => status !== "active" && grantedAt > (memory.renewedAfter ?? ""))
  if (ended.length === 0) return
  await startEpoch(session, [...new Set(ended.flatMap(({ categories }) => categories))])
  memory.renewedAfter = ended.map(({ grantedAt }) => grantedAt).reduce((a, b) => (a > b ? a : b))
}

/** Ends a running access at once, and starts a new epoch of what it opened. */
export const haltGrant = async (session: PatientSession, { grantId }: { grantId: string }): Promise<void> => {
  await callAsPatient(session, "patient/halt-grant", { grantId })
  await renewKeys(session)
}

import type { Category } from "../../contract/primitives.ts"
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

/** Ends a running access at once, and starts a new epoch of what it opened. */
export const haltGrant = async (
  session: PatientSession,
  { grantId, categories }: { grantId: string; categories: readonly Category[] },
): Promise<void> => {
  await callAsPatient(session, "patient/halt-grant", { grantId })
  await startEpoch(session, categories)
}

import type { Descriptor } from "../../protocol/record.ts"
import { readContents } from "../../sdk/patient/contents.ts"
import { findRecord } from "../../sdk/patient/listed.ts"
import { listVersions } from "../../sdk/patient/records.ts"
import type { PatientSession } from "../../sdk/patient/session.ts"
import { UsageError } from "./exit.ts"

/** A record as the patient's manifest lists it; `UsageError` where it lists none. */
export const listedRecord = async (session: PatientSession, recordId: string): Promise<Descriptor> => {
  const page = await findRecord(session, await readContents(session), recordId)
  const found = page?.descriptors.find((descriptor) => descriptor.recordId === recordId)
  if (found === undefined) throw new UsageError(`There is no record ${recordId}.`)
  return found
}

/** One version of a record, as it was committed. */
export const recordVersion = async (
  session: PatientSession,
  recordId: string,
  version: string,
): Promise<Descriptor> => {
  const found = (await listVersions(session, recordId)).find((each) => String(each.version) === version)
  if (found === undefined) throw new UsageError(`There is no version ${version} of record ${recordId}.`)
  return found
}

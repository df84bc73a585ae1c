import { openAsBlob } from "node:fs"
import type { Descriptor } from "../contract/record.ts"
import { downloadRecord, uploadRecord } from "../sdk/patient/records.ts"
import type { PatientSession } from "../sdk/patient/session.ts"

/** The first `bytes` of the file, through the SDK as an app uses it. */
export const uploadFile = async (session: PatientSession, file: string, bytes: number): Promise<Descriptor> => {
  const blob = (await openAsBlob(file)).slice(0, bytes)
  return uploadRecord(session, {
    category: "imaging",
    title: "Bench",
    contentType: "application/octet-stream",
    bytes: new Uint8Array(await blob.arrayBuffer()),
  })
}

/** Everything of a record, thrown away as it comes. */
export const downloadAll = async (session: PatientSession, descriptor: Descriptor): Promise<number> => {
  const { bytes } = await downloadRecord(session, descriptor)
  return bytes.length
}

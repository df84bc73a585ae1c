import { fileSource } from "../bin/ehr/file-source.ts"
import type { Descriptor } from "../protocol/record.ts"
import { streamRecord, uploadRecord } from "../sdk/patient/records.ts"
import type { PatientSession } from "../sdk/patient/session.ts"

/** The first `bytes` of the file, through the SDK as an app uses it. */
export const uploadFile = async (session: PatientSession, file: string, bytes: number): Promise<Descriptor> => {
  const content = await fileSource(file, bytes)
  const contentType = "application/octet-stream"
  return uploadRecord(session, { category: "imaging", title: "Bench", contentType, content })
}

/** Everything of a record, thrown away as it comes; how many bytes it was. */
export const downloadAll = async (session: PatientSession, descriptor: Descriptor): Promise<number> => {
  let bytes = 0
  const { stream } = await streamRecord(session, descriptor)
  await stream.pipeTo(
    new WritableStream({
      write: (chunk) => {
        bytes += chunk.length
      },
    }),
  )
  return bytes
}

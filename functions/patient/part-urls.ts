import { signedUrls, store } from "../adapters/wiring.ts"
import { recordPartUrls } from "../domain/records.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), objects: signedUrls("records") }

/** Signs the PUTs by which parts of a sealed record enter the object store. */
export const handler = useCase("patient/part-urls", ({ patientId }, request, call) =>
  recordPartUrls(deps, patientId, request, call),
)

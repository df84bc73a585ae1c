import { signedUrls, store } from "../adapters/wiring.ts"
import { listContributions } from "../domain/decisions.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), objects: signedUrls("pending") }

/** Lists what professionals have added, with the bytes of what waits for the patient. */
export const handler = useCase("patient/list-contributions", ({ patientId }, request, call) =>
  listContributions(deps, patientId, request, call),
)

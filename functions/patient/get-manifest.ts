import { store } from "../adapters/wiring.ts"
import { getManifest } from "../domain/manifest.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store() }

/** Gives the patient their newest manifest and key ring, and the way back to the manifest that the device knows. */
export const handler = useCase("patient/get-manifest", ({ patientId }, request) =>
  getManifest(deps, patientId, request),
)

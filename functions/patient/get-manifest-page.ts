import { store } from "../adapters/wiring.ts"
import { getManifestPage } from "../domain/manifest.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store() }

/** Gives the patient one page of their manifest. */
export const handler = useCase("patient/get-manifest-page", ({ patientId }, request) =>
  getManifestPage(deps, patientId, request),
)

import { store } from "../adapters/wiring.ts"
import { getDecided } from "../domain/manifest.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store() }

/** Gives the patient the ids of all contributions they have decided on. */
export const handler = useCase("patient/get-decided", ({ patientId }) => getDecided(deps, patientId))

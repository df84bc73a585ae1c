import { store } from "../adapters/wiring.ts"
import { getKeyPages } from "../domain/key-pages.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store() }

/** Gives the patient pages of the category keys that are older than those in the ring. */
export const handler = useCase("patient/get-key-pages", ({ patientId }, request) =>
  getKeyPages(deps, patientId, request),
)

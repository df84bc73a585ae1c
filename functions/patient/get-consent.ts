import { cloudIdentity, store } from "../adapters/wiring.ts"
import { getConsent } from "../domain/consents.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), cloud: cloudIdentity() }

/** Shows the text of a consent and where it stands. */
export const handler = useCase("patient/get-consent", ({ patientId }, request) => getConsent(deps, patientId, request))

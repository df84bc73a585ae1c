import { store } from "../adapters/wiring.ts"
import { listDeliveryAddresses } from "../domain/delivery-addresses.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store() }

/** Lists the addresses by which practices may send to the patient, and those by which they did. */
export const handler = useCase("patient/list-delivery-addresses", ({ patientId }, request) =>
  listDeliveryAddresses(deps, patientId, request),
)

import { auditTrail, cloudIdentity, store } from "../adapters/wiring.ts"
import { revokeDeliveryAddress } from "../domain/delivery-addresses.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), audit: auditTrail(), cloud: cloudIdentity() }

/** Lets a practice send to the patient no longer. */
export const handler = useCase("patient/revoke-delivery-address", ({ patientId }, request, call) =>
  revokeDeliveryAddress(deps, patientId, request, call),
)

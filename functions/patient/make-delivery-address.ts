import { auditTrail, cloudIdentity, store } from "../adapters/wiring.ts"
import { makeDeliveryAddress } from "../domain/delivery-addresses.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), audit: auditTrail(), cloud: cloudIdentity() }

/** Keeps an address by which one practice may send to the patient. */
export const handler = useCase("patient/make-delivery-address", ({ patientId }, request, call) =>
  makeDeliveryAddress(deps, patientId, request, call),
)

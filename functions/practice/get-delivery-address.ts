import { store } from "../adapters/wiring.ts"
import { getDeliveryAddress } from "../domain/deliveries.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store() }

/** Tells a practice that was given an address whom it is about, sealed, and the key that is sealed to. */
export const handler = useCase("practice/get-delivery-address", (actor, request) =>
  getDeliveryAddress(deps, actor, request),
)

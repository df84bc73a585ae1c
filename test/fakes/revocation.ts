import { RevocationFault, type RevocationPort } from "../../functions/domain/certification/revocation-port.ts"

/** An authority that answers by OCSP alone. */
export const noLists: Pick<RevocationPort, "fetchCrl"> = {
  fetchCrl: () => Promise.reject(new RevocationFault("unreachable")),
}

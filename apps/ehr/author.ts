import type { Origin } from "../../fhir/stated-summary.ts"
import type { SignedStatement } from "../../sdk/certified.ts"

/** Who signed it, by the name on their certificate, where an authority that this app trusts vouches for them. */
export const professionalOf = async (signed: SignedStatement): Promise<Origin | undefined> => {
  const { certifiedHere } = await import("../shared/trusted.ts")
  const certified = await certifiedHere(signed)
  const name = certified.outcome === "certified" ? certified.name : undefined
  return name === undefined ? undefined : { from: "professional", name }
}

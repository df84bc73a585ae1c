import { signal } from "@preact/signals"
import { useEffect } from "preact/hooks"
import type { Certified, SignedStatement } from "../../sdk/certified.ts"

/** `unknown`: the app couldn't read whom it trusts. */
export type Certification = Certified | { readonly outcome: "unknown" }

/** By statement and time; of professionals, not of patients. */
const known = signal<ReadonlyMap<string, Certification>>(new Map())

const keyOf = ({ statement, at, answer }: SignedStatement): string =>
  `${at ?? ""} ${statement} ${answer?.at ?? ""} ${answer?.ocsp ?? ""}`

/** Reading certificates is loaded when there is one to read, after the screen is there. */
const judge = async (signed: SignedStatement): Promise<void> => {
  let certification: Certification
  try {
    const { certifiedHere } = await import("./trusted.ts")
    certification = await certifiedHere(signed)
  } catch {
    certification = { outcome: "unknown" }
  }
  known.value = new Map(known.value).set(keyOf(signed), certification)
}

/** Who signed, by the authorities that this app trusts; `undefined` while that is being verified, and of what nobody signed. */
export const useCertified = (signed: Partial<SignedStatement>): Certification | undefined => {
  const { statement, at, answer } = signed
  const of = statement === undefined ? undefined : { statement, at, answer }
  const found = of && known.value.get(keyOf(of))
  useEffect(() => {
    if (of !== undefined && (found === undefined || found.outcome === "unknown")) void judge(of)
  }, [statement, at, answer?.at, answer?.ocsp])
  return found
}

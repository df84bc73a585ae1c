import type { Professional } from "../../protocol/professional.ts"
import type { SignedStatement } from "../../sdk/certified.ts"
import { useCertificateFacts } from "../shared/certificate-facts.ts"
import { type Certification, useCertified } from "../shared/certified.ts"
import { sharedWords } from "../shared/words/shared.ts"
import { words } from "./words/words.ts"

/** What a professional signed, if it is known; `at`: when it happened. */
interface Signer extends Partial<Pick<SignedStatement, "statement" | "answer">> {
  readonly professional: Pick<Professional, "thumbprint"> & Partial<Professional>
  readonly at: string
}

/** Who a trusted authority says it was: never what the cloud says. */
const nameOf = (certification: Certification | undefined): string | undefined => {
  if (certification?.outcome !== "certified") return undefined
  const { name, profession, organization } = certification
  return [name, sharedWords.value.professions[profession], organization].filter((part) => part !== undefined).join(", ")
}

/**
 * Who it was, in a line: name, profession and organisation as the certificate has them, where an authority that this app trusts vouches for it; and whether this
 * device could verify that it hadn't been revoked.
 */
export const Who = ({ statement, at, answer }: Signer) => {
  const { certified: says } = sharedWords.value
  const certification = useCertified({ statement, at, answer })
  if (certification === undefined) return <>{statement === undefined ? says.unsigned : says.verifying}</>
  if (certification.outcome === "certified")
    return (
      <>
        {nameOf(certification)}
        {!certification.wasValid && (
          <>
            {" "}
            <span class="badge badge-warn">{says.unproven}</span>
          </>
        )}
      </>
    )
  return <span class="badge badge-bad">{says[certification.outcome]}</span>
}

/** What this device knows of who it was, and on whose word. */
export const WhoInFull = ({ professional, statement, at, answer }: Signer) => {
  const { access: says } = words.value
  const { certified } = sharedWords.value
  const facts = useCertificateFacts(professional)
  const certification = useCertified({ statement, at, answer })
  if (professional.certificate === undefined) return <p class="small">{says.onlyInLog}</p>
  return (
    <>
      {facts !== undefined && (
        <p class="small">
          {[facts.name ?? says.noName, facts.organization, facts.issuer && says.issuedBy(facts.issuer)]
            .filter((part) => part !== undefined)
            .join(" · ")}
        </p>
      )}
      {certification !== undefined && (
        <p class={certification.outcome === "certified" ? "small muted" : "small strong"}>
          {certification.outcome === "certified"
            ? `${certified.by(certification.anchor)} ${certification.wasValid ? certified.proven : certified.hints.unproven}`
            : certified.hints[certification.outcome]}
        </p>
      )}
    </>
  )
}

import type { Profession } from "../../protocol/primitives.ts"
import type { Professional } from "../../protocol/professional.ts"
import { useCertificateFacts } from "../shared/certificate-facts.ts"
import { sharedWords } from "../shared/words/shared.ts"
import { words } from "./words/words.ts"

interface Signer {
  readonly profession?: Profession | undefined
  readonly professional: Pick<Professional, "thumbprint"> & Partial<Professional>
}

const professionOf = ({ profession }: Signer): string =>
  profession === undefined ? sharedWords.value.unknownProfession : sharedWords.value.professions[profession]

/** Who it was, in a line: name and organisation by the certificate that signed, and the profession that the cloud certified. */
export const Who = (signer: Signer) => {
  const facts = useCertificateFacts(signer.professional)
  return <>{[facts?.name, professionOf(signer), facts?.organization].filter((part) => part !== undefined).join(", ")}</>
}

/** What this device knows of who it was, and on whose word. */
export const WhoInFull = ({ professional }: Pick<Signer, "professional">) => {
  const { access: says } = words.value
  const facts = useCertificateFacts(professional)
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
      <p class="small muted">{says.vouched}</p>
    </>
  )
}

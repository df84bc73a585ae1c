/** Members' certificates (docs/protocol.md, "Practice"). */
import type { Certification } from "../../certify/certify.ts"
import { Problem } from "../../contract/errors.ts"
import { thumbprint } from "../../protocol/keys.ts"
import type { Member } from "../../protocol/practice/claims.ts"
import type { CloudIdentity } from "./consents.ts"
import { LoggedDetail } from "./logged-detail.ts"
import type { Call } from "./ports.ts"
import {
  certifySigner,
  type ProfessionalStatement,
  type ProfessionalTrust,
  professionalStatement,
  signedStatement,
} from "./professionals.ts"

interface Certifying extends ProfessionalTrust {
  readonly cloud: Pick<CloudIdentity, "cloudId">
}

type Certified = Certification & { outcome: "certified" }

/** The certificate that signed is a professional's at this moment. */
const requireInOrder = async (
  trust: ProfessionalTrust,
  said: Pick<ProfessionalStatement<"practice-member">, "chain" | "alg">,
  call: Call,
): Promise<Certified> => {
  const certified = await certifySigner(trust, said, call)
  if (certified.outcome !== "certified")
    throw new Problem(certified.outcome, { cause: new LoggedDetail(certified.because) })
  return certified
}

/** A certified professional says just now that these keys are theirs, in this practice. */
export const requireCertified = async (
  deps: Certifying,
  certificate: string,
  { practiceId, memberId, signing, sealing }: Pick<Member, "memberId" | "signing" | "sealing"> & { practiceId: string },
  call: Call,
): Promise<Certified> => {
  const said = await professionalStatement("practice-member", certificate, {
    audience: deps.cloud.cloudId,
    now: call.now,
  })
  const { claims } = said
  const same = claims.practiceId === practiceId && claims.memberId === memberId && claims.sealing === sealing
  if (!same || claims.signing !== (await thumbprint(signing))) throw new Problem("statement-invalid")
  return requireInOrder(deps, said, call)
}

/** The certificate that a member showed once is in order still: a revoked one suspends them. */
export const requireStillCertified = async (
  trust: ProfessionalTrust,
  certificate: string,
  call: Call,
): Promise<Certified> => requireInOrder(trust, await signedStatement("practice-member", certificate), call)

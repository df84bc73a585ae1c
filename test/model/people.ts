import type { RevocationPort } from "../../certify/revocation-port.ts"
import { toHex } from "../../protocol/crypto/bytes.ts"
import { sha256 } from "../../protocol/crypto/primitives.ts"
import type { TrustPolicy } from "../../protocol/trust-policy.ts"
import { day } from "../kit/certificate.ts"
import { anchorOf, newCertification } from "../kit/certification.ts"
import { type Professional, selfMadeProfessional } from "../kit/professional.ts"
import type { ProfessionalName } from "./model.ts"

export interface Cast {
  readonly professionals: Readonly<Record<ProfessionalName, Professional>>
  readonly trust: { readonly policy: TrustPolicy; readonly hash: string }
  readonly revocation: RevocationPort
}

/** Professionals of every sort, and an authority that answers at once: by a list, made once and good for as long as any story lasts. */
const makeCast = async (): Promise<Cast> => {
  const { root, authority, trust, issue, holder, professional } = newCertification()
  const struckOff = issue("Struck Off")
  authority.revoke(struckOff)
  const list = authority.crl(1, 30 * day)
  const issuer = toHex(await sha256(authority.self.der))
  const crls = [{ issuer, url: "http://lists.invalid/1" }]
  const anchor = anchorOf(root, [authority], { revocation: { order: ["crl"], crls, maxClockSkewSeconds: 60 } })
  return {
    professionals: {
      doctor: professional("Doctor"),
      medic: professional("Medic"),
      "struck-off": holder(struckOff),
      stranger: selfMadeProfessional(),
    },
    trust: { ...trust, policy: { version: 1, anchors: [anchor] } },
    revocation: {
      fetchCrl: async () => list,
      ask: () => Promise.reject(new Error("nobody is asked")),
    },
  }
}

let made: Promise<Cast> | undefined
/** The same in every story of a process. */
export const cast = (): Promise<Cast> => (made ??= makeCast())

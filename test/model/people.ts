import { readFileSync } from "node:fs"
import type { RevocationPort } from "../../functions/domain/certification/revocation-port.ts"
import { toHex } from "../../protocol/crypto/bytes.ts"
import { sha256 } from "../../protocol/crypto/primitives.ts"
import type { TrustPolicy } from "../../protocol/trust-policy.ts"
import {
  anchorOf,
  OpensslIssuer,
  profession,
  professionalExtensions,
  temporaryFolder,
} from "../domain/openssl-authority.ts"
import { professionalWith, selfMadeProfessional, type TestProfessional } from "../fakes/people.ts"
import type { ProfessionalName } from "./model.ts"

export interface Cast {
  readonly professionals: Readonly<Record<ProfessionalName, TestProfessional>>
  readonly trust: { readonly policy: TrustPolicy; readonly hash: string }
  readonly revocation: RevocationPort
}

/** Professionals of every sort, and an authority that answers at once: by a list, made once and good for as long as any story lasts. */
const makeCast = async (): Promise<Cast> => {
  const { folder, remove } = temporaryFolder()
  try {
    const root = OpensslIssuer.root(`${folder}/root`, "Root")
    const authority = root.issuer("Issuing Authority")
    const issued = (name: string) =>
      authority.issue(name, { extensions: professionalExtensions([profession.physician]) })
    const held = { doctor: issued("Doctor"), medic: issued("Medic"), struckOff: issued("Struck Off") }
    authority.revoke(held.struckOff)
    const list = authority.crl(1, ["-crldays", "30"])
    const professional = ({ key, certificate }: (typeof held)["doctor"]) =>
      professionalWith({ key: readFileSync(key, "utf8"), certificate: readFileSync(certificate, "utf8") }, [
        authority.self.der,
      ])
    const url = "http://lists.invalid/1"
    const issuer = toHex(await sha256(authority.self.der))
    const revocation = { order: ["crl" as const], crls: [{ issuer, url }], maxClockSkewSeconds: 60 }
    return {
      professionals: {
        doctor: await professional(held.doctor),
        medic: await professional(held.medic),
        "struck-off": await professional(held.struckOff),
        stranger: await selfMadeProfessional(),
      },
      trust: { policy: { version: 1, anchors: [anchorOf(root, [authority], { revocation })] }, hash: "T".repeat(43) },
      revocation: {
        fetchCrl: async () => list,
        ask: () => Promise.reject(new Error("nobody is asked")),
      },
    }
  } finally {
    remove()
  }
}

let made: Promise<Cast> | undefined
/** The same in every story of a process. */
export const cast = (): Promise<Cast> => (made ??= makeCast())

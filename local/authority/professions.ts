import type { Profession } from "../../protocol/primitives.ts"

/** `insured` is no profession: German health cards carry it where a professional's carry theirs. */
export type CertifiedAs = Profession | "insured"

/** Profession OIDs of the German health professional card (gematik), with the words that stand beside them. */
export const professionItems: Record<CertifiedAs, { oid: string; item: string }> = {
  physician: { oid: "1.2.276.0.76.4.30", item: "Ärztin/Arzt" },
  dentist: { oid: "1.2.276.0.76.4.31", item: "Zahnärztin/Zahnarzt" },
  pharmacist: { oid: "1.2.276.0.76.4.32", item: "Apotheker/-in" },
  paramedic: { oid: "1.2.276.0.76.4.178", item: "Notfallsanitäter/-in" },
  nurse: { oid: "1.2.276.0.76.4.232", item: "Pflegefachfrau/Pflegefachmann" },
  midwife: { oid: "1.2.276.0.76.4.235", item: "Hebamme" },
  insured: { oid: "1.2.276.0.76.4.49", item: "Versicherte/-r" },
}

/** Whom the trust policy lets in; a midwife's certificate is good, and isn't enough. */
export const allowedProfessions = ["physician", "dentist", "pharmacist", "paramedic", "nurse"] as const

// 32473 is the enterprise number that IANA keeps for documentation (RFC 5612): it will never be anybody's.
/** The policy under which this authority certifies professionals. */
export const professionalPolicy = "1.3.6.1.4.1.32473.1.1"
/** A policy of the same authority that says nothing about a profession. */
export const otherPolicy = "1.3.6.1.4.1.32473.1.99"

import { deflateRawSync } from "node:zlib"
import { CompactEncrypt } from "jose/jwe/compact/encrypt"
import { CompactSign } from "jose/jws/compact/sign"
import { exportJWK } from "jose/key/export"
import { generateKeyPair } from "jose/key/generate/keypair"
import { fromBase64url, toBase64url, utf8 } from "../../protocol/crypto/bytes.ts"
import type { HealthCardIssuer } from "../../sdk/health-card.ts"

export const iss = "https://pharmacy.example.org/issuer"

/** An immunization of somebody, as pharmacies write it. */
export const immunizationBundle = {
  resourceType: "Bundle",
  type: "collection",
  entry: [
    {
      fullUrl: "resource:0",
      resource: {
        resourceType: "Patient",
        name: [{ family: "Muster", given: ["Mia"] }],
        birthDate: "1980-05-05",
      },
    },
    {
      fullUrl: "resource:1",
      resource: {
        resourceType: "Immunization",
        status: "completed",
        vaccineCode: { coding: [{ system: "http://hl7.org/fhir/sid/cvx", code: "115", display: "Tdap" }] },
        patient: { reference: "resource:0" },
        occurrenceDateTime: "2021-03-01",
        lotNumber: "0000007",
      },
    },
  ],
}

/** Somebody who signs cards. */
export const newIssuer = async (kid = "k1") => {
  const { privateKey, publicKey } = await generateKeyPair("ES256")
  const { x = "", y = "" } = await exportJWK(publicKey)
  const known: HealthCardIssuer = { iss, keys: [{ kid, kty: "EC", crv: "P-256", x, y }] }
  const sign = async (payload: Uint8Array, header: object = { zip: "DEF" }): Promise<string> =>
    new CompactSign(payload).setProtectedHeader({ alg: "ES256", kid, ...header }).sign(privateKey)
  const card = (bundle: object = immunizationBundle, over: object = {}): Promise<string> =>
    sign(deflateRawSync(JSON.stringify(claims(bundle, over))))
  return { known, sign, card }
}

export const claims = (bundle: object, over: object = {}) => ({
  iss,
  nbf: 1_614_600_000,
  vc: {
    type: ["https://smarthealth.cards#health-card"],
    credentialSubject: { fhirVersion: "4.0.1", fhirBundle: bundle },
  },
  ...over,
})

/** The digits of a card, as its QR code has them. */
export const digitsOf = (card: string): string =>
  Array.from(card, (character) => String(character.charCodeAt(0) - 45).padStart(2, "0")).join("")

export const linkKey = toBase64url(new Uint8Array(32).fill(7))

/** A link, as its QR code has it. */
export const linkTo = (url: string, over: object = {}): string =>
  `shlink:/${toBase64url(utf8(JSON.stringify({ url, key: linkKey, label: "Mia's vaccinations", ...over })))}`

/** A file sealed under a link's key. */
export const sealedForLink = (text: string, cty = "application/fhir+json", header: object = {}): Promise<string> =>
  new CompactEncrypt(utf8(text))
    .setProtectedHeader({ alg: "dir", enc: "A256GCM", cty, ...header })
    .encrypt(fromBase64url(linkKey))

import { isDeepStrictEqual } from "node:util"
import { Problem } from "../../contract/errors.ts"
import { professionalStatement } from "../../functions/domain/professionals.ts"
import { claimsOf } from "../../functions/domain/statements.ts"
import type { StatementType } from "../../protocol/claims.ts"
import {
  fromBase64url,
  fromHex,
  fromStandardBase64,
  toBase64url,
  toHex,
  toStandardBase64,
} from "../../protocol/crypto/bytes.ts"
import { CryptoFailure } from "../../protocol/crypto/failure.ts"
import { parseJson } from "../../protocol/crypto/strict-json.ts"
import { readStatement, type StatementAlgorithm, verifyStatement } from "../../protocol/statement.ts"
import formats from "../golden/formats.json" with { type: "json" }
import { rootSigning as signing } from "../protocol/crypto/frozen-keys.ts"
import vectors from "../protocol/crypto/vectors.json" with { type: "json" }
import { bytesOf, dotted, only, require, type Target, textOf } from "./target.ts"

const unreadable = (error: unknown) => error instanceof CryptoFailure
const problem =
  (...codes: string[]) =>
  (error: unknown) =>
    error instanceof Problem && codes.includes(error.code)

const algorithms: readonly StatementAlgorithm[] = ["ES256", "ES384", "RS256", "PS256"]
const signed = [
  { compact: vectors.statement.consent, expected: { typ: "consent", key: signing, algorithms } },
  { compact: vectors.statement.named, expected: { typ: "consent", key: signing, algorithms } },
  ...vectors.statement.professionals.map(({ certificate, compact }) => ({
    compact,
    expected: { typ: "contribution", key: { certificate: fromStandardBase64(certificate) }, algorithms },
  })),
]

const { patient, professional, now, audience } = formats.statements
const ofType: readonly (readonly [StatementType, string])[] = [
  ...Object.entries(patient).flatMap(([type, all]) => all.map((one) => [type as StatementType, one] as const)),
  ["emergency-access", professional["emergency-access"]],
  ["contribution", professional.contribution],
  ["hri-entry", formats.index.put],
  ["hri-entry", formats.index.remove],
  ...formats.signers.chain.map((list) => ["signer-list", list] as const),
]
const payloadOf = (compact: string): unknown =>
  JSON.parse(Buffer.from(compact.split(".")[1] ?? "", "base64url").toString())

/** How many names a JSON text has, by counting colons outside of its strings. */
const namesIn = (text: string) => text.replaceAll(/"(?:[^"\\]|\\.)*"/gs, "").split(":").length - 1
const namesOf = (value: unknown): number =>
  typeof value !== "object" || value === null
    ? 0
    : Object.values(value).reduce((sum: number, member) => sum + namesOf(member), 0) +
      (Array.isArray(value) ? 0 : Object.keys(value).length)

export const statementTargets: readonly Target[] = [
  {
    name: "statement, verified",
    corpus: signed.map(({ compact }) => bytesOf(compact)),
    layers: [dotted],
    read: (input, from) => {
      const { compact, expected } = signed[from] ?? signed[0]!
      return only(
        unreadable,
        () => verifyStatement(textOf(input), expected),
        () => require(textOf(input) === compact, "a changed statement was verified"),
      )
    },
  },
  {
    name: "statement, unverified",
    corpus: [...signed.map(({ compact }) => bytesOf(compact)), ...ofType.map(([, compact]) => bytesOf(compact))],
    layers: [dotted],
    read: (input) =>
      only(
        unreadable,
        () => readStatement(textOf(input)),
        ({ payload }) => require(isDeepStrictEqual(payload, payloadOf(textOf(input))), "another payload than was sent"),
      ),
  },
  {
    name: "claims of every type",
    corpus: ofType.map(([, compact]) => bytesOf(compact)),
    layers: [dotted],
    read: (input, from) => {
      const [type] = ofType[from] ?? ofType[0]!
      return only(
        problem("statement-invalid"),
        () => claimsOf(type, textOf(input)),
        (claims) => require(isDeepStrictEqual(claims, payloadOf(textOf(input))), "other claims than were sent"),
      )
    },
  },
  {
    name: "professional's statement",
    corpus: [professional.contribution].map(bytesOf),
    layers: [dotted],
    read: (input) =>
      only(
        problem("statement-invalid", "statement-stale"),
        () => professionalStatement("contribution", textOf(input), { audience, now: new Date(now * 1000) }),
        () => require(textOf(input) === professional.contribution, "a changed statement was taken"),
      ),
  },
  {
    name: "strict JSON",
    corpus: [
      ...ofType.map(([, compact]) => bytesOf(JSON.stringify(payloadOf(compact)))),
      bytesOf('{"a":{"a":1},"b":[{"a":"\\u0061:{\\"a\\"}","\\u0062":null}],"":0,"__proto__":{"x":-1.5e3}}'),
    ],
    read: (input) =>
      only(
        (error) => error instanceof TypeError || error instanceof SyntaxError,
        () => parseJson(input),
        (value) => {
          const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(input)
          require(isDeepStrictEqual(value, JSON.parse(text)), "another value than JSON has")
          require(namesIn(text) === namesOf(value), "a name stood twice")
        },
      ),
  },
  {
    name: "base64url, base64, hex",
    corpus: ["AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "00ff10abcdef", "AAECAw==", "-_-_", ""].map(bytesOf),
    read: async (input) => {
      const text = textOf(input)
      const refused = (error: unknown) => error instanceof TypeError
      const outcomes = [
        await only(
          refused,
          () => fromBase64url(text),
          (bytes) => require(toBase64url(bytes) === text, "two base64url texts of the same bytes"),
        ),
        await only(
          refused,
          () => fromStandardBase64(text),
          (bytes) => require(toStandardBase64(bytes) === text, "two base64 texts of the same bytes"),
        ),
        await only(
          refused,
          () => fromHex(text),
          (bytes) => require(toHex(bytes) === text, "two hex texts of the same bytes"),
        ),
      ]
      return outcomes.includes("taken") ? "taken" : "refused"
    },
  },
]

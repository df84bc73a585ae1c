import { X509Certificate } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { isDeepStrictEqual } from "node:util"
import { BasicOCSPResponse, OCSPResponse } from "pkijs"
import { readCrl, serialOf } from "../../certify/crl.ts"
import { opensslKeys } from "../../certify/openssl-keys.ts"
import { readTrustPolicy, trustPolicyFile } from "../../functions/adapters/trust-policy.file.ts"
import { readAdmission } from "../../protocol/certification/admission.ts"
import {
  admissionOid,
  extension,
  isIssuedBy,
  type ReadCertificate,
  readCertificate,
  subjectDirectoryAttributesOid,
} from "../../protocol/certification/certificate.ts"
import { readHcRoles } from "../../protocol/certification/hc-role.ts"
import { readOcsp } from "../../protocol/certification/ocsp.ts"
import { claimedBy } from "../../protocol/certification/profession.ts"
import { insuredPerson } from "../../protocol/trust-policy.ts"
import frozen from "./certificates.json" with { type: "json" }
import { bytesOf, fromBase64, only, require, type Target } from "./target.ts"

const certificate = (text: string): ReadCertificate => {
  const read = readCertificate(fromBase64(text), opensslKeys)
  if (read === undefined) throw new Error("no certificate in the corpus")
  return read
}
const never = () => false
const now = new Date(frozen.now)
const authority = certificate(frozen.authority)
const professionals = frozen.professionals.map(certificate)
const [physician, nurse] = professionals as [ReadCertificate, ReadCertificate]
const revoked = certificate(frozen.revoked)
const valueOf = (of: ReadCertificate, oid: string) =>
  Uint8Array.from(extension(of, oid)?.extnValue.valueBlock.valueHexView ?? [])

const answers = [
  { answer: fromBase64(frozen.ocsp.good), of: physician, status: "good" },
  { answer: fromBase64(frozen.ocsp.revoked), of: revoked, status: "revoked" },
  { answer: fromBase64(frozen.ocsp.other), of: nurse, status: "good" },
] as const
/** What the responder signed, byte for byte. */
const signedPart = (answer: Uint8Array<ArrayBuffer> = answers[0].answer): Uint8Array => {
  const { responseBytes } = OCSPResponse.fromBER(answer)
  const basic = Uint8Array.from(responseBytes?.response.valueBlock.valueHexView ?? [])
  return BasicOCSPResponse.fromBER(basic).tbsResponseData.tbsView
}
const question = {
  keys: opensslKeys,
  issuer: authority,
  now,
  skewMilliseconds: 0,
  maxAgeWithoutNonceMilliseconds: 3_600_000,
  nonce: fromBase64(frozen.nonce),
}

const anchor = {
  id: "test",
  certificate: frozen.root,
  intermediates: [frozen.authority],
  signatureAlgorithms: ["ES256", "RS256"],
  requiredPolicies: ["1.2.276.0.76.4.75"],
  profession: { from: "admission", allow: { "1.2.276.0.76.4.30": "physician" } },
  maxPathLength: 1,
  revocation: { ocspUrl: "http://responder.example/ocsp", maxClockSkewSeconds: 60 },
}
const policy = { version: 1, anchors: [anchor] }
let folder: string | undefined
const policyFolder = () => {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), "ehr-cloud-fuzz-"))
    folder = made
    process.on("exit", () => rmSync(made, { recursive: true, force: true }))
  }
  return folder
}

export const certificationTargets: readonly Target[] = [
  {
    name: "certificate (DER)",
    corpus: [frozen.root, frozen.authority, ...frozen.professionals, frozen.revoked].map(fromBase64),
    read: (input, from) =>
      only(
        never,
        () => readCertificate(input, opensslKeys),
        async (read) => {
          if (read === undefined) return
          require(Buffer.from(read.der).equals(Buffer.from(input)), "another certificate than was sent")
          require(new X509Certificate(input).raw.equals(Buffer.from(input)), "only one of two parsers takes it")
          claimedBy(read)
          const original = [frozen.root, frozen.authority, ...frozen.professionals, frozen.revoked][from] ?? ""
          const unchanged = Buffer.from(input).equals(Buffer.from(original, "base64"))
          require(unchanged || !(await isIssuedBy(read, authority)), "a changed certificate still counts as issued")
        },
      ).then((outcome) => (readCertificate(input, opensslKeys) === undefined ? "refused" : outcome)),
  },
  {
    name: "admission (DER)",
    corpus: professionals.slice(0, 2).map((of) => valueOf(of, admissionOid)),
    read: async (input) => {
      const read = readAdmission(input)
      if (read === undefined) return "refused"
      require([...read.professions, ...read.registrationNumbers].every((word) => typeof word === "string"), "no text")
      return "taken"
    },
  },
  {
    name: "hcRole (DER)",
    corpus: professionals.slice(2).map((of) => valueOf(of, subjectDirectoryAttributesOid)),
    read: (input) => {
      const read = readHcRoles(input)
      if (read === undefined) return "refused"
      require(read.every(({ scheme, says }) => [scheme, ...says].every((word) => typeof word === "string")), "no text")
      return "taken"
    },
  },
  {
    name: "OCSP answer (DER)",
    corpus: answers.map(({ answer }) => answer),
    read: async (input, from) => {
      // Longer ones are not taken from the network.
      if (input.length > 64 * 1024) return "refused"
      const { of, status } = answers[from] ?? answers[0]
      const found = await readOcsp(input, { ...question, certificate: of }, "asked")
      for (const other of [physician, nurse, revoked].filter((one) => one !== of)) {
        const foreign = await readOcsp(input, { ...question, certificate: other }, "asked")
        const own = answers.some(({ answer, of }) => of === other && Buffer.from(answer).equals(Buffer.from(input)))
        require("fault" in foreign || own, "an answer about one certificate was taken for another")
      }
      if ("fault" in found) return "refused"
      require(Buffer.from(input).includes(
        Buffer.from(signedPart(answers[from]?.answer)),
      ), "an answer was taken that nobody signed")
      require(found.status === status, `"${status}" became "${found.status}"`)
      return "taken"
    },
  },
  {
    name: "CRL (DER)",
    corpus: [frozen.crl.before, frozen.crl.after].map(fromBase64),
    read: async (input, from) => {
      const list = await readCrl(input, authority)
      if ("fault" in list) return "refused"
      require(list.revoked.has(serialOf(revoked)) === (from === 1), "a revocation came or went")
      require(list.number === 42n && list.revoked.size === from, "another list")
      return "taken"
    },
  },
  {
    name: "trust policy (file)",
    corpus: [policy, { ...policy, anchors: [{ ...anchor, intermediates: [], maxPathLength: 0 }] }].map((one) =>
      bytesOf(JSON.stringify(one)),
    ),
    read: async (input) => {
      const home = policyFolder()
      await writeFile(join(home, trustPolicyFile), input)
      return only(
        (error) => error instanceof Error && error.message === `there is no usable ${trustPolicyFile}`,
        () => readTrustPolicy(home),
        ({ policy: read }) => {
          require(isDeepStrictEqual(read, JSON.parse(Buffer.from(input).toString())), "another policy than was written")
          const allowed = read.anchors.flatMap(({ profession }) => Object.keys(profession.allow))
          require(!allowed.includes(insuredPerson), "an insured person became a professional")
        },
      )
    },
  },
]

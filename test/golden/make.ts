/**
 * Makes formats.json, which is frozen: `node test/golden/make.ts > test/golden/formats.json` would make other vectors, equally valid.
 * A second implementation of docs/protocol.md, on node:crypto alone: it imports nothing of ours, of jose, nor of canonicalize.
 */
import {
  constants,
  createCipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  sign,
} from "node:crypto"
import vectors from "../protocol/crypto/vectors.json" with { type: "json" }

type Json = string | number | boolean | null | Json[] | { [name: string]: Json }
type Jwk = { kty: string; crv: string; x: string; y: string; d: string }

const sha256 = (data: string | Buffer) => createHash("sha256").update(data).digest()
const b64 = (data: string | Buffer) => Buffer.from(data).toString("base64url")
const hash = (data: string | Buffer) => b64(sha256(data))
/** The same bytes for the same name. */
const bytes = (name: string, length: number) => Buffer.from(hkdfSync("sha256", name, "", "golden", length))
const id = (name: string) => b64(bytes(name, 16))

/** RFC 8785 for what these formats hold: ASCII names, whole numbers, texts. */
const canonical = (value: Json): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`
  if (typeof value !== "object" || value === null) return JSON.stringify(value)
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(",")}}`
}

const derive = (key: Buffer, ...info: string[]) => {
  info[0] = `ehr-cloud/1 ${info[0]}`
  return Buffer.from(hkdfSync("sha256", key, "", info.join("\0"), 32))
}

const wrap = (under: Buffer, key: Buffer) => {
  const cipher = createCipheriv("id-aes256-wrap", under, Buffer.alloc(8, 0xa6))
  return Buffer.concat([cipher.update(key), cipher.final()])
}

const jwe = (header: Json, contentKey: Buffer, encryptedKey: Buffer | "", plaintext: string | Buffer, name: string) => {
  const protectedHeader = b64(JSON.stringify(header))
  const iv = bytes(`iv ${name}`, 12)
  const cipher = createCipheriv("aes-256-gcm", contentKey, iv)
  cipher.setAAD(Buffer.from(protectedHeader))
  const text = Buffer.concat([cipher.update(plaintext), cipher.final()])
  return [protectedHeader, b64(encryptedKey), b64(iv), b64(text), b64(cipher.getAuthTag())].join(".")
}

/** Concat KDF of NIST SP 800-56A (RFC 7518, 4.6.2), one round. */
const agreedKey = (secret: Buffer) => {
  const alg = Buffer.from("ECDH-ES+A256KW")
  const number = (value: number) => {
    const four = Buffer.alloc(4)
    four.writeUInt32BE(value)
    return four
  }
  return sha256(Buffer.concat([number(1), secret, number(alg.length), alg, number(0), number(0), number(256)]))
}

const sealTo = (recipient: KeyObject, plaintext: string | Buffer, name: string) => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const { kty, crv, x, y } = publicKey.export({ format: "jwk" }) as Jwk
  const contentKey = bytes(`content ${name}`, 32)
  const secret = diffieHellman({ privateKey, publicKey: recipient })
  const header = { alg: "ECDH-ES+A256KW", enc: "A256GCM", epk: { kty, crv, x, y } }
  return jwe(header, contentKey, wrap(agreedKey(secret), contentKey), plaintext, name)
}
const sealUnder = (key: Buffer, plaintext: string, name: string) =>
  jwe({ alg: "dir", enc: "A256GCM" }, key, "", plaintext, name)

const es256 = (key: KeyObject) => (input: Buffer) => sign("sha256", input, { key, dsaEncoding: "ieee-p1363" })
const jws = (header: Json, payload: Json, signer: (input: Buffer) => Buffer) => {
  const input = `${b64(JSON.stringify(header))}.${b64(JSON.stringify(payload))}`
  return `${input}.${b64(signer(Buffer.from(input)))}`
}

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
const base45 = (data: Buffer) => {
  let text = ""
  for (let i = 0; i < data.length; i += 2) {
    let value = i + 1 < data.length ? data.readUInt16BE(i) : data.readUInt8(i)
    for (let digit = i + 1 < data.length ? 3 : 2; digit > 0; digit--) {
      text += alphabet[value % 45]
      value = Math.floor(value / 45)
    }
  }
  return text
}

const { signing, agreement } = vectors.patient
const privateKey = (jwk: Jwk) => createPrivateKey({ key: jwk, format: "jwk" })
const publicPart = ({ kty, crv, x, y }: Jwk) => ({ kty, crv, x, y })
const [signingKey, agreementKey] = [privateKey(signing), privateKey(agreement)]
const stranger = generateKeyPairSync("ec", { namedCurve: "P-256" })
const provider = generateKeyPairSync("ec", { namedCurve: "P-256" })
const strangerJwk = publicPart(stranger.publicKey.export({ format: "jwk" }) as Jwk)
const fingerprint = hash(canonical(publicPart(signing)))
const [aud, iat] = ["cloud.example", 1_790_000_000]
const patientId = id("patient")
const stamp = (name: string) => ({ aud, iat, jti: id(`jti ${name}`) })
const byPatient = (typ: string, payload: { [name: string]: Json }, by = signingKey) =>
  jws({ alg: "ES256", typ }, { ...stamp(typ), patientId, ...payload }, es256(by))

// Key ring: six categories, the summary in its third epoch.
const names = ["summary", "laboratory", "imaging", "medication", "document", "sensitive"] as const
const categoryKey = (category: string, epoch: number) => bytes(`${category} ${epoch}`, 32)
const ringEntry = (category: string, epoch: number) => ({
  epoch,
  sealed: sealTo(agreementKey, categoryKey(category, epoch), `ring ${category}`),
  previous: Array.from({ length: epoch - 1 }, (_, i) =>
    b64(wrap(categoryKey(category, epoch - i), categoryKey(category, epoch - 1 - i))),
  ),
})
const keyRing = Object.fromEntries(names.map((name) => [name, ringEntry(name, name === "summary" ? 3 : 1)]))

// Descriptors and pages. The sealed bytes themselves are covered by the record's vectors.
const describe = (name: string, category: (typeof names)[number], version: number, epoch: number) => {
  const dataKey = bytes(`data key ${name}`, 32)
  const metadata = {
    title: `Record ${name}`,
    contentType: "application/fhir+json",
    size: 900,
    createdAt: "2026-01-02T03:04:05.678Z",
  }
  return {
    recordId: id(`record ${name}`),
    version,
    category,
    epoch,
    size: 1000,
    sha256: hash(`sealed ${name}`),
    wrappedKey: b64(wrap(categoryKey(category, epoch), dataKey)),
    metadata: sealUnder(derive(dataKey, "metadata"), JSON.stringify(metadata), `metadata ${name}`),
  }
}
const pages = {
  summary: [[describe("a", "summary", 2, 1), describe("b", "summary", 1, 3)]],
  laboratory: [[describe("c", "laboratory", 1, 1)], []],
}
const pageHashes = (of: Json[][] = []) => of.map((page) => hash(canonical(page)))
const manifestClaims = (number: number, previous: string | null, more: { [name: string]: Json } = {}) => ({
  number,
  previous,
  keys: { signing: publicPart(signing), agreement: publicPart(agreement) },
  keyRing: hash(canonical(keyRing)),
  pages: Object.fromEntries(names.map((name) => [name, pageHashes({ ...pages }[name as "summary"])])),
  ...more,
})
const first = byPatient("manifest", manifestClaims(1, null))
const manifest = byPatient("manifest", manifestClaims(2, hash(first)))
const swappedKeys = { signing: publicPart(signing), agreement: strangerJwk }

// Card and index entry.
const secret = bytes("secret", 32)
const locator = bytes("locator", 16)
const hri = "https://hri.example/"
const card = {
  text: `EHR1:${base45(Buffer.concat([Buffer.of(1), secret, locator, Buffer.from(fingerprint, "base64url"), Buffer.from(hri)]))}`,
  secret: b64(secret),
  locator: b64(locator),
  fingerprint,
  hri,
}
const [cardId, grantId] = [id("card"), id("grant")]
const entryPlain = {
  cloud: "https://cloud.example/",
  cloudId: aud,
  patientId,
  cardId,
  manifest: { number: 2, hash: hash(manifest) },
}
const entry = sealUnder(derive(secret, "hri-entry"), JSON.stringify(entryPlain), "entry")
const indexed = (claims: { [name: string]: Json }, by = signingKey, jwk: Json = publicPart(signing)) =>
  jws({ alg: "ES256", typ: "hri-entry", jwk }, { ...stamp("hri"), aud: "hri.example", ...claims }, es256(by))
const put = { action: "put", locatorHash: hash(locator), sequence: 7, entry }

// Professionals.
const [professional] = vectors.statement.professionals
const certificate = professional?.certificate ?? ""
const professionalKey = createPrivateKey({
  key: Buffer.from(professional?.privateKey ?? "", "base64"),
  format: "der",
  type: "pkcs8",
})
const byProfessional = (typ: string, payload: { [name: string]: Json }, by = professionalKey) =>
  jws({ alg: "ES256", typ, x5c: [certificate] }, { ...stamp(typ), patientId, ...payload }, es256(by))
const proofLines = [
  aud,
  patientId,
  cardId,
  stamp("emergency-access").jti,
  sha256(Buffer.from(certificate, "base64")).toString("hex"),
]
const proof = b64(createHmac("sha256", derive(secret, "card-proof")).update(proofLines.join("\n")).digest())
const contributed = describe("contributed", "summary", 1, 3)
const contributedKey = bytes("data key contributed", 32)
const contributionClaims = {
  grantId,
  descriptor: contributed,
  sealedKey: sealTo(agreementKey, contributedKey, "contribution"),
}
const contribution = byProfessional("contribution", contributionClaims)
const decision = { contributionId: contributed.recordId, statementHash: hash(contribution) }
const consent = { kind: "store", status: "active", documentHash: hash("document") }

/** The same by every kind of key a professional may have. */
const signers: { readonly [alg: string]: (key: KeyObject) => (input: Buffer) => Buffer } = {
  ES256: es256,
  ES384: (key) => (input) => sign("sha384", input, { key, dsaEncoding: "ieee-p1363" }),
  RS256: (key) => (input) => sign("sha256", input, key),
  PS256: (key) => (input) =>
    sign("sha256", input, {
      key,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    }),
}
const byEachKey = vectors.statement.professionals.map((one) => {
  const signer = signers[one.alg]
  if (signer === undefined) throw new Error(`no signer for ${one.alg}`)
  const key = createPrivateKey({ key: Buffer.from(one.privateKey, "base64"), format: "der", type: "pkcs8" })
  const header = { alg: one.alg, typ: "contribution", x5c: [one.certificate] }
  return {
    alg: one.alg,
    certificate: sha256(Buffer.from(one.certificate, "base64")).toString("hex"),
    account: sha256(createPublicKey(key).export({ format: "der", type: "spki" })).toString("hex"),
    statement: jws(header, { ...stamp("contribution"), patientId, ...contributionClaims }, signer(key)),
  }
})

// Consent and receipt.
const activeConsent = byPatient("consent", consent)
const receiptBy = (
  key: KeyObject,
  claims: { [name: string]: Json } = {},
  typ = "consent-receipt",
  more: { [name: string]: Json } = {},
) => jws({ alg: "ES256", typ, ...more }, { iss: aud, iat, statementHash: hash(activeConsent), ...claims }, es256(key))

// Audit trail.
type Event = { [name: string]: Json }
const link = (prev: string, seq: number, event: Event): Event & { hash: string } => {
  const unsigned = { ...event, seq, at: `2026-01-02T03:04:0${seq}.000Z`, prev }
  return { ...unsigned, hash: hash(canonical(unsigned)) }
}
const hcp = {
  kind: "hcp",
  account: sha256("account").toString("hex"),
  certificate: sha256("certificate").toString("hex"),
  profession: "physician",
}
const one = link("A".repeat(43), 1, {
  action: "sign-consent",
  outcome: "permitted",
  actor: { kind: "patient" },
  subject: { consent: "store", statementHash: hash(activeConsent) },
})
const access = (outcome: string) => ({
  action: "emergency-access",
  outcome,
  actor: hcp,
  subject: { cardId, grantId, categories: ["summary"], expiresAt: "2026-01-02T04:04:02.000Z" },
})
const two = link(one.hash, 2, access("permitted"))
const three = link(two.hash, 3, {
  action: "download-url",
  outcome: "category-not-granted",
  actor: hcp,
  subject: { grantId, category: "sensitive" },
})

/** Ids that are quick to make. */
function id4(number: number) {
  return b64(sha256(`neighbour ${number}`).subarray(0, 16))
}

// Checkpoints: a tree with the patient, another in the same shard, and one elsewhere.
const tagOf = (of: string) => sha256(of)
const shardOf = (tag: Buffer) => tag.readUInt16BE(0)
const neighbour = Array.from({ length: 1_000_000 }, (_, i) => i).find((i) => {
  const tag = tagOf(id4(i))
  return shardOf(tag) === shardOf(tagOf(patientId))
})
const heads: { readonly [of: string]: { seq: number; hash: string } } = {
  [patientId]: { seq: 2, hash: two.hash },
  [id4(neighbour ?? 0)]: { seq: 9, hash: hash("neighbour") },
  [id("elsewhere")]: { seq: 1, hash: hash("elsewhere") },
}
const rows = Object.entries(heads)
  .map(([of, head]) => ({ tag: tagOf(of), entry: sha256(canonical({ tag: b64(tagOf(of)), ...head })) }))
  .toSorted((a, b) => Buffer.compare(a.tag, b.tag))
const inShard = (shard: number) => rows.filter(({ tag }) => shardOf(tag) === shard)
const level = (below: readonly Buffer[]) =>
  Array.from({ length: below.length / 2 }, (_, i) =>
    sha256(Buffer.concat([Buffer.of(1), ...below.slice(2 * i, 2 * i + 2)])),
  )
let tree = Array.from({ length: 65_536 }, (_, shard) =>
  sha256(Buffer.concat([Buffer.of(0), ...inShard(shard).flatMap(({ tag, entry }) => [tag, entry])])),
)
const path: string[] = []
for (let at = shardOf(tagOf(patientId)); tree.length > 1; at >>= 1) {
  path.push(b64(tree[at ^ 1] ?? ""))
  tree = level(tree)
}
const root = b64(tree[0] ?? "")
const proofOfHead = {
  head: heads[patientId] ?? null,
  shard: inShard(shardOf(tagOf(patientId))).map(({ tag, entry }) => ({ tag: b64(tag), entry: b64(entry) })),
  path,
}
const checkpointBy = (claims: { [name: string]: Json }, key = provider.privateKey) =>
  jws(
    { alg: "ES256", typ: "audit-checkpoint" },
    { iss: aud, iat, previous: null, skips: [], root, size: 3, through: "2026-01-02T03:05:00.000Z", ...claims },
    es256(key),
  )
const checkpoints = [checkpointBy({ number: 1 })]
checkpoints.push(checkpointBy({ number: 2, previous: hash(checkpoints[0] ?? "") }))
checkpoints.push(checkpointBy({ number: 3, previous: hash(checkpoints[1] ?? "") }))
const fourth = { number: 4, previous: hash(checkpoints[2] ?? ""), skips: [hash(checkpoints[1] ?? "")] }
const newest = checkpointBy(fourth)
const [cp1 = "", cp2 = "", cp3 = ""] = checkpoints
const given = { checkpoint: newest, links: [cp2, cp1], proof: proofOfHead }
const exported = {
  format: "ehr-cloud-audit-export/1",
  cloudId: aud,
  providerKey: publicPart(provider.publicKey.export({ format: "jwk" }) as Jwk),
  patientId,
  events: [one, two, three],
  newest: given,
}
const withNewest = (changed: { [name: string]: Json }) => ({ ...exported, newest: { ...given, ...changed } })

/** A sealed record of 20 MiB, each MiB filled with its number from 0. */
const mebibyte = 1024 * 1024
const large = Buffer.concat(Array.from({ length: 20 }, (_, i) => Buffer.alloc(mebibyte, i)))
const hashesOfParts = [0, 8, 16].map((from) => sha256(large.subarray(from * mebibyte, (from + 8) * mebibyte)))
const parts = {
  mebibytes: 20,
  hashes: hashesOfParts.map((part) => b64(part)),
  sha256: hash(Buffer.concat(hashesOfParts)),
}

const formats = {
  patientId,
  manifest: {
    first,
    newest: manifest,
    newestHash: hash(manifest),
    keyRing,
    categoryKeys: Object.fromEntries(names.map((name) => [name, b64(categoryKey(name, name === "summary" ? 3 : 1))])),
    summaryKeys: [1, 2, 3].map((epoch) => b64(categoryKey("summary", epoch))),
    pages,
    refused: [
      { why: "by another key", manifest: byPatient("manifest", manifestClaims(2, hash(first)), stranger.privateKey) },
      {
        why: "by another key that it names itself",
        manifest: byPatient(
          "manifest",
          manifestClaims(2, null, { keys: { signing: strangerJwk, agreement: strangerJwk } }),
          stranger.privateKey,
        ),
      },
      {
        why: "another agreement key, by another key",
        manifest: byPatient("manifest", manifestClaims(2, null, { keys: swappedKeys }), stranger.privateKey),
      },
      {
        why: "about another patient",
        manifest: byPatient("manifest", { ...manifestClaims(2, hash(first)), patientId: id("other") }),
      },
      { why: "of another type", manifest: byPatient("consent", manifestClaims(2, hash(first))) },
      {
        why: "for another cloud",
        manifest: byPatient("manifest", { ...manifestClaims(2, hash(first)), aud: "other.example" }),
      },
      { why: "number zero", manifest: byPatient("manifest", manifestClaims(0, null)) },
      { why: "a category less", manifest: byPatient("manifest", manifestClaims(2, null, { pages: { summary: [] } })) },
      { why: "a claim more", manifest: byPatient("manifest", manifestClaims(2, null, { exp: iat })) },
    ],
    sameNumber: byPatient("manifest", manifestClaims(2, hash("another"))),
  },
  index: {
    put: indexed(put),
    remove: indexed({ action: "remove", locatorHash: hash(locator), sequence: 8 }),
    entry: entryPlain,
    refused: [
      { why: "of another owner", statement: indexed(put, stranger.privateKey, strangerJwk) },
      { why: "under the owner's name, by another key", statement: indexed(put, stranger.privateKey) },
      { why: "of another card", statement: indexed({ ...put, locatorHash: hash("another") }) },
      {
        why: "under another key",
        statement: indexed({ ...put, entry: sealUnder(bytes("wrong", 32), JSON.stringify(entryPlain), "wrong") }),
      },
      { why: "removed", statement: indexed({ action: "remove", locatorHash: hash(locator), sequence: 8 }) },
      { why: "an entry where it is removed", statement: indexed({ ...put, action: "remove" }) },
      {
        why: "a member more in the entry",
        statement: indexed({
          ...put,
          entry: sealUnder(derive(secret, "hri-entry"), JSON.stringify({ ...entryPlain, more: 1 }), "more"),
        }),
      },
    ],
  },
  statements: {
    now: iat,
    audience: aud,
    patient: {
      consent: [activeConsent, byPatient("consent", { ...consent, kind: "emergency-share", status: "inactive" })],
      manifest: [first, manifest],
      decision: [
        byPatient("decision", { ...decision, decision: "approved", descriptor: contributed }),
        byPatient("decision", { ...decision, decision: "rejected" }),
      ],
      deactivation: [byPatient("deactivation", {})],
    },
    professional: {
      "emergency-access": byProfessional("emergency-access", { cardId, proof }),
      contribution,
    },
    byEachKey,
    proof: { proofKey: b64(derive(secret, "card-proof")), cardId, proof },
    sealedKey: b64(contributedKey),
    refused: [
      {
        why: "an unknown kind of consent",
        type: "consent",
        statement: byPatient("consent", { ...consent, kind: "share" }),
      },
      {
        why: "a hash too short",
        type: "consent",
        statement: byPatient("consent", { ...consent, documentHash: "AAAA" }),
      },
      {
        why: "a rejection with a descriptor",
        type: "decision",
        statement: byPatient("decision", { ...decision, decision: "rejected", descriptor: contributed }),
      },
      {
        why: "an approval without one",
        type: "decision",
        statement: byPatient("decision", { ...decision, decision: "approved" }),
      },
      { why: "a claim more", type: "deactivation", statement: byPatient("deactivation", { more: 1 }) },
      { why: "another cloud's", type: "deactivation", statement: byPatient("deactivation", { aud: "other.example" }) },
      { why: "of another type", type: "deactivation", statement: byPatient("decision", {}) },
      { why: "by another key", type: "deactivation", statement: byPatient("deactivation", {}, stranger.privateKey) },
      {
        why: "a professional's by another key",
        type: "contribution",
        statement: byProfessional("contribution", contributionClaims, stranger.privateKey),
      },
      {
        why: "a professional's without certificate",
        type: "contribution",
        statement: byPatient("contribution", contributionClaims),
      },
      {
        why: "version zero",
        type: "contribution",
        statement: byProfessional("contribution", {
          ...contributionClaims,
          descriptor: { ...contributed, version: 0 },
        }),
      },
      {
        why: "a descriptor's member more",
        type: "contribution",
        statement: byProfessional("contribution", { ...contributionClaims, descriptor: { ...contributed, more: 1 } }),
      },
    ],
  },
  receipt: {
    providerKey: publicPart(provider.publicKey.export({ format: "jwk" }) as Jwk),
    cloudId: aud,
    consent: activeConsent,
    receipt: receiptBy(provider.privateKey),
    refused: [
      { why: "by another key", receipt: receiptBy(stranger.privateKey) },
      { why: "of another cloud", receipt: receiptBy(provider.privateKey, { iss: "other.example" }) },
      { why: "of another statement", receipt: receiptBy(provider.privateKey, { statementHash: hash("another") }) },
      { why: "of another type", receipt: receiptBy(provider.privateKey, {}, "consent") },
      {
        why: "another member in its header",
        receipt: receiptBy(provider.privateKey, {}, "consent-receipt", { kid: "1" }),
      },
      { why: "a claim more", receipt: receiptBy(provider.privateKey, { more: 1 }) },
    ],
  },
  audit: {
    events: [one, two, three],
    broken: [
      { why: "an event altered", events: [one, { ...two, outcome: "consent-missing" }, three] },
      {
        why: "an event altered and hashed anew",
        events: [one, link(one.hash, 2, access("consent-missing")), three],
      },
      { why: "the first one gone", events: [two, three] },
      { why: "one gone in between", events: [one, three] },
      { why: "two exchanged", events: [two, one, three] },
      { why: "one twice", events: [one, one, two, three] },
      {
        why: "another beginning",
        events: [
          link(hash("another"), 1, {
            action: "confirm",
            outcome: "permitted",
            actor: { kind: "patient" },
            subject: {},
          }),
        ],
      },
      { why: "a field more that isn't hashed", events: [{ ...one, more: 1 }] },
    ],
  },
  export: {
    exported,
    refused: [
      { why: "signed by another key", exported: withNewest({ checkpoint: checkpointBy(fourth, stranger.privateKey) }) },
      { why: "with another provider's key in it", exported: { ...exported, providerKey: strangerJwk } },
      { why: "of another cloud", exported: { ...exported, cloudId: "other.example" } },
      { why: "of another patient", exported: { ...exported, patientId: id("elsewhere") } },
      {
        why: "with another tree",
        exported: withNewest({ checkpoint: checkpointBy({ ...fourth, root: hash("root") }) }),
      },
      { why: "without the way back", exported: withNewest({ links: [] }) },
      { why: "with a longer way back", exported: withNewest({ links: [cp3, cp2, cp1] }) },
      { why: "with another beginning", exported: withNewest({ links: [cp2, checkpointBy({ number: 1 })] }) },
      {
        why: "with its path turned round",
        exported: withNewest({ proof: { ...proofOfHead, path: path.toReversed() } }),
      },
      {
        why: "with another head than the tree's",
        exported: withNewest({ proof: { ...proofOfHead, head: { seq: 3, hash: three.hash } } }),
      },
      {
        why: "with its shard turned round",
        exported: withNewest({ proof: { ...proofOfHead, shard: proofOfHead.shard.toReversed() } }),
      },
      {
        why: "with the neighbour left out",
        exported: withNewest({ proof: { ...proofOfHead, shard: proofOfHead.shard.slice(1) } }),
      },
      { why: "cut before what is covered", exported: { ...exported, events: [one] } },
      {
        why: "with events left unsealed for hours",
        exported: withNewest({ checkpoint: checkpointBy({ ...fourth, through: "2026-01-02T09:00:00.000Z" }) }),
      },
      { why: "with a member more", exported: { ...exported, more: 1 } },
    ],
  },
  card,
  parts,
}
console.log(JSON.stringify(formats, null, 2))

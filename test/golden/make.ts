/**
 * Makes formats.json, which is frozen: `node test/golden/make.ts > test/golden/formats.json` would make other vectors, equally valid.
 * A second implementation of docs/protocol.md, of what by-hand.ts has: it imports nothing of ours.
 */
import { constants, createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto"
import vectors from "../protocol/crypto/vectors.json" with { type: "json" }
import {
  b64,
  base45,
  bytes,
  type Claims,
  canonical,
  derive,
  es256,
  hash,
  hmac,
  id,
  type Json,
  jws,
  newSealingPair,
  newSigningKey,
  privateKeyOf,
  publicJwkOf,
  type SealingPair,
  sealingPair,
  sealingThumbprint,
  sealTo,
  sealUnder,
  sha256,
  statementHash,
  thumbprint,
  wrap,
} from "./by-hand.ts"

const provider = newSigningKey()
const [aud, iat] = [`ehr-cloud:${thumbprint(publicJwkOf(provider))}`, 1_790_000_000]
const patientId = id("patient")
const stamp = (name: string) => ({ aud, iat, jti: id(`jti ${name}`) })

/** A root or a signer. */
interface Holder {
  readonly signing: KeyObject
  readonly sealing: SealingPair
}
const holderOf = ({ signing, sealing }: typeof vectors.patient.root): Holder => ({
  signing: privateKeyOf(signing),
  sealing: sealingPair(sealing.p256, Buffer.from(sealing.seed, "base64url")),
})
const root = holderOf(vectors.patient.root)
const phone = holderOf(vectors.patient.device)
const tablet: Holder = { signing: newSigningKey(), sealing: newSealingPair("tablet") }
const stranger = newSigningKey()
const idOf = (key: KeyObject) => thumbprint(publicJwkOf(key))

// The provider's keys: a second one, signed by the first, and a third by that.
const [secondKey, thirdKey] = [newSigningKey(), newSigningKey()]
const successorBy = (by: KeyObject, claims: Claims, typ = "provider-key") =>
  jws({ alg: "ES256", typ, kid: idOf(by) }, { iss: aud, iat: iat + 10, ...claims }, es256(by))
const secondSuccessor = { number: 2, key: publicJwkOf(secondKey) }
const thirdSuccessor = { number: 3, key: publicJwkOf(thirdKey) }
const successors = [
  successorBy(provider, secondSuccessor),
  successorBy(secondKey, { ...thirdSuccessor, iat: iat + 20 }),
]
const fingerprint = idOf(root.signing)
/** A list names the cloud and the patient by a hash. */
const byRecord = ({ iat, jti }: { iat: number; jti: string }) => ({
  iat,
  jti,
  record: hash(canonical({ cloudId: aud, patientId })),
})
const byPatient = (typ: string, payload: Claims, by = tablet.signing, kid = idOf(by)) =>
  typ === "signer-list" || typ === "signer-end"
    ? jws({ alg: "ES256", typ, kid }, { ...byRecord(stamp(typ)), ...payload }, es256(by))
    : statementBy(typ, payload, by, kid)
const statementBy = (typ: string, payload: Claims, by: KeyObject, kid: string) =>
  jws({ alg: "ES256", typ, kid }, { ...stamp(typ), patientId, ...payload }, es256(by))

// Signers: by the root the phone, by the phone the tablet too, by the tablet the phone ended.
const listed = ({ signing, sealing }: Holder, more: Claims = {}): Claims => ({
  signing: publicJwkOf(signing),
  sealing: sealingThumbprint(sealing),
  since: iat - 100,
  ...more,
})
const rootListed = { signing: publicJwkOf(root.signing), sealing: sealingThumbprint(root.sealing) }
const listClaims = (number: number, previous: string | null, signers: Claims[], more: Claims = {}) => ({
  number,
  previous,
  root: rootListed,
  signers,
  ...more,
})
const firstList = byPatient("signer-list", listClaims(1, null, [listed(phone)]), root.signing)
const afterFirst = (signers: Claims[], more: Claims = {}, by = phone.signing, kid = idOf(by)) =>
  byPatient("signer-list", listClaims(2, statementHash(firstList), signers, more), by, kid)
const secondList = afterFirst([listed(phone), listed(tablet)])
const ended = [listed(phone, { until: iat - 10 }), listed(tablet)]
const thirdList = byPatient("signer-list", listClaims(3, statementHash(secondList), ended))
const chain = [firstList, secondList, thirdList]
const [listNumber, listHash] = [3, statementHash(thirdList)]
const accomplice: Holder = { signing: newSigningKey(), sealing: newSealingPair("accomplice") }
const outrun = byPatient(
  "signer-list",
  listClaims(3, statementHash(secondList), [listed(phone), listed(tablet), listed(accomplice)]),
  phone.signing,
)
const furtherList = listClaims(4, statementHash(outrun), [
  listed(phone),
  listed(tablet),
  listed(accomplice, { until: iat - 10 }),
])

// The account key, in its second number.
const account = newSealingPair("account 2")
const accountBefore = newSealingPair("account 1")
const sealing = (to: SealingPair, kind: string, object: string, epoch: number, plaintext: string | Buffer) =>
  sealTo(to, { kind, aud, subject: patientId, object, epoch }, plaintext)
const accountKey = {
  number: 2,
  publicKey: account.publicKey,
  sealed: [root, tablet].map((holder) => ({
    to: holder.sealing.publicKey,
    sealed: sealing(holder.sealing, "account-key", "2", 2, JSON.stringify(account.exported)),
  })),
  previous: [sealing(account, "account-key-before", "1", 2, JSON.stringify(accountBefore.exported))],
}

// Key ring: six categories, the summary in its third epoch, images in their 67th: with a page of older keys.
const names = ["summary", "laboratory", "imaging", "medication", "document", "sensitive"] as const
const epochs: Readonly<Record<string, number>> = { summary: 3, imaging: 67 }
const epochOf = (category: string) => epochs[category] ?? 1
const categoryKey = (category: string, epoch: number) => bytes(`${category} ${epoch}`, 32)
const older = (category: string, epoch: number, count: number) =>
  Array.from({ length: count }, (_, i) => ({
    wrappedKey: b64(
      wrap(
        derive(categoryKey(category, epoch - i), "category-key-before", category, `${epoch - 1 - i}`),
        categoryKey(category, epoch - 1 - i),
      ),
    ),
    endedAt: iat - i,
  }))
const imagingPage = { older: null, keys: older("imaging", 65, 64) }
const ringEntry = (category: string, epoch: number) =>
  category === "imaging"
    ? { epoch, previous: older(category, epoch, 2), older: hash(canonical(imagingPage)) }
    : { epoch, previous: older(category, epoch, epoch - 1), older: null }
const keyRing = {
  account: 2,
  sealed: sealing(
    account,
    "key-ring",
    names.map(epochOf).join("."),
    2,
    Buffer.concat(names.map((name) => categoryKey(name, epochOf(name)))),
  ),
  categories: Object.fromEntries(names.map((name) => [name, ringEntry(name, epochOf(name))])),
}

// Descriptors and pages. The sealed bytes themselves are covered by the record's vectors.
const author = createHash("sha256").update("certificate").digest("hex")
const describe = (
  name: string,
  category: (typeof names)[number],
  epoch: number,
  { version, replaces }: { version: number; replaces: string | null } = { version: 1, replaces: null },
) => {
  const dataKey = bytes(`data key ${name}`, 32)
  const place = { recordId: id(`record ${name}`), version, replaces, category }
  const metadata = {
    ...place,
    title: `Record ${name}`,
    contentType: "application/fhir+json",
    size: 900,
    createdAt: "2026-01-02T03:04:05.678Z",
    // What a professional added names its author.
    ...(name === "b" ? { author } : {}),
  }
  return {
    ...place,
    objectId: id(`object ${name} ${version}`),
    epoch,
    size: 1000,
    sha256: hash(`sealed ${name}`),
    wrappedKey: b64(wrap(derive(categoryKey(category, epoch), "data-key", place.recordId, `${version}`), dataKey)),
    metadata: sealUnder(derive(dataKey, "metadata"), JSON.stringify(metadata), `metadata ${name}`),
  }
}
const replaced = describe("a", "summary", 1)
const second = { version: 2, replaces: hash(canonical(replaced)) }
const pages = {
  summary: [[describe("a", "summary", 1, second), describe("b", "summary", 3)]],
  laboratory: [[describe("c", "laboratory", 1)], []],
}
const decided = [Array.from({ length: 256 }, (_, i) => id(`decided ${i}`)), [id("decided 256")]]
const pageLists = Object.fromEntries(
  names.map((name) => {
    const own: Json[][] = { ...pages }[name as "summary"] ?? []
    return [name, { salt: b64(bytes(`pages ${name}`, 32)), hashes: own.map((page) => hash(canonical(page))) }]
  }),
)

// Card: secret, what follows from it, and its place in the manifest.
const secret = bytes("secret", 32)
const locator = bytes("locator", 16)
const hri = "https://hri.example/"
const [cardId, grantId] = [id("card"), id("grant")]
const cloudShare = bytes("cloud share", 32)
const proofKey = derive(secret, "card-proof")
const cardKey = derive(Buffer.concat([derive(secret, "card-half"), cloudShare]), "card-key")
const cardKeys = [
  { category: "summary", epoch: 3 },
  { category: "laboratory", epoch: 1 },
]
const cardText = `EHR2:${base45(Buffer.concat([Buffer.of(2), secret, locator, Buffer.from(fingerprint, "base64url"), Buffer.from(hri)]))}`
// A name is sealed in 96 bytes: its length, its UTF-8, zeros.
const frontSecret = bytes("front secret", 16)
const cardName = "Πορτοφόλι"
const cardNameField = Buffer.alloc(96)
cardNameField.writeUInt8(Buffer.byteLength(cardName), 0)
cardNameField.write(cardName, 1)
const sealedCard = sealing(
  account,
  "card",
  cardId,
  0,
  Buffer.concat([cloudShare, frontSecret, cardNameField, Buffer.from(cardText)]),
)
const signedCard = {
  cardId,
  keys: cardKeys,
  cloudShare: b64(cloudShare),
  proofKey: b64(proofKey),
  locatorHash: hash(locator),
  hri,
  sealedHash: hash(sealedCard),
}
const wrappedCategoryKeys = cardKeys.map(({ category, epoch }) => ({
  category,
  epoch,
  wrappedKey: b64(wrap(derive(cardKey, "category", category, `${epoch}`), categoryKey(category, epoch))),
}))
const card = {
  text: cardText,
  secret: b64(secret),
  locator: b64(locator),
  fingerprint,
  hri,
}

// Manifests 1 to 12, the first three under the first list, by the phone.
const base = {
  account: { number: 2, thumbprint: sealingThumbprint(account) },
  keyRing: hash(canonical(keyRing)),
  cards: [{ cardId, hash: hash(canonical(signedCard)) }],
  pages: Object.fromEntries(names.map((name) => [name, hash(canonical(pageLists[name] ?? null))])),
  decided: decided.map((ids) => hash(canonical(ids))),
}
const underLists = (number: number): [Claims, KeyObject] =>
  number <= 3
    ? [{ number: 1, hash: statementHash(firstList) }, phone.signing]
    : [{ number: listNumber, hash: listHash }, tablet.signing]
const earlier = (number: number) => {
  const named: number[] = []
  for (let step = 1; number % step === 0 && step < number; step *= 2) named.push(number - step)
  return named
}
const manifests: string[] = []
const manifestClaims = (number: number, more: Claims = {}, of = manifests): Claims => {
  const [previous = null, ...skips] = earlier(number).map((each) => statementHash(of[each - 1] ?? ""))
  return { number, previous, skips, signers: underLists(number)[0], ...base, ...more }
}
const publish = (number: number, more: Claims = {}, of = manifests) =>
  byPatient("manifest", manifestClaims(number, more, of), underLists(number)[1])
while (manifests.length < 12) manifests.push(publish(manifests.length + 1))
const [first = "", manifest = ""] = [manifests[0], manifests[11]]
/** From the seventh on another past. */
const fork = manifests.slice(0, 6)
while (fork.length < 12) fork.push(publish(fork.length + 1, { cards: [] }, fork))
const linksBack = [8, 4, 2].map((number) => manifests[number - 1] ?? "")

// Index entry.
const entryPlain = {
  cloud: "https://cloud.example/",
  cloudId: aud,
  patientId,
  cardId,
  provider: idOf(provider),
  manifest: { number: 12, hash: statementHash(manifest) },
}
/** As long as every entry is. */
const padded = (plain: Json) => {
  const text = JSON.stringify(plain)
  return text + " ".repeat(512 - (text.length % 512))
}
const entry = sealUnder(derive(secret, "hri-entry"), padded(entryPlain), "entry")
const indexed = (claims: Claims, by = tablet.signing, kid = idOf(by)) =>
  jws({ alg: "ES256", typ: "hri-entry", kid }, { ...stamp("hri"), aud: "hri.example", ...claims }, es256(by))
const put = { action: "put", locatorHash: hash(locator), sequence: 7, parent: hash("parent"), signers: chain, entry }
const putStatement = indexed(put)
const remove = {
  action: "remove",
  locatorHash: hash(locator),
  sequence: 8,
  parent: statementHash(putStatement),
  signers: chain,
}

// Front: its own secret, and the number of both halves in digits.
const frontNumber = BigInt(
  `0x${Buffer.concat([frontSecret, Buffer.from(fingerprint, "base64url").subarray(0, 16)]).toString("hex")}`,
)
const frontLocator = derive(frontSecret, "front-locator").subarray(0, 16)
const frontProof = derive(frontSecret, "front-proof", aud)
const openPartOf = (number: number, said: Claims) =>
  sealUnder(
    derive(frontSecret, "open-part", aud, patientId, cardId, `${number}`),
    JSON.stringify(said),
    `open part ${number}`,
  )
const said = {
  name: "Ελένη Γεωργίου",
  language: "el",
  lines: [{ about: "allergy", text: "Πενικιλίνη" }],
  contact: { name: "Νίκος", phone: "+30 210 1234567" },
}
const sealedOpenPart = openPartOf(2, said)
const openPartClaims = {
  cardId,
  number: 2,
  action: "set",
  locatorHash: hash(frontLocator),
  proofHash: hash(frontProof),
  sealedHash: hash(sealedOpenPart),
}
const setOpenPart = byPatient("open-part", openPartClaims)
const removeOpenPart = byPatient("open-part", { cardId, number: 3, action: "remove" })
const frontPlain = {
  cloud: "https://cloud.example/",
  cloudId: aud,
  patientId,
  cardId,
  openPart: { number: 2, hash: statementHash(setOpenPart) },
}
const sealedFrontEntry = (more: Claims = {}) =>
  sealUnder(derive(frontSecret, "front-entry"), padded({ ...frontPlain, ...more }), "front entry")
const putFront = {
  action: "put",
  locatorHash: hash(frontLocator),
  sequence: 1,
  parent: null,
  signers: chain,
  entry: sealedFrontEntry(),
}
const openAnswers = (claims: Claims, by = tablet.signing, more: Claims = {}) => ({
  statement: byPatient("open-part", { ...openPartClaims, ...claims }, by),
  signers: chain,
  sealed: sealedOpenPart,
  ...more,
})
const older1 = openPartOf(1, said)

// Professionals.
const [professional] = vectors.statement.professionals
const certificate = professional?.certificate ?? ""
const professionalKey = createPrivateKey({
  key: Buffer.from(professional?.privateKey ?? "", "base64"),
  format: "der",
  type: "pkcs8",
})
const byProfessional = (typ: string, payload: Claims, by = professionalKey) =>
  jws({ alg: "ES256", typ, x5c: [certificate] }, { ...stamp(typ), patientId, ...payload }, es256(by))
const ephemeral = newSealingPair("ephemeral")
const certificateHash = sha256(Buffer.from(certificate, "base64")).toString("hex")
const proofLines = [
  aud,
  patientId,
  cardId,
  stamp("emergency-access").jti,
  certificateHash,
  fingerprint,
  hash(locator),
  sealingThumbprint(ephemeral),
]
const proof = b64(hmac(proofKey, proofLines.join("\n")))
const accessClaims = { cardId, fingerprint, locatorHash: hash(locator), ephemeral: ephemeral.publicKey, proof }
const accessStatement = byProfessional("emergency-access", accessClaims)
const contributed = describe("contributed", "summary", 3)
const contributedKey = bytes("data key contributed", 32)
const contributionClaims = {
  grantId,
  fingerprint,
  descriptor: contributed,
  account: 2,
  sealedKey: sealing(account, "contribution", contributed.recordId, 3, contributedKey),
}
const contribution = byProfessional("contribution", contributionClaims)
const decision = { contributionId: contributed.recordId, statementHash: statementHash(contribution) }
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

// Consent and the provider's countersignature.
const activeConsent = byPatient("consent", consent)
const consentReceiptBy = (key: KeyObject, claims: Claims = {}, typ = "consent-receipt", more: Claims = {}) =>
  jws(
    { alg: "ES256", typ, kid: idOf(key), ...more },
    { iss: aud, iat, statementHash: statementHash(activeConsent), ...claims },
    es256(key),
  )

// Audit trail.
type Event = { [name: string]: Json }
const link = (prev: string, seq: number, event: Event): Event & { hash: string } => {
  const unsigned = { ...event, seq, at: `2026-01-02T03:04:0${seq}.000Z`, prev }
  return { ...unsigned, hash: hash(canonical(unsigned)) }
}
const hcp = {
  kind: "hcp",
  account: sha256(createPublicKey(professionalKey).export({ format: "der", type: "spki" })).toString("hex"),
  certificate: certificateHash,
  profession: "physician",
}
const one = link("A".repeat(43), 1, {
  action: "sign-consent",
  outcome: "permitted",
  actor: { kind: "patient" },
  subject: { consent: "store", statementHash: statementHash(activeConsent) },
})
const access = (outcome: string) => ({
  action: "emergency-access",
  outcome,
  actor: hcp,
  subject: {
    cardId,
    grantId,
    categories: ["summary"],
    expiresAt: "2026-01-02T04:04:02.000Z",
    statementHash: statementHash(accessStatement),
  },
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
const treeRoot = b64(tree[0] ?? "")
const proofOfHead = {
  head: heads[patientId] ?? null,
  shard: inShard(shardOf(tagOf(patientId))).map(({ tag, entry }) => ({ tag: b64(tag), entry: b64(entry) })),
  path,
}
const checkpointBy = (claims: { [name: string]: Json }, key = provider) =>
  jws(
    { alg: "ES256", typ: "audit-checkpoint", kid: idOf(key) },
    {
      iss: aud,
      iat,
      previous: null,
      skips: [],
      root: treeRoot,
      size: 3,
      through: "2026-01-02T03:05:00.000Z",
      successors: [],
      ...claims,
    },
    es256(key),
  )
const checkpoints = [checkpointBy({ number: 1 })]
checkpoints.push(checkpointBy({ number: 2, previous: statementHash(checkpoints[0] ?? "") }))
checkpoints.push(checkpointBy({ number: 3, previous: statementHash(checkpoints[1] ?? "") }))
const fourth = {
  number: 4,
  previous: statementHash(checkpoints[2] ?? ""),
  skips: [statementHash(checkpoints[1] ?? "")],
}
const newest = checkpointBy({ ...fourth, iat: iat + 30, successors }, thirdKey)
const [cp1 = "", cp2 = "", cp3 = ""] = checkpoints
const given = { checkpoint: newest, links: [cp2, cp1], proof: proofOfHead }
const exported = {
  format: "ehr-cloud-audit-export/1",
  cloudId: aud,
  providerKeys: { first: publicJwkOf(provider), successors },
  patientId,
  events: [one, two, three],
  signed: [],
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

// The answer to the emergency access, and the provider's receipt.
const answer = {
  grantId,
  expiresAt: "2026-01-02T04:04:02.000Z",
  ticket: b64(bytes("ticket", 32)),
  cloudShare: b64(cloudShare),
  wrappedCategoryKeys,
  sealedHash: hash(sealedCard),
  keyHistory: cardKeys.map(({ category, epoch }) => ({
    category,
    epoch,
    previous: ringEntry(category, epoch).previous.map(({ wrappedKey }) => wrappedKey),
  })),
  signers: chain,
  account: account.publicKey,
  manifest,
  links: linksBack,
  pageList: pageLists["summary"] ?? null,
  summary: pages.summary[0] ?? [],
  urls: [{ recordId: id("record a"), version: 2, url: "https://store.example/a" }],
}
/** Enough for near misses. */
const short = JSON.stringify({ ...answer, signers: [firstList], links: [], summary: [] })
const answered = (plaintext: string, object = statementHash(accessStatement), kind = "emergency-access", epoch = 0) =>
  sealing(ephemeral, kind, object, epoch, plaintext)
const receiptClaims = { iss: aud, iat, statementHash: statementHash(accessStatement), seq: 2, eventHash: two.hash }
const receiptBy = (key: KeyObject, claims: Claims = {}, typ = "receipt") =>
  jws({ alg: "ES256", typ, kid: idOf(key) }, { ...receiptClaims, ...claims }, es256(key))

const formats = {
  patientId,
  provider: {
    list: { first: publicJwkOf(provider), successors },
    kids: [idOf(provider), idOf(secondKey), idOf(thirdKey)],
    refused: [
      { why: "another cloud's first key", first: publicJwkOf(stranger) },
      { why: "a key that another signed", successors: [successorBy(stranger, secondSuccessor)] },
      { why: "a number left out", successors: [successorBy(provider, thirdSuccessor)] },
      { why: "of another cloud", successors: [successorBy(provider, { ...secondSuccessor, iss: "other" })] },
      { why: "of another type", successors: [successorBy(provider, secondSuccessor, "receipt")] },
      { why: "a claim more", successors: [successorBy(provider, { ...secondSuccessor, more: 1 })] },
      {
        why: "a key twice",
        successors: [successorBy(provider, { ...secondSuccessor, key: publicJwkOf(provider) })],
      },
      {
        why: "a key older than the one before",
        successors: [successors[0] ?? "", successorBy(secondKey, { ...thirdSuccessor, iat: iat + 9 })],
      },
      { why: "two exchanged", successors: successors.toReversed() },
    ],
  },
  signers: {
    fingerprint,
    chain,
    newest: { number: listNumber, hash: listHash },
    overruling: byPatient("signer-list", listClaims(4, listHash, [listed(tablet)]), root.signing),
    ends: {
      chain: [firstList, secondList],
      bySigner: byPatient("signer-end", { signers: [idOf(phone.signing)] }),
      byRoot: byPatient("signer-end", { signers: [idOf(phone.signing)] }, root.signing),
      ended: { bySigner: [idOf(phone.signing)], byRoot: [idOf(phone.signing), idOf(tablet.signing)] },
      refused: [
        { why: "of itself", statement: byPatient("signer-end", { signers: [idOf(tablet.signing)] }) },
        { why: "of the root", statement: byPatient("signer-end", { signers: [fingerprint] }) },
        { why: "of nobody", statement: byPatient("signer-end", { signers: [] }) },
        {
          why: "by a stranger in the root's name",
          statement: byPatient("signer-end", { signers: [idOf(phone.signing)] }, stranger, fingerprint),
        },
        {
          why: "of another record",
          statement: byPatient("signer-end", { signers: [idOf(phone.signing)], record: hash("another") }),
        },
      ],
    },
    outrunning: [firstList, secondList, outrun, byPatient("signer-list", furtherList, phone.signing)],
    refused: [
      { why: "without the root's", chain: [secondList, thirdList] },
      { why: "with one left out", chain: [firstList, thirdList] },
      { why: "with one twice", chain: [firstList, secondList, secondList] },
      { why: "by a stranger", chain: [firstList, afterFirst([listed(phone), listed(tablet)], {}, stranger)] },
      {
        why: "by a stranger in a signer's name",
        chain: [firstList, afterFirst([listed(phone), listed(tablet)], {}, stranger, idOf(phone.signing))],
      },
      {
        why: "by one who isn't listed yet",
        chain: [firstList, afterFirst([listed(phone), listed(tablet)], {}, tablet.signing)],
      },
      {
        why: "by one who was ended",
        chain: [...chain, byPatient("signer-list", listClaims(4, listHash, ended), phone.signing)],
      },
      { why: "that changes nothing", chain: [firstList, afterFirst([listed(phone)])] },
      { why: "with a signer left out", chain: [firstList, afterFirst([listed(tablet)])] },
      {
        why: "with an end taken back",
        chain: [...chain, byPatient("signer-list", listClaims(4, listHash, [listed(phone), listed(tablet)]))],
      },
      { why: "with a signer twice", chain: [firstList, afterFirst([listed(phone), listed(phone)])] },
      { why: "with the root as a signer", chain: [firstList, afterFirst([listed(phone), listed(root)])] },
      {
        why: "with another root",
        chain: [
          firstList,
          afterFirst([listed(phone), listed(tablet)], { root: { ...rootListed, signing: publicJwkOf(stranger) } }),
        ],
      },
      {
        why: "with another sealing key of the root's",
        chain: [
          firstList,
          afterFirst([listed(phone), listed(tablet)], { root: { ...rootListed, sealing: hash("another") } }),
        ],
      },
      {
        why: "of another patient",
        chain: [firstList, afterFirst([listed(phone), listed(tablet)], { patientId: id("other") })],
      },
      {
        why: "for another cloud",
        chain: [firstList, afterFirst([listed(phone), listed(tablet)], { aud: "other.example" })],
      },
      { why: "with a number left out", chain: [firstList, afterFirst([listed(phone), listed(tablet)], { number: 3 })] },
      { why: "with a claim more", chain: [firstList, afterFirst([listed(phone), listed(tablet)], { more: 1 })] },
      {
        why: "by the root in the middle",
        chain: [firstList, afterFirst([listed(phone), listed(tablet)], {}, root.signing)],
      },
    ],
  },
  account: {
    accountKey,
    newest: account.exported,
    before: accountBefore.exported,
    tablet: { signing: tablet.signing.export({ format: "jwk" }) as Claims, sealing: tablet.sealing.exported },
    sealedCard,
    cardName,
    refused: [
      {
        why: "sealed as another kind",
        sealed: sealing(tablet.sealing, "account-key-before", "2", 2, JSON.stringify(account.exported)),
      },
      {
        why: "sealed as another number",
        sealed: sealing(tablet.sealing, "account-key", "1", 1, JSON.stringify(account.exported)),
      },
      {
        why: "sealed to another key",
        sealed: sealing(root.sealing, "account-key", "2", 2, JSON.stringify(account.exported)),
      },
      {
        why: "another key",
        sealed: sealing(tablet.sealing, "account-key", "2", 2, JSON.stringify(accountBefore.exported)),
      },
      {
        why: "a member more",
        sealed: sealing(tablet.sealing, "account-key", "2", 2, JSON.stringify({ ...account.exported, more: 1 })),
      },
    ],
  },
  manifest: {
    first,
    newest: manifest,
    newestHash: statementHash(manifest),
    all: manifests,
    fork,
    keyRing,
    categoryKeys: Object.fromEntries(names.map((name) => [name, b64(categoryKey(name, epochOf(name)))])),
    imagingPage,
    imagingKeys: [1, 2, 63, 64, 65, 66, 67].map((epoch) => [epoch, b64(categoryKey("imaging", epoch))]),
    summaryKeys: [1, 2, 3].map((epoch) => b64(categoryKey("summary", epoch))),
    pages,
    pageLists,
    replaced,
    decided,
    refused: [
      { why: "by another key", manifest: byPatient("manifest", manifestClaims(12), stranger) },
      {
        why: "by another key in a signer's name",
        manifest: byPatient("manifest", manifestClaims(12), stranger, idOf(tablet.signing)),
      },
      { why: "by a signer who was ended", manifest: byPatient("manifest", manifestClaims(12), phone.signing) },
      { why: "by the root itself", manifest: byPatient("manifest", manifestClaims(12), root.signing) },
      {
        why: "under an earlier list",
        manifest: publish(12, { signers: { number: 1, hash: statementHash(firstList) } }),
      },
      {
        why: "under another list of the same number",
        manifest: publish(12, { signers: { number: 3, hash: hash("another") } }),
      },
      { why: "about another patient", manifest: publish(12, { patientId: id("other") }) },
      { why: "of another type", manifest: byPatient("consent", manifestClaims(12)) },
      { why: "for another cloud", manifest: publish(12, { aud: "other.example" }) },
      { why: "number zero", manifest: publish(12, { number: 0 }) },
      { why: "a category less", manifest: publish(12, { pages: { summary: "A".repeat(43) } }) },
      { why: "a claim more", manifest: publish(12, { exp: iat }) },
      { why: "without what is before it", manifest: publish(12, { previous: null }) },
      { why: "with a link too few", manifest: publish(12, { skips: [] }) },
      { why: "with a link too many", manifest: publish(11, { skips: [hash("another")] }) },
    ],
    sameNumber: publish(12, { cards: [] }),
  },
  index: {
    put: putStatement,
    remove: indexed(remove),
    entry: entryPlain,
    refused: [
      { why: "of another owner", statement: indexed(put, stranger) },
      { why: "under a signer's name, by another key", statement: indexed(put, stranger, idOf(tablet.signing)) },
      { why: "by a signer who was ended", statement: indexed(put, phone.signing) },
      {
        why: "with signers that don't lead to the root",
        statement: indexed({ ...put, signers: [secondList, thirdList] }),
      },
      { why: "of another card", statement: indexed({ ...put, locatorHash: hash("another") }) },
      {
        why: "under another key",
        statement: indexed({ ...put, entry: sealUnder(bytes("wrong", 32), JSON.stringify(entryPlain), "wrong") }),
      },
      { why: "removed", statement: indexed(remove) },
      { why: "an entry where it is removed", statement: indexed({ ...put, action: "remove" }) },
      {
        why: "no parent",
        statement: indexed(Object.fromEntries(Object.entries(put).filter(([name]) => name !== "parent"))),
      },
      {
        why: "of another patient than the signers'",
        statement: indexed({
          ...put,
          entry: sealUnder(
            derive(secret, "hri-entry"),
            JSON.stringify({ ...entryPlain, patientId: id("other") }),
            "other",
          ),
        }),
      },
      {
        why: "a member more in the entry",
        statement: indexed({
          ...put,
          entry: sealUnder(derive(secret, "hri-entry"), JSON.stringify({ ...entryPlain, more: 1 }), "more"),
        }),
      },
    ],
  },
  access: {
    statement: accessStatement,
    ephemeral: ephemeral.exported,
    answer,
    sealed: answered(JSON.stringify(answer)),
    categoryKeys: cardKeys.map(({ category, epoch }) => b64(categoryKey(category, epoch))),
    refused: [
      { why: "to another statement", sealed: answered(short, hash("another")) },
      {
        why: "of another kind",
        sealed: answered(short, statementHash(accessStatement), "contribution"),
      },
      {
        why: "of an epoch",
        sealed: answered(short, statementHash(accessStatement), "emergency-access", 1),
      },
      {
        why: "of another patient",
        sealed: sealTo(
          ephemeral,
          { kind: "emergency-access", aud, subject: id("other"), object: statementHash(accessStatement), epoch: 0 },
          short,
        ),
      },
      {
        why: "to another key",
        sealed: sealing(account, "emergency-access", statementHash(accessStatement), 0, short),
      },
      {
        why: "without a manifest",
        sealed: answered(JSON.stringify({ ...answer, signers: [firstList], links: [], summary: [], manifest: null })),
      },
      { why: "with a name twice", sealed: answered(`{"grantId":1,${short.slice(1)}`) },
    ],
  },
  front: {
    address: `https://card.example/#2${frontNumber.toString().padStart(78, "0")}`,
    page: "https://card.example/",
    secret: b64(frontSecret),
    locator: b64(frontLocator),
    proof: b64(frontProof),
    put: indexed(putFront),
    silent: indexed({
      ...putFront,
      entry: sealUnder(derive(frontSecret, "front-entry"), padded({ silent: true }), "silent entry"),
    }),
    entry: frontPlain,
    refused: [
      { why: "by a stranger", statement: indexed(putFront, stranger) },
      { why: "by a signer who was ended", statement: indexed(putFront, phone.signing) },
      { why: "of the card's back", statement: putStatement },
      { why: "of another locator", statement: indexed({ ...putFront, locatorHash: hash(locator) }) },
      { why: "that was removed", statement: indexed({ ...remove, locatorHash: hash(frontLocator) }) },
      {
        why: "of another patient's",
        statement: indexed({ ...putFront, entry: sealedFrontEntry({ patientId: id("another") }) }),
      },
      {
        why: "with the back's entry",
        statement: indexed({
          ...putFront,
          entry: sealUnder(derive(frontSecret, "front-entry"), JSON.stringify(entryPlain), "entry"),
        }),
      },
      {
        why: "that says nothing and leads somewhere",
        statement: indexed({ ...putFront, entry: sealedFrontEntry({ silent: true }) }),
      },
    ],
  },
  openPart: {
    said,
    answer: { statement: setOpenPart, signers: chain, sealed: sealedOpenPart },
    removed: removeOpenPart,
    refused: [
      { why: "by a stranger", ...openAnswers({}, stranger) },
      { why: "by a signer who was ended", ...openAnswers({}, phone.signing) },
      { why: "under an older list of signers", ...openAnswers({}, phone.signing, { signers: chain.slice(0, 2) }) },
      { why: "of another card", ...openAnswers({ cardId: id("another") }) },
      { why: "of another patient", ...openAnswers({ patientId: id("another") }) },
      { why: "of another cloud", ...openAnswers({ aud: "other.example" }) },
      { why: "with another text", ...openAnswers({}, tablet.signing, { sealed: older1 }) },
      { why: "that the index has not witnessed, of the same number", ...openAnswers({ iat: iat + 1 }) },
      {
        why: "older than the index has witnessed",
        ...openAnswers({ number: 1, sealedHash: hash(older1) }, tablet.signing, { sealed: older1 }),
      },
      { why: "of a number that it isn't sealed for", ...openAnswers({ number: 3 }) },
      { why: "that is removed", ...openAnswers({}, tablet.signing, { statement: removeOpenPart }) },
    ],
  },
  statements: {
    now: iat,
    audience: aud,
    patient: {
      consent: [activeConsent, byPatient("consent", { ...consent, kind: "emergency-share", status: "inactive" })],
      manifest: [publish(12)],
      decision: [
        byPatient("decision", { ...decision, decision: "approved", descriptor: contributed }),
        byPatient("decision", { ...decision, decision: "rejected" }),
      ],
      halt: [byPatient("halt", { grantId }), byPatient("halt", { grantId, checkpoint: newest })],
      "card-revocation": [byPatient("card-revocation", { cardId })],
      "open-part": [setOpenPart, removeOpenPart],
      "deactivation-request": [byPatient("deactivation-request", { under: 1 })],
      "deactivation-cancellation": [byPatient("deactivation-cancellation", {})],
    },
    root: { deactivation: byPatient("deactivation", {}, root.signing) },
    professional: { "emergency-access": accessStatement, contribution },
    byEachKey,
    proof: { proofKey: b64(proofKey), cardId, proof },
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
      {
        why: "a claim more",
        type: "deactivation-cancellation",
        statement: byPatient("deactivation-cancellation", { more: 1 }),
      },
      {
        why: "another cloud's",
        type: "deactivation-cancellation",
        statement: byPatient("deactivation-cancellation", { aud: "other.example" }),
      },
      { why: "of another type", type: "deactivation-cancellation", statement: byPatient("decision", {}) },
      {
        why: "by another key",
        type: "deactivation-cancellation",
        statement: byPatient("deactivation-cancellation", {}, stranger),
      },
      {
        why: "by a signer who was ended",
        type: "deactivation-cancellation",
        statement: byPatient("deactivation-cancellation", {}, phone.signing),
      },
      {
        why: "by the root itself",
        type: "deactivation-cancellation",
        statement: byPatient("deactivation-cancellation", {}, root.signing),
      },
      {
        why: "without a name",
        type: "deactivation-cancellation",
        statement: jws(
          { alg: "ES256", typ: "deactivation-cancellation" },
          { ...stamp("deactivation-cancellation"), patientId },
          es256(tablet.signing),
        ),
      },
      {
        why: "a request to destroy the account that names no list",
        type: "deactivation-request",
        statement: byPatient("deactivation-request", {}),
      },
      { why: "a halt without a grant", type: "halt", statement: byPatient("halt", {}) },
      {
        why: "a revocation of no card",
        type: "card-revocation",
        statement: byPatient("card-revocation", { cardId: "AAAA" }),
      },
      {
        why: "an open part that is removed, with a text",
        type: "open-part",
        statement: byPatient("open-part", { ...openPartClaims, action: "remove" }),
      },
      {
        why: "an open part without a number",
        type: "open-part",
        statement: byPatient("open-part", { ...openPartClaims, number: 0 }),
      },
      {
        why: "an access without the card's fingerprint",
        type: "emergency-access",
        statement: byProfessional("emergency-access", { ...accessClaims, fingerprint: "" }),
      },
      {
        why: "an access without a key for the answer",
        type: "emergency-access",
        statement: byProfessional("emergency-access", {
          ...accessClaims,
          ephemeral: { p256: ephemeral.publicKey.p256 },
        }),
      },
      {
        why: "a professional's by another key",
        type: "contribution",
        statement: byProfessional("contribution", contributionClaims, stranger),
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
        why: "a first version that replaces another",
        type: "contribution",
        statement: byProfessional("contribution", {
          ...contributionClaims,
          descriptor: { ...contributed, replaces: second.replaces },
        }),
      },
      {
        why: "a descriptor's member more",
        type: "contribution",
        statement: byProfessional("contribution", { ...contributionClaims, descriptor: { ...contributed, more: 1 } }),
      },
    ],
  },
  consentReceipt: {
    consent: activeConsent,
    receipt: consentReceiptBy(provider),
    refused: [
      { why: "by another key", receipt: consentReceiptBy(stranger) },
      { why: "of another cloud", receipt: consentReceiptBy(provider, { iss: "other.example" }) },
      { why: "of another statement", receipt: consentReceiptBy(provider, { statementHash: hash("another") }) },
      { why: "of another type", receipt: consentReceiptBy(provider, {}, "consent") },
      {
        why: "in another key's name",
        receipt: consentReceiptBy(provider, {}, "consent-receipt", { kid: fingerprint }),
      },
      { why: "a claim more", receipt: consentReceiptBy(provider, { more: 1 }) },
    ],
  },
  receipt: {
    statement: accessStatement,
    event: two,
    receipt: receiptBy(provider),
    refused: [
      { why: "by another key", receipt: receiptBy(stranger) },
      { why: "of another cloud", receipt: receiptBy(provider, { iss: "other.example" }) },
      { why: "of another statement", receipt: receiptBy(provider, { statementHash: hash("another") }) },
      { why: "of another event", receipt: receiptBy(provider, { eventHash: hash("another") }) },
      { why: "of another place", receipt: receiptBy(provider, { seq: 3 }) },
      { why: "of another type", receipt: receiptBy(provider, {}, "consent-receipt") },
      { why: "a claim more", receipt: receiptBy(provider, { more: 1 }) },
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
      { why: "signed by another key", exported: withNewest({ checkpoint: checkpointBy(fourth, stranger) }) },
      {
        why: "with a checkpoint under another list of keys",
        exported: withNewest({
          checkpoint: checkpointBy(
            { ...fourth, successors: [successorBy(provider, { ...secondSuccessor, key: publicJwkOf(stranger) })] },
            stranger,
          ),
        }),
      },
      {
        why: "with a checkpoint by a key that was replaced two days before",
        exported: withNewest({ checkpoint: checkpointBy({ ...fourth, iat: iat + 172_800 }) }),
      },
      {
        why: "with another provider's key in it",
        exported: { ...exported, providerKeys: { first: publicJwkOf(stranger), successors } },
      },
      {
        why: "with a signature for what the trail doesn't tell of",
        exported: { ...exported, signed: [{ statement: contribution }] },
      },
      {
        why: "with a statement of another time than its event",
        exported: { ...exported, signed: [{ statement: accessStatement }] },
      },
      { why: "of another cloud", exported: { ...exported, cloudId: "other.example" } },
      { why: "of another patient", exported: { ...exported, patientId: id("elsewhere") } },
      {
        why: "with another tree",
        exported: withNewest({ checkpoint: checkpointBy({ ...fourth, successors, root: hash("root") }, thirdKey) }),
      },
      { why: "without the way back", exported: withNewest({ links: [] }) },
      { why: "with a longer way back", exported: withNewest({ links: [cp3, cp2, cp1] }) },
      {
        why: "with another beginning",
        exported: withNewest({ links: [cp2, checkpointBy({ number: 1, iat: iat - 1 })] }),
      },
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
  card: { ...card, signed: signedCard, hash: hash(canonical(signedCard)) },
  parts,
}
console.log(JSON.stringify(formats, null, 2))

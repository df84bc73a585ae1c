import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as z from "zod/mini"
import { type Card, locatorHash } from "../protocol/card.ts"
import { statements } from "../protocol/claims.ts"
import { toBase64url } from "../protocol/crypto/bytes.ts"
import { sealUnder } from "../protocol/crypto/envelope.ts"
import { randomBytes } from "../protocol/crypto/primitives.ts"
import { generateSealingKeyPair } from "../protocol/sealing.ts"
import { readStatement, statementHash } from "../protocol/statement.ts"
import { apiAt } from "../sdk/api.ts"
import { openIndex } from "../sdk/cloud.ts"
import { lookUp } from "../sdk/hcp/card.ts"
import { credentialFromPem } from "../sdk/hcp/credential.ts"
import { type Access, type Credential, emergencyAccess } from "../sdk/hcp/emergency-access.ts"
import { listRecords } from "../sdk/hcp/records.ts"
import { endAccess, sessionOf } from "../sdk/hcp/session.ts"
import { revokeCard } from "../sdk/patient/cards.ts"
import { getConsent, revokeConsent } from "../sdk/patient/consents.ts"
import { haltGrant } from "../sdk/patient/grants.ts"
import { type PatientSession, placeOf } from "../sdk/patient/session.ts"
import { stamp } from "../sdk/stamp.ts"
import { accessBy } from "../test/kit/people.ts"
import { accessStatement, type Otherwise } from "./access-statement.ts"
import { newRoot } from "./thief.ts"

interface Pem {
  readonly chainPem: string
  readonly privateKeyPem: string
}
export const wantedCredentials = [
  "physician",
  "otherPhysician",
  "insuredPerson",
  "wrongPolicy",
  "expired",
  "notYetValid",
  "revoked",
  "uncertified",
] as const

export interface Victim {
  readonly session: PatientSession
  readonly card: Card
  readonly cardId: string
}

/** A running cloud, with somebody to attack and everybody who might. */
export interface Battlefield {
  readonly hri: string
  readonly victim: Victim
  readonly bystander: Victim
  readonly credentials: Readonly<Record<(typeof wantedCredentials)[number], Pem>>
}

export interface Adversary {
  readonly name: string
  /** The code of the refusal. */
  readonly expected: string
  attack(on: Battlefield): Promise<unknown>
}

const holder = ({ chainPem, privateKeyPem }: Pem) => credentialFromPem(chainPem, privateKeyPem, "ES256")
const id = () => toBase64url(randomBytes(16))

const openssl = (folder: string, ...args: string[]) =>
  execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "ignore", "ignore"] })

/** A certificate made with openssl in a folder of its own; `make` writes `certificate.pem` for the request in `request.pem`. */
const forged = async (make: (folder: string) => string): Promise<Credential> => {
  const folder = mkdtempSync(join(tmpdir(), "ehr-cloud-forged-"))
  try {
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-keyout", "key.pem"]
    openssl(folder, "req", "-new", ...key, "-subj", "/CN=Dr. Forged", "-out", "request.pem")
    const chainPem = make(folder)
    return await holder({
      chainPem,
      privateKeyPem: execFileSync("cat", ["key.pem"], { cwd: folder, encoding: "utf8" }),
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
const read = (folder: string, file: string) => execFileSync("cat", [file], { cwd: folder, encoding: "utf8" })

const byLeaf = ({ physician }: Battlefield["credentials"]) =>
  forged((folder) => {
    writeFileSync(join(folder, "ca.pem"), physician.chainPem)
    writeFileSync(join(folder, "ca-key.pem"), physician.privateKeyPem)
    const by = ["-CA", "ca.pem", "-CAkey", "ca-key.pem", "-CAcreateserial", "-days", "30"]
    openssl(folder, "x509", "-req", "-in", "request.pem", ...by, "-out", "certificate.pem")
    return read(folder, "certificate.pem") + physician.chainPem
  })

const selfSigned = ({ physician }: Battlefield["credentials"]) =>
  forged((folder) => {
    openssl(
      folder,
      "x509",
      "-req",
      "-in",
      "request.pem",
      "-signkey",
      "key.pem",
      "-days",
      "30",
      "-out",
      "certificate.pem",
    )
    // The true authority's certificate behind it lends it nothing.
    return read(folder, "certificate.pem") + physician.chainPem.slice(physician.chainPem.indexOf("-----END") + 25)
  })

const send = ({ session }: Victim, statement: string) =>
  session.cloud.api.call("hcp/emergency-access", { statement, witness: 1 })

const asksWith = (otherwise: (on: Battlefield) => Otherwise | Promise<Otherwise>) => async (on: Battlefield) =>
  send(on.victim, await accessStatement(on.victim, await holder(on.credentials.physician), await otherwise(on)))
const asks = (claims: object) => asksWith(() => ({ claims }))

const opens = async (on: Battlefield, by: Pem | Credential = on.credentials.physician): Promise<Access> =>
  accessBy(on.victim.card, "chainPem" in by ? await holder(by) : by)

/** The statement with one claim changed after it was signed. */
const altered = (compact: string, change: (claims: Record<string, unknown>) => object) => {
  const [header, payload = "", signature] = compact.split(".")
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as Record<string, unknown>
  return [header, Buffer.from(JSON.stringify({ ...claims, ...change(claims) })).toString("base64url"), signature].join(
    ".",
  )
}
const afterSigning = (change: (claims: Record<string, unknown>) => object) => async (on: Battlefield) =>
  send(on.victim, altered(await accessStatement(on.victim, await holder(on.credentials.physician)), change))

const withHeader = (change: object) => async (on: Battlefield) => {
  const compact = await accessStatement(on.victim, await holder(on.credentials.physician))
  const header = { ...readStatement(compact).header, ...change }
  const [, payload, signature] = compact.split(".")
  return send(on.victim, [Buffer.from(JSON.stringify(header)).toString("base64url"), payload, signature].join("."))
}

const inSession = async (on: Battlefield) => {
  const access = await opens(on)
  await listRecords(access, "summary")
  return access
}
const tokenOf = async (access: Access) => (await sessionOf(access)).accessToken

/** An entry by a root of the thief's own, in the place of the victim's. */
const entryBy = async (on: Battlefield, next: { sequence: number; parent: string | null }) => {
  const index = await openIndex(on.hri, { local: true })
  const thief = await newRoot(placeOf(on.victim.session))
  const entry = await sealUnder(randomBytes(32), new Uint8Array(10))
  const own = { ...next, locatorHash: await locatorHash(on.victim.card.locator), action: "put", entry } as const
  return index.api.call("hri/put-entry", { statement: await thief.sign("hri-entry", index.hriId, own) })
}

const standing = async (on: Battlefield) => {
  const { statement } = await apiAt(on.hri, { local: true }).call("hri/look-up", {
    locator: toBase64url(on.victim.card.locator),
  })
  const { sequence } = z.parse(statements["hri-entry"], readStatement(statement).payload)
  return { sequence: sequence + 1, parent: await statementHash(statement) }
}

const certificate = (name: (typeof wantedCredentials)[number]) => (on: Battlefield) => opens(on, on.credentials[name])

/** Who tries to get at a record without the right to, one way each; the last ones leave the victim's card worthless. */
export const adversaries: readonly Adversary[] = [
  {
    name: "certified by an authority nobody here trusts",
    expected: "certificate-untrusted",
    attack: certificate("uncertified"),
  },
  { name: "with an expired certificate", expected: "certificate-expired", attack: certificate("expired") },
  { name: "with a certificate of next week", expected: "certificate-expired", attack: certificate("notYetValid") },
  { name: "with a revoked certificate", expected: "certificate-revoked", attack: certificate("revoked") },
  {
    name: "with a certificate of another policy",
    expected: "certificate-untrusted",
    attack: certificate("wrongPolicy"),
  },
  {
    name: "an insured person with a health card",
    expected: "profession-not-allowed",
    attack: certificate("insuredPerson"),
  },
  {
    name: "certified by a physician acting as an authority",
    expected: "certificate-untrusted",
    attack: async (on) => opens(on, await byLeaf(on.credentials)),
  },
  {
    name: "self-certified, the true authority's certificate behind",
    expected: "certificate-untrusted",
    attack: async (on) => opens(on, await selfSigned(on.credentials)),
  },
  {
    name: "somebody else's certificate with a key of one's own",
    expected: "statement-invalid",
    attack: async (on) => {
      const [mine, theirs] = [await holder(on.credentials.uncertified), await holder(on.credentials.physician)]
      return opens(on, { ...mine, chain: theirs.chain })
    },
  },
  {
    name: "a statement used twice",
    expected: "statement-replayed",
    attack: async (on) => {
      const statement = await accessStatement(on.victim, await holder(on.credentials.physician))
      await send(on.victim, statement)
      return send(on.victim, statement)
    },
  },
  { name: "a statement of five minutes ago", expected: "statement-stale", attack: asks({ iat: stamp().iat - 300 }) },
  { name: "a statement of tomorrow", expected: "statement-stale", attack: asks({ iat: stamp().iat + 86_400 }) },
  { name: "a statement for another cloud", expected: "statement-invalid", attack: asks({ aud: "another.example" }) },
  { name: "a field more than the protocol has", expected: "statement-invalid", attack: asks({ purpose: "care" }) },
  {
    name: "patient changed after signing",
    expected: "statement-invalid",
    attack: afterSigning(() => ({ patientId: id() })),
  },
  { name: "card changed after signing", expected: "statement-invalid", attack: afterSigning(() => ({ cardId: id() })) },
  {
    name: "proof changed after signing",
    expected: "statement-invalid",
    attack: afterSigning(() => ({ proof: toBase64url(randomBytes(32)) })),
  },
  {
    name: "fingerprint changed after signing",
    expected: "statement-invalid",
    attack: afterSigning(() => ({ fingerprint: toBase64url(randomBytes(32)) })),
  },
  {
    name: "key to seal to changed after signing",
    expected: "statement-invalid",
    attack: async (on) => {
      const { publicKey } = await generateSealingKeyPair()
      return afterSigning(() => ({ ephemeral: publicKey }))(on)
    },
  },
  { name: "number changed after signing", expected: "statement-invalid", attack: afterSigning(() => ({ jti: id() })) },
  {
    name: "time changed after signing",
    expected: "statement-invalid",
    attack: afterSigning(({ iat }) => ({ iat: Number(iat) + 1 })),
  },
  { name: "a signature of no algorithm", expected: "statement-invalid", attack: withHeader({ alg: "none" }) },
  { name: "a signature by a shared secret", expected: "statement-invalid", attack: withHeader({ alg: "HS256" }) },
  { name: "a statement of another type", expected: "statement-invalid", attack: withHeader({ typ: "contribution" }) },
  { name: "a key beside the certificate", expected: "statement-invalid", attack: withHeader({ jwk: { kty: "EC" } }) },
  { name: "no certificate at all", expected: "statement-invalid", attack: withHeader({ x5c: undefined }) },
  {
    name: "nine certificates",
    expected: "statement-invalid",
    attack: withHeader({ x5c: Array<string>(9).fill("AAAA") }),
  },
  {
    name: "a card that was never at hand",
    expected: "card-refused",
    attack: asksWith(({ bystander }) => ({ proofBy: { card: bystander.card } })),
  },
  { name: "a proof made up", expected: "card-refused", attack: asks({ proof: toBase64url(randomBytes(32)) }) },
  {
    name: "another professional's proof",
    expected: "card-refused",
    attack: asksWith(async (on) => {
      const [certificate = new Uint8Array()] = (await holder(on.credentials.otherPhysician)).chain
      return { proofBy: { certificate } }
    }),
  },
  {
    name: "a card under another patient's name, its proof made to fit",
    expected: "card-refused",
    attack: asksWith(({ bystander }) => ({ claims: { fingerprint: bystander.card.fingerprint } })),
  },
  {
    name: "a card under another place in the index, its proof made to fit",
    expected: "card-refused",
    attack: asksWith(async () => ({ claims: { locatorHash: await locatorHash(randomBytes(16)) } })),
  },
  {
    name: "a proof for the victim's name, in a statement for another",
    expected: "card-refused",
    attack: asksWith(({ victim, bystander }) => ({
      claims: { fingerprint: bystander.card.fingerprint },
      proofOver: { fingerprint: victim.card.fingerprint },
    })),
  },
  {
    name: "a proof over another key than the answer is to be sealed to",
    expected: "card-refused",
    attack: asksWith(() => ({ proofOver: { ephemeral: toBase64url(randomBytes(32)) } })),
  },
  {
    name: "an answer to be sealed to what is no key",
    expected: "statement-invalid",
    attack: asksWith(async () => {
      const { p256, mlkem768 } = (await generateSealingKeyPair()).publicKey
      return { claims: { ephemeral: { p256: { ...p256, y: p256.x }, mlkem768 } } }
    }),
  },
  { name: "a card that does not exist", expected: "card-refused", attack: asks({ cardId: id() }) },
  {
    name: "one patient's card for another's record",
    expected: "card-refused",
    attack: async (on) => asks({ patientId: on.bystander.session.patientId })(on),
  },
  {
    name: "a ticket used for another access",
    expected: "session-refused",
    attack: async (on) => {
      const [mine, theirs] = [await opens(on, on.credentials.otherPhysician), await opens(on)]
      const { patientId } = on.victim.session
      return mine.api.call("hcp/session", { patientId, grantId: theirs.grantId, ticket: mine.ticket })
    },
  },
  {
    name: "a ticket made up",
    expected: "session-refused",
    attack: async (on) => {
      const { api, grantId } = await opens(on)
      return api.call("hcp/session", {
        patientId: on.victim.session.patientId,
        grantId,
        ticket: toBase64url(randomBytes(32)),
      })
    },
  },
  {
    name: "an access ended by the ticket of another",
    expected: "session-refused",
    attack: async (on) => {
      const [mine, theirs] = [await opens(on, on.credentials.otherPhysician), await opens(on)]
      return endAccess({ ...theirs, ticket: mine.ticket })
    },
  },
  {
    name: "an access that its professional has ended",
    expected: "grant-ended",
    attack: async (on) => {
      const access = await inSession(on)
      await endAccess(access)
      return listRecords(access, "summary")
    },
  },
  {
    name: "a session used in another professional's access",
    expected: "not-found",
    attack: async (on) => {
      const mine = await inSession(on)
      const theirs = await opens(on, on.credentials.otherPhysician)
      const request = {
        patientId: on.victim.session.patientId,
        grantId: theirs.grantId,
        category: "summary",
        page: "0",
        after: "1",
      } as const
      return mine.api.call("hcp/list-records", request, await tokenOf(mine))
    },
  },
  {
    name: "a session used on a patient nobody granted",
    expected: "not-found",
    attack: async (on) => {
      const mine = await inSession(on)
      const request = {
        patientId: on.bystander.session.patientId,
        grantId: mine.grantId,
        category: "summary",
        page: "0",
        after: "1",
      } as const
      return mine.api.call("hcp/list-records", request, await tokenOf(mine))
    },
  },
  {
    name: "a category that the card doesn't open",
    expected: "category-not-granted",
    attack: async (on) => listRecords(await opens(on), "sensitive"),
  },
  {
    name: "an access without a session",
    expected: "unauthenticated",
    attack: async (on) => {
      const { api, grantId } = await opens(on)
      return api.call("hcp/list-records", {
        patientId: on.victim.session.patientId,
        grantId,
        category: "summary",
        page: "0",
        after: "1",
      })
    },
  },
  {
    name: "a professional's session on a patient's route",
    expected: "unauthenticated",
    attack: async (on) => {
      const access = await inSession(on)
      return access.api.call("patient/get-manifest", {}, await tokenOf(access))
    },
  },
  {
    name: "a patient's session on a professional's route",
    expected: "unauthenticated",
    attack: async (on) => {
      const { api, grantId } = await opens(on)
      const { patientId, accessToken } = on.victim.session
      return api.call(
        "hcp/list-records",
        { patientId, grantId, category: "summary", page: "0", after: "1" },
        accessToken,
      )
    },
  },
  {
    name: "another patient's record, by a patient",
    expected: "not-found",
    attack: async (on) => {
      const [summary] = (await opens(on)).summary
      const { cloud, accessToken } = on.bystander.session
      const request = { recordId: summary?.recordId ?? id(), version: "1" }
      return cloud.api.call("patient/download-url", request, accessToken)
    },
  },
  {
    name: "an index entry put over the owner's",
    expected: "hri-entry-conflict",
    attack: async (on) => entryBy(on, await standing(on)),
  },
  {
    name: "an index entry begun anew in the owner's place",
    expected: "hri-entry-conflict",
    attack: (on) => entryBy(on, { sequence: 1, parent: null }),
  },
  {
    name: "a locator guessed",
    expected: "hri-entry-unknown",
    attack: (on) => apiAt(on.hri, { local: true }).call("hri/look-up", { locator: id() }),
  },
  {
    name: "an access that the patient has halted",
    expected: "grant-halted",
    attack: async (on) => {
      const access = await inSession(on)
      await haltGrant(on.victim.session, access)
      return listRecords(access, "summary")
    },
  },
  {
    name: "a card after its consent was withdrawn",
    expected: "consent-missing",
    attack: async (on) => {
      const { session } = on.victim
      await revokeConsent(session, await getConsent(session, "emergency-share"))
      return opens(on)
    },
  },
  {
    name: "a card that was revoked",
    expected: "card-refused",
    attack: async (on) => {
      const entry = await lookUp(on.victim.card, { local: true })
      await revokeCard(on.victim.session, on.victim.cardId)
      return emergencyAccess(on.victim.card, entry, await holder(on.credentials.physician))
    },
  },
]

/** What became of it: the code of the refusal, or that there was none. */
export const seenFrom = async ({ attack }: Adversary, on: Battlefield): Promise<string> => {
  try {
    await attack(on)
    return "NOT REFUSED"
  } catch (error) {
    const { code } = error as { code?: unknown }
    return typeof code === "string" ? code : `failed: ${String(error)}`
  }
}

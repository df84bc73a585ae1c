import { describe, expect, test } from "vitest"
import * as z from "zod/mini"
import { certify } from "../../certify/certify.ts"
import { readCrl, serialOf } from "../../certify/crl.ts"
import { opensslKeys } from "../../certify/openssl-keys.ts"
import { RevocationMemory } from "../../certify/revocation-memory.ts"
import { RevocationFault } from "../../certify/revocation-port.ts"
import { readCertificate } from "../../protocol/certification/certificate.ts"
import { profession, professionalPolicy } from "../kit/certificate-extensions.ts"
import recorded from "./openssl-authorities.json" with { type: "json" }

/**
 * What another implementation writes: authorities of every kind of key, made once by openssl 3.0 (`req`, `ca`, `ocsp`), with a
 * professional in order and a revoked one. Frozen; nobody has their keys.
 */

const base64 = z.pipe(
  z.string(),
  z.transform((text: string) => Uint8Array.from(Buffer.from(text, "base64"))),
)
const kind = z.object({
  name: z.string(),
  root: z.string(),
  authority: z.string(),
  physician: base64,
  revoked: base64,
  ocsp: z.object({ physician: base64, revoked: base64 }),
  crl: base64,
})
const { now, authorities } = z.parse(z.object({ now: z.string(), authorities: z.array(kind) }), recorded)

const certifying = (
  { root, authority, ocsp }: z.infer<typeof kind>,
  who: "physician" | "revoked",
  der: Uint8Array<ArrayBuffer>,
) =>
  certify({
    chain: [der],
    alg: "ES256",
    policy: {
      version: 1,
      anchors: [
        {
          id: "openssl",
          certificate: root,
          intermediates: [authority],
          signatureAlgorithms: ["ES256"],
          requiredPolicies: [professionalPolicy],
          profession: { from: "admission", allow: { [profession.physician]: "physician" } },
          maxPathLength: 1,
          revocation: { order: ["stapled"], maxClockSkewSeconds: 0 },
        },
      ],
    },
    now: new Date(now),
    nonce: new Uint8Array(32),
    memory: new RevocationMemory(),
    stapled: ocsp[who],
    revocation: {
      ask: () => Promise.reject(new RevocationFault("unreachable")),
      fetchCrl: () => Promise.reject(new RevocationFault("unreachable")),
    },
  })

describe.each(authorities)("an authority by openssl with $name", (made) => {
  test("certifies its professional, by its responder's answer", async () => {
    expect(await certifying(made, "physician", made.physician)).toMatchObject({ outcome: "certified" })
  })

  test("does not certify a professional whom it revoked", async () => {
    expect(await certifying(made, "revoked", made.revoked)).toMatchObject({ outcome: "certificate-revoked" })
  })

  test("does not certify a certificate whose signature is spoiled", async () => {
    const spoiled = made.physician.with(made.physician.length - 1, made.physician.at(-1)! ^ 1)
    expect(await certifying(made, "physician", spoiled)).toMatchObject({ outcome: "certificate-untrusted" })
  })

  test("lists the revoked professional, and no other", async () => {
    const list = await readCrl(made.crl, readCertificate(Buffer.from(made.authority, "base64"), opensslKeys)!)
    expect("fault" in list ? list : [...list.revoked]).toEqual([serialOf(readCertificate(made.revoked, opensslKeys)!)])
  })
})

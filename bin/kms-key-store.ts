import { GetPublicKeyCommand, type KMSClient, SignCommand } from "@aws-sdk/client-kms"
import { p256 } from "@noble/curves/nist.js"
import * as z from "zod/mini"
import type { KeyStore } from "../lib/provider-keys.ts"
import { sha256 } from "../protocol/crypto/primitives.ts"
import { ecPublicJwk } from "../protocol/primitives.ts"

/** A provider's keys in KMS, for who deploys: by a role that may use them. */
export const kmsKeyStore = (kms: KMSClient): KeyStore => ({
  publicKey: async (KeyId) => {
    const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId }))
    if (PublicKey === undefined) throw new Error("KMS gave no public key")
    const curve = { name: "ECDSA", namedCurve: "P-256" }
    const key = await crypto.subtle.importKey("spki", new Uint8Array(PublicKey), curve, true, ["verify"])
    const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", key)
    return z.parse(ecPublicJwk, { kty, crv, x, y })
  },
  sign: async (KeyId, bytes) => {
    const Message = await sha256(bytes)
    const { Signature } = await kms.send(
      new SignCommand({ KeyId, Message, MessageType: "DIGEST", SigningAlgorithm: "ECDSA_SHA_256" }),
    )
    if (Signature === undefined) throw new Error("KMS gave no signature")
    return new Uint8Array(p256.Signature.fromBytes(Signature, "der").toBytes("compact"))
  },
})

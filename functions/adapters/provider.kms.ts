import { GetPublicKeyCommand, type KMSClient, SignCommand } from "@aws-sdk/client-kms"
import * as z from "zod/mini"
import { ecPublicJwk } from "../../protocol/primitives.ts"
import type { Provider } from "../domain/ports.ts"
import { rawSignature } from "./ecdsa-der.ts"

/** The provider's ECC_NIST_P256 key, which never leaves KMS. */
export const kmsProvider = (kms: KMSClient, keyId: string): Provider => ({
  publicKey: async () => {
    const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId: keyId }))
    if (PublicKey === undefined) throw new Error("KMS gave no public key")
    const key = await crypto.subtle.importKey(
      "spki",
      new Uint8Array(PublicKey),
      { name: "ECDSA", namedCurve: "P-256" },
      true,
      ["verify"],
    )
    const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", key)
    return z.parse(ecPublicJwk, { kty, crv, x, y })
  },
  sign: async (bytes) => {
    const { Signature } = await kms.send(
      new SignCommand({ KeyId: keyId, Message: bytes, MessageType: "RAW", SigningAlgorithm: "ECDSA_SHA_256" }),
    )
    if (Signature === undefined) throw new Error("KMS gave no signature")
    return rawSignature(Signature)
  },
})

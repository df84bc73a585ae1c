import { type KMSClient, SignCommand } from "@aws-sdk/client-kms"
import { sha256 } from "../../protocol/crypto/primitives.ts"
import type { Provider } from "../domain/ports.ts"
import { rawSignature } from "./ecdsa-der.ts"

/**
 * The provider's ECC_NIST_P256 key, which never leaves KMS. `kid`: its thumbprint. KMS is told the digest alone: of what is longer than 4,096 bytes it makes
 * none itself. Source: AWS KMS API Reference, "Sign".
 */
export const kmsProvider = (kms: KMSClient, { keyId, kid }: { keyId: string; kid: string }): Provider => ({
  kid,
  sign: async (bytes) => {
    const { Signature } = await kms.send(
      new SignCommand({
        KeyId: keyId,
        Message: await sha256(bytes),
        MessageType: "DIGEST",
        SigningAlgorithm: "ECDSA_SHA_256",
      }),
    )
    if (Signature === undefined) throw new Error("KMS gave no signature")
    return rawSignature(Signature)
  },
})

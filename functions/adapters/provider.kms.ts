import { type KMSClient, SignCommand } from "@aws-sdk/client-kms"
import type { Provider } from "../domain/ports.ts"
import { rawSignature } from "./ecdsa-der.ts"

/** The provider's ECC_NIST_P256 key, which never leaves KMS. `kid`: its thumbprint. */
export const kmsProvider = (kms: KMSClient, { keyId, kid }: { keyId: string; kid: string }): Provider => ({
  kid,
  sign: async (bytes) => {
    const { Signature } = await kms.send(
      new SignCommand({ KeyId: keyId, Message: bytes, MessageType: "RAW", SigningAlgorithm: "ECDSA_SHA_256" }),
    )
    if (Signature === undefined) throw new Error("KMS gave no signature")
    return rawSignature(Signature)
  },
})

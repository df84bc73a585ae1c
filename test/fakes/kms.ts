import { generateKeyPairSync, sign } from "node:crypto"
import type { SignCommandInput } from "@aws-sdk/client-kms"

/** As much of KMS as the adapters use: one key that signs. */
export const memoryKms = () => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  return {
    /** By the command's name. */
    operations: {
      GetPublicKeyCommand: () => ({
        PublicKey: new Uint8Array(publicKey.export({ format: "der", type: "spki" })),
        KeySpec: "ECC_NIST_P256",
      }),
      SignCommand: ({ Message = new Uint8Array() }: SignCommandInput) => ({
        Signature: new Uint8Array(sign("sha256", Message, privateKey)),
        SigningAlgorithm: "ECDSA_SHA_256",
      }),
    },
  }
}

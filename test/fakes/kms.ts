import { generateKeyPairSync, sign } from "node:crypto"
import { KMSServiceException, type SignCommandInput } from "@aws-sdk/client-kms"

/** Bytes of a message that KMS hashes itself. Source: AWS KMS API Reference, "Sign", `Message`. */
const longestMessage = 4096
const tooLong = () =>
  new KMSServiceException({ name: "ValidationException", $fault: "client", message: "from the fake", $metadata: {} })

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
      SignCommand: ({ Message = new Uint8Array() }: SignCommandInput) => {
        if (Message.length > longestMessage) throw tooLong()
        return { Signature: new Uint8Array(sign("sha256", Message, privateKey)), SigningAlgorithm: "ECDSA_SHA_256" }
      },
    },
  }
}

import { generateKeyPairSync, sign } from "node:crypto"
import type { SignCommandInput } from "@aws-sdk/client-kms"
import * as z from "zod/mini"
import { ecPublicJwk } from "../../protocol/primitives.ts"

/** As much of KMS as the adapters use: one key that signs. */
export const memoryKms = () => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  return {
    publicKey: z.parse(ecPublicJwk, publicKey.export({ format: "jwk" })),
    /** By the command's name. */
    operations: {
      SignCommand: ({ Message = new Uint8Array() }: SignCommandInput) => ({
        Signature: new Uint8Array(sign("sha256", Message, privateKey)),
        SigningAlgorithm: "ECDSA_SHA_256",
      }),
    },
  }
}

import { generateKeyPairSync } from "node:crypto"
import type { SignCommandInput } from "@aws-sdk/client-kms"
import { p256 } from "@noble/curves/nist.js"
import * as z from "zod/mini"
import { fromBase64url } from "../../protocol/crypto/bytes.ts"
import { ecPublicJwk } from "../../protocol/primitives.ts"

/** As much of KMS as the adapters use: one key that signs digests. */
export const memoryKms = () => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const secret = fromBase64url(privateKey.export({ format: "jwk" }).d ?? "")
  return {
    publicKey: z.parse(ecPublicJwk, publicKey.export({ format: "jwk" })),
    /** By the command's name. */
    operations: {
      GetPublicKeyCommand: () => ({
        PublicKey: new Uint8Array(publicKey.export({ format: "der", type: "spki" })),
        KeySpec: "ECC_NIST_P256",
      }),
      SignCommand: ({ Message = new Uint8Array(), MessageType }: SignCommandInput) => {
        if (MessageType !== "DIGEST" || Message.length !== 32) throw new Error("this is no digest")
        const Signature = new Uint8Array(p256.sign(Message, secret, { prehash: false, format: "der" }))
        return { Signature, SigningAlgorithm: "ECDSA_SHA_256" }
      },
    },
  }
}

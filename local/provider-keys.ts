import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { KMSClient } from "@aws-sdk/client-kms"
import { kmsKeyStore } from "../bin/kms-key-store.ts"
import { completeKeys } from "../lib/provider-keys.ts"
import { keyOutput } from "../lib/provider-keys-stack.ts"
import { signAsProvider } from "../protocol/provider-keys.ts"
import type { Engine } from "./engine.ts"
import { credentials, region } from "./environment.ts"

type Signing = (typ: string, claims: object) => Promise<string>

/** A local provider's first key. */
export interface LocalProvider {
  /** Of its list, for the deployment. */
  readonly file: string
  /** A statement by it, whatever it says: what a cloud's operator can do. */
  readonly signs: Signing
}

/** The list of the one key that a stack of the local cloud has just made. */
export const localProvider = async (
  { endpoint }: Pick<Engine, "endpoint">,
  outputs: Readonly<Record<string, string>> | undefined,
  directory: string,
  cloud: string,
): Promise<LocalProvider> => {
  const keys = kmsKeyStore(new KMSClient({ endpoint, region, credentials }))
  const arn = outputs?.[keyOutput(1)] ?? ""
  const file = join(directory, `provider-keys-${cloud}.json`)
  const { file: list, verified } = await completeKeys({ arns: [arn], deployed: 0 }, keys, new Date())
  writeFileSync(file, JSON.stringify(list))
  const signer = { kid: verified.keys[0]?.kid ?? "", sign: (bytes: Uint8Array<ArrayBuffer>) => keys.sign(arn, bytes) }
  return { file, signs: (typ, claims) => signAsProvider(signer, typ, claims) }
}

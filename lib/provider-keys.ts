import { readFile } from "node:fs/promises"
import * as z from "zod/mini"
import type { EcPublicJwk } from "../protocol/primitives.ts"
import {
  cloudIdOf,
  type ProviderKeys,
  type ProviderSigner,
  providerKeyList,
  signSuccessor,
  verifyProviderKeys,
} from "../protocol/provider-keys.ts"

/** Where the stack of a cloud notes by which keys it signs: their thumbprints, oldest first. */
export const deployedKeysParameter = (cloud: string): string => `/ehr-cloud/${cloud}/provider-keys`

/** The list that who deploys a cloud keeps, with where each key is. Nothing in it is secret. */
const keysFile = z.strictObject({
  arns: z.array(z.string().check(z.regex(/^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/))).check(z.minLength(1)),
  list: providerKeyList,
})
export type KeysFile = z.infer<typeof keysFile>

/** The keys of the provider who deploys: where they are, and their verified list. */
export interface OwnKeys {
  readonly arns: readonly string[]
  readonly verified: ProviderKeys
}

type VerifiedFile = OwnKeys & { readonly file: KeysFile }

/** What stands in such a file, verified; throws where it doesn't hold. */
export const verifiedKeys = async (value: unknown): Promise<VerifiedFile> => {
  const file = z.parse(keysFile, value)
  const { arns, list } = file
  const verified = await verifyProviderKeys(await cloudIdOf(list.first), list)
  if (verified.keys.length !== arns.length) throw new Error("not as many keys as places")
  return { arns, verified, file }
}

/** Throws, with the file's name, where there is no such list, or it doesn't hold. */
export const readKeysFile = async (file: string): Promise<OwnKeys> => {
  try {
    return await verifiedKeys(JSON.parse(await readFile(file, "utf8")))
  } catch (cause) {
    throw new Error(`-c providerKeys: ${file} is no list of a provider's keys`, { cause })
  }
}

/** What KMS does for who deploys. */
export interface KeyStore {
  publicKey(arn: string): Promise<EcPublicJwk>
  /** ES256 over the bytes: 64 bytes, r || s. */
  sign(arn: string, bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>
}

/**
 * The list of all these keys, each signed by the one before. `known`: the list so far, which stays as it is as far as `deployed` of its keys have signed; what
 * is beyond is signed anew, so that no successor is older than its use.
 */
export const completeKeys = async (
  { arns, known, deployed }: { arns: readonly string[]; known?: KeysFile | undefined; deployed: number },
  keys: KeyStore,
  now: Date,
): Promise<VerifiedFile> => {
  const [firstArn = ""] = arns
  const first = known?.list.first ?? (await keys.publicKey(firstArn))
  if (known !== undefined && known.arns.some((arn, i) => arn !== arns[i]))
    throw new Error("these are another list's keys")
  const successors = (known?.list.successors ?? []).slice(0, Math.max(deployed - 1, 0))
  for (const [i, arn] of arns.entries()) {
    if (i <= successors.length) continue
    const verified = await verifyProviderKeys(await cloudIdOf(first), { first, successors })
    const before = arns[i - 1] ?? ""
    const kid = verified.keys.at(-1)?.kid ?? ""
    const signer: ProviderSigner = { kid, sign: (bytes) => keys.sign(before, bytes) }
    successors.push(await signSuccessor(signer, verified, await keys.publicKey(arn), now))
  }
  // By whatever KMS answered: a list that doesn't hold is never kept.
  return verifiedKeys({ arns: [...arns], list: { first, successors } })
}

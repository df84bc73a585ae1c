import { readFile } from "node:fs/promises"
import { join } from "node:path"
import * as z from "zod/mini"
import { type ProviderKeys, providerKeyList, verifyProviderKeys } from "../../protocol/provider-keys.ts"

export const providerKeysFile = "provider-keys.json"

/** Reads this cloud's list of provider keys from the function's own bundle, once, at cold start. Throws where there is none, or another cloud's. */
export const readProviderKeys = async (
  cloudId: string,
  folder = process.env["LAMBDA_TASK_ROOT"],
): Promise<ProviderKeys> => {
  if (folder === undefined || folder === "") throw new Error("the environment lacks LAMBDA_TASK_ROOT")
  try {
    return await verifyProviderKeys(
      cloudId,
      z.parse(providerKeyList, JSON.parse(await readFile(join(folder, providerKeysFile), "utf8"))),
    )
  } catch (cause) {
    throw new Error(`there is no usable ${providerKeysFile}`, { cause })
  }
}

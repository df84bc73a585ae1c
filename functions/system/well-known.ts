import { readProviderKeys } from "../adapters/provider-keys.file.ts"
import { cloudIdentity } from "../adapters/wiring.ts"
import { useCase } from "../http/use-case.ts"

const { cloudId, title } = cloudIdentity()
const keys = readProviderKeys(cloudId)

/** Says which cloud this is and by which keys its provider signs. */
export const handler = useCase("system/well-known", async () => ({
  cloudId,
  name: title,
  providerKeys: (await keys).list,
}))

import { cloudIdentity, provider } from "../adapters/wiring.ts"
import { useCase } from "../http/use-case.ts"

const { cloudId, title } = cloudIdentity()
const { publicKey } = provider()

/** Says which cloud this is and by which key its provider signs. */
export const handler = useCase("system/well-known", async () => ({
  cloudId,
  name: title,
  providerKey: await publicKey(),
}))

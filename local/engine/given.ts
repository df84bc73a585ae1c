import { loopbackEndpoint } from "../endpoint.ts"
import type { Engine } from "../engine.ts"
import { askVersion } from "./version.ts"

/** The engine that already runs at a loopback address. Throws if the address isn't one, or nobody answers there. */
export async function givenEngine(url: string): Promise<Engine> {
  const address = loopbackEndpoint(url)
  if (address.hostname === "localhost") address.hostname = "127.0.0.1"
  const version = await askVersion(address.origin)
  if (version === undefined) {
    throw new Error(`No local cloud answers at ${address.origin}; unset AWS_ENDPOINT_URL to have one started here.`)
  }
  return { name: "given", version, endpoint: address.origin, stop: async () => {} }
}

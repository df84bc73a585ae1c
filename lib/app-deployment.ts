import { readdirSync, readFileSync, statSync } from "node:fs"
import path from "node:path"
import * as z from "zod/mini"
import { about } from "../apps/about.ts"
import { cacheControl, contentType } from "../apps/policy.ts"
import { healthCards } from "../apps/shared/health-cards/configured.ts"
import { serviceAddress } from "../protocol/address.ts"
import { trustPolicy } from "../protocol/trust-policy.ts"

/** A file of an app as the bucket gets it. */
export interface AppFile {
  readonly key: string
  readonly body: Uint8Array | string
  readonly contentType: string
  readonly cacheControl: string
}

const address = z
  .string()
  .check(z.refine((told) => serviceAddress(told, { local: false }) !== undefined, "a public https address"))
/** `card`: of the page that a card's front opens; `hcp`: of the professionals' app, which its back names. */
const configuration = z.strictObject({
  cloud: address,
  hri: address,
  card: z.optional(address),
  hcp: z.optional(address),
  about: z.optional(about),
  healthCards: z.optional(healthCards),
})

const fileAt = (place: string, body: Uint8Array | string): AppFile => ({
  key: place.slice(1),
  body,
  contentType: contentType(place),
  cacheControl: cacheControl(place),
})

/**
 * The files of a built app and what it is told, in the order in which they go up: what changes with each version by name first, then what names it, so that
 * no page ever asks for what is not there yet. `policy`: the trust policy, by which the apps judge who is a professional. Throws for an address, or a
 * policy, that the apps would refuse.
 */
export const filesToDeploy = (
  directory: string,
  { policy, ...told }: z.infer<typeof configuration> & { readonly policy: unknown },
): AppFile[] => {
  const places = readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(path.join(directory, name)).isFile())
    .map((name) => `/${name.split(path.sep).join("/")}`)
  if (!places.includes("/index.html")) throw new Error(`${directory} holds no built app: npm run build:apps`)
  const rank = (place: string) =>
    place.startsWith("/assets/") ? 0 : place === "/index.html" || place === "/worker.js" ? 2 : 1
  return [
    fileAt("/config.json", JSON.stringify(z.parse(configuration, told))),
    fileAt("/trust-policy.json", JSON.stringify(z.parse(trustPolicy, policy))),
    ...places
      .toSorted((a, b) => rank(a) - rank(b) || a.localeCompare(b))
      .map((place) => fileAt(place, readFileSync(path.join(directory, place)))),
  ]
}

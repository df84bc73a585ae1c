import type { Publication } from "../contract/publication.ts"
import type { RequestOf, ResponseOf } from "../contract/routes.ts"
import type { ManifestClaims } from "../protocol/claims.ts"
import { linksBetween } from "../protocol/skip-links.ts"
import { readStatement, statementHash } from "../protocol/statement.ts"
import { jsonOf, jsonReply, type Network, requestIn } from "../test/kit/network.ts"

type Answer = ResponseOf<"patient/get-manifest">

const claimsOf = (manifest: string) => readStatement(manifest).payload as ManifestClaims

const publicationIn = (body: Uint8Array<ArrayBuffer>): Publication | undefined =>
  body.length === 0 ? undefined : (jsonOf({ body }) as { publication?: Publication }).publication

/** Notes every manifest that goes to a cloud: what an operator has of them all. */
export const notingManifests = (network: Network) => {
  const manifests = new Map<number, string>()
  const noting: Network = async (asked) => {
    const publication = asked.route === "object" ? undefined : publicationIn(asked.body)
    if (publication !== undefined) manifests.set(claimsOf(publication.manifest).number, publication.manifest)
    return network(asked)
  }
  return { noting, manifests }
}

const conflict = () =>
  jsonReply({ type: "about:blank", title: "", status: 409, code: "manifest-conflict", requestId: "-" }, 409)

/**
 * A cloud that goes on from `start` on a branch of its own: what is published there goes no further than there. `manifests`: those of the common
 * past. Everything else is the honest cloud's.
 */
export const forkedCloud = (honest: Network, start: Answer, common: ReadonlyMap<number, string>) => {
  const manifests = new Map(common)
  const pages = new Map<string, object>()
  let newest = start
  const take = async ({ manifest, keyRing, pageLists, signers, accountKey, ...sent }: Publication) => {
    const [next, before] = [claimsOf(manifest), claimsOf(newest.manifest)]
    if (next.number !== before.number + 1 || next.previous !== (await statementHash(newest.manifest))) return conflict()
    manifests.set(next.number, manifest)
    for (const { category, page, descriptors } of sent.pages) pages.set(`${category} ${page}`, { descriptors })
    newest = { ...newest, manifest, keyRing, pageLists, ...(signers && { signers }), ...(accountKey && { accountKey }) }
    return jsonReply({})
  }
  const linksTo = (number: number) =>
    linksBetween(claimsOf(newest.manifest).number, number).map((earlier) => manifests.get(earlier) ?? "")
  const network: Network = async (asked) => {
    if (asked.route === "object") return honest(asked)
    const publication = publicationIn(asked.body)
    if (publication !== undefined) return take(publication)
    if (asked.route === "patient/get-manifest")
      return jsonReply({ ...newest, links: linksTo(Number(asked.url.searchParams.get("after") ?? 0)) })
    if (asked.route === "patient/get-manifest-page") {
      const { category, page } = requestIn(asked.route, asked) as RequestOf<"patient/get-manifest-page">
      const known = pages.get(`${category} ${page}`)
      if (known !== undefined) return jsonReply(known)
    }
    return honest(asked)
  }
  return { network, newest: () => newest, linksTo }
}

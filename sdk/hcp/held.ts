import type { Professional } from "../../protocol/professional.ts"
import type { Descriptor, RecordMetadata } from "../../protocol/record.ts"
import { dataKeyOf, openAuthored, openDescribed } from "../sealed-record.ts"
import type { Held } from "../transfer/download.ts"
import type { Access } from "./emergency-access.ts"
import { callAsHcp, grantOf } from "./session.ts"

/** A record that the access opens, its metadata open. `given`: the signed address that is tried first; the cloud makes an event of each it is asked for. */
export const hold = async (
  access: Access,
  {
    descriptor,
    unreviewed,
  }: { readonly descriptor: Descriptor; readonly unreviewed?: { readonly professional: Professional } },
  given?: string,
): Promise<{ metadata: RecordMetadata; held: Held }> => {
  const { entry, keys } = access
  const dataKey = await dataKeyOf(descriptor, await keys.at(descriptor.category, descriptor.epoch))
  if (unreviewed !== undefined) await openAuthored(descriptor, dataKey, unreviewed.professional.thumbprint)
  const metadata = await openDescribed(descriptor, dataKey)
  const { recordId, version } = descriptor
  let untried = given
  const address = async (): Promise<string> => {
    const first = untried
    untried = undefined
    if (first !== undefined) return first
    const place = { ...grantOf(access), recordId, version: String(version) }
    return (await callAsHcp(access, "hcp/download-url", place)).url
  }
  return { metadata, held: { signer: access.api, patientId: entry.patientId, descriptor, dataKey, address } }
}

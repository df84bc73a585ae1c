import { type Change, changes } from "./proposals.ts"
import { type JsonObject, list, text } from "./value.ts"

/** What is proposed of a summary's item, on the resource that says how the item would be. */
const url = "urn:ehr-cloud:proposal"

/** On a document that proposes changes of a patient's own summary. */
export const proposalsTag = { system: "urn:ehr-cloud:document", code: "proposals" } as const

export const proposalExtension = (change: Change, because: string | undefined): JsonObject => ({
  url,
  extension: [
    { url: "change", valueCode: change },
    ...(because === undefined ? [] : [{ url: "because", valueString: because }]),
  ],
})

const extensionOf = (resource: unknown) => list(resource, "extension").find((one) => text(one, "url") === url)

/** Whether a resource only says how something would be. */
export const isProposed = (resource: unknown): boolean => extensionOf(resource) !== undefined

/** What a resource proposes; `change` is absent where it says none that we know. */
export function proposedBy(resource: unknown): { change?: Change; because?: string } | undefined {
  const extension = extensionOf(resource)
  if (extension === undefined) return undefined
  const parts = list(extension, "extension")
  const said = (name: string) => parts.find((part) => text(part, "url") === name)
  const change = changes.find((one) => one === text(said("change"), "valueCode"))
  const because = text(said("because"), "valueString")
  return { ...(change === undefined ? {} : { change }), ...(because === undefined ? {} : { because }) }
}

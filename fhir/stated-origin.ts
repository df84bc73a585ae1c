import { statementCheck } from "./check-statement.ts"
import type { Statement } from "./stated-summary.ts"
import { field, type JsonObject, list, text } from "./value.ts"

/** Who said an item of a stated summary, and when: FHIR has no one place for it in all of its resources. */
const url = "urn:ehr-cloud:stated-origin"

export const originExtension = ({ origin, on }: Statement): JsonObject => {
  const said = (name: string, value: string | undefined) =>
    value === undefined ? [] : [{ url: name, valueString: value }]
  const of =
    origin.from === "document"
      ? [...said("title", origin.title), ...said("date", origin.date), ...said("author", origin.author)]
      : origin.from === "professional"
        ? said("name", origin.name)
        : []
  return {
    url,
    extension: [{ url: "from", valueCode: origin.from }, ...of, { url: "on", valueDate: on }],
  }
}

/** The statement that an element carries; absent where it carries none, or a faulty one. */
export function statementOf(element: unknown): Statement | undefined {
  const extension = list(element, "extension").find((one) => text(one, "url") === url)
  if (extension === undefined) return undefined
  const said: { [name: string]: unknown } = {}
  for (const part of list(extension, "extension")) {
    const name = text(part, "url")
    if (name !== undefined)
      said[name] = text(part, "valueString") ?? text(part, "valueCode") ?? field(part, "valueDate")
  }
  const { on, ...origin } = said
  const statement: unknown = { origin, on }
  return statementCheck(statement, "", () => undefined) ? statement : undefined
}

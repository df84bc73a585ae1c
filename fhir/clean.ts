import { hasSpoofingCharacters, oneLine } from "../text/plain-text.ts"
import { isObject, type JsonObject } from "./value.ts"

/**
 * A resource in which every text is one line, without characters that could falsify what is shown (`oneLine`): whatever is read of it can be shown.
 * `onRemoved` is called where there were any.
 */
export function cleanResource(resource: JsonObject, onRemoved: () => void): JsonObject {
  const clean = cleanIn(resource, onRemoved)
  return isObject(clean) ? clean : resource
}

function cleanIn(value: unknown, onRemoved: () => void): unknown {
  if (typeof value === "string") {
    const clean = oneLine(value)
    if (clean !== value && hasSpoofingCharacters(value)) onRemoved()
    return clean
  }
  if (Array.isArray(value)) return value.map((each) => cleanIn(each, onRemoved))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [String(cleanIn(name, onRemoved)), cleanIn(inner, onRemoved)]),
  )
}

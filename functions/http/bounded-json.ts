import { maxJsonDepth, maxJsonValues } from "../../protocol/primitives.ts"

/**
 * Throws for JSON that is nested deeper, or has more values, than any request of the contract: before it is parsed, so that a body of
 * brackets or commas costs one pass over its bytes and no objects. What isn't JSON, the parser says.
 */
export const requireBounded = (text: string): void => {
  let depth = 0
  let values = 0
  let inString = false
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (inString) {
      if (character === "\\") i++
      else if (character === '"') inString = false
      continue
    }
    if (character === '"') inString = true
    else if (character === "{" || character === "[") depth++
    else if (character === "}" || character === "]") depth--
    else if (character === ",") values++
    if (depth > maxJsonDepth) throw new RangeError("nested too deep")
    if (values > maxJsonValues) throw new RangeError("too many values")
  }
}

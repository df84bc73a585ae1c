import * as z from "zod/mini"
import { maxFieldLength } from "../../contract/errors.ts"

/** The schema of one part of what a schema describes; none where the part's name is the sender's to choose, as in a record. */
const partOf = (schema: z.core.$ZodType, part: PropertyKey): z.core.$ZodType | undefined => {
  if (schema instanceof z.ZodMiniOptional || schema instanceof z.ZodMiniNullable)
    return partOf(schema.def.innerType, part)
  if (schema instanceof z.ZodMiniArray) return typeof part === "number" ? schema.def.element : undefined
  if (!(schema instanceof z.ZodMiniObject) || typeof part !== "string") return undefined
  const { shape } = schema.def
  return Object.hasOwn(shape, part) ? shape[part] : undefined
}

/**
 * The path of what a schema refuses first, such as `wrappedCategoryKeys.0.category`, for the sender to be told. It has the schema's own names
 * and positions in lists, and ends before anything else: it repeats no name and no value of the sender's. `undefined` where it would be empty,
 * as for a field that nobody asked for.
 */
export const namedField = (schema: z.core.$ZodType, { issues }: z.core.$ZodError): string | undefined => {
  let within: z.core.$ZodType | undefined = schema
  let field: string | undefined
  for (const part of issues[0]?.path ?? []) {
    within = partOf(within, part)
    const longer: string = field === undefined ? String(part) : `${field}.${String(part)}`
    if (within === undefined || longer.length > maxFieldLength) break
    field = longer
  }
  return field
}

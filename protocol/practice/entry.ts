import * as z from "zod/mini"
import { identifier, instant, ordinal } from "../primitives.ts"

const words = z.string().check(z.minLength(1), z.maxLength(120))
/** A FHIR `date`: a day, or as much of one as is known. */
const date = z.string().check(z.regex(/^\d{4}(?:-\d\d(?:-\d\d)?)?$/))

/** What a person is called, in one script. */
const entryName = z.strictObject({ given: z.optional(words), family: z.optional(words) })

/**
 * One patient's line in a practice's directory (docs/protocol.md, "Practice"): what finds a file and tells it from others, and nothing clinical, since
 * whoever works at the reception reads it.
 */
export const entry = z.strictObject({
  fileId: identifier,
  /** Counts what was said of the entry, from 1: the higher one holds. */
  version: ordinal,
  /** The first is shown; then the same in a second script, and names before. None of a person whom nobody has identified yet. */
  names: z.array(entryName).check(z.maxLength(4)),
  birthDate: z.optional(date),
  /** The date of birth was worked out from an age, or guessed. */
  isEstimated: z.optional(z.literal(true)),
  sex: z.enum(["female", "male", "other", "unknown"]),
  /** `system`: a URI, as in FHIR; none where nobody said whose number it is. */
  identifiers: z
    .array(z.strictObject({ system: z.optional(z.string().check(z.maxLength(200))), value: words }))
    .check(z.maxLength(8)),
  /** The practice's own number. */
  fileNumber: z.optional(words),
  phones: z.array(words).check(z.maxLength(4)),
  lastVisit: z.optional(date),
  /** The file of the same person where the search leads: nothing was moved, and the next version can take it back. */
  mergedInto: z.optional(identifier),
  /** Deleted, and to be destroyed when the time to undo it has passed. */
  deletedAt: z.optional(instant),
  /** The secret of the delivery address by which the patient can be sent to. */
  delivery: z.optional(identifier),
  /** The import that made it, which is taken back whole by that. */
  importId: z.optional(identifier),
})
export type Entry = z.infer<typeof entry>

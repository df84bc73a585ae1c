import * as z from "zod/mini"

/** What whoever serves an app says of it to people, in `/config.json`: none of it is part of the build. */
export const about = z.strictObject({
  /** Who is responsible for what is kept of people: a name and where to write to. */
  responsible: z.string().check(z.minLength(1), z.maxLength(200)),
  /** Where it is kept, such as `Frankfurt (eu-central-1)`. */
  region: z.string().check(z.minLength(1), z.maxLength(100)),
  /** How long a line of the log can be deleted by nobody, days. */
  trailDays: z.int().check(z.positive(), z.maximum(36_500)),
  /** Where to ask for help. */
  help: z
    .string()
    .check(z.maxLength(200), z.regex(/^(?:https:\/\/|mailto:|tel:)[^\s"<>]+$/, "https:, mailto: or tel:")),
})
export type About = z.infer<typeof about>

import type { Holding } from "./holding.ts"
import { field, type JsonObject, list, text } from "./value.ts"
import type { Warnings } from "./warnings.ts"

/** Levels of confidentiality that say nothing out of the ordinary (v3 Confidentiality). */
const ordinary = new Set(["U", "L", "M", "N"])
const testCodes = new Set(["HTEST", "TEST"])

/** What labels on the document, or on what stands in it, say of all of it: test data, less than there is, not for everybody. */
export function warnOfLabels({ wrappings, held }: Holding, warnings: Warnings): void {
  for (const resource of [...wrappings, ...held.map((each) => each.resource)]) warnOf(resource, warnings)
}

function warnOf(resource: JsonObject, warnings: Warnings): void {
  const meta = field(resource, "meta")
  for (const label of [...list(meta, "security"), ...list(meta, "tag")]) {
    const code = text(label, "code")
    const name = text(label, "display") ?? code
    if (testCodes.has(code ?? "")) warnings.note("test-data")
    else if (code === "SUBSETTED") warnings.note("subsetted")
    else if (list(meta, "security").includes(label) && name !== undefined && !ordinary.has(code ?? ""))
      warnings.note("restricted", name)
  }
}

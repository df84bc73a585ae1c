import { plainText } from "../../text/plain-text.ts"
import type { Comparison, Difference } from "./compare-site.ts"

/** What a site says goes to a terminal as plain text. */
export const row = (name: string, value: string): string => `${name.padEnd(10)}${plainText(value, 1000)}`

/** One line for each thing that is wrong, with every path it is wrong of. `asked`: of how many paths. */
const differenceLines = (differences: readonly Difference[], asked: number): string[] =>
  [...Map.groupBy(differences, (difference) => difference.what)].map(([what, alike]) => {
    const paths = alike.length < asked ? alike.map(({ path }) => plainText(path, 200)).join(", ") : "everything"
    return `  ${paths}: ${plainText(what, 1000)}`
  })

/** Returns what people read of a comparison: what the deployment has of its own, then what differs from the build, or that nothing does. */
export const reportLines = (origin: string, comparison: Comparison): string[] => {
  const { app, files, paths, differences, told, trust, connect } = comparison
  const own = [
    row("site", origin),
    row("app", app),
    row("cloud", told?.cloud ?? "not told"),
    row("index", told?.hri ?? "not told"),
    row("trusts", trust === undefined ? "not told" : `${trust.anchors.join(", ")} by the trust policy ${trust.hash}`),
    row("may call", connect.join(" ") || "nothing but its own origin"),
  ]
  if (differences.length === 0)
    return [...own, row("IDENTICAL", `${files} files, the page at ${paths} paths, and all headers`)]
  const places = new Set(differences.map(({ path }) => path)).size
  return [
    ...own,
    row("DIFFERENT", `from the build in ${places === 1 ? "one place" : `${places} places`}:`),
    // The configuration and the trust policy are asked for, too.
    ...differenceLines(differences, files + paths + 2),
  ]
}

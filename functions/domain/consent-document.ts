import { type ConsentKind, consentSystem } from "../../protocol/primitives.ts"

const texts: Record<ConsentKind, { title: string; purpose: string; policy: string; says: string }> = {
  store: {
    title: "Consent to store",
    purpose: "PATRQT",
    policy: "OPTIN",
    says:
      "I ask the provider to keep my health record. It arrives encrypted by keys that only I hold; the provider can't read " +
      "it. The provider keeps a log of everything that is done to it. I can withdraw this consent: nothing more is then taken " +
      "in. What is kept until I delete it or deactivate my account stays mine to read.",
  },
  "emergency-share": {
    title: "Consent to share in an emergency",
    purpose: "ETREAT",
    policy: "OPTIN",
    says:
      "In an emergency, a healthcare professional who has my emergency card and whose certificate the provider has checked may " +
      "read, for a limited time, the parts of my record that the card opens, and may add to it. What is added waits until " +
      "I approve it, marked as not reviewed. Every access is logged and shown to me. I can withdraw this consent at any time: from then on my " +
      "cards open nothing, and accesses that are running end.",
  },
}

/**
 * The consent a patient is asked to sign, as FHIR R4 Consent. The same for the same provider and patient each time, so that its
 * hash is. It names its kind, the patient and the provider: a device signs it as nothing else. Source: HL7 FHIR R4, Consent; HL7 v3 ActReason (purpose of use).
 */
export const consentDocument = (kind: ConsentKind, patientId: string, provider: { cloudId: string; title: string }) => {
  const { title, purpose, policy, says } = texts[kind]
  return {
    resourceType: "Consent",
    identifier: [{ system: consentSystem, value: kind }],
    status: "proposed",
    scope: { coding: [{ system: "http://terminology.hl7.org/CodeSystem/consentscope", code: "patient-privacy" }] },
    category: [{ coding: [{ system: "http://loinc.org", code: "59284-0", display: "Consent Document" }] }],
    patient: { identifier: { value: patientId } },
    organization: [{ identifier: { value: provider.cloudId }, display: provider.title }],
    policyRule: { coding: [{ system: "http://terminology.hl7.org/CodeSystem/v3-ActCode", code: policy }] },
    provision: {
      type: "permit",
      purpose: [{ system: "http://terminology.hl7.org/CodeSystem/v3-ActReason", code: purpose }],
    },
    text: {
      status: "generated",
      div: `<div xmlns="http://www.w3.org/1999/xhtml"><h1>${title}</h1><p>${says}</p></div>`,
    },
  }
}

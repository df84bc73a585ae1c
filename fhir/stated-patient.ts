import { absent } from "./absent.ts"
import { originExtension } from "./stated-origin.ts"
import type { StatedSummary } from "./stated-summary.ts"
import type { JsonObject } from "./value.ts"

/** Beside an element that FHIR wants and nobody knows. */
export const notKnown = absent("unknown")

/** A remark, where FHIR has no element for one. */
export const noteUrl = "urn:ehr-cloud:note"
export const noteExtensions = (note: string | undefined): readonly JsonObject[] =>
  note === undefined ? [] : [{ url: noteUrl, valueString: note }]

/** Who states it, as a Patient. */
export const statedPatient = (stated: StatedSummary): JsonObject => ({
  resourceType: "Patient",
  name:
    stated.names.length === 0
      ? [{ _text: notKnown }]
      : stated.names.map(({ given, family }) => ({
          ...(family === undefined ? {} : { family }),
          ...(given === undefined ? {} : { given: [given] }),
        })),
  ...(stated.sex === undefined ? {} : { gender: stated.sex }),
  ...(stated.birthDate === undefined ? { _birthDate: notKnown } : { birthDate: stated.birthDate }),
  ...(stated.photo === undefined ? {} : { photo: [stated.photo] }),
  ...(stated.contacts.length === 0
    ? {}
    : {
        contact: stated.contacts.map(({ id, name, relation, phone, note, ...statement }) => ({
          id,
          extension: [originExtension(statement), ...noteExtensions(note)],
          name: { text: name },
          ...(relation === undefined ? {} : { relationship: [{ text: relation }] }),
          ...(phone === undefined ? {} : { telecom: [{ system: "phone", value: phone }] }),
        })),
      }),
  ...(stated.languages.length === 0
    ? {}
    : {
        communication: stated.languages.map(({ text, tag }) => ({
          language: { ...(tag === undefined ? {} : { coding: [{ system: "urn:ietf:bcp:47", code: tag }] }), text },
        })),
      }),
})

import type { AuditEvent } from "../../contract/audit.ts"
import type { RequestOf, ResponseOf, RouteName } from "../../contract/routes.ts"
import type { EmergencyAnswer } from "../../protocol/emergency-answer.ts"
import type { Asked } from "../kit/network.ts"
import { requestIn } from "../kit/network.ts"

/** The event that must stand where something was released: what was done, and on what. */
interface Due {
  readonly action: AuditEvent["action"]
  readonly subject: Partial<AuditEvent["subject"]>
}

/** What a route answers, opened where it comes sealed. */
type Opened<N extends RouteName> = N extends "hcp/emergency-access" ? EmergencyAnswer : ResponseOf<N>
type Rule<N extends RouteName> = (answer: Opened<N>, request: RequestOf<N>) => Due[]
const none = () => []

/** By route, what a success releases. Of a route that isn't here nothing may be released. */
const rules: { readonly [N in RouteName]?: Rule<N> } = {
  "hcp/emergency-access": ({ grantId, urls }) => [
    {
      action: "emergency-access",
      subject: { grantId, records: urls.map(({ recordId, version }) => ({ recordId, version })) },
    },
  ],
  "card/read-open-part": (_, { cardId }) => [{ action: "read-open-part", subject: { cardId } }],
  "hcp/session": (_, { grantId }) => [{ action: "session", subject: { grantId } }],
  "hcp/list-records": (_, { grantId, category }) => [{ action: "list-records", subject: { grantId, category } }],
  "hcp/download-url": (_, { grantId, recordId, version }) => [
    { action: "download-url", subject: { grantId, recordId, version: Number(version) } },
  ],
  "patient/download-url": (_, { recordId, version }) => [
    { action: "download-url", subject: { recordId, version: Number(version) } },
  ],
  "patient/recover": () => [{ action: "recover", subject: {} }],
  // The patient's own: of what waits for them, and what they made.
  "patient/list-contributions": ({ contributions }) =>
    contributions.map(({ contributionId, grantId, addressId }) => ({
      action: "contribute",
      subject: { contributionId, ...(grantId === undefined ? { addressId } : { grantId }) },
    })),
  "patient/list-cards": ({ cards }) => cards.map(({ cardId }) => ({ action: "make-card", subject: { cardId } })),
  // Sealed to the patient's own devices.
  "patient/get-manifest": none,
  // Opens nothing by itself: whatever is got with it is an event.
  "patient/sign-in": none,
  // Where bytes may be put. What becomes of them is an event.
  "patient/upload-url": none,
  "patient/part-urls": none,
  "hcp/contribution-upload-url": none,
  "hcp/contribution-part-urls": none,
  "practice/download-url": (_, { fileId, version }) => [
    { action: "download-url", subject: { recordId: fileId, version: Number(version) } },
  ],
  // Sealed to the practice's own members; opens nothing by itself; where bytes may be put.
  "practice/get-practice": none,
  "practice/get-members": none,
  "practice/get-invitation": none,
  "practice/get-delivery-address": none,
  "practice/contribution-upload-url": none,
  "practice/recover": () => [{ action: "recover", subject: {} }],
  "practice/sign-in": none,
  "practice/upload-url": none,
}

const secrets = ["sealed", "url", "urls", "cloudShare", "ticket", "accessToken", "recoveryBundle"]
const secretsIn = (value: unknown): string[] => {
  if (typeof value !== "object" || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => [
    ...(secrets.includes(name) ? [name] : []),
    ...secretsIn(inner),
  ])
}

const isContained = (part: unknown, whole: unknown) => JSON.stringify(part) === JSON.stringify(whole)

/** What a success released without the event it is due. `events` are those of all chains. */
export const releasedUnseen = (
  name: RouteName,
  asked: Asked,
  answer: object,
  events: readonly AuditEvent[],
): string[] => {
  const rule = rules[name] as ((answer: object, request: object) => Due[]) | undefined
  const released = [...new Set(secretsIn(answer))]
  if (rule === undefined) return released.map((secret) => `a ${secret} that no rule knows was released`)
  const stands = ({ action, subject }: Due) =>
    events.some(
      (event) =>
        event.action === action &&
        event.outcome === "permitted" &&
        Object.entries(subject).every(([field, value]) => isContained(value, event.subject[field as "grantId"])),
    )
  return rule(answer, requestIn(name, asked))
    .filter((due) => !stands(due))
    .map(({ action }) => `${released.join(", ")} without its event ${action}`)
}

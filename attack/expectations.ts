import type { RouteName } from "../contract/routes.ts"
import type { Code } from "../sdk/codes.ts"

/** A field that carries no trust, or the cloud's word and known to be it; `where`: only in such items of a list, `kinds`: only so changed. */
export interface Harmless {
  readonly path: string
  readonly why: string
  readonly kinds?: readonly string[]
  /** Shown as the cloud has it. Without it, what the SDK shows must be the same as with the honest reply. */
  readonly cloudsWord?: true
  readonly where?: (item: Record<string, unknown>) => boolean
}

interface Expected {
  /** By the beginning of a field's path, the longest that fits: the codes a changed value is refused with. */
  readonly refused: Readonly<Record<string, readonly Code[]>>
  readonly harmless?: readonly Harmless[]
}

const handle = "a handle that means something to the cloud alone; with another one it refuses what is asked"
const notRead = "the SDK reads it nowhere"
const order = "the order of a list means nothing"
const descriptorCodes = { "": ["page-differs"] } as const
const cursor = { next: ["not-found", "list-endless"] } as const
const unsigned = "of a link the hash is known, which is without its signature"
const isRevoked = ({ status }: Record<string, unknown>) => status === "revoked"
const isHalted = ({ status }: Record<string, unknown>) => status === "halted"

/**
 * What becomes of a changed reply, field by field, where the contract still allows it (else: `reply-invalid`). Whatever is changed and
 * stands in no `harmless` must be refused.
 */
export const expectations: Readonly<Partial<Record<RouteName | "object", Expected>>> = {
  object: { refused: { "(bytes)": ["record-differs"] } },
  "system/well-known": {
    refused: {
      cloudId: ["provider-changed"],
      providerKeys: ["provider-changed"],
      "(whole)": ["provider-changed"],
    },
    harmless: [{ path: "name", why: "what the provider calls itself", cloudsWord: true }],
  },
  "patient/sign-in": {
    refused: { patientId: ["account-changed", "signers-invalid"], "(whole)": ["account-changed", "signers-invalid"] },
    harmless: [
      { path: "accessToken", why: handle },
      { path: "expiresAt", why: notRead },
    ],
  },
  "patient/recover": {
    refused: { "": ["phrase-of-another"], signers: ["signers-invalid"] },
    harmless: [{ path: "accountKey", why: "whoever recovers takes the account key that the manifest names" }],
  },
  "patient/get-manifest": {
    refused: {
      "": ["manifest-forged"],
      "(whole)": ["signers-invalid"],
      keyRing: ["key-ring-differs"],
      pageLists: ["page-differs"],
      links: ["manifest-rolled-back"],
      signers: ["signers-invalid"],
      accountKey: ["account-key-invalid"],
      deactivation: ["signers-invalid"],
    },
    harmless: [
      {
        path: "deactivation",
        kinds: ["removed", "part 1"],
        why: "that nothing waits, or that who asked doesn't sign, is the cloud's word: it could destroy by itself; the trail and an e-mail tell of the request",
        cloudsWord: true,
      },
      { path: "links[]", kinds: ["part 3"], why: unsigned },
      {
        path: "accountKey.sealed",
        why: "the copies of other devices aren't opened; a device's own opens to the key that the manifest names, or not at all",
        cloudsWord: true,
      },
    ],
  },
  "patient/get-decided": { refused: { "": ["decided-differs"] } },
  "patient/get-key-pages": { refused: { "": ["key-ring-differs"] } },
  "patient/get-manifest-page": { refused: descriptorCodes },
  "patient/download-url": { refused: { "": ["not-found", "reply-invalid"] } },
  "patient/get-consent": {
    refused: {
      "": ["consent-invalid"],
      document: ["reply-invalid"],
      documentHash: ["reply-invalid"],
      receipt: ["consent-receipt-invalid"],
    },
  },
  "patient/list-cards": {
    refused: { "": ["cards-differ", "reply-invalid"], ...cursor },
    harmless: [
      { path: "cards", kinds: ["reordered"], why: order, cloudsWord: true },
      {
        path: "cards",
        kinds: ["first dropped", "last dropped", "one of another patient's"],
        why: "of a revoked card: what opens nothing is history (a card in force is missed, or is none of theirs)",
        cloudsWord: true,
      },
      {
        path: "cards[]",
        where: isRevoked,
        kinds: ["another patient's"],
        why: "history of a card that opens nothing",
        cloudsWord: true,
      },
      {
        path: "cards[].categories",
        why: "of a card in force the signed keys say what it opens; of a revoked one nothing rests on it",
        cloudsWord: true,
      },
      {
        path: "cards[].revocation",
        where: isRevoked,
        why: "of a card that the manifest lists no more: the manifest is the patient's word",
        cloudsWord: true,
      },
      { path: "cards[].locatorHash", why: "the device's own card says it" },
      { path: "cards[].hri", why: "the device's own card says it" },
      {
        path: "cards[].keys",
        kinds: ["reordered", "another patient's"],
        why: "nobody promised the order, and the epochs are the same as the other's",
        cloudsWord: true,
      },
      {
        path: "cards[].keys[]",
        kinds: ["another patient's"],
        why: "the epochs are the same as the other's",
        cloudsWord: true,
      },
      { path: "cards[].revocation", kinds: ["added"], why: "a card in force that has one is in force" },
      { path: "cards[].createdAt", why: "documented as the cloud's word", cloudsWord: true },
      { path: "cards[].cardId", where: isRevoked, why: "history of a card that opens nothing", cloudsWord: true },
      { path: "cards[].status", where: isRevoked, why: "without its secrets it stays revoked" },
      { path: "cards[].keys", where: isRevoked, kinds: ["added"], why: "a revoked card isn't opened" },
      { path: "cards[].sealed", where: isRevoked, why: "a revoked card isn't opened" },
    ],
  },
  "patient/list-grants": {
    refused: { "": ["access-differs"], "grants[].statement": ["access-differs", "contribution-invalid"], ...cursor },
    harmless: [
      { path: "grants", kinds: ["reordered"], why: order, cloudsWord: true },
      {
        path: "grants",
        kinds: ["emptied", "first dropped", "last dropped"],
        why: "what the trail tells of is shown as `unlisted`",
        cloudsWord: true,
      },
      {
        path: "grants[].status",
        where: isHalted,
        why: "an access that was ended is shown as one that may still run: the cloud says it doesn't end it",
        cloudsWord: true,
      },
      {
        path: "grants[].halt",
        where: isHalted,
        why: "an order by nobody who is listed ends nothing: it is shown as one that may still run",
        cloudsWord: true,
      },
      { path: "grants[].halt", kinds: ["added"], why: "an access that isn't said to be halted is none that was" },
      { path: "grants[].status", why: "worked out from the times" },
      {
        path: "grants[].ocsp",
        why: "`certifiedBy` takes it where the authority signed it, for this certificate, then; else that it was valid is shown as not verified",
        cloudsWord: true,
      },
    ],
  },
  "patient/list-contributions": {
    refused: {
      "": ["contribution-invalid", "access-differs"],
      "contributions[].grantId": ["contribution-invalid"],
      "contributions[].addressId": ["contribution-invalid"],
      "contributions[].contributedAt": ["access-differs"],
      "contributions[].profession": ["access-differs"],
      "contributions[].decision": ["decision-invalid"],
      "contributions[].status": ["decision-invalid"],
      "contributions[].url": ["reply-invalid", "not-found", "contribution-invalid"],
      ...cursor,
    },
    harmless: [
      { path: "contributions", kinds: ["reordered"], why: order, cloudsWord: true },
      {
        path: "contributions",
        kinds: ["emptied", "first dropped", "last dropped"],
        why: "an addition can be withheld; the audit trail tells that there is one",
        cloudsWord: true,
      },
      { path: "contributions[].url", kinds: ["added"], why: "of what is decided nothing is fetched" },
    ],
  },
  "patient/list-versions": {
    // Of a version in another category its older keys are asked for.
    refused: {
      "": ["record-differs", "record-unreadable"],
      "versions[].category": ["record-differs", "record-unreadable", "not-found"],
      ...cursor,
    },
  },
  "patient/get-checkpoint": {
    refused: { "": ["checkpoint-invalid", "audit-trail-cut", "audit-trail-broken", "audit-trail-uncovered"] },
    harmless: [
      { path: "newest.links[]", kinds: ["part 3"], why: unsigned },
      {
        path: "newest",
        kinds: ["removed"],
        why: "a device that has seen no checkpoint misses none: a cloud's first minutes",
        cloudsWord: true,
      },
    ],
  },
  "patient/read-audit-trail": {
    refused: { "": ["audit-trail-broken", "audit-trail-cut"], next: [...cursor.next, "audit-trail-cut"] },
    harmless: [
      {
        path: "next",
        why: "what no device and no checkpoint has seen yet can be left out; both do within minutes",
        cloudsWord: true,
      },
      {
        path: "events",
        kinds: ["last dropped"],
        why: "no device and no checkpoint has seen the last event yet; both do within minutes",
        cloudsWord: true,
      },
    ],
  },
  "card/read-open-part": { refused: { "": ["open-part-invalid"] } },
  "hri/look-up": { refused: { "": ["entry-invalid"] } },
  "hcp/emergency-access": {
    refused: {
      "": ["page-differs"],
      "(whole)": ["signers-invalid"],
      sealed: ["reply-invalid"],
      signers: ["signers-invalid"],
      manifest: ["manifest-forged"],
      links: ["manifest-rolled-back"],
      account: ["account-key-invalid"],
      cloudShare: ["card-not-listed"],
      sealedHash: ["card-not-listed"],
      wrappedCategoryKeys: ["card-not-listed", "record-unreadable"],
      keyHistory: ["record-unreadable"],
      urls: ["reply-invalid", "not-found"],
      expiresAt: ["reply-invalid"],
    },
    harmless: [
      { path: "links[]", kinds: ["part 3"], why: unsigned },
      { path: "grantId", why: handle, cloudsWord: true },
      { path: "expiresAt", kinds: ["another patient's"], why: "documented as the cloud's word", cloudsWord: true },
      { path: "ticket", why: handle },
      { path: "wrappedCategoryKeys", kinds: ["reordered"], why: order },
      { path: "keyHistory", why: "leads to older keys only; a wrong one opens nothing" },
      {
        path: "urls",
        kinds: ["first doubled", "one of another patient's"],
        why: "addresses of no record are not asked",
      },
    ],
  },
  "hcp/session": {
    refused: { receipt: ["receipt-invalid"], event: ["receipt-invalid"], "(whole)": ["receipt-invalid"] },
    harmless: [
      ...["seq", "prev"].map((name) => ({
        path: `event.${name}`,
        why: "signed as the professional keeps it: a trail that hasn't it there is another one",
      })),
      {
        path: "event.at",
        kinds: ["another patient's"],
        why: "the provider's clock, within two minutes of the statement's",
      },
      { path: "event.subject.categories", kinds: ["reordered"], why: order },
      ...["actor.profession", "subject.trustPolicyHash"].map((name) => ({
        path: `event.${name}`,
        why: "the cloud's word, signed as the professional keeps it",
      })),
      { path: "accessToken", why: handle },
      { path: "expiresAt", why: notRead },
    ],
  },
  "hcp/list-records": {
    refused: {
      "": ["page-differs"],
      "(whole)": ["signers-invalid"],
      signers: ["signers-invalid"],
      manifest: ["manifest-forged"],
      links: ["manifest-rolled-back"],
      decided: ["decided-differs"],
      contributions: ["contribution-invalid"],
      keyHistory: ["record-unreadable"],
    },
    harmless: [
      { path: "keyHistory", why: "leads to older keys only; a wrong one opens nothing", cloudsWord: true },
      {
        path: "contributions",
        kinds: ["emptied"],
        why: "an addition can be withheld from the next professional: documented",
        cloudsWord: true,
      },
    ],
  },
  "hcp/download-url": { refused: { "": ["not-found", "reply-invalid"] } },
}

const within = (path: string, prefix: string) =>
  prefix === "" || path === prefix || path.startsWith(`${prefix}.`) || path.startsWith(`${prefix}[]`)

/** With which codes this change may be refused. */
export const codesFor = (route: RouteName | "object", path: string, valid: boolean): readonly string[] => {
  if (!valid) return ["reply-invalid"]
  const refused = expectations[route]?.refused ?? {}
  const [longest] = Object.keys(refused)
    .filter((prefix) => within(path, prefix))
    .sort((a, b) => b.length - a.length)
  return longest === undefined ? [] : (refused[longest] ?? [])
}

/** Why this change does no harm, where it doesn't. */
export const harmlessFor = (route: RouteName | "object", path: string, kind: string, item: unknown) =>
  expectations[route]?.harmless?.filter(
    (each) =>
      within(path, each.path) &&
      (each.kinds === undefined || (each.kinds.includes(kind) && path === each.path)) &&
      (each.where === undefined || each.where(item as Record<string, unknown>)),
  ) ?? []

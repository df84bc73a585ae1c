/** Ports by what they may be used for: a decision reads, and only the runner hands out what changes or gives out something. */
import type {
  AuditReads,
  AuditTrail,
  CheckpointReads,
  Checkpoints,
  HcpAccountReads,
  HcpAccounts,
  IndexEntries,
  IndexReads,
  Notices,
  ObjectReads,
  ObjectStore,
  PatientAccounts,
  PatientItemReads,
  PatientItems,
  PatientSignIn,
  Store,
  StoreReads,
} from "./ports.ts"

/** Everything that changes or gives out something, but for the store and the trail, by the name it has among a use-case's ports. */
export interface WritingPorts {
  readonly objects: ObjectStore
  readonly items: PatientItems
  readonly accounts: PatientAccounts
  /** The members' pool: names are those of `member-names.ts`. */
  readonly memberAccounts: PatientAccounts
  readonly hcpAccounts: HcpAccounts
  readonly checkpoints: Checkpoints
  readonly entries: IndexEntries
  readonly notices: Notices
}
export type Wanted = { readonly [P in keyof WritingPorts]?: keyof WritingPorts[P] }
// oxlint-disable-next-line typescript/no-empty-object-type -- a use-case that writes to the store alone
export type Nothing = {}
/** Ports of which a use-case calls these methods: `{ objects: "removeSome" | "abortUpload" }`. */
export type PortsOf<W extends Wanted> = {
  readonly [P in keyof W & keyof WritingPorts]: Pick<WritingPorts[P], W[P] & keyof WritingPorts[P]>
}

type Without<Port, Reads> = Partial<Reads> & { readonly [M in Exclude<keyof Port, keyof Reads>]?: never }
/** Ports by which nothing can be changed: those of a decision. */
export interface Reading {
  readonly store?: Without<Store, StoreReads>
  readonly audit?: Without<AuditTrail, AuditReads>
  readonly objects?: Without<ObjectStore, ObjectReads>
  readonly items?: Without<PatientItems, PatientItemReads>
  readonly accounts?: Without<PatientAccounts, PatientSignIn>
  readonly memberAccounts?: Without<PatientAccounts, PatientSignIn>
  readonly hcpAccounts?: Without<HcpAccounts, HcpAccountReads>
  readonly checkpoints?: Without<Checkpoints, CheckpointReads>
  readonly entries?: Without<IndexEntries, IndexReads>
  readonly notices?: Without<Notices, Nothing>
}

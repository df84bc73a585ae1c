import type { StateModel, Step } from "./explore.ts"

/**
 * A practice whose owner invites a colleague and shuts them out again, over a cloud that shows what it likes and helps whoever was shut out: the operator puts keys, MACs
 * and secrets of its own wherever the cloud keeps some. The secret of an invitation is passed outside.
 */
export interface Membership {
  readonly invitation: "none" | "made" | "taken"
  /** Whose keys the cloud shows as those of who came, and by whose secret they are MACed. */
  readonly shown?: { readonly keys: Person; readonly macBy: Person }
  /** Whose secret the cloud shows as the one that the owner keeps. */
  readonly kept: Person
  /** The newest keys, and who has them of each epoch: everybody whom they were sealed to. */
  readonly holders: readonly (readonly Person[])[]
  readonly members: readonly Person[]
  /** Under which epochs the owner has written, and whom they had shut out by then. */
  readonly written: readonly { readonly epoch: number; readonly shutOut: readonly Person[] }[]
  readonly shutOut: readonly Person[]
}

type Person = "owner" | "colleague" | "operator"

/** The mends, one by one; a mutant takes one of them out. */
export interface MembershipRules {
  /** The owner seals to keys that the invitation's secret vouches for; else to those that the cloud shows. */
  readonly vouched: boolean
  /** The secret that the owner keeps with the cloud is the one whose id they signed; else whichever opens. */
  readonly signedSecret: boolean
  /** Who is shut out is followed by new keys. */
  readonly renewed: boolean
}

export const mendedMembership: MembershipRules = { vouched: true, signedSecret: true, renewed: true }

const mostWritten = 3
const mostEpochs = 3

/** Returns the model of one practice. */
export function membershipModel(rules: MembershipRules): StateModel<Membership> {
  return {
    initial: {
      invitation: "none",
      kept: "owner",
      holders: [["owner"]],
      members: ["owner"],
      written: [],
      shutOut: [],
    },
    broken: brokenPromise,
    *next(state) {
      yield* invite(state)
      yield* showAnything(state)
      yield* accept(state, rules)
      yield* shutOutEach(state, rules)
      if (state.written.length < mostWritten) {
        const written = [...state.written, { epoch: state.holders.length, shutOut: state.shutOut }]
        yield { act: "the owner writes a file", state: { ...state, written } }
      }
    },
  }
}

function* invite(state: Membership): Iterable<Step<Membership>> {
  if (state.invitation !== "none" || state.members.includes("colleague")) return
  yield { act: "the owner invites the colleague", state: { ...state, invitation: "made", kept: "owner" } }
}

/** The colleague comes by the secret; the operator puts what it has in their place, at any time. */
function* showAnything(state: Membership): Iterable<Step<Membership>> {
  if (state.invitation !== "made") return
  const shown = { keys: "colleague", macBy: "owner" } as const
  yield { act: "the colleague comes by the invitation", state: { ...state, shown } }
  yield {
    act: "the operator shows keys of its own, MACed by a secret of its own",
    state: { ...state, shown: { keys: "operator", macBy: "operator" } },
  }
  if (state.shown !== undefined)
    yield {
      act: "the operator shows keys of its own under the colleague's MAC",
      state: { ...state, shown: { ...state.shown, keys: "operator" } },
    }
  yield {
    act: "the operator puts a secret of its own in the place of the owner's",
    state: { ...state, kept: "operator" },
  }
}

/** A MAC is of the keys that it was made over: the colleague's by the invitation's secret, the operator's by its own. */
function isVouched({ shown, kept }: Membership, { signedSecret }: MembershipRules): boolean {
  if (shown === undefined) return false
  const checkedBy = signedSecret && kept !== "owner" ? undefined : kept
  const madeOver: Person = shown.macBy === "owner" ? "colleague" : "operator"
  return shown.macBy === checkedBy && shown.keys === madeOver
}

function* accept(state: Membership, rules: MembershipRules): Iterable<Step<Membership>> {
  const { shown, holders, members } = state
  if (state.invitation !== "made" || shown === undefined) return
  if (rules.vouched && !isVouched(state, rules)) return
  const newest = [...(holders.at(-1) ?? []), shown.keys]
  yield {
    act: `the owner lets in whoever has the ${shown.keys}'s keys`,
    state: {
      ...state,
      invitation: "taken",
      holders: [...holders.slice(0, -1), newest],
      members: [...members, shown.keys],
    },
  }
}

function* shutOutEach(state: Membership, { renewed }: MembershipRules): Iterable<Step<Membership>> {
  const { holders, members } = state
  for (const member of members) {
    if (member === "owner" || holders.length === mostEpochs) continue
    const staying = members.filter((each) => each !== member)
    yield {
      act: `the owner shuts the ${member} out`,
      state: {
        ...state,
        members: staying,
        shutOut: [...state.shutOut, member],
        holders: renewed ? [...holders, staying] : holders,
      },
    }
  }
}

/** Who has the keys of an epoch reads all earlier ones. */
function reads(person: Person, epoch: number, { holders }: Membership): boolean {
  return holders.slice(epoch - 1).some((each) => each.includes(person))
}

function brokenPromise(state: Membership): string | undefined {
  if (state.holders.some((each) => each.includes("operator"))) return "The operator has a practice's keys."
  for (const { epoch, shutOut } of state.written)
    if (shutOut.some((person) => reads(person, epoch, state)))
      return "Somebody opens what was written after they were shut out."
  return undefined
}

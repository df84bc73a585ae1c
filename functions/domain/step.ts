/** What a decision comes to, and what is needed to say it (docs/adr/0011-one-runner.md). Nothing here acts: the runner does (`runner.ts`). */
import type { AuditEvent, NewAuditEvent } from "../../contract/audit.ts"
import { Problem, type ProblemCode } from "../../contract/errors.ts"
import type { ItemOf } from "../../contract/items.ts"
import type { NamedChanges, NamedOutcome } from "./named-changes.ts"
import type { AuditHead, StoreReads } from "./ports.ts"
import type { TellOnce } from "./told-events.ts"
import type { Nothing, PortsOf, Wanted } from "./writing-ports.ts"
import type { EventOf, ReasonOf, WritingName } from "./writing-use-cases.ts"

/** The right to act. */
export interface Acting<W extends Wanted = Nothing> {
  readonly ports: PortsOf<W>
  /** Makes all changes or none. */
  change<N extends string>(changes: NamedChanges<N>): Promise<NamedOutcome<N>>
}

/** What telling of a refusal, or of something told once an hour, takes: the trail, and rates that count it. */
export interface Teller {
  readonly read: StoreReads["read"]
  count(change: { put: ItemOf<"rate"> }): Promise<"counted" | "conflict">
  tell(patientId: string, event: NewAuditEvent, now: Date): Promise<AuditEvent>
}

/** A refusal that the trail tells of, where the use-case has an event at all. */
export class ToldRefusal extends Problem {
  readonly tell: (teller: Teller) => Promise<unknown>

  constructor(code: ProblemCode, tell: (teller: Teller) => Promise<unknown>, options?: ErrorOptions) {
    super(code, options)
    this.tell = tell
  }
}

/** What was done with permission. */
export interface PermittedEvent<E extends AuditEvent["action"]> extends Omit<NewAuditEvent, "outcome"> {
  readonly action: E
}
export type Refusal = ProblemCode | (() => Problem | Promise<Problem>)
/** Changes of one transaction, and what it means for the request that one of them was lost; the first counts. */
export interface Changing {
  readonly changes: NamedChanges
  readonly refusals: Readonly<Record<string, Refusal>>
  readonly otherwise: Refusal
}
export const changing = <N extends string>(
  changes: NamedChanges<N>,
  refusals: { readonly [M in NoInfer<N>]?: Refusal },
  otherwise: Refusal = "busy",
): Changing => ({
  changes,
  refusals: Object.fromEntries(
    Object.entries<Refusal | undefined>(refusals).flatMap(([name, refusal]) =>
      refusal === undefined ? [] : [[name, refusal]],
    ),
  ),
  otherwise,
})

/** What is done before an event or without one, and why. */
export interface Silently<N extends WritingName, W extends Wanted> {
  readonly because: ReasonOf<N>
  readonly act: (acting: Acting<W>) => Promise<void>
}
interface Ending<N extends WritingName, W extends Wanted> {
  /** Done once there is an answer, before it is given. */
  readonly afterwards?: Silently<N, W>
  /** Done whatever becomes of the request. */
  readonly inTheEnd?: Silently<N, W>
}
interface Repeatable<N extends WritingName, A, W extends Wanted> extends Ending<N, W> {
  /** Asked where this step is refused: what answers where this very act was done already, before or at this moment. */
  readonly again?: () => Promise<A | undefined>
}
/** Nothing is to be changed any more. */
export interface Done<N extends WritingName, A, W extends Wanted> extends Ending<N, W> {
  readonly done: A
}
interface Refused<N extends WritingName, W extends Wanted> extends Ending<N, W> {
  readonly refused: unknown
}
/** Decides, on condition that this very act wasn't done already. */
export interface Deciding<N extends WritingName, A, W extends Wanted> extends Repeatable<N, A, W> {
  readonly decide: () => Promise<Step<N, A, W>>
}
/** Acts before the event or without one, and decides what is next. */
export interface Silent<N extends WritingName, A, W extends Wanted> extends Repeatable<N, A, W> {
  readonly because: ReasonOf<N>
  readonly act: (acting: Acting<W>) => Promise<Step<N, A, W>>
}
/** Tells, then changes, then acts and answers. */
export interface TellingStep<N extends WritingName, A, W extends Wanted> extends Repeatable<N, A, W> {
  readonly patientId: string
  readonly now: Date
  readonly event: PermittedEvent<EventOf<N>>
  /** The same in another trail, which is told first. */
  readonly also?: { readonly patientId: string; readonly event: PermittedEvent<EventOf<N>> }
  /** The end of the trail, where it is known. */
  readonly head?: AuditHead
  readonly changing?: Changing | ((told: AuditEvent) => Changing | Promise<Changing>)
  readonly answer: (acting: Acting<W>, told: AuditEvent) => A | Promise<A>
}
/** Tells where the trail hasn't within the hour, and answers. */
export interface ToldOnce<N extends WritingName, A, W extends Wanted> extends Repeatable<N, A, W> {
  readonly once: Omit<TellOnce, "event">
  readonly event: PermittedEvent<EventOf<N>>
  /** Where the grant's holder has asked for too many things within the hour. */
  readonly enough: Refusal
  readonly answer: (acting: Acting<W>) => A | Promise<A>
}

/** What a decision comes to. */
export type Step<N extends WritingName, A, W extends Wanted = Nothing> =
  | Done<N, A, W>
  | Refused<N, W>
  | Deciding<N, A, W>
  | Silent<N, A, W>
  | TellingStep<N, A, W>
  | ToldOnce<N, A, W>

/** The answer to an act that was done already, where `again` finds it; else the refusal. */
export const answered = async <A>(
  again: () => Promise<A | undefined>,
  otherwise: ProblemCode,
): Promise<{ done: A }> => {
  const done = await again()
  if (done === undefined) throw new Problem(otherwise)
  return { done }
}

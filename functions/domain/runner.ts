/**
 * The one way to change something or to give something out: decide, event, changes, answer (docs/adr/0011-one-runner.md). A use-case's decision has ports
 * that only read; what writes, appends, sends and signs it is handed by this file alone, after the event, or before it for a named reason.
 */
import { Problem } from "../../contract/errors.ts"
import { listedChanges, type NamedChanges, type NamedOutcome, writeNamed } from "./named-changes.ts"
import type { AuditTrail, Store } from "./ports.ts"
import {
  type Acting,
  type Changing,
  type Deciding,
  type Refusal,
  type Silent,
  type Silently,
  type Step,
  type Teller,
  type TellingStep,
  type ToldOnce,
  ToldRefusal,
} from "./step.ts"
import { tellOnce } from "./told-events.ts"
import type { Nothing, PortsOf, Reading, Wanted } from "./writing-ports.ts"
import { type EventOf, type ReasonName, reasons, type WritingName, writingUseCases } from "./writing-use-cases.ts"

interface Held {
  readonly store?: Store
  readonly audit?: AuditTrail
}
type Telling<N extends WritingName> = [EventOf<N>] extends [never] ? Nothing : Required<Held>

const there = <T>(port: T | undefined): T => {
  if (port === undefined) throw new Error("a use-case lacks a port that it needs")
  return port
}

const problemOf = async (refusal: Refusal): Promise<Problem> =>
  typeof refusal === "string" ? new Problem(refusal) : refusal()

const writeAll = <N extends string>(store: Store, changes: NamedChanges<N>): Promise<NamedOutcome<N>> =>
  writeNamed((listed) => store.write(listed), changes)

/** All of the changes, or the first refusal there is for what was lost. */
const changeAll = async (store: Store, { changes, refusals, otherwise }: Changing): Promise<void> => {
  const written = await writeAll(store, changes)
  if (written.outcome === "written") return
  const lost = Object.keys(refusals).find((name) => written.lostTo.has(name))
  throw await problemOf((lost === undefined ? undefined : refusals[lost]) ?? otherwise)
}

const requireItemsOf = (because: ReasonName, changes: NamedChanges): void => {
  const items: readonly string[] = reasons[because].items
  for (const { change } of listedChanges(changes)) {
    const kind = "put" in change ? change.put.kind : "remove" in change ? change.remove.kind : undefined
    if (kind !== undefined && !items.includes(kind)) throw new Error(`a ${kind} is not changed because of ${because}`)
  }
}

/** The ports, of which everything throws but what the reason is for. */
const portsFor = <P extends object>(because: ReasonName, ports: P): P => {
  const calls: Readonly<Record<string, readonly string[]>> = reasons[because].calls
  return new Proxy(ports, {
    get: (held, port): unknown => {
      const found: unknown = Reflect.get(held, port)
      if (typeof found !== "object" || found === null) throw new Error(`there is no port ${String(port)}`)
      return new Proxy(found, {
        get: (target, method): unknown => {
          if (calls[String(port)]?.includes(String(method)) === true) return Reflect.get(target, method)
          throw new Error(`${String(port)}.${String(method)} is not called because of ${because}`)
        },
      })
    },
  })
}

/** Runs the decision of one use-case. */
class Runner<W extends Wanted> {
  readonly #held: Held
  readonly #ports: PortsOf<W>

  constructor(held: Held, ports: PortsOf<W>) {
    this.#held = held
    this.#ports = ports
  }

  async tellRefusal(refusal: ToldRefusal): Promise<void> {
    await refusal.tell(this.#teller())
  }

  async run<N extends WritingName, A>(step: Step<N, A, W>): Promise<A> {
    try {
      const answer = await this.#answer(step)
      await this.#silently(step.afterwards)
      return answer
    } finally {
      await this.#silently(step.inTheEnd)
    }
  }

  async #answer<N extends WritingName, A>(step: Step<N, A, W>): Promise<A> {
    if ("done" in step) return step.done
    if ("refused" in step) throw step.refused
    return this.run(await this.#repeatably(step))
  }

  async #silently<N extends WritingName>(end: Silently<N, W> | undefined): Promise<void> {
    if (end !== undefined) await end.act(this.#silent(end.because))
  }

  async #repeatably<N extends WritingName, A>(
    step: Deciding<N, A, W> | Silent<N, A, W> | TellingStep<N, A, W> | ToldOnce<N, A, W>,
  ): Promise<Step<N, A, W>> {
    try {
      if ("decide" in step) return await step.decide()
      if ("because" in step) return await step.act(this.#silent(step.because))
      return { done: await ("once" in step ? this.#tellOnce(step) : this.#tell(step)) }
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      const answer = await step.again?.()
      if (answer === undefined) throw error
      return { done: answer }
    }
  }

  async #tell<N extends WritingName, A>(step: TellingStep<N, A, W>): Promise<A> {
    const { patientId, now, event, also, head, changing, answer } = step
    const audit = there(this.#held.audit)
    if (also !== undefined) await audit.append(also.patientId, { ...also.event, outcome: "permitted" }, now)
    const told = await audit.append(patientId, { ...event, outcome: "permitted" }, now, head)
    if (changing !== undefined)
      await changeAll(there(this.#held.store), typeof changing === "function" ? await changing(told) : changing)
    return answer(this.#acting(), told)
  }

  async #tellOnce<N extends WritingName, A>(step: ToldOnce<N, A, W>): Promise<A> {
    const event = { ...step.event, outcome: "permitted" } as const
    const told = await tellOnce(this.#teller(), { ...step.once, event })
    if (told === "told") return step.answer(this.#acting())
    throw await problemOf(told === "busy" ? "busy" : step.enough)
  }

  #acting(): Acting<W> {
    return { ports: this.#ports, change: (changes) => writeAll(there(this.#held.store), changes) }
  }

  #silent(because: ReasonName): Acting<W> {
    const { ports, change } = this.#acting()
    return {
      ports: portsFor(because, ports),
      change: async (changes) => {
        requireItemsOf(because, changes)
        return change(changes)
      },
    }
  }

  #teller(): Teller {
    const [store, audit] = [there(this.#held.store), there(this.#held.audit)]
    return {
      read: (refs) => store.read(refs),
      count: async (change) => ((await store.write([change])).outcome === "written" ? "counted" : "conflict"),
      tell: (patientId, event, now) => audit.append(patientId, event, now),
    }
  }
}

const hasEvent = (name: WritingName): boolean => "event" in writingUseCases[name]

/**
 * Makes a use-case of its decision, which reads, throws what it refuses, and says what is to be told, changed and answered. A refusal that the trail
 * tells of is told before it is thrown.
 */
export const defineUseCase =
  <N extends WritingName, R extends Reading, Args extends readonly unknown[], A, W extends Wanted = Nothing>(
    name: N,
    decide: (reading: R, ...args: Args) => Promise<Step<N, A, W>>,
  ) =>
  async (ports: R & Held & Telling<N> & PortsOf<W>, ...args: Args): Promise<A> => {
    const runner = new Runner<W>(ports, ports)
    try {
      return await runner.run(await decide(ports, ...args))
    } catch (error) {
      if (error instanceof ToldRefusal && hasEvent(name)) await runner.tellRefusal(error)
      throw error
    }
  }

import type { NewAuditEvent } from "../../contract/audit.ts"
import type { ItemOf } from "../../contract/items.ts"
import { eventsPerGrantHour, hourSeconds } from "../../contract/limits.ts"
import type { RefOf } from "./ports.ts"
import { counted, recent } from "./rates.ts"
import type { Teller } from "./step.ts"

/**
 * Within a grant the trail tells of the same thing once an hour, and of the front of a card, so that whoever asks without end buries nothing. What has been told is one item of
 * each grant or front. Nothing is released before its event is durable: the thing is marked as begun, the event is appended, and only then
 * it counts as told.
 */
export interface TellOnce {
  readonly patientId: string
  /** The item that remembers what was told of the grant, or of the card's front. */
  readonly remembered: RefOf<"rate">
  /** What the event tells of, as distinct from all else that the item remembers. */
  readonly of: string
  readonly event: NewAuditEvent
  readonly now: Date
}

/** How long another request is left to tell of the same thing, seconds: longer than a function may run. */
const beginSeconds = 15
/** How often the item is read before whoever meets others at this moment is told that we are busy. */
const attempts = 20
/** What was refused has few kinds, and room of its own: it must show however much was told. */
const refusalsPerGrantHour = 64

const begun = (of: string) => `begun ${of}`

/** Marks as told what was begun. Lost to others again and again, or not reached, it is told once more: later, and by whoever asks. */
const settle = async (
  teller: Teller,
  ref: RefOf<"rate">,
  { of, now }: TellOnce,
  known: ItemOf<"rate"> | undefined,
): Promise<void> => {
  let found = known
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const entries = recent(found, hourSeconds, now).filter((entry) => entry.of !== begun(of))
    if ((await teller.count(counted(ref, found, entries, of, hourSeconds, now))) === "counted") return
    ;[found] = await teller.read([ref])
  }
}

/** Whose event can't be written lets the next one try: nobody waits for it. Where that can't be written either, they wait for a while. */
const withdraw = async (teller: Teller, ref: RefOf<"rate">, { of }: TellOnce): Promise<void> => {
  try {
    const [found] = await teller.read([ref])
    if (found === undefined) return
    const entries = found.entries.filter((entry) => entry.of !== begun(of))
    await teller.count({ put: { ...found, revision: found.revision + 1, entries } })
  } catch {
    // What went wrong first is what is told.
  }
}

const tell = async (teller: Teller, telling: TellOnce, most: number): Promise<"told" | "enough" | "busy"> => {
  const { patientId, remembered: ref, of, event, now } = telling
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const [found] = await teller.read([ref])
    const entries = recent(found, hourSeconds, now)
    if (entries.some((entry) => entry.of === of)) return "told"
    const other = entries.find((entry) => entry.of === begun(of))
    if (other !== undefined && other.at > now.getTime() / 1000 - beginSeconds) continue
    const rest = entries.filter((entry) => entry !== other)
    if (rest.length >= most) return "enough"
    const beginning = counted(ref, found, rest, begun(of), hourSeconds, now)
    if ((await teller.count(beginning)) === "conflict") continue
    try {
      await teller.tell(patientId, event, now)
    } catch (error) {
      await withdraw(teller, ref, telling)
      throw error
    }
    await settle(teller, ref, telling, beginning.put)
    return "told"
  }
  return "busy"
}

/**
 * Returns `told` once the trail tells of it, now or within the hour: whatever waits for that may be released. `enough`: the grant's holder has asked
 * for too many things within the hour; `busy`: others were in the way.
 */
export const tellOnce = (teller: Teller, telling: TellOnce): Promise<"told" | "enough" | "busy"> =>
  tell(teller, telling, eventsPerGrantHour)

/** Has the trail tell of a refusal, once an hour. Whether it does changes nothing for who was refused. */
export const tellRefusalOnce = async (teller: Teller, telling: TellOnce): Promise<void> => {
  await tell(teller, telling, eventsPerGrantHour + refusalsPerGrantHour)
}

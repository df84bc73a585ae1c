/** Lines of numbered statements that name those before them by powers of two: checkpoints and manifests (docs/protocol.md, "Skip links"). */
import { readStatement, statementHash } from "./statement.ts"

/** What such a statement says of its place in the line. */
export interface Linked {
  readonly number: number
  /** Of `number - 1`; null for the first. */
  readonly previous: string | null
  /** Of those of `number - 2`, `- 4`, `- 8`, ... as long as the power of two divides `number` and something is left. */
  readonly skips: readonly string[]
}

/** The numbers that a statement of this number names: `previous`, then `skips`. */
export function namedBy(number: number): number[] {
  const named: number[] = []
  for (let step = 1; number % step === 0 && number - step >= 1; step *= 2) named.push(number - step)
  return named
}

/** Whether a statement names what its number asks for, no more and no less: or nobody could verify a way through it later. */
export function isLinked({ number, previous, skips }: Linked): boolean {
  const named = namedBy(number)
  return (previous === null) === (named.length === 0) && skips.length === Math.max(0, named.length - 1)
}

/** The numbers on the way from one back to an earlier one, both left out; each is named by the one before it. */
export function linksBetween(from: number, to: number): number[] {
  const links: number[] = []
  for (let at = from; at > to; ) {
    at = namedBy(at).findLast((named) => named >= to) ?? to
    if (at > to) links.push(at)
  }
  return links
}

/** The hash by which a statement names an earlier one, if it does. */
const hashNamed = ({ number, previous, skips }: Linked, earlier: number): string | null | undefined =>
  earlier === number - 1 ? previous : skips[namedBy(number).indexOf(earlier) - 1]

/**
 * Verifies that an earlier statement lies in the past of a later one: each link is named by the one before, by hash, back to the earlier.
 * What is named by a verified hash needs no verification of its own signature. Back to the beginning: `number` 0, `hash` null. Throws
 * where it doesn't.
 */
export async function verifyLinks(
  from: Linked & { readonly hash: string },
  links: readonly string[],
  to: { readonly number: number; readonly hash: string | null },
  parse: (payload: unknown) => Linked,
): Promise<void> {
  if (from.number < to.number) throw new Error("older than one seen before")
  if (from.number === to.number) {
    if (links.length > 0 || from.hash !== to.hash) throw new Error("another of the same number")
    return
  }
  const numbers = linksBetween(from.number, to.number)
  if (links.length !== numbers.length) throw new Error("not the links asked for")
  let at: Linked = from
  for (const [i, link] of links.entries()) {
    const linked = parse(readStatement(link).payload)
    if (linked.number !== numbers[i] || (await statementHash(link)) !== hashNamed(at, linked.number))
      throw new Error("a broken link")
    at = linked
  }
  if (hashNamed(at, to.number) !== to.hash) throw new Error("another past")
}

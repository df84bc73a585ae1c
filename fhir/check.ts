import { oneLine } from "../text/plain-text.ts"
import { isPossibleDate } from "./date.ts"
import { isObject } from "./value.ts"

/** Whether a value is a `T`. `refuse` is told where it isn't: `allergies.items.0.what.text`. */
export type Check<T> = (value: unknown, at: string, refuse: (at: string) => void) => value is T

const inside = (at: string, name: string | number) => (at === "" ? String(name) : `${at}.${name}`)

const checked =
  <T>(is: (value: unknown) => value is T): Check<T> =>
  (value, at, refuse): value is T => {
    const passes = is(value)
    if (!passes) refuse(at)
    return passes
  }

/** Words as they are shown: one line of at most `most` UTF-16 units, not empty, nothing invisible. */
export const words = (most = 300): Check<string> =>
  checked((value): value is string => typeof value === "string" && value.length <= most && isWords(value))

const isWords = (value: string): boolean => value !== "" && oneLine(value) === value

/** A text that matches all of `pattern`. */
export const matching = (pattern: RegExp): Check<string> =>
  checked((value): value is string => typeof value === "string" && pattern.exec(value)?.[0] === value)

/** A year, a month or a day that a calendar has. */
export const writtenDate: Check<string> = checked(
  (value): value is string => typeof value === "string" && /^\d{4}(-\d{2}){0,2}$/.test(value) && isPossibleDate(value),
)

export const day: Check<string> = checked(
  (value): value is string => typeof value === "string" && value.length === 10 && isPossibleDate(value),
)

export const yes: Check<true> = checked((value): value is true => value === true)

export const wholeNumber = (most: number): Check<number> =>
  checked((value): value is number => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= most)

export const oneOf = <const T extends readonly string[]>(...known: T): Check<T[number]> =>
  checked((value): value is T[number] => known.some((each) => each === value))

export const listOf =
  <T>(item: Check<T>, most = 200): Check<readonly T[]> =>
  (value, at, refuse): value is readonly T[] => {
    if (!Array.isArray(value) || value.length > most) {
      refuse(at)
      return false
    }
    return value.map((each, index) => item(each, inside(at, index), refuse)).every(Boolean)
  }

export const optional =
  <T>(present: Check<T>): Check<T | undefined> =>
  (value, at, refuse): value is T | undefined =>
    value === undefined || present(value, at, refuse)

/** An object of these fields and no others. */
export const object =
  <T extends object>(fields: { readonly [K in keyof Required<T>]: Check<T[K]> }): Check<T> =>
  (value, at, refuse): value is T => {
    if (!isObject(value)) {
      refuse(at)
      return false
    }
    let passes = true
    for (const name of Object.keys(value)) {
      if (Object.hasOwn(fields, name)) continue
      refuse(inside(at, name))
      passes = false
    }
    const each: [string, Check<unknown>][] = Object.entries(fields)
    for (const [name, check] of each) if (!check(value[name], inside(at, name), refuse)) passes = false
    return passes
  }

/** One of several kinds, told apart by the field `by`. */
export const kinds =
  <T extends object>(by: string, known: Readonly<Record<string, Check<T>>>): Check<T> =>
  (value, at, refuse): value is T => {
    const kind = isObject(value) ? value[by] : undefined
    const check = typeof kind === "string" && Object.hasOwn(known, kind) ? known[kind] : undefined
    if (check !== undefined) return check(value, at, refuse)
    refuse(isObject(value) ? inside(at, by) : at)
    return false
  }

/** `check`, and that `holds`; where it doesn't, `name` is what is refused. */
export const where =
  <T>(check: Check<T>, name: string, holds: (value: T) => boolean): Check<T> =>
  (value, at, refuse): value is T => {
    if (!check(value, at, refuse)) return false
    if (holds(value)) return true
    refuse(inside(at, name))
    return false
  }

import type { Bytes, Layer } from "./mutate.ts"

/** A parser of bytes that strangers send. */
export interface Target {
  readonly name: string
  /** Inputs it takes, each with a meaning of its own. */
  readonly corpus: readonly Bytes[]
  /** Ways into an input, beside the input as a whole. */
  readonly layers?: readonly Layer[]
  /**
   * Reads an input made of the corpus's number `from`, and throws where that ends otherwise than documented: another error than
   * the documented one, or a meaning it must not have.
   */
  read(input: Bytes, from: number): Promise<"taken" | "refused"> | "taken" | "refused"
}

export class Broken extends Error {
  override readonly name = "Broken"
}

export const require = (holds: boolean, what: string): void => {
  if (!holds) throw new Broken(what)
}

/** The outcome of an attempt that may fail with the documented error alone. */
export const only = async <T>(
  documented: (error: unknown) => boolean,
  attempt: () => Promise<T> | T,
  check: (value: T) => Promise<void> | void = () => undefined,
): Promise<"taken" | "refused"> => {
  let value: T
  try {
    value = await attempt()
  } catch (error) {
    if (documented(error)) return "refused"
    throw new Broken("an undocumented error", { cause: error })
  }
  await check(value)
  return "taken"
}

export const bytesOf = (text: string): Bytes => Uint8Array.from(Buffer.from(text))
export const fromBase64 = (text: string): Bytes => Uint8Array.from(Buffer.from(text, "base64"))
/** What arrived as text; bytes that are no UTF-8 become characters of their own, so that no two inputs are the same text. */
export const textOf = (bytes: Uint8Array): string => {
  const text = Buffer.from(bytes).toString()
  return Buffer.from(text).equals(Buffer.from(bytes)) ? text : Buffer.from(bytes).toString("latin1")
}

/** The parts of a compact JWS or JWE, decoded and encoded anew. */
export const dotted: Layer = {
  split: (input) =>
    textOf(input)
      .split(".")
      .map((part) => Uint8Array.from(Buffer.from(part, "base64url"))),
  join: (parts) => bytesOf(parts.map((part) => Buffer.from(part).toString("base64url")).join(".")),
}

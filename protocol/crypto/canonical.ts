import canonicalize from "canonicalize"
import { toBase64url, utf8 } from "./bytes.ts"
import { sha256 } from "./primitives.ts"

/** The canonical text of a JSON value (RFC 8785). `TypeError` for what JSON can't say, which must not be hashed as if it weren't there. */
export function canonicalText(value: unknown): string {
  requireJson(value)
  const text = canonicalize(value)
  if (text === undefined) throw new TypeError("not JSON")
  return text
}

/** SHA-256 of the canonical text, base64url. */
export async function canonicalHash(value: unknown): Promise<string> {
  return toBase64url(await sha256(utf8(canonicalText(value))))
}

/** Stricter than `JSON.stringify`, which drops undefined members and asks an object's `toJSON`. */
function requireJson(value: unknown): void {
  if (value === null || typeof value === "boolean") return
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError("not JSON: a number that isn't finite")
    return
  }
  if (typeof value === "string") {
    if (!value.isWellFormed()) throw new TypeError("not JSON: a lone surrogate")
    return
  }
  if (typeof value !== "object") throw new TypeError(`not JSON: ${typeof value}`)
  if (Array.isArray(value)) {
    for (const item of value) requireJson(item)
    return
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if ((prototype !== Object.prototype && prototype !== null) || Object.getOwnPropertySymbols(value).length > 0) {
    throw new TypeError("not JSON: an object of a class")
  }
  for (const [name, member] of Object.entries(value)) {
    requireJson(name)
    requireJson(member)
  }
}

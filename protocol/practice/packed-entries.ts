/** Entries of a directory as they are sealed: compressed, and padded so that their length tells little (docs/protocol.md, "Practice"). */
import * as z from "zod/mini"
import { type Bytes, concat, utf8 } from "../crypto/bytes.ts"
import { deflated, inflated } from "../crypto/compression.ts"
import { CryptoFailure, orFailure } from "../crypto/failure.ts"
import { parseJson } from "../crypto/strict-json.ts"
import { type Entry, entry } from "./entry.ts"

/** Entries in one segment of the directory. */
export const segmentLength = 1024
/** What a segment's length is a multiple of, and a single entry's, bytes. */
export const segmentPadding = 4096
export const entryPadding = 512
/** The most that a segment's entries have, bytes of JSON: what a hostile member compressed may come to more. */
const maxPlainBytes = 4 * 1024 * 1024
const prefixLength = 4

const entries = z.array(entry).check(z.minLength(1), z.maxLength(segmentLength))

/** Column by column, since what is alike compresses best side by side. */
const members = Object.keys(entry.shape)

/** The entries, 1 to 1,024, in bytes whose number is a multiple of `padding`. Throws for more, and for what the schema refuses. */
export const packEntries = async (some: readonly Entry[], padding: number): Promise<Bytes> => {
  const checked = z.parse(entries, some)
  const cells = checked.map((each) => new Map<string, unknown>(Object.entries(each)))
  const columns = Object.fromEntries(members.map((name) => [name, cells.map((row) => row.get(name) ?? null)]))
  const plain = utf8(JSON.stringify(columns))
  if (plain.length > maxPlainBytes) throw new RangeError("more than a segment holds")
  const packed = await deflated(plain, plain.length + 1024)
  const prefix = new Uint8Array(prefixLength)
  new DataView(prefix.buffer).setUint32(0, packed.length)
  const length = Math.ceil((prefixLength + packed.length) / padding) * padding
  return concat(prefix, packed, new Uint8Array(length - prefixLength - packed.length))
}

/** What was packed; `CryptoFailure` for anything else: whoever sealed it may be hostile. */
export const unpackEntries = (bytes: Bytes): Promise<Entry[]> =>
  orFailure(async () => {
    const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0)
    const packed = bytes.slice(prefixLength, prefixLength + length)
    if (packed.length !== length || bytes.subarray(prefixLength + length).some((byte) => byte !== 0))
      throw new CryptoFailure()
    const plain = await inflated(packed, maxPlainBytes)
    return z.parse(entries, rowsOf(parseJson(plain)))
  })

const columns = z.strictObject(
  Object.fromEntries(members.map((name) => [name, z.array(z.unknown()).check(z.maxLength(segmentLength))])),
)

const rowsOf = (value: unknown): object[] => {
  const parsed = z.parse(columns, value)
  const counts = new Set(members.map((name) => parsed[name]?.length))
  if (counts.size !== 1) throw new CryptoFailure()
  const [count = 0] = counts
  return Array.from({ length: count }, (_, row) =>
    Object.fromEntries(
      members.flatMap((name) => {
        const cell = parsed[name]?.[row] ?? null
        return cell === null ? [] : [[name, cell]]
      }),
    ),
  )
}

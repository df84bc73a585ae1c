import type { Bytes } from "../../protocol/crypto/bytes.ts"

/** As an object store answers a GET, with or without a range. */
export const rangeOf = (
  object: Bytes,
  headers: Readonly<Record<string, string>>,
): { status: number; headers?: Readonly<Record<string, string>>; body: Bytes } => {
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(headers["range"] ?? "") ?? []
  if (from === undefined || to === undefined) return { status: 200, body: object }
  if (Number(from) >= object.length) return { status: 416, body: new Uint8Array() }
  const body = object.subarray(Number(from), Number(to) + 1)
  const range = `bytes ${from}-${Number(from) + body.length - 1}/${object.length}`
  return { status: 206, headers: { "content-range": range }, body }
}

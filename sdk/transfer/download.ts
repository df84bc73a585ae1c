import * as z from "zod/mini"
import { type Bytes, free, toBase64url } from "../../protocol/crypto/bytes.ts"
import { sha256 } from "../../protocol/crypto/primitives.ts"
import {
  cipherOf,
  headerSize,
  openSegment,
  plaintextSize,
  type RecordCipher,
  sealedCapacity,
  segmentCount,
  segmentSize,
} from "../../protocol/crypto/streaming-aead.ts"
import { IntegrityFailure, orFail } from "../../protocol/integrity.ts"
import { partCount } from "../../protocol/parts.ts"
import { hash, identifier, maxParts, maxSealedBytes, ordinal, partBytes } from "../../protocol/primitives.ts"
import type { Descriptor } from "../../protocol/record.ts"
import { recordAssociatedData } from "../../protocol/record-keys.ts"
import { Expired, getObject, type Signer } from "../api.ts"
import { TransferFailure } from "./failure.ts"
import { partsFrom, placeIn, plaintextBefore, recordHash, type Span, segmentOf, spansOf } from "./parts.ts"
import { meter, type Transfer } from "./progress.ts"
import { persistently, unlessStopped } from "./retry.ts"

/** A record in the object store, and what opens it. */
export interface Held {
  /** The cloud that signs its addresses. */
  readonly signer: Signer
  readonly patientId: string
  readonly descriptor: Descriptor
  readonly dataKey: Bytes
  /** A signed address of the sealed bytes; asked for again where one has ended. */
  readonly address: () => Promise<string>
}

/** What goes on with a download: JSON that opens nothing. */
export const downloadState = z.strictObject({
  recordId: identifier,
  version: ordinal,
  /** As the descriptor has it. */
  sha256: hash,
  /** The hashes of the parts that came, in order. */
  parts: z.array(hash).check(z.maxLength(maxParts)),
  /**
   * Bytes of the document that were handed on. Who wrote fewer of them to where they keep it lowers this to what they have, and what
   * is handed on begins there.
   */
  bytes: z.int().check(z.nonnegative()),
})
export type DownloadState = z.infer<typeof downloadState>

export interface StreamOptions extends Transfer {
  readonly resume?: DownloadState | undefined
  /** After each part that was handed on whole. */
  readonly onState?: ((state: DownloadState) => Promise<void> | void) | undefined
}

/** Spans that are asked for, or here and not yet opened, at once: what bounds the memory. One more is open, and being handed on. */
export const spansInFlight = 3
/** Documents that are given in one piece of memory, bytes. */
const maxInMemory = 2 * 1024 ** 3

/** One address for all who read at once; a new one where it has ended, asked for once. */
const addressOf = (ask: () => Promise<string>) => {
  let current: Promise<string> | undefined
  const get = (): Promise<string> => {
    current ??= ask().catch((error: unknown) => {
      current = undefined
      throw error
    })
    return current
  }
  return {
    get,
    instead: (ended: Promise<string>): Promise<string> => {
      if (current === ended) current = undefined
      return get()
    },
  }
}

interface Opened {
  readonly span: Span
  /** Of the sealed bytes. */
  readonly hash: string
  /** Authentic, in order. */
  readonly segments: readonly Bytes[]
}

/** Asks for ranges of the sealed record, by addresses that last as long as they are needed. */
const rangesOf = ({ signer, descriptor: { size }, address }: Held, stop: AbortSignal) => {
  const addresses = addressOf(address)
  return (start: number, length: number, into: Bytes): Promise<Bytes> =>
    persistently(async () => {
      const of = { start, length, size }
      const at = addresses.get()
      return getObject(signer, await at, of, into, stop).catch(async (error: unknown) => {
        if (!(error instanceof Expired)) throw error
        return getObject(signer, await addresses.instead(at), of, into, stop)
      })
    }, stop)
}

/** A span on its way. */
interface Coming {
  readonly span: Span
  readonly buffer: Bytes
  readonly bytes: Promise<Bytes>
  readonly cipher: Promise<RecordCipher>
}

/** Opens a span, all of it; a record of one span is held against its hash before. */
const openSpan = async ({ size, sha256: expected }: Descriptor, { span, bytes, cipher }: Coming): Promise<Opened> => {
  const sealed = await bytes
  const hashing = sha256(sealed)
  hashing.catch(() => undefined)
  if (span.length === size && toBase64url(await hashing) !== expected) throw new IntegrityFailure("record-differs")
  const key = await cipher
  const total = segmentCount(size)
  const segments = await orFail("record-unreadable", () =>
    Promise.all(
      Array.from({ length: span.segments }, (_, i) => {
        const index = span.firstSegment + i
        const at = placeIn(span, index)
        return openSegment(key, index, index === total - 1, sealed.subarray(at, at + sealedCapacity(index)))
      }),
    ),
  )
  return { span, hash: toBase64url(await hashing), segments }
}

/** Gets, and opens, spans of a record, a few at once, and gives them in order. Nothing of a span is given before all of it is authentic. */
async function* openSpans(
  held: Held,
  spans: readonly Span[],
  stop: AbortSignal,
  came: (bytes: number) => void,
): AsyncGenerator<Opened, void, undefined> {
  const { patientId, descriptor, dataKey } = held
  const get = rangesOf(held, stop)
  const cipherBy = (header: Bytes): Promise<RecordCipher> =>
    orFail("record-unreadable", () => cipherOf(dataKey, recordAssociatedData({ patientId, ...descriptor }), header))
  let cipher: Promise<RecordCipher> | undefined

  // Each is free again once what was sealed in it is open.
  const buffers: Bytes[] = []
  const coming: Coming[] = []
  let next = 0
  const askForMore = () => {
    while (coming.length < spansInFlight) {
      const span = spans[next++]
      if (span === undefined) return
      const buffer = buffers.pop() ?? new Uint8Array(Math.min(partBytes, descriptor.size))
      const bytes = get(span.start, span.length, buffer).then((sealed) => {
        came(sealed.length)
        return sealed
      })
      bytes.catch(() => undefined)
      if (span.firstSegment === 0) cipher = bytes.then((begin) => cipherBy(begin.slice(0, headerSize)))
      else cipher ??= get(0, headerSize, new Uint8Array(headerSize)).then(cipherBy)
      cipher.catch(() => undefined)
      coming.push({ span, buffer, bytes, cipher })
    }
  }
  const open = async (first: Coming): Promise<Opened> => {
    const opened = await openSpan(descriptor, first)
    buffers.push(first.buffer)
    return opened
  }

  const openNext = (): Promise<Opened> | undefined => {
    askForMore()
    const first = coming.shift()
    const opening = first && open(first)
    opening?.catch(() => undefined)
    return opening
  }
  // One is opened while the one before is handed on; more would be memory, and no faster.
  let opening = openNext()
  while (opening !== undefined) {
    stop.throwIfAborted()
    const opened: Opened = await unlessStopped(opening, stop)
    opening = openNext()
    yield opened
  }
}

/** The segments of a record of which no more can be than there are, or `record-differs`. */
const requirePossible = ({ size }: Descriptor): void => {
  if (size > maxSealedBytes) throw new IntegrityFailure("record-differs")
}

/**
 * The document in pieces, each verified before it is given: authentic for this patient, record, version and place in it. Of a record of one part nothing
 * comes before its hash is the signed one; of more, the last segment waits for that, so that this never ends well on other bytes.
 */
async function* pieces(
  held: Held,
  { resume, onState, ...transfer }: StreamOptions,
  stop: AbortSignal,
): AsyncGenerator<Bytes, void, undefined> {
  const { descriptor } = held
  const { recordId, version, size, sha256: expected } = descriptor
  requirePossible(descriptor)
  const plain = await orFail("record-differs", () => plaintextSize(size))
  const from = resume?.bytes ?? 0
  if (
    resume !== undefined &&
    (resume.recordId !== recordId || resume.version !== version || resume.sha256 !== expected || from > plain)
  )
    throw new TransferFailure("state-invalid")
  // The part of the first byte that is wanted. The last part comes again in any case: it has what the hash is held against.
  const segmentsOfPart = partBytes / segmentSize
  const begin = Math.min(Math.floor(segmentOf(from) / segmentsOfPart) + 1, partCount(size))
  const parts = (resume?.parts ?? []).slice(0, begin - 1)
  if (parts.length !== begin - 1) throw new TransferFailure("state-invalid")
  const spans = partsFrom(size, begin)
  const came = meter("download", { total: size, already: (begin - 1) * partBytes }, transfer)

  for await (const { span, hash: part, segments } of openSpans(held, spans, stop, came)) {
    parts.push(part)
    const last = parts.length === partCount(size)
    let position = plaintextBefore(span.firstSegment)
    for (const [i, segment] of segments.entries()) {
      if (last && i === segments.length - 1 && (await recordHash(parts)) !== expected)
        throw new IntegrityFailure("record-differs")
      const piece = segment.subarray(Math.max(0, from - position))
      position += segment.length
      if (piece.length > 0) yield piece
    }
    if (!last) await onState?.({ recordId, version, sha256: expected, parts: [...parts], bytes: position })
  }
}

const stopping = ({ signal }: Transfer) => {
  const given = new AbortController()
  return {
    stop: AbortSignal.any([given.signal, ...(signal === undefined ? [] : [signal])]),
    giveUp: (reason?: unknown) => given.abort(reason),
  }
}

/**
 * The document as a stream that reads no further ahead than a few parts. What has come is authentic; that it is whole is known when the stream ends
 * without an error, not before.
 */
export const openedStream = (held: Held, options: StreamOptions): ReadableStream<Bytes> => {
  const { stop, giveUp } = stopping(options)
  const source = pieces(held, options, stop)
  return new ReadableStream<Bytes>(
    {
      pull: async (controller) => {
        try {
          const { done, value } = await source.next()
          if (done === true) controller.close()
          else controller.enqueue(value)
        } catch (error) {
          giveUp(error)
          throw error
        }
      },
      cancel: (reason) => giveUp(reason),
    },
    { highWaterMark: 0 },
  )
}

/** The whole document in memory, once all of it is verified. `memory-exceeded` above 2 GiB. */
export const openedWhole = async (held: Held, transfer: Transfer): Promise<Bytes> => {
  requirePossible(held.descriptor)
  const size = await orFail("record-differs", () => plaintextSize(held.descriptor.size))
  if (size > maxInMemory) throw new TransferFailure("memory-exceeded")
  const { stop, giveUp } = stopping(transfer)
  try {
    let whole: Bytes | undefined
    let position = 0
    for await (const piece of pieces(held, transfer, stop)) {
      // Not before something authentic has come: how large it is, is only somebody's word until then.
      whole ??= new Uint8Array(size)
      whole.set(piece, position)
      position += piece.length
      free(piece)
    }
    return whole ?? new Uint8Array(0)
  } catch (error) {
    giveUp(error)
    throw error
  }
}

/**
 * Some bytes of the document, by the segments that have them alone; fewer than asked for where it ends before. Each is authentic for its place; the
 * record's hash can't be held against a range (docs/threat-model.md).
 */
export const openedRange = async (
  held: Held,
  { offset, length }: { offset: number; length: number },
  transfer: Transfer,
): Promise<Bytes> => {
  const { descriptor } = held
  requirePossible(descriptor)
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0)
    throw new RangeError("a range begins and ends within whole numbers")
  const size = await orFail("record-differs", () => plaintextSize(descriptor.size))
  const wanted = Math.min(length, size - offset)
  if (wanted <= 0) return new Uint8Array(0)
  if (wanted > maxInMemory) throw new TransferFailure("memory-exceeded")
  const { stop, giveUp } = stopping(transfer)
  try {
    const spans = spansOf(descriptor.size, { offset, length: wanted })
    const total = spans.reduce((sum, span) => sum + span.length, 0)
    const came = meter("download", { total }, transfer)
    let range: Bytes | undefined
    for await (const { span, segments } of openSpans(held, spans, stop, came)) {
      range ??= new Uint8Array(wanted)
      let position = plaintextBefore(span.firstSegment)
      for (const segment of segments) {
        const piece = segment.subarray(Math.max(0, offset - position), Math.max(0, offset + wanted - position))
        range.set(piece, Math.max(0, position - offset))
        position += segment.length
        free(segment)
      }
    }
    return range ?? new Uint8Array(0)
  } catch (error) {
    giveUp(error)
    throw error
  }
}

/**
 * Tink's streaming AEAD, template AES256_GCM_HKDF_1MB (developers.google.com/tink/streaming-aead/aes_gcm_hkdf_streaming),
 * raw: any Tink opens what this seals.
 *
 *     header (40) = its length (1) || salt (32) || nonce prefix (7)
 *     key         = HKDF-SHA-256(data key, salt, info = associated data), 32 bytes
 *     segment i   = AES-256-GCM(key, nonce prefix || i as 32 bits big-endian || 1 if last else 0), no associated data
 *
 * A segment has 1 MiB of ciphertext, the first one less by the header, the last one what remains. Each can be sealed and
 * opened alone, so parts can run in parallel and a range can be read without what comes before it.
 */
import { type Bytes, concat } from "./bytes.ts"
import { CryptoFailure } from "./failure.ts"
import { gcmOpen, gcmSeal, hkdfSha256, importAesKey, type Random, randomBytes } from "./primitives.ts"

/** Bytes. */
export const segmentSize = 1024 * 1024
export const headerSize = 40
const tagSize = 16
const saltSize = 32
const noncePrefixSize = 7
const maxSegments = 2 ** 32
/** Segments at work at once: enough to keep the cipher busy while bytes come and go, few enough to keep memory flat. */
const inFlight = 4
const noBytes = new Uint8Array(0)

/** What all segments of one sealed record share. */
export type RecordCipher = { readonly header: Bytes; readonly key: CryptoKey }

/** For sealing: a fresh header, so no two records share a key and nonce. `random` is for vectors only. */
export async function newCipher(
  key: Bytes,
  associatedData: Bytes,
  random: Random = randomBytes,
): Promise<RecordCipher> {
  const header = concat(Uint8Array.of(headerSize), random(saltSize), random(noncePrefixSize))
  return cipherOf(key, associatedData, header)
}

/** For opening: by the first 40 bytes of the sealed record. */
export async function cipherOf(key: Bytes, associatedData: Bytes, header: Bytes): Promise<RecordCipher> {
  if (header.length !== headerSize || header[0] !== headerSize) throw new CryptoFailure()
  const salt = header.slice(1, 1 + saltSize)
  return { header, key: await importAesKey(await hkdfSha256(key, salt, associatedData, 32)) }
}

/**
 * Ciphertext of the segment `index` (from 0). Seal each segment of a cipher once: two plaintexts under one index would
 * share a nonce. Only the last segment may be shorter than its capacity, and only the very first one may be empty.
 */
export async function sealSegment(
  cipher: RecordCipher,
  index: number,
  last: boolean,
  plaintext: Bytes,
): Promise<Bytes> {
  const capacity = plaintextCapacity(index)
  const fits = last
    ? plaintext.length <= capacity && (plaintext.length > 0 || index === 0)
    : plaintext.length === capacity
  if (!fits) throw new RangeError(`no segment ${index} has ${plaintext.length} bytes`)
  return gcmSeal(cipher.key, nonceOf(cipher, index, last), plaintext)
}

/** Plaintext of the segment `index`; `CryptoFailure` unless it was sealed as exactly this one. */
export async function openSegment(cipher: RecordCipher, index: number, last: boolean, sealed: Bytes): Promise<Bytes> {
  const capacity = sealedCapacity(index)
  // No sealer ends a record with an empty segment after others.
  const fits = last ? sealed.length <= capacity && (sealed.length > tagSize || index === 0) : sealed.length === capacity
  if (!fits) throw new CryptoFailure()
  return gcmOpen(cipher.key, nonceOf(cipher, index, last), sealed)
}

/** Bytes of ciphertext a full segment has. */
export function sealedCapacity(index: number): number {
  return index === 0 ? segmentSize - headerSize : segmentSize
}

/** Bytes of plaintext a full segment holds. */
export function plaintextCapacity(index: number): number {
  return sealedCapacity(index) - tagSize
}

/** How many segments a sealed record of this size has. */
export function segmentCount(sealedSize: number): number {
  return Math.max(1, Math.ceil(sealedSize / segmentSize))
}

/** Bytes of the sealed record for so many bytes of plaintext. */
export function sealedSize(plaintextSize: number): number {
  const segments = Math.max(1, Math.ceil((plaintextSize + headerSize) / (segmentSize - tagSize)))
  return headerSize + plaintextSize + segments * tagSize
}

/** Bytes of plaintext in a sealed record of this size; `CryptoFailure` where none has it. */
export function plaintextSize(sealed: number): number {
  const size = sealed - headerSize - segmentCount(sealed) * tagSize
  if (size < 0 || sealedSize(size) !== sealed) throw new CryptoFailure()
  return size
}

export async function seal(
  key: Bytes,
  associatedData: Bytes,
  plaintext: Bytes,
  random: Random = randomBytes,
): Promise<Bytes> {
  const cipher = await newCipher(key, associatedData, random)
  const sealed = new Uint8Array(sealedSize(plaintext.length))
  sealed.set(cipher.header)
  let position = headerSize
  const queue = new InOrder((segment) => {
    sealed.set(segment, position)
    position += segment.length
  })
  let start = 0
  const segments = segmentCount(sealed.length)
  for (let index = 0; index < segments; index++) {
    const end = start + plaintextCapacity(index)
    await queue.add(sealSegment(cipher, index, index === segments - 1, plaintext.subarray(start, end)))
    start = end
  }
  await queue.drain()
  return sealed
}

export async function open(key: Bytes, associatedData: Bytes, sealed: Bytes): Promise<Bytes> {
  const plaintext = new Uint8Array(plaintextSize(sealed.length))
  const cipher = await cipherOf(key, associatedData, sealed.slice(0, headerSize))
  let position = 0
  const queue = new InOrder((segment) => {
    plaintext.set(segment, position)
    position += segment.length
  })
  let start = headerSize
  const segments = segmentCount(sealed.length)
  for (let index = 0; index < segments; index++) {
    const end = start + sealedCapacity(index)
    await queue.add(openSegment(cipher, index, index === segments - 1, sealed.subarray(start, end)))
    start = end
  }
  await queue.drain()
  return plaintext
}

/** Seals whatever passes through, in chunks of any size; holds a few segments at a time. */
export function sealStream(
  key: Bytes,
  associatedData: Bytes,
  random: Random = randomBytes,
): TransformStream<Uint8Array, Bytes> {
  const cipher = newCipher(key, associatedData, random)
  return pieceStream(plaintextCapacity, async (plaintext, index, last) => {
    const segment = await sealSegment(await cipher, index, last, plaintext)
    return index === 0 ? concat((await cipher).header, segment) : segment
  })
}

/**
 * Opens whatever passes through, in chunks of any size; holds a few segments at a time. Bytes come out only of segments that
 * are verified, in their order. That the record is whole is known when the stream ends without an error, not before.
 */
export function openStream(key: Bytes, associatedData: Bytes): TransformStream<Uint8Array, Bytes> {
  let cipher: Promise<RecordCipher> | undefined
  const sizeOf = (piece: number) => (piece === 0 ? headerSize : sealedCapacity(piece - 1))
  return pieceStream(sizeOf, async (bytes, piece, last) => {
    if (cipher !== undefined) return openSegment(await cipher, piece - 1, last, bytes)
    if (last) throw new CryptoFailure()
    cipher = cipherOf(key, associatedData, bytes)
    await cipher
    return noBytes
  })
}

/**
 * Cuts what passes into pieces of `sizeOf(0)`, `sizeOf(1)` ... bytes and hands on what `work` makes of each, in order. A
 * piece waits until a byte comes after it: only then is it known not to be the last. `work` is called in order too.
 */
function pieceStream(
  sizeOf: (index: number) => number,
  work: (piece: Bytes, index: number, last: boolean) => Promise<Bytes>,
): TransformStream<Uint8Array, Bytes> {
  let index = 0
  let piece = new Uint8Array(sizeOf(0))
  let filled = 0
  const queueFor = (controller: TransformStreamDefaultController<Bytes>) =>
    new InOrder((bytes) => {
      if (bytes.length > 0) controller.enqueue(bytes)
    })
  let queue: InOrder | undefined
  return new TransformStream<Uint8Array, Bytes>({
    async transform(chunk, controller) {
      queue ??= queueFor(controller)
      let taken = 0
      while (taken < chunk.length) {
        if (filled === piece.length) {
          await queue.add(work(piece, index, false))
          index += 1
          piece = new Uint8Array(sizeOf(index))
          filled = 0
        }
        const part = chunk.subarray(taken, taken + piece.length - filled)
        piece.set(part, filled)
        filled += part.length
        taken += part.length
      }
    },
    async flush(controller) {
      queue ??= queueFor(controller)
      await queue.add(work(piece.subarray(0, filled), index, true))
      await queue.drain()
    },
  })
}

/** Delivers the results of work that runs in parallel, a few at a time, in the order it was added. */
class InOrder {
  readonly #deliver: (bytes: Bytes) => void
  readonly #running: Promise<Bytes>[] = []

  constructor(deliver: (bytes: Bytes) => void) {
    this.#deliver = deliver
  }

  async add(work: Promise<Bytes>): Promise<void> {
    // Its failure is thrown when its turn comes; until then it must not count as unhandled.
    work.catch(() => undefined)
    this.#running.push(work)
    if (this.#running.length >= inFlight) await this.#deliverFirst()
  }

  async drain(): Promise<void> {
    while (this.#running.length > 0) await this.#deliverFirst()
  }

  async #deliverFirst(): Promise<void> {
    const first = this.#running.shift()
    if (first !== undefined) this.#deliver(await first)
  }
}

function nonceOf(cipher: RecordCipher, index: number, last: boolean): Bytes {
  if (!Number.isInteger(index) || index < 0 || index >= maxSegments)
    throw new RangeError(`there is no segment ${index}`)
  const nonce = new Uint8Array(12)
  nonce.set(cipher.header.subarray(1 + saltSize))
  const view = new DataView(nonce.buffer)
  view.setUint32(noncePrefixSize, index)
  view.setUint8(11, last ? 1 : 0)
  return nonce
}

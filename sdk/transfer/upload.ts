import { Problem } from "../../contract/errors.ts"
import type { Upload } from "../../contract/routes.ts"
import { type Bytes, toBase64url } from "../../protocol/crypto/bytes.ts"
import { sha256 } from "../../protocol/crypto/primitives.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import { partCount } from "../../protocol/parts.ts"
import { partBytes, partUrlsAtOnce } from "../../protocol/primitives.ts"
import type { Descriptor } from "../../protocol/record.ts"
import { Expired, putObject, type Signer } from "../api.ts"
import { type Sealing, sealPart, type UploadState } from "../sealed-record.ts"
import { TransferFailure } from "./failure.ts"
import { recordHash } from "./parts.ts"
import { meter, type Transfer } from "./progress.ts"
import { Queue } from "./queue.ts"
import { persistently, unlessStopped } from "./retry.ts"
import { type Content, readerOf } from "./source.ts"

export interface UploadOptions extends Transfer {
  /** Goes on with an upload from the newest state that `onState` was given. */
  readonly resume?: UploadState | undefined
  /** Keeps the state, durably, before it returns: no byte leaves the device before. Never called twice at once. */
  readonly onState?: ((state: UploadState) => Promise<void> | void) | undefined
}

/** Where the parts of one record go. */
export interface Destination {
  /** The cloud that signs its addresses. */
  readonly signer: Signer
  /** Where a record of one part goes. */
  whole(of: { size: number; sha256: string }): Promise<Upload>
  /** Begins, or goes on with, an upload in parts. */
  begin(size: number): Promise<{ startedAt: string }>
  /** One for each part asked for, in order. */
  parts(of: { number: number; sha256: string }[]): Promise<Upload[]>
}

/** Parts that are under way to the object store at once, and that may be sealed and waiting for it: what bounds the memory. */
export const partsInFlight = 4
export const partsAhead = 3

interface SealedPart {
  readonly number: number
  readonly bytes: Bytes
  readonly buffer: Bytes
  readonly hash: Promise<string>
}

/** Keeps states one after the other; what changes while one is being kept is kept together, next. */
const keeper = (onState: UploadOptions["onState"], current: () => UploadState, stop: AbortSignal) => {
  let running: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined
  return (): Promise<void> => {
    if (onState === undefined) return running
    next ??= running.then(() => {
      next = undefined
      stop.throwIfAborted()
      running = Promise.resolve(onState(current()))
      return running
    })
    return next
  }
}

interface Addressed {
  readonly part: SealedPart
  readonly sha256: string
  readonly upload: Upload
}

/** An upload under way: what its loops share. */
interface Sending {
  readonly sealing: Sealing
  readonly destination: Destination
  readonly stop: AbortSignal
  readonly reader: ReturnType<typeof readerOf>
  readonly count: number
  /** As far as they are known; the first `known` are of an earlier attempt. */
  readonly parts: { sha256: string; sent: boolean }[]
  readonly known: number
  readonly keep: () => Promise<void>
  readonly came: (bytes: number) => void
  /** Free ones, as many as may be sealed and not yet sent. */
  readonly buffers: Queue<Bytes>
  readonly poolSize: number
  readonly sealed: Queue<SealedPart>
  readonly addressed: Queue<Addressed>
}

const addressesOf = async (
  { sealing: { size }, destination, count }: Sending,
  of: readonly { number: number; sha256: string }[],
): Promise<Upload[]> => {
  const [only] = of
  if (count === 1 && only !== undefined) return [await destination.whole({ size, sha256: only.sha256 })]
  const uploads = await destination.parts([...of])
  if (uploads.length !== of.length) throw new IntegrityFailure("reply-invalid")
  return uploads
}

const sealAll = async ({ sealing, stop, reader, count, buffers, sealed }: Sending): Promise<void> => {
  for (let number = 1; number <= count; number++) {
    const [buffer] = await buffers.take()
    stop.throwIfAborted()
    if (buffer === undefined) throw new Error("the pool is never closed")
    const bytes = await sealPart(sealing, number, reader, buffer)
    if (number === count) await reader.end()
    const hash = sha256(bytes).then(toBase64url)
    hash.catch(() => undefined)
    sealed.push({ number, bytes, buffer, hash })
  }
  sealed.close()
}

/**
 * Writes down what the parts are, then asks where they go. Of a resumed upload nothing goes on before every part that was known has come out the
 * same again: another document would be sealed twice under one key and nonce.
 */
const announce = async (sending: Sending): Promise<void> => {
  const { stop, parts, known, keep, buffers, poolSize, sealed, addressed } = sending
  let held: Omit<Addressed, "upload">[] = []
  for (;;) {
    const batch = await sealed.take(partUrlsAtOnce)
    if (batch.length === 0) break
    for (const part of batch) {
      const hash = await part.hash
      const before = parts[part.number - 1]
      if (before === undefined) parts.push({ sha256: hash, sent: false })
      else if (before.sha256 !== hash) throw new TransferFailure("source-changed")
      if (before?.sent === true) buffers.push(part.buffer)
      else held.push({ part, sha256: hash })
    }
    const verified = batch.at(-1)?.number ?? 0
    if (held.length === 0 || (verified < known && held.length < poolSize)) continue
    if (verified > known) await keep()
    const asked = held.map(({ part, sha256 }) => ({ number: part.number, sha256 }))
    const uploads = await persistently(() => addressesOf(sending, asked), stop)
    for (const [i, each] of held.entries()) {
      const upload = uploads[i]
      if (upload !== undefined) addressed.push({ ...each, upload })
    }
    held = []
  }
  addressed.close()
}

const put = async (sending: Sending, { part, sha256, ...item }: Addressed): Promise<void> => {
  const { destination, stop, count, parts, keep, came, buffers } = sending
  const { number, bytes, buffer } = part
  let { upload } = item
  await persistently(async () => {
    const attempt = () => putObject(destination.signer, upload, bytes, stop)
    const outcome = await attempt().catch(async (error: unknown) => {
      if (!(error instanceof Expired)) throw error
      const [fresh] = await addressesOf(sending, [{ number, sha256 }])
      if (fresh !== undefined) upload = fresh
      return attempt()
    })
    // A part has no condition to fail. What is there of one piece is ours, of an attempt whose answer was lost: the commit tells.
    if (outcome === "taken" && count > 1) throw new Problem("record-not-uploaded")
  }, stop)
  parts[number - 1] = { sha256, sent: true }
  came(bytes.length)
  await keep()
  buffers.push(buffer)
}

const putAll = async (sending: Sending): Promise<void> => {
  for (;;) {
    const [item] = await sending.addressed.take()
    if (item === undefined) return
    sending.stop.throwIfAborted()
    await put(sending, item)
  }
}

/** Runs all loops to their end, or until one fails. */
const runLoops = async (sending: Sending, failure: AbortController): Promise<void> => {
  const loops = [sealAll, announce, ...Array.from({ length: partsInFlight }, () => putAll)]
  try {
    await unlessStopped(
      Promise.all(
        loops.map((loop) =>
          loop(sending).catch((error: unknown) => {
            failure.abort(error)
            throw error
          }),
        ),
      ),
      sending.stop,
    )
  } finally {
    failure.abort()
    sending.reader.cancel()
  }
}

/**
 * Seals a document part by part and sends it, with nothing of it in memory but the parts under way. When it returns, every byte is in the
 * object store, and the descriptor is ready to be committed.
 */
export const send = async (
  sealing: Sealing,
  content: Content,
  destination: Destination,
  { resume, onState, ...transfer }: UploadOptions,
): Promise<Descriptor> => {
  const { described, cipher, size, plainSize } = sealing
  const count = partCount(size)
  const parts = (resume?.parts ?? []).map(({ sha256, sent }) => ({ sha256, sent }))
  const descriptor = async (): Promise<Descriptor> => ({
    ...described,
    size,
    sha256: await recordHash(parts.map((part) => part.sha256)),
  })
  if (parts.length === count && parts.every(({ sent }) => sent)) return descriptor()

  const failure = new AbortController()
  const stop = AbortSignal.any([failure.signal, ...(transfer.signal === undefined ? [] : [transfer.signal])])
  let startedAt = resume?.startedAt
  const current = (): UploadState => ({
    ...described,
    header: toBase64url(cipher.header),
    plainSize,
    ...(startedAt === undefined ? {} : { startedAt }),
    parts: structuredClone(parts),
  })
  const keep = keeper(onState, current, stop)
  if (count > 1) {
    // Before anything is begun, so that there is a state to end it by.
    await unlessStopped(keep(), stop)
    const begun = await unlessStopped(
      persistently(() => destination.begin(size), stop),
      stop,
    )
    if (begun.startedAt !== startedAt) for (const part of parts) part.sent = false
    startedAt = begun.startedAt
  }

  const lengthOf = (number: number) => Math.min(partBytes, size - (number - 1) * partBytes)
  const already = parts.reduce((bytes, { sent }, i) => bytes + (sent ? lengthOf(i + 1) : 0), 0)
  const poolSize = Math.min(count, partsInFlight + partsAhead)
  const sending: Sending = {
    sealing,
    destination,
    stop,
    count,
    parts,
    keep,
    poolSize,
    reader: readerOf(content),
    known: parts.length,
    came: meter("upload", { total: size, already }, transfer),
    buffers: new Queue<Bytes>(),
    sealed: new Queue<SealedPart>(),
    addressed: new Queue<Addressed>(),
  }
  for (let i = 0; i < poolSize; i++) sending.buffers.push(new Uint8Array(Math.min(partBytes, size)))
  await runLoops(sending, failure)
  return descriptor()
}

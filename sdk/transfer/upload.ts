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
  /** Begins, or goes on with, an upload in parts. `taken`: the place is another's. */
  begin(size: number): Promise<{ startedAt: string } | "taken">
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

/**
 * Seals a document part by part and sends it, with nothing of it in memory but the parts under way. When it returns, every byte is in the
 * object store, and the descriptor is ready to be committed. `taken`: another upload has the place; nothing was sent.
 */
export const send = async (
  sealing: Sealing,
  content: Content,
  destination: Destination,
  { resume, onState, ...transfer }: UploadOptions,
): Promise<Descriptor | "taken"> => {
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
  const keep = keeper(
    onState,
    () => ({
      ...described,
      header: toBase64url(cipher.header),
      plainSize,
      ...(startedAt === undefined ? {} : { startedAt }),
      parts: structuredClone(parts),
    }),
    stop,
  )
  if (count > 1) {
    // Before anything is begun, so that there is a state to end it by.
    await unlessStopped(keep(), stop)
    const begun = await unlessStopped(
      persistently(() => destination.begin(size), stop),
      stop,
    )
    if (begun === "taken") return "taken"
    if (begun.startedAt !== startedAt) for (const part of parts) part.sent = false
    startedAt = begun.startedAt
  }

  const known = parts.length
  const lengthOf = (number: number) => Math.min(partBytes, size - (number - 1) * partBytes)
  const isSent = (number: number) => parts[number - 1]?.sent === true
  const already = parts.reduce((bytes, { sent }, i) => bytes + (sent ? lengthOf(i + 1) : 0), 0)
  const came = meter("upload", { total: size, already }, transfer)

  const addresses = async (of: readonly { number: number; sha256: string }[]): Promise<Upload[]> => {
    const [only] = of
    if (count === 1 && only !== undefined) return [await destination.whole({ size, sha256: only.sha256 })]
    const uploads = await destination.parts([...of])
    if (uploads.length !== of.length) throw new IntegrityFailure("reply-invalid")
    return uploads
  }

  const buffers = new Queue<Bytes>()
  const poolSize = Math.min(count, partsInFlight + partsAhead)
  for (let i = 0; i < poolSize; i++) buffers.push(new Uint8Array(Math.min(partBytes, size)))
  const sealed = new Queue<SealedPart>()
  const addressed = new Queue<{ part: SealedPart; sha256: string; upload: Upload }>()
  const reader = readerOf(content)

  const sealAll = async (): Promise<void> => {
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
  const announce = async (): Promise<void> => {
    let held: { part: SealedPart; sha256: string }[] = []
    for (;;) {
      const batch = await sealed.take(partUrlsAtOnce)
      if (batch.length === 0) break
      for (const part of batch) {
        const hash = await part.hash
        const { number } = part
        const before = parts[number - 1]
        if (before === undefined) parts.push({ sha256: hash, sent: false })
        else if (before.sha256 !== hash) throw new TransferFailure("source-changed")
        if (isSent(number)) buffers.push(part.buffer)
        else held.push({ part, sha256: hash })
      }
      const verified = batch.at(-1)?.number ?? 0
      if (held.length === 0 || (verified < known && held.length < poolSize)) continue
      if (verified > known) await keep()
      const uploads = await persistently(
        () => addresses(held.map(({ part, sha256 }) => ({ number: part.number, sha256 }))),
        stop,
      )
      for (const [i, each] of held.entries()) {
        const upload = uploads[i]
        if (upload !== undefined) addressed.push({ ...each, upload })
      }
      held = []
    }
    addressed.close()
  }

  let taken = false
  const put = async (item: { part: SealedPart; sha256: string; upload: Upload }): Promise<void> => {
    const { number, bytes, buffer } = item.part
    let { upload } = item
    let tried = number <= known
    await persistently(async () => {
      const attempt = () => putObject(destination.signer, upload, bytes, stop)
      const again = tried
      tried = true
      const outcome = await attempt().catch(async (error: unknown) => {
        if (!(error instanceof Expired)) throw error
        const [fresh] = await addresses([{ number, sha256: item.sha256 }])
        if (fresh !== undefined) upload = fresh
        return attempt()
      })
      if (outcome !== "taken") return
      // A part has no condition to fail.
      if (count > 1) throw new Problem("record-not-uploaded")
      // What is there may be ours, of an attempt whose answer was lost: the commit tells.
      if (!again) taken = true
    }, stop)
    if (taken) return
    parts[number - 1] = { sha256: item.sha256, sent: true }
    came(bytes.length)
    await keep()
    buffers.push(buffer)
  }
  const worker = async (): Promise<void> => {
    for (;;) {
      const [item] = await addressed.take()
      if (item === undefined) return
      stop.throwIfAborted()
      await put(item)
    }
  }

  const loops = [sealAll, announce, ...Array.from({ length: partsInFlight }, () => worker)]
  try {
    await unlessStopped(
      Promise.all(
        loops.map((loop) =>
          loop().catch((error: unknown) => {
            failure.abort(error)
            throw error
          }),
        ),
      ),
      stop,
    )
  } finally {
    failure.abort()
    reader.cancel()
  }
  return taken ? "taken" : descriptor()
}

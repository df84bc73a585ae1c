/** Documents on their way to the cloud: sealed on the device first, sent when there is a network and a session, resumed where they were. */
import { signal } from "@preact/signals"
import * as z from "zod/mini"
import { toBase64url } from "../../protocol/crypto/bytes.ts"
import { randomBytes } from "../../protocol/crypto/primitives.ts"
import { category } from "../../protocol/primitives.ts"
import { descriptor as descriptorSchema } from "../../protocol/record.ts"
import { describeKept, keep, openKept } from "../../sdk/patient/kept.ts"
import { abortUpload, uploadRecord } from "../../sdk/patient/records.ts"
import type { UploadState } from "../../sdk/sealed-record.ts"
import type { Progress } from "../../sdk/transfer/progress.ts"
import { troubleOf } from "../shared/problem.ts"
import { readWaiting, removeWaiting, type Waiting, writeWaiting } from "./device.ts"
import { fetchInAdvance, keepDocument, ownSession, refresh } from "./record-store.ts"
import { inCloud, session } from "./state.ts"

const aboutSchema = z.object({
  category,
  title: z.string(),
  contentType: z.string(),
  replaces: z.optional(descriptorSchema),
})
export type About = z.infer<typeof aboutSchema>

/** `waiting`: for a network or a session. `needs-file`: a large document of an earlier visit, whose file has to be chosen again. */
export interface Outgoing extends About {
  readonly id: string
  readonly size: number
  readonly phase: "waiting" | "sending" | "failed" | "needs-file"
  readonly progress?: Progress | undefined
  readonly error?: unknown
}

export const outgoing = signal<readonly Outgoing[]>([])

/** Larger documents are not copied on the device before they are sent: their file is read as it goes. */
const mostKept = 64 * 1024 * 1024

const files = new Map<string, Blob>()
const stops = new Map<string, AbortController>()

const nameOf = (id: string) => `waiting/${id}`

const change = (id: string, to: Partial<Outgoing>) => {
  outgoing.value = outgoing.value.map((each) => (each.id === id ? { ...each, ...to } : each))
}

/** What was waiting when the app was last closed. */
export const openOutbox = async (): Promise<void> => {
  const kept = await readWaiting()
  if (kept.length === 0) return
  const by = await ownSession()
  const known = new Set(outgoing.value.map(({ id }) => id))
  const read = await Promise.all(
    kept
      .filter(({ id }) => !known.has(id))
      .map(async (waiting): Promise<Outgoing> => {
        const about = z.parse(aboutSchema, await describeKept(by, nameOf(waiting.id), waiting))
        const phase = waiting.size > mostKept ? "needs-file" : "waiting"
        return { ...about, id: waiting.id, size: waiting.size, phase }
      }),
  )
  outgoing.value = [...outgoing.value, ...read]
}

/** Takes a document in, and returns what the outbox calls it. Nothing of it is lost any more then, unless it is too large to be kept: its file must stay. */
export const addDocument = async (about: About, file: Blob): Promise<string> => {
  const id = toBase64url(randomBytes(16))
  const small = file.size <= mostKept
  const bytes = small ? new Uint8Array(await file.arrayBuffer()) : new Uint8Array()
  const kept = await keep(await ownSession(), nameOf(id), about, bytes)
  await writeWaiting({ ...kept, id, size: file.size, addedAt: new Date().toISOString() })
  if (!small) files.set(id, file)
  outgoing.value = [...outgoing.value, { ...about, id, size: file.size, phase: "waiting" }]
  void sendAll()
  return id
}

/** The file of a large document, chosen again; another one is refused before anything is sent. */
export const chooseFile = (id: string, file: Blob): void => {
  files.set(id, file)
  change(id, { phase: "waiting", error: undefined })
  void sendAll()
}

export const retry = (id: string): void => {
  change(id, { phase: "waiting", error: undefined })
  void sendAll()
}

/** Gives a document up; what was sent of it goes. */
export const giveUp = async (id: string): Promise<void> => {
  stops.get(id)?.abort()
  const waiting = (await readWaiting()).find((each) => each.id === id)
  outgoing.value = outgoing.value.filter((each) => each.id !== id)
  files.delete(id)
  await removeWaiting(id)
  const state = waiting?.state
  // The cloud itself clears after a day what could not be cleared now.
  if (state !== undefined && session.value !== undefined)
    await inCloud((by) => abortUpload(by, state)).catch(() => undefined)
}

/** Stops what is being sent, and lets go of the files. */
export const forgetOutbox = (): void => {
  for (const stop of stops.values()) stop.abort()
  files.clear()
  outgoing.value = []
}

const contentOf = async (waiting: Waiting): Promise<Blob | Uint8Array<ArrayBuffer> | undefined> =>
  waiting.size > mostKept ? files.get(waiting.id) : openKept(await ownSession(), nameOf(waiting.id), waiting)

const send = async (id: string): Promise<void> => {
  const entry = outgoing.value.find((each) => each.id === id)
  let waiting = (await readWaiting()).find((each) => each.id === id)
  if (entry === undefined || waiting === undefined) return
  const content = await contentOf(waiting)
  if (content === undefined) {
    change(id, { phase: "needs-file" })
    return
  }
  const stop = new AbortController()
  stops.set(id, stop)
  change(id, { phase: "sending", error: undefined, progress: undefined })
  const { category, title, contentType, replaces } = entry
  const upload = (resume: UploadState | undefined) =>
    inCloud((by) =>
      uploadRecord(
        by,
        { category, title, contentType, content },
        {
          replaces,
          ...(resume === undefined ? {} : { resume }),
          signal: stop.signal,
          onProgress: (progress) => change(id, { progress }),
          onState: async (state) => {
            if (waiting === undefined) return
            waiting = { ...waiting, state }
            await writeWaiting(waiting)
          },
        },
      ),
    )
  try {
    const arrived = await upload(waiting.state).catch(async (error: unknown) => {
      const { code } = troubleOf(error)
      const { state } = waiting ?? {}
      if (code !== "record-not-uploaded" || state === undefined) throw error
      await inCloud((by) => abortUpload(by, state))
      return upload(state)
    })
    // What is here already need not be fetched.
    if (content instanceof Uint8Array) await keepDocument(arrived, content)
    await removeWaiting(id)
    files.delete(id)
    outgoing.value = outgoing.value.filter((each) => each.id !== id)
  } catch (error) {
    if (stop.signal.aborted) return
    const { kind, code } = troubleOf(error)
    const later = kind === "offline" || code === "unauthenticated" || code === "busy"
    change(id, later ? { phase: "waiting", progress: undefined } : { phase: "failed", error, progress: undefined })
    if (later) throw error
  } finally {
    stops.delete(id)
  }
}

let sending: Promise<void> | undefined

const sendEach = async (): Promise<void> => {
  let sent = false
  while (session.value !== undefined) {
    const next = outgoing.value.find(({ phase }) => phase === "waiting")
    if (next !== undefined) {
      await send(next.id)
      sent = true
    } else if (sent) {
      // What is asked for meanwhile is sent after it.
      sent = false
      await refresh()
      void fetchInAdvance()
    } else return
  }
}

/** Sends whatever waits, one after the other; ends at the first that finds no network. Asked for again while it runs, it goes on. */
export const sendAll = (): Promise<void> =>
  (sending ??= sendEach()
    .catch(() => undefined)
    .finally(() => {
      sending = undefined
    }))

/** The client of the measurements, in a process of its own, so that its memory and CPU are its own. */
import { setInterval } from "node:timers"
import * as z from "zod/mini"
import { type Login, openAccountWithConsents } from "../local/local-cloud.ts"
import type { Descriptor } from "../protocol/record.ts"
import { openCloud } from "../sdk/cloud.ts"
import { deleteRecord } from "../sdk/patient/records.ts"
import { recover } from "../sdk/patient/recovery.ts"
import type { PatientSession } from "../sdk/patient/session.ts"
import { bareGet, barePut } from "./bare.ts"
import { answerParent } from "./child.ts"
import { question } from "./client-questions.ts"
import { type Seen, watchRequests } from "./requests.ts"
import { downloadAll, uploadFile } from "./sdk-transfer.ts"
import { cpuOfSteps } from "./steps.ts"

const startRss = process.memoryUsage.rss()
const requests = watchRequests()

interface User {
  readonly session: PatientSession
  readonly login: Login
  readonly recoveryPhrase: string
  newest?: Descriptor
}
const users: User[] = []
const first = (count: number): User[] => {
  if (users.length < count) throw new Error("there are not so many users")
  return users.slice(0, count)
}

const forget = async (user: User): Promise<void> => {
  if (user.newest !== undefined) await deleteRecord(user.session, user.newest.recordId)
  delete user.newest
}

/** Bytes of memory above what this process began with, at most, while `run` runs; and its time and CPU. */
const measured = async (run: () => Promise<unknown>) => {
  let peak = process.memoryUsage.rss()
  const sampling = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss())
  }, 10)
  const [cpu, from] = [process.cpuUsage(), performance.now()]
  try {
    await run()
  } finally {
    clearInterval(sampling)
  }
  const { user, system } = process.cpuUsage(cpu)
  return {
    from,
    seconds: (performance.now() - from) / 1000,
    cpuSeconds: (user + system) / 1e6,
    peakBytes: Math.max(peak, process.memoryUsage.rss()) - startRss,
  }
}

/**
 * Seconds in which bytes went: from when the cloud had agreed to the upload, or signed the first address, to the end of the last object's
 * request; the SDK's other calls of the API come before and after.
 */
const transferOf = (seen: readonly Seen[], ended: number): number => {
  const objects = seen.filter(({ route }) => route === "object")
  const firstByte = Math.min(...objects.map(({ from }) => from))
  const before = seen.filter(({ route, to }) => route !== "object" && !route.endsWith("part-urls") && to <= firstByte)
  const from = Math.max(...before.map(({ to }) => to))
  const puts = objects.filter(({ method }) => method === "PUT")
  return ((puts.length > 0 ? Math.max(...puts.map(({ to }) => to)) : ended) - from) / 1000
}

const answer = async (asked: z.output<typeof question>) => {
  requests.take()
  switch (asked.do) {
    case "open": {
      const { cloud, engine, patientPoolId, count } = asked
      for (let i = users.length; i < count; i++) {
        const login = { email: `bench-${process.pid}-${i}@example.org`, password: "Correct-Horse-7-Battery" }
        const ehrCloud = { name: "bench", address: cloud, outputs: { PatientPoolId: patientPoolId } }
        const started = { name: engine.name, version: "", endpoint: engine.endpoint, stop: async () => {} }
        const { session, account } = await openAccountWithConsents(started, ehrCloud, login)
        users.push({ session, login, recoveryPhrase: account.recoveryPhrase })
      }
      return {}
    }
    case "put":
      return measured(() => Promise.all(asked.urls.map((url) => barePut(url, asked.file, asked.bytes))))
    case "get":
      return measured(() => Promise.all(asked.urls.map((url) => bareGet(url, asked.bytes))))
    case "upload": {
      const figures = await measured(() =>
        Promise.all(
          first(asked.users).map(async (user) => {
            user.newest = await uploadFile(user.session, asked.file, asked.bytes)
          }),
        ),
      )
      return { ...figures, transferSeconds: transferOf(requests.take(), performance.now()) }
    }
    case "download": {
      const figures = await measured(() =>
        Promise.all(
          first(asked.users).map(async ({ session, newest }) => {
            if (newest === undefined) throw new Error("nothing was uploaded")
            if ((await downloadAll(session, newest)) !== asked.bytes) throw new Error("it was not all of it")
          }),
        ),
      )
      return { ...figures, transferSeconds: transferOf(requests.take(), performance.now()) }
    }
    case "forget":
      for (const user of users) await forget(user)
      return {}
    case "steps":
      return cpuOfSteps(asked)
    case "hand-over": {
      const [user] = first(1)
      if (user?.newest === undefined) throw new Error("there is nothing to hand over")
      const { login, recoveryPhrase, newest } = user
      return { login, recoveryPhrase, newest }
    }
    case "take-over": {
      const { login, recoveryPhrase, newest } = asked.patient
      const recovered = await recover(await openCloud(asked.cloud), login, recoveryPhrase)
      if (recovered.outcome !== "ok") throw new Error(recovered.outcome)
      users.push({ session: recovered.session, login, recoveryPhrase, newest })
      return {}
    }
    default:
      return asked satisfies never
  }
}

answerParent((asked) => answer(z.parse(question, asked)))

import { execFile } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { lookAt, type SeenState } from "../../bin/audit-watch/look.ts"
import { Problem } from "../../contract/errors.ts"
import { publicCheckpoint, signCheckpoint } from "../../functions/domain/audit-checkpoint.ts"
import type { Cloud } from "../../sdk/cloud.ts"
import { exportAuditTrail } from "../../sdk/patient/audit-export.ts"
import { type MemoryCloud, memoryCloud, noon } from "../fakes/cloud.ts"
import { newProvider } from "../kit/provider.ts"
import { coveredTrail, minutes, signedIn } from "../sdk/patient/trails.ts"

const sign = (cloud: MemoryCloud, minute: number) =>
  signCheckpoint(cloud, { now: minutes(minute) }, { mayContinue: () => true })

/** A cloud with as many checkpoints, one a minute. */
const cloudWith = async (count: number): Promise<MemoryCloud> => {
  const cloud = await memoryCloud()
  for (let minute = 1; minute <= count; minute++) await sign(cloud, minute)
  return cloud
}

/** As a watcher sees it; `asked`: the numbers of the checkpoints it asked for. */
const from = (cloud: MemoryCloud, asked: (string | undefined)[] = []): Cloud => {
  const call = async (name: string, request: { number?: string }): Promise<unknown> => {
    if (name !== "system/get-checkpoint") throw new Error(`there is no route ${name} here`)
    asked.push(request.number)
    return publicCheckpoint(cloud, request)
  }
  const { cloudId } = cloud.cloud
  const api = { address: "", call: call as Cloud["api"]["call"] }
  return { api, cloudId, name: "", provider: cloud.providerKeys }
}

const seenOf = async (cloud: MemoryCloud): Promise<SeenState> => {
  const look = await lookAt(from(cloud), [])
  if (look.outcome !== "unbroken") throw new Error(`it was ${look.outcome}`)
  return look.state
}

/** The same provider's checkpoints from `number` on, signed anew over another history. */
const forkFrom = async (cloud: MemoryCloud, number: number, until: number): Promise<void> => {
  for (const each of cloud.kept.signed.keys()) if (each >= number) cloud.kept.signed.delete(each)
  for (let minute = number; minute <= until; minute++) await sign(cloud, minute + 0.5)
}

describe("one look at a cloud's checkpoints", () => {
  test("finds the first in the past of the newest, by few questions", async () => {
    const asked: (string | undefined)[] = []
    const look = await lookAt(from(await cloudWith(40), asked), [])
    expect(look).toMatchObject({ outcome: "unbroken", newest: { number: 40 } })
    expect(asked.length).toBeLessThan(10)
  })

  test("finds what was seen in the past of the newest, whatever lies between", async () => {
    const cloud = await cloudWith(5)
    const seen = await seenOf(cloud)
    expect(await lookAt(from(cloud), [seen])).toMatchObject({ outcome: "unbroken", newest: { number: 5 } })
    for (let minute = 6; minute <= 21; minute++) await sign(cloud, minute)
    expect(await lookAt(from(cloud), [seen])).toMatchObject({ outcome: "unbroken", newest: { number: 21 } })
  })

  test("finds none yet in a cloud's first minute", async () => {
    expect(await lookAt(from(await memoryCloud()), [])).toEqual({ outcome: "none-yet" })
  })

  test.each([
    ["the newest alone", 5, 5, /two checkpoints 5/],
    ["one that was seen, followed by others", 5, 9, /does not lead back/],
    ["one before what was seen", 3, 9, /does not lead back/],
  ])("finds a fork that begins with %s, and keeps what was signed", async (_, number, until, because) => {
    const cloud = await cloudWith(5)
    const seen = await seenOf(cloud)
    await forkFrom(cloud, number, until)
    const look = await lookAt(from(cloud), [seen])
    expect(look).toMatchObject({ outcome: "fork", because: expect.stringMatching(because) })
    expect("evidence" in look && look.evidence).toContain(seen.checkpoint)
    expect("evidence" in look && look.evidence).toContain(cloud.kept.signed.get(until))
  })

  test("finds a fork between what two watchers have seen", async () => {
    const cloud = await cloudWith(5)
    const others = await seenOf(cloud)
    await forkFrom(cloud, 4, 8)
    const own = await seenOf(cloud)
    expect(await lookAt(from(cloud), [own])).toMatchObject({ outcome: "unbroken" })
    expect(await lookAt(from(cloud), [own, others])).toMatchObject({ outcome: "fork" })
  })

  test("finds that the newest is older than one that was seen", async () => {
    const cloud = await cloudWith(5)
    const seen = await seenOf(cloud)
    cloud.kept.signed.delete(5)
    expect(await lookAt(from(cloud), [seen])).toMatchObject({
      outcome: "fork",
      because: "the newest checkpoint is 4, after 5 was seen",
    })
  })

  test("finds a gap where the cloud can't show a checkpoint on the way, shows another in its place, or shows none any more", async () => {
    const cloud = await cloudWith(12)
    const { api, ...introduced } = from(cloud)
    const lying = (answer: (number: string | undefined) => Promise<{ checkpoint?: string }>): Cloud => ({
      ...introduced,
      api: { ...api, call: ((_: string, { number }: { number?: string }) => answer(number)) as Cloud["api"]["call"] },
    })
    const honest = (number: string | undefined) => publicCheckpoint(cloud, number === undefined ? {} : { number })
    const withheld = lying(async (number) => {
      if (number === "8") throw new Problem("not-found")
      return honest(number)
    })
    const because = (text: string) => ({ outcome: "gap", because: expect.stringContaining(text) })
    expect(await lookAt(withheld, [])).toMatchObject(because("no checkpoint 8"))
    const exchanged = lying((number) => honest(number === "8" ? "7" : number))
    expect(await lookAt(exchanged, [])).toMatchObject(because("in the place of checkpoint 8"))
    const emptied = lying(async () => ({}))
    expect(await lookAt(emptied, [await seenOf(cloud)])).toMatchObject(because("any more, after 12"))
  })

  test("refuses what another key has signed, and another provider's cloud", async () => {
    const cloud = await cloudWith(3)
    const seen = await seenOf(cloud)
    const provider = (await newProvider()).keys
    const honest = from(cloud)
    await expect(lookAt({ ...honest, provider }, [])).rejects.toMatchObject({ code: "checkpoint-invalid" })
    await expect(lookAt({ ...honest, provider }, [seen])).rejects.toMatchObject({ code: "provider-changed" })
  })
})

describe("a checkpoint by its number", () => {
  test("is given to anybody, and refused where there is none of it", async () => {
    const cloud = await cloudWith(2)
    expect(await publicCheckpoint(cloud, { number: "1" })).toEqual({ checkpoint: cloud.kept.signed.get(1) })
    expect(await publicCheckpoint(cloud, {})).toEqual({ checkpoint: cloud.kept.signed.get(2) })
    for (const number of ["0", "3"])
      await expect(publicCheckpoint(cloud, { number })).rejects.toMatchObject({ code: "not-found" })
    expect(await publicCheckpoint(await memoryCloud(), {})).toEqual({})
  })
})

describe("npm run audit:watch", () => {
  let directory = ""
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "watch-"))
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  /** Both routes that a watcher needs, over HTTP. */
  const serve = async (cloud: MemoryCloud) => {
    const server = createServer((request, response) => {
      const answer = async (): Promise<unknown> => {
        const { pathname, searchParams } = new URL(request.url ?? "", "http://localhost")
        if (pathname === "/.well-known/ehr-cloud")
          return { cloudId: cloud.cloud.cloudId, name: "Cloud", providerKeys: cloud.providerKeys.list }
        const number = searchParams.get("number")
        return publicCheckpoint(cloud, number === null ? {} : { number })
      }
      void answer().then(
        (body) => response.setHeader("content-type", "application/json").end(JSON.stringify(body)),
        () => {
          response.statusCode = 404
          response.end("{}")
        },
      )
    })
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening))
    const { port } = server.address() as AddressInfo
    return { url: `http://127.0.0.1:${port}`, stop: () => server.close() }
  }
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, ["bin/audit-watch.ts", ...args]).then(
      ({ stdout }) => ({ code: 0, stdout }),
      ({ code, stdout }: { code: number; stdout: string }) => ({ code, stdout }),
    )
  const says = (code: number, text: RegExp) => ({ code, stdout: expect.stringMatching(text) })

  test("keeps what it saw, and exits with 0, then with 1 after a fork, whose signatures it keeps", async () => {
    const cloud = await cloudWith(5)
    const { url, stop } = await serve(cloud)
    const state = join(directory, "seen.json")
    // The clock of this cloud stands still in the past.
    const once = [url, "--state", state, "--once", "--late", "999999"]
    try {
      expect(await run(...once, `--cloud=${cloud.cloud.cloudId}`)).toMatchObject(
        says(0, /checkpoint 5, .*the first of all/),
      )
      await sign(cloud, 6)
      expect(await run(...once)).toMatchObject(says(0, /checkpoint 6, .*what was seen before/))
      const kept = readFileSync(state, "utf8")
      await forkFrom(cloud, 4, 7)
      expect(await run(...once)).toMatchObject(says(1, /FORK: checkpoint 7 does not lead back/))
      expect(readFileSync(state, "utf8")).toBe(kept)
      const [evidence = ""] = readdirSync(directory).filter((name) => name.includes("fork"))
      expect(readFileSync(join(directory, evidence), "utf8")).toContain(cloud.kept.signed.get(7))
      expect(await run(...once, `--cloud=${(await newProvider()).cloudId}`)).toMatchObject(says(1, /provider-changed/))
    } finally {
      stop()
    }
  })

  test("holds a cloud against an exported trail", async () => {
    const { cloud, patientId } = await coveredTrail(2)
    const file = join(directory, "export.json")
    writeFileSync(file, JSON.stringify(await exportAuditTrail(await signedIn(cloud, patientId))))
    const { url, stop } = await serve(cloud)
    const against = [url, "--once", "--late", "999999", "--against", file]
    try {
      const first = join(directory, "first.json")
      expect(await run(...against, "--state", first)).toMatchObject(says(0, /what was seen before/))
      await forkFrom(cloud, 1, 2)
      const fork = await run(...against, "--state", join(directory, "second.json"))
      expect(fork).toMatchObject(says(1, /FORK/))
      expect(existsSync(join(directory, "second.json"))).toBe(false)
    } finally {
      stop()
    }
  })

  test("exits with 3 where no checkpoint has come for too long, and with 2 where nothing could be checked", async () => {
    const cloud = await cloudWith(1)
    const { url, stop } = await serve(cloud)
    const state = join(directory, "seen.json")
    try {
      expect(noon.getTime()).toBeLessThan(Date.now() - 3600_000)
      expect(await run(url, "--state", state, "--once")).toMatchObject(says(3, /GAP: checkpoint 1 is of/))
      cloud.kept.signed.clear()
      const other = join(directory, "other.json")
      expect(await run(url, "--state", other, "--once")).toMatchObject(says(2, /no checkpoint yet/))
    } finally {
      stop()
    }
    expect(await run(url, "--state", state, "--once")).toMatchObject({ code: 2 })
    expect(await run()).toMatchObject({ code: 2 })
    expect(await run(url, "--late", "soon")).toMatchObject({ code: 2 })
    expect(await run(url, "--against", join(directory, "nowhere.json"))).toMatchObject({ code: 2 })
  })
})

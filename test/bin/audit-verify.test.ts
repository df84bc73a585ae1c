import { execFile } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, describe, expect, test } from "vitest"
import { thumbprint } from "../../protocol/keys.ts"
import { memoryProvider } from "../fakes/provider.ts"
import { exported } from "../sdk/patient/trails.ts"

describe("npm run audit:verify", () => {
  const directory = mkdtempSync(join(tmpdir(), "audit-"))
  afterAll(() => rmSync(directory, { recursive: true }))
  const file = (name: string, value: unknown) => {
    const path = join(directory, name)
    writeFileSync(path, typeof value === "string" ? value : JSON.stringify(value))
    return path
  }
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, ["bin/audit-verify.ts", ...args]).then(
      ({ stdout }) => ({ code: 0, stdout }),
      ({ code, stdout }: { code: number; stdout: string }) => ({ code, stdout }),
    )

  test("says that an export holds, and under whose key", async () => {
    const whole = await exported(1)
    const provider = await thumbprint(whole.providerKey)
    const [first] = whole.events
    const path = file("whole.json", whole)
    const plain = await run(path)
    expect(plain).toMatchObject({ code: 0, stdout: expect.stringMatching(/came with the file[^]*HOLDS/) })
    const told = await run(path, `--provider=${provider}`, "--event", `1:${first?.hash}`)
    expect(told).toMatchObject({ code: 0, stdout: expect.stringMatching(/1 later ones are not yet[^]*HOLDS\n$/) })
    expect(told.stdout).toContain(provider)
  })

  test("exits with 1 where it doesn't hold, is another's key's, or nothing checkpoints it", async () => {
    const whole = await exported()
    const other = await thumbprint(await (await memoryProvider()).publicKey())
    const says = /DOES NOT HOLD/
    const path = file("whole.json", whole)
    expect(await run(path, `--provider=${other}`)).toMatchObject({ code: 1, stdout: expect.stringMatching(says) })
    const cut = file("cut.json", { ...whole, events: whole.events.slice(0, -1) })
    expect(await run(cut)).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/DOES NOT HOLD \(audit-trail-cut\)/),
    })
    const { newest: _, ...open } = whole
    expect(await run(file("open.json", open))).toMatchObject({ code: 1, stdout: expect.stringMatching(/none/) })
  })

  test("exits with 2 where nothing could be checked", async () => {
    expect(await run()).toMatchObject({ code: 2 })
    expect(await run(join(directory, "nowhere.json"))).toMatchObject({ code: 2 })
    expect(await run(file("text.json", "no JSON"))).toMatchObject({ code: 2 })
    expect(await run(file("whole.json", await exported()), "--event", "nonsense")).toMatchObject({ code: 2 })
  })
})

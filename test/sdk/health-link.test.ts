import { describe, expect, test } from "vitest"
import { fromUtf8, toBase64url, utf8 } from "../../protocol/crypto/bytes.ts"
import { fetchHealthLink, type HealthLink, readHealthLink } from "../../sdk/health-link.ts"
import { linkKey, linkTo, sealedForLink } from "../kit/health-cards.ts"
import { type Asked, jsonReply, type Network, over, type Reply } from "../kit/network.ts"

const url = "https://links.example.org/m/1"
const now = new Date("2026-11-28T10:00:00Z")
const link = (over: object = {}): HealthLink => {
  const found = readHealthLink(linkTo(url, over))
  if (found === undefined) throw new Error("it is no link")
  return found
}
const textReply = (text: string, status = 200): Reply => ({ status, headers: {}, body: utf8(text) })

/** What the server of a link was asked, and what it answers. */
const server = (answer: (asked: Asked) => Reply | Promise<Reply>) => {
  const asked: Asked[] = []
  const network: Network = async (request) => {
    asked.push(request)
    return answer(request)
  }
  return { asked, network }
}

const fetched = async (network: Network, of: HealthLink, more: object = {}) =>
  over(network, () => fetchHealthLink(of, { recipient: "Patient", now, ...more }))

describe("a SMART Health Link", () => {
  test("is read alone, and behind a viewer's address", () => {
    const read = { url, key: linkKey, label: "Mia's vaccinations", needsPasscode: false, isDirect: false }
    expect(readHealthLink(linkTo(url))).toEqual(read)
    expect(readHealthLink(`https://viewer.example.org/view#${linkTo(url)}`)).toEqual(read)
    expect(readHealthLink(linkTo(url, { exp: 1_800_000_000, flag: "LP" }))).toEqual({
      ...read,
      expiresAt: 1_800_000_000,
      needsPasscode: true,
    })
    expect(readHealthLink(linkTo(url, { flag: "U" }))).toMatchObject({ isDirect: true })
  })

  test.each<readonly [string, string]>([
    ["nothing behind it", "shlink:/"],
    ["no JSON behind it", `shlink:/${toBase64url(utf8("no JSON at all"))}`],
    ["a key of another length", linkTo(url, { key: "AAAA" })],
    ["an address too long", linkTo(`https://links.example.org/${"x".repeat(200)}`)],
    ["a version that nobody knows", linkTo(url, { v: 2 })],
    ["a passcode for an address that takes none", linkTo(url, { flag: "PU" })],
    ["another scheme", linkTo(url).replace("shlink", "shlnk")],
  ])("is none with %s", (_what, text) => {
    expect(readHealthLink(text)).toBeUndefined()
  })

  test("gives its one file, opened on this device", async () => {
    const sealed = await sealedForLink('{"resourceType":"Patient"}')
    const { asked, network } = server(() => textReply(sealed))
    const [file] = await fetched(network, link({ flag: "U" }))
    expect(file?.contentType).toBe("application/fhir+json")
    expect(fromUtf8(file?.bytes ?? new Uint8Array())).toBe('{"resourceType":"Patient"}')
    expect(asked.map(({ method, url: where }) => `${method} ${where.href}`)).toEqual([`GET ${url}?recipient=Patient`])
  })

  test("gives the files of its manifest, those in it and those elsewhere", async () => {
    const sealed = await sealedForLink("one", "application/smart-health-card", { zip: "DEF" })
    const other = await sealedForLink("two")
    const { asked, network } = server(({ url: where }) =>
      where.pathname === "/m/1"
        ? jsonReply({
            files: [
              { contentType: "application/smart-health-card", embedded: sealed },
              { contentType: "application/fhir+json", location: "https://files.example.org/2" },
            ],
          })
        : textReply(other),
    )
    const files = await fetched(network, link({ flag: "P" }), { passcode: "1234" })
    expect(files.map(({ contentType, bytes }) => [contentType, fromUtf8(bytes)])).toEqual([
      ["application/smart-health-card", "one"],
      ["application/fhir+json", "two"],
    ])
    expect(asked.map(({ method }) => method)).toEqual(["POST", "GET"])
    expect(JSON.parse(fromUtf8(asked[0]?.body ?? new Uint8Array()))).toEqual({ recipient: "Patient", passcode: "1234" })
    // Whoever keeps the link never gets its key.
    for (const { url: where, body, headers } of asked)
      expect(JSON.stringify([where.href, fromUtf8(body), headers])).not.toContain(linkKey)
  })
})

describe("a hostile SMART Health Link", () => {
  const closed = [
    "http://links.example.org/1",
    "https://192.168.1.1/1",
    "https://127.0.0.1/1",
    "https://169.254.169.254/latest",
    "https://[fd00::1]/1",
    "https://printer.local/1",
    "https://user@links.example.org/1",
    "javascript:alert(1)",
  ]

  test("that leads into a network of one's own, or without https, asks nobody", async () => {
    for (const address of closed) {
      const { asked, network } = server(() => textReply(""))
      const of = readHealthLink(linkTo(address))
      if (of === undefined) throw new Error(address)
      await expect(fetched(network, of)).rejects.toMatchObject({ code: "address-refused" })
      expect(asked).toEqual([])
    }
  })

  test("whose manifest leads there asks nobody there", async () => {
    for (const location of closed) {
      const { asked, network } = server(() => jsonReply({ files: [{ contentType: "x/y", location }] }))
      await expect(fetched(network, link())).rejects.toMatchObject({ code: "address-refused" })
      expect(asked).toHaveLength(1)
    }
  })

  test("to a server that the app may not ask, asks nobody", async () => {
    const { asked, network } = server(() => textReply(""))
    await expect(fetched(network, link(), { mayAsk: () => false })).rejects.toMatchObject({ code: "address-refused" })
    expect(asked).toEqual([])
  })

  test("that has ended asks nobody", async () => {
    const { asked, network } = server(() => textReply(""))
    await expect(fetched(network, link({ exp: 1_600_000_000 }))).rejects.toMatchObject({ code: "expired" })
    expect(asked).toEqual([])
  })

  test.each<readonly [string, Reply, object]>([
    ["a wrong passcode", jsonReply({ remainingAttempts: 3 }, 401), { code: "wrong-passcode", left: 3 }],
    ["a wrong passcode, without a number", textReply("no", 401), { code: "wrong-passcode" }],
    ["nothing any more", textReply("", 404), { code: "gone" }],
    ["a refusal", textReply("", 403), { code: "refused" }],
    ["no manifest", textReply("<html>"), { code: "unreadable" }],
    ["a file without a place", jsonReply({ files: [{ contentType: "x/y" }] }), { code: "unreadable" }],
    [
      "a file that its key doesn't open",
      jsonReply({ files: [{ contentType: "x/y", embedded: "a.b.c.d.e" }] }),
      { code: "unreadable" },
    ],
    [
      "more files than anybody has",
      jsonReply({ files: Array.from({ length: 31 }, () => ({ contentType: "x/y" })) }),
      { code: "unreadable" },
    ],
    ["more than a device bears", textReply("x".repeat(20_000_001)), { code: "too-large" }],
  ])("that gives %s says so", async (_what, reply, failure) => {
    const { network } = server(() => reply)
    await expect(fetched(network, link())).rejects.toMatchObject(failure)
  })

  test("whose file unpacks to more than a device bears is not unpacked", async () => {
    const bomb = await sealedForLink("x".repeat(21_000_000), "text/plain", { zip: "DEF" })
    const { network } = server(() => textReply(bomb))
    await expect(fetched(network, link({ flag: "U" }))).rejects.toMatchObject({ code: "unreadable" })
  })
})

import { X509Certificate } from "node:crypto"
import { once } from "node:events"
import { createServer, type RequestListener, type Server } from "node:http"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test, vi } from "vitest"
import { certify } from "../../certify/certify.ts"
import { httpRevocation } from "../../certify/revocation.http.ts"
import { RevocationMemory } from "../../certify/revocation-memory.ts"
import { RevocationFault } from "../../certify/revocation-port.ts"
import { allowedProfessions, type CertifiedAs } from "../../local/authority/professions.ts"
import { type CertificateRequest, type Credential, createAuthority } from "../../local/authority.ts"
import { temporaryFolder } from "../kit/temporary-folder.ts"

let server: Server
let listener: RequestListener
let url: string
beforeAll(async () => {
  server = createServer((request, response) => listener(request, response))
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  url = typeof address === "object" && address !== null ? `http://127.0.0.1:${address.port}/ocsp` : ""
})
afterEach(() => server.closeAllConnections())
afterAll(() => server.close())

const type = { "content-type": "application/ocsp-response" }
const request = new Uint8Array([1, 2, 3])
const causeOf = async (answer: RequestListener, to = url): Promise<string> => {
  listener = answer
  return told(httpRevocation.ask(to, request))
}
const told = async (asking: Promise<unknown>): Promise<string> => {
  const error: unknown = await asking.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(RevocationFault)
  return error instanceof RevocationFault ? `${error.fault}: ${String(error.cause)}` : ""
}

test("an OCSP request is posted and its answer handed back", async () => {
  const seen: unknown[] = []
  listener = async (asked, response) => {
    const body = Buffer.concat(await asked.toArray())
    seen.push(asked.method, asked.url, asked.headers["content-type"], asked.headers.connection, [...body])
    response.writeHead(200, { "content-type": "Application/OCSP-Response; charset=binary" }).end(Buffer.from([9, 8, 7]))
  }
  expect([...(await httpRevocation.ask(url, request))]).toEqual([9, 8, 7])
  expect(seen).toEqual(["POST", "/ocsp", "application/ocsp-request", "close", [1, 2, 3]])
})

test("an OCSP answer of more than 64 KiB is refused, whatever length is announced", async () => {
  const sending =
    (length: number): RequestListener =>
    (_, response) =>
      response.writeHead(200, type).end(Buffer.alloc(length))
  listener = sending(65_536)
  expect(await httpRevocation.ask(url, request)).toHaveLength(65_536)
  expect(await causeOf(sending(65_537))).toContain("longer than 65536 bytes")
  let sent = 0
  const endless: RequestListener = (_, response) => {
    response.writeHead(200, type)
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536))) sent += 65_536
    }
    response.on("drain", more)
    more()
  }
  expect(await causeOf(endless)).toContain("longer than 65536 bytes")
  expect(sent).toBeLessThan(64 * 1024 * 1024)
})

test("an OCSP answer counts only with status 200 and its own media type", async () => {
  expect(await causeOf((_, response) => response.writeHead(500, type).end("x"))).toContain("status 500")
  expect(await causeOf((_, response) => response.writeHead(204, type).end())).toContain("status 204")
  expect(await causeOf((_, response) => response.writeHead(200, { "content-type": "text/html" }).end("x"))).toContain(
    "text/html",
  )
  expect(await causeOf((_, response) => response.writeHead(200).end("x"))).toContain("content type")
})

test("the revocation client follows no redirect", async () => {
  let asked = 0
  const redirecting: RequestListener = (_, response) => {
    asked++
    response.writeHead(307, { location: url }).end()
  }
  expect(await causeOf(redirecting)).toBe("refused: status 307, content type ")
  expect(asked).toBe(1)
})

test("a revocation list of up to 1 MiB is fetched, of whatever type, and no redirect is followed", async () => {
  const seen: unknown[] = []
  const sending =
    (length: number, status = 200): RequestListener =>
    (asked, response) => {
      seen.push(asked.method, asked.url)
      response.writeHead(status, { location: url }).end(Buffer.alloc(length))
    }
  listener = sending(1024 * 1024)
  expect(await httpRevocation.fetchCrl(url)).toHaveLength(1024 * 1024)
  expect(seen).toEqual(["GET", "/ocsp"])
  listener = sending(1024 * 1024 + 1)
  expect(await told(httpRevocation.fetchCrl(url))).toContain("too-large: the answer is longer than 1048576 bytes")
  for (const status of [301, 307, 404, 500]) {
    listener = sending(10, status)
    expect(await told(httpRevocation.fetchCrl(url))).toContain(`refused: status ${status}`)
  }
  expect(await told(httpRevocation.fetchCrl("file:///etc/passwd"))).toContain("unreachable: file: is not spoken here")
  expect(await told(httpRevocation.fetchCrl("http://127.0.0.1:1/"))).toContain("unreachable: ")
})

test("the revocation client speaks HTTP alone", async () => {
  for (const other of ["file:///etc/passwd", "data:application/ocsp-response,x", "ftp://127.0.0.1/"])
    expect(await causeOf(() => {}, other)).toContain("is not spoken here")
})

test("the revocation client gives up where nobody listens", async () => {
  expect(await causeOf(() => {}, "http://127.0.0.1:1/")).not.toBe("")
})

test.for<[string, RequestListener]>([
  ["to answer", () => {}],
  ["with its last byte", (_, response) => void response.writeHead(200, type).write("x")],
])("the revocation client gives up after three seconds where the responder is slow %s", async ([, slow]) => {
  const own = createServer(slow).listen(0, "127.0.0.1")
  await once(own, "listening")
  const address = own.address()
  const patience: number[] = []
  const timeout = AbortSignal.timeout.bind(AbortSignal)
  vi.spyOn(AbortSignal, "timeout").mockImplementation((ms) => {
    patience.push(ms)
    return timeout(100)
  })
  onTestFinished(() => void vi.restoreAllMocks())
  const port = typeof address === "object" && address !== null ? address.port : 0
  await expect(httpRevocation.ask(`http://127.0.0.1:${port}/`, request)).rejects.toMatchObject({
    fault: "timeout",
    cause: { name: "TimeoutError" },
  })
  expect(patience).toEqual([3000])
  own.closeAllConnections()
  own.close()
})

test("a professional is certified by the answer of a responder that runs openssl", async () => {
  const { folder, remove } = temporaryFolder()
  const authority = await createAuthority(join(folder, "authority"))
  const responder = await authority.startResponder()
  const policy = authority.trustPolicy({ ocspUrl: responder.url })
  const hour = 3600_000
  let issued = 0
  const issue = (profession: CertifiedAs, more: Partial<CertificateRequest> = {}) =>
    authority.issue({ commonName: `Professional ${++issued}`, registrationNumber: "1-2-3", profession, ...more })
  const certified = ({ chainPem }: Credential, alg = "ES256") =>
    certify({
      chain: (chainPem.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? []).map(
        (pem) => new X509Certificate(pem).raw,
      ),
      alg,
      policy,
      now: new Date(),
      nonce: crypto.getRandomValues(new Uint8Array(32)),
      revocation: httpRevocation,
      memory: new RevocationMemory(),
    })
  try {
    for (const profession of allowedProfessions)
      expect(await certified(await issue(profession))).toMatchObject({ outcome: "certified", profession })
    expect(await certified(await issue("nurse", { key: "P-384" }), "ES384")).toMatchObject({ outcome: "certified" })
    expect(await certified(await issue("nurse", { key: "RSA-2048" }), "PS256")).toMatchObject({ outcome: "certified" })

    const revoked = await issue("physician")
    expect(await certified(revoked)).toMatchObject({ outcome: "certified" })
    await authority.revoke(revoked)
    expect(await certified(revoked)).toEqual({ outcome: "certificate-revoked", because: ["revoked-ocsp"] })

    const past = { notBefore: new Date(Date.now() - 2 * hour), notAfter: new Date(Date.now() - hour) }
    const future = { notBefore: new Date(Date.now() + hour), notAfter: new Date(Date.now() + 2 * hour) }
    expect(await certified(await issue("physician", past))).toMatchObject({ outcome: "certificate-expired" })
    expect(await certified(await issue("physician", future))).toMatchObject({ outcome: "certificate-expired" })
    expect(await certified(await issue("physician", { policy: "1.2.3.4" }))).toMatchObject({
      outcome: "certificate-untrusted",
    })
    expect(await certified(await issue("physician", { keyUsage: ["keyAgreement"] }))).toMatchObject({
      outcome: "certificate-untrusted",
    })
    expect(await certified(await issue("insured"))).toMatchObject({ outcome: "profession-not-allowed" })

    const late = await issue("physician")
    await responder.stop()
    expect(await certified(late)).toEqual({ outcome: "revocation-unavailable", because: ["ocsp-unreachable"] })
  } finally {
    await responder.stop()
    remove()
  }
})

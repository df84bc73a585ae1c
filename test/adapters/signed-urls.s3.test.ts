import { createHash, createHmac } from "node:crypto"
import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { objectKey } from "../../contract/items.ts"
import { s3SignedUrls } from "../../functions/adapters/signed-urls.s3.ts"
import { toBase64url } from "../../protocol/crypto/bytes.ts"

const now = new Date("2026-03-01T12:00:00.000Z")
const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret/with+signs=" }
const signing = { region: "eu-central-1", credentials }
const names = { records: "the-records", pending: "the-pending" }
const urls = s3SignedUrls(signing, names)
const key = "AAAA-_zz/BBBB/1"
const object = { size: 1234, sha256: toBase64url(new Uint8Array(32).fill(0xfb)) }

const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest()
const encoded = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)

/** As Amazon S3's documentation says the receiver computes it, from the URL and the headers that are sent. */
const signatureOf = (
  method: string,
  url: URL,
  headers: Record<string, string>,
  secret = credentials.secretAccessKey,
) => {
  const query = [...url.searchParams].filter(([name]) => name !== "X-Amz-Signature")
  const signed = (url.searchParams.get("X-Amz-SignedHeaders") ?? "").split(";")
  const sent: Record<string, string> = { host: url.host, ...headers }
  const canonical = [
    method,
    url.pathname,
    query
      .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
      .sort()
      .join("&"),
    ...signed.map((name) => `${name}:${sent[name] ?? "missing"}`),
    "",
    signed.join(";"),
    "UNSIGNED-PAYLOAD",
  ].join("\n")
  const scope = "20260301/eu-central-1/s3/aws4_request"
  const digest = createHash("sha256").update(canonical).digest("hex")
  const text = ["AWS4-HMAC-SHA256", "20260301T120000Z", scope, digest].join("\n")
  const dated = hmac(hmac(hmac(hmac(`AWS4${secret}`, "20260301"), "eu-central-1"), "s3"), "aws4_request")
  return hmac(dated, text).toString("hex")
}
const query = (url: string) => Object.fromEntries(new URL(url).searchParams)

describe("a download", () => {
  test("is signed for two minutes from the moment of the request, for its bucket's host on AWS", async () => {
    const url = await urls.downloadUrl("records", key, now)
    expect(url).toMatch(/^https:\/\/the-records\.s3\.eu-central-1\.amazonaws\.com\/AAAA-_zz\/BBBB\/1\?/)
    expect(query(url)).toMatchObject({
      "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
      "X-Amz-Credential": "AKIDEXAMPLE/20260301/eu-central-1/s3/aws4_request",
      "X-Amz-Date": "20260301T120000Z",
      "X-Amz-Expires": "120",
      "X-Amz-SignedHeaders": "host",
      "X-Amz-Signature": signatureOf("GET", new URL(url), {}),
    })
    expect(url).not.toContain("secret")
  })

  test("on a local cloud has the bucket in its path", async () => {
    const local = s3SignedUrls({ ...signing, endpoint: "http://127.0.0.1:4566" }, names)
    const url = await local.downloadUrl("pending", key, now)
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:4566\/the-pending\/AAAA-_zz\/BBBB\/1\?/)
    expect(query(url)["X-Amz-Signature"]).toBe(signatureOf("GET", new URL(url), {}))
  })

  test("carries the session token of a role, signed", async () => {
    const sessionToken = "token/with+odd=signs&more #?"
    const url = await s3SignedUrls({ ...signing, credentials: { ...credentials, sessionToken } }, names).downloadUrl(
      "records",
      key,
      now,
    )
    expect(query(url)).toMatchObject({
      "X-Amz-Security-Token": sessionToken,
      "X-Amz-Signature": signatureOf("GET", new URL(url), {}),
    })
  })

  test("is of exactly the object named, whatever the identifiers", async () => {
    const id = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(toBase64url)
    await fc.assert(
      fc.asyncProperty(id, id, id, fc.nat(), async (patientId, recordId, objectId, version) => {
        const key = objectKey(patientId, { recordId, version, objectId })
        const url = new URL(await urls.downloadUrl("records", key, now))
        expect(url.pathname).toBe(`/${key}`)
        expect(url.searchParams.get("X-Amz-Signature")).toBe(signatureOf("GET", url, {}))
      }),
      { numRuns: 50 },
    )
  })

  test("signed for another object, bucket, moment or by another secret has another signature", async () => {
    const signatures = await Promise.all([
      urls.downloadUrl("records", key, now),
      urls.downloadUrl("pending", key, now),
      urls.downloadUrl("records", "AAAA-_zz/BBBB/2", now),
      urls.downloadUrl("records", key, new Date(now.getTime() + 1000)),
      s3SignedUrls({ ...signing, credentials: { ...credentials, secretAccessKey: "other" } }, names).downloadUrl(
        "records",
        key,
        now,
      ),
    ])
    expect(new Set(signatures.map((url) => query(url)["X-Amz-Signature"])).size).toBe(5)
  })
})

describe("an upload", () => {
  const checksum = Buffer.alloc(32, 0xfb).toString("base64")

  test("is bound to its length, its hash and an empty place by signed headers", async () => {
    const { url, headers } = await urls.uploadUrl("records", key, object, now)
    expect(headers).toEqual({
      "content-type": "application/octet-stream",
      "if-none-match": "*",
      "x-amz-checksum-sha256": checksum,
      "x-amz-sdk-checksum-algorithm": "SHA256",
    })
    expect(query(url)).toMatchObject({
      "X-Amz-Expires": "900",
      "X-Amz-SignedHeaders":
        "content-length;content-type;host;if-none-match;x-amz-checksum-sha256;x-amz-sdk-checksum-algorithm",
      "X-Amz-Signature": signatureOf("PUT", new URL(url), { ...headers, "content-length": "1234" }),
    })
    // As a parameter of the query S3 would not look at it.
    expect(Object.keys(query(url)).map((name) => name.toLowerCase())).not.toContain("x-amz-checksum-sha256")
  })

  test("of other bytes, over something, or as a GET does not have its signature", async () => {
    const { url, headers } = await urls.uploadUrl("records", key, object, now)
    const given = query(url)["X-Amz-Signature"]
    const sent = { ...headers, "content-length": "1234" }
    const others: Record<string, string>[] = [
      { "content-length": "1235" },
      { "x-amz-checksum-sha256": Buffer.alloc(32).toString("base64") },
      { "if-none-match": "" },
      { "content-type": "text/html" },
    ]
    for (const changed of others) expect(signatureOf("PUT", new URL(url), { ...sent, ...changed })).not.toBe(given)
    expect(signatureOf("GET", new URL(url), sent)).not.toBe(given)
  })
})

describe("a part", () => {
  const upload = { bucket: "records", key, uploadId: "2~up.load_ID-/+=" } as const
  const part = { number: 12, ...object }
  const sent = {
    "content-length": "1234",
    "x-amz-checksum-sha256": Buffer.alloc(32, 0xfb).toString("base64"),
    "x-amz-sdk-checksum-algorithm": "SHA256",
  }

  test("is bound to its upload, number, length and hash", async () => {
    const { url, headers } = await urls.partUrl(upload, part, now)
    const { "content-length": _, ...sentAlong } = sent
    expect(headers).toEqual(sentAlong)
    expect(query(url)).toMatchObject({
      partNumber: "12",
      uploadId: upload.uploadId,
      "X-Amz-Expires": "900",
      "X-Amz-SignedHeaders": "content-length;host;x-amz-checksum-sha256;x-amz-sdk-checksum-algorithm",
      "X-Amz-Signature": signatureOf("PUT", new URL(url), sent),
    })
  })

  test("of other bytes, another number or another upload does not have its signature", async () => {
    const { url } = await urls.partUrl(upload, part, now)
    const given = query(url)["X-Amz-Signature"]
    const longer = { ...sent, "content-length": "1235" }
    const other = { ...sent, "x-amz-checksum-sha256": Buffer.alloc(32).toString("base64") }
    expect(signatureOf("PUT", new URL(url), longer)).not.toBe(given)
    expect(signatureOf("PUT", new URL(url), other)).not.toBe(given)
    for (const [name, value] of [
      ["partNumber", "13"],
      ["uploadId", "another"],
    ] as const) {
      const changed = new URL(url)
      changed.searchParams.set(name, value)
      expect(signatureOf("PUT", changed, sent)).not.toBe(given)
    }
  })
})

test("a function signs only for the buckets it was given", async () => {
  await expect(s3SignedUrls(signing, { pending: "the-pending" }).downloadUrl("records", key, now)).rejects.toThrow(
    "no bucket",
  )
})

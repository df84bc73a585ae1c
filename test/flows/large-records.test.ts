import { createHash, randomBytes } from "node:crypto"
import { beforeAll, describe, expect, test } from "vitest"
import * as z from "zod/mini"
import { objectKey, objectPrefix } from "../../contract/items.ts"
import { type RequestOf, type ResponseOf, type RouteName, routes, type Upload } from "../../contract/routes.ts"
import { partCount, partLength } from "../../protocol/parts.ts"
import { maxParts, partBytes } from "../../protocol/primitives.ts"
import type { Descriptor } from "../../protocol/record.ts"
import { sessionOf } from "../../sdk/hcp/session.ts"
import { expectRefusal, send } from "./answers.ts"
import { itemsOf, objectsOf, trailOf, uploadsOf, visibleObjects } from "./engine.ts"
import { accessBy, newPatient, newPatientWithCard, professional, type Session } from "./people.ts"
import { commitRequest, contributionStatement, decisionRequest, rootSays } from "./statements.ts"

/**
 * Large records as the routes and the object store see them: no SDK, so that what is refused is refused by them. What is uploaded is random,
 * as sealed bytes are to whoever can't open them.
 */
const mebibyte = 1024 * 1024
const text = (bytes: number) => randomBytes(bytes).toString("base64url")
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest()

/** Bytes to upload, in their parts, with the descriptor that announces them. */
const largeOf = (size: number, place: Partial<Descriptor> = {}) => {
  // Twice the same mebibyte would be found by no check of an order.
  const bytes = Buffer.alloc(size)
  for (let at = 0; at < size; at += mebibyte) randomBytes(64).copy(bytes, at)
  const parts = Array.from({ length: partCount(size) }, (_, i) =>
    bytes.subarray(i * partBytes, i * partBytes + partLength(size, i + 1)),
  )
  const hashes = parts.map((part) => sha256(part))
  const descriptor: Descriptor = {
    recordId: text(16),
    version: 1,
    objectId: text(16),
    replaces: null,
    category: "document",
    epoch: 1,
    size,
    sha256: sha256(Buffer.concat(hashes)).toString("base64url"),
    wrappedKey: text(40),
    metadata: "e30..QUFB.QUFB.QUFB",
    ...place,
  }
  const named = hashes.map((hash, i) => ({ number: i + 1, sha256: hash.toString("base64url") }))
  return { bytes, parts, named, descriptor }
}
type Large = ReturnType<typeof largeOf>

/** As the route answers where it permits. */
const permitted = async <N extends RouteName>(name: N, request: object, token: string): Promise<ResponseOf<N>> => {
  const answer = await send(name, request, { token })
  expect([answer.status, answer.status === 200 ? "" : answer.text]).toEqual([200, ""])
  return z.parse(routes[name].response, JSON.parse(answer.text)) as ResponseOf<N>
}

const put = async ({ url, headers }: Upload, body: Uint8Array<ArrayBuffer>) =>
  (await fetch(url, { method: "PUT", headers, body })).status

/** By the patient: where their record goes up. */
const recordRoutes = (session: Session, large: Large) => {
  const { accessToken: token } = session
  const { recordId, version, objectId, category, size } = large.descriptor
  const named = { recordId, version: String(version) }
  const place = { ...named, objectId }
  return {
    begin: () => permitted("patient/begin-upload", { ...place, category, size }, token),
    sign: async (parts: Large["named"]) => (await permitted("patient/part-urls", { ...place, parts }, token)).uploads,
    /** With the manifest that lists it. */
    toCommit: (changed: Partial<Descriptor> = {}) => commitRequest(session, large, changed),
    commit: (request: RequestOf<"patient/commit">) => send("patient/commit", request, { token }),
    abort: () => permitted("patient/abort-upload", place, token),
    url: async () => (await permitted("patient/download-url", named, token)).url,
  }
}

const sendAll = async (
  sign: (parts: Large["named"]) => Promise<Upload[]>,
  { parts, named }: Large,
  numbers = named.map(({ number }) => number),
) => {
  const uploads = await sign(named.filter(({ number }) => numbers.includes(number)))
  for (const [i, upload] of uploads.entries()) {
    const part = parts[(numbers[i] ?? 0) - 1]
    if (part === undefined) throw new Error("there is no such part")
    expect(await put(upload, new Uint8Array(part))).toBe(200)
  }
}

const nothingGoesUp = async (session: Session) => {
  expect([await uploadsOf(session, "records"), await uploadsOf(session, "pending")]).toEqual([[], []])
  expect((await itemsOf(session)).filter(({ kind }) => kind === "upload")).toEqual([])
}

describe("a record of 20 MiB", () => {
  let session: Session
  beforeAll(async () => {
    session = (await newPatient()).session
  })

  test("goes up in three parts, becomes a version by one commit, and is read in ranges", async () => {
    const large = largeOf(20 * mebibyte)
    const { begin, sign, toCommit, commit, url } = recordRoutes(session, large)
    const request = await toCommit()
    const { startedAt } = await begin()
    await sendAll(sign, large, [1, 3])
    expectRefusal(await commit(request), "record-not-uploaded")
    expect(await begin()).toEqual({ startedAt })
    await sendAll(sign, large, [2])
    expectRefusal(await commit(await toCommit({ sha256: text(32) })), "upload-differs")
    expect(await visibleObjects(session, "records")).toEqual([])

    expect(await commit(request)).toMatchObject({ status: 200 })
    expect(await commit(request)).toMatchObject({ status: 200 })
    const key = objectKey(session.patientId, large.descriptor)
    expect(await visibleObjects(session, "records")).toEqual([key])
    await nothingGoesUp(session)
    const events = (await trailOf(session)).filter(
      ({ action, outcome }) => action === "commit" && outcome === "permitted",
    )
    expect(events).toMatchObject([{ subject: { recordId: large.descriptor.recordId, version: 1 } }])

    const range = async (from: number, to: number) => {
      const response = await fetch(await url(), { headers: { range: `bytes=${from}-${to}` } })
      return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()) }
    }
    const across = await range(partBytes - 10, partBytes + 9)
    expect([across.status, across.bytes.equals(large.bytes.subarray(partBytes - 10, partBytes + 10))]).toEqual([
      206,
      true,
    ])
    const end = await range(20 * mebibyte - 5, 20 * mebibyte - 1)
    expect([end.status, end.bytes.equals(large.bytes.subarray(-5))]).toEqual([206, true])
    const whole = Buffer.from(await (await fetch(await url())).arrayBuffer())
    expect(whole.equals(large.bytes)).toBe(true)
  })

  test("of other bytes, another length or another number than was signed is refused by the store itself", async () => {
    const large = largeOf(20 * mebibyte)
    const { begin, sign, toCommit, commit, abort } = recordRoutes(session, large)
    await begin()
    const [upload] = await sign(large.named.slice(0, 1))
    const [part] = large.parts
    if (upload === undefined || part === undefined) throw new Error("no part was signed")
    const other = new Uint8Array(part)
    other.set([1, 2, 3], 100)
    const renumbered = { ...upload, url: upload.url.replace("partNumber=1", "partNumber=2") }
    const unhashed = {
      ...upload,
      headers: { ...upload.headers, "x-amz-checksum-sha256": sha256(other).toString("base64") },
    }
    expect(renumbered.url).not.toBe(upload.url)
    expect(await put(upload, other)).toBe(400)
    expect(await put(unhashed, other)).toBe(403)
    expect(await put(upload, new Uint8Array(part.subarray(1)))).toBe(403)
    expect(await put(renumbered, new Uint8Array(part))).toBe(403)
    expectRefusal(await commit(await toCommit()), "record-not-uploaded")
    expect(await put(upload, new Uint8Array(part))).toBe(200)
    await abort()
  })

  test("that is given up leaves nothing in the bucket, and its URLs are worth nothing", async () => {
    const large = largeOf(20 * mebibyte)
    const { begin, sign, abort, toCommit, commit } = recordRoutes(session, large)
    await begin()
    const [upload] = await sign(large.named.slice(0, 1))
    await sendAll(sign, large)
    expect(await uploadsOf(session, "records")).toHaveLength(1)
    const before = await objectsOf(session, "records")
    await abort()
    await abort()
    await nothingGoesUp(session)
    expect(await objectsOf(session, "records")).toEqual(before)
    const [part] = large.parts
    if (upload === undefined || part === undefined) throw new Error("no part was signed")
    expect(await put(upload, new Uint8Array(part))).toBe(404)
    expectRefusal(await commit(await toCommit()), "record-not-uploaded")
  })

  test("goes up by these routes only where it has more parts than one, and 6,400 at most", async () => {
    const token = session.accessToken
    const place = { recordId: text(16), version: "1", objectId: text(16) }
    for (const size of [partBytes, maxParts * partBytes + 1, 0, 1.5])
      expectRefusal(
        await send("patient/begin-upload", { ...place, category: "document", size }, { token }),
        "request-invalid",
      )
    const small = { ...place, version: 1, category: "document", sha256: text(32) }
    expectRefusal(await send("patient/upload-url", { ...small, size: partBytes + 1 }, { token }), "request-invalid")
    const many = Array.from({ length: 65 }, (_, i) => ({ number: i + 1, sha256: text(32) }))
    for (const parts of [[], many, [{ number: 0, sha256: text(32) }]])
      expectRefusal(await send("patient/part-urls", { ...place, parts }, { token }), "request-invalid")
  })
})

test("an account that is closed while a record goes up leaves nothing of it", async () => {
  const patient = await newPatient()
  const { session } = patient
  const large = largeOf(20 * mebibyte)
  const { begin, sign, toCommit, commit } = recordRoutes(session, large)
  const request = await toCommit()
  await begin()
  await sendAll(sign, large)
  const statement = await rootSays(patient, "deactivation", {})
  await permitted("patient/deactivate", { statement }, session.accessToken)
  await nothingGoesUp(session)
  expect(await objectsOf(session, "records")).toEqual([])
  expectRefusal(await commit(request), "account-deactivated")
  expect(await objectsOf(session, "records")).toEqual([])
})

/** A contribution of `size` bytes that waits for the patient. */
const contributed = async (patient: Awaited<ReturnType<typeof newPatientWithCard>>, size: number) => {
  const access = await accessBy("physician", patient.card)
  const token = (await sessionOf(access)).accessToken
  const { patientId } = patient.session
  const large = largeOf(size)
  const { recordId: contributionId, objectId, category } = large.descriptor
  const path = { patientId, grantId: access.grantId, contributionId }
  await permitted("hcp/begin-contribution-upload", { ...path, objectId, category, size }, token)
  const sign = async (parts: Large["named"]) =>
    (await permitted("hcp/contribution-part-urls", { ...path, objectId, parts }, token)).uploads
  await sendAll(sign, large)
  const made = { descriptor: large.descriptor, dataKey: randomBytes(32) }
  const statement = await contributionStatement(access, made, await professional("physician"))
  await permitted("hcp/contribute", { ...path, statement }, token)
  return { large, contributionId, statement, path, token }
}

const approve = async (
  { session }: { session: Session },
  { large, contributionId, statement }: Awaited<ReturnType<typeof contributed>>,
) => {
  const contribution = { contributionId, statement, descriptor: large.descriptor }
  const request = await decisionRequest(session, contribution, "approved")
  return send("patient/approve-contribution", request, { token: session.accessToken })
}

describe("a large contribution", () => {
  let patient: Awaited<ReturnType<typeof newPatientWithCard>>
  beforeAll(async () => {
    patient = await newPatientWithCard()
  })

  const expectRecord = async ({ large, contributionId }: Awaited<ReturnType<typeof contributed>>) => {
    const { session } = patient
    const below = (key: string) => key.startsWith(objectPrefix(session.patientId, contributionId))
    expect((await visibleObjects(session, "pending")).filter(below)).toEqual([])
    expect((await visibleObjects(session, "records")).filter(below)).toHaveLength(1)
    await nothingGoesUp(session)
    const response = await fetch(await recordRoutes(session, large).url())
    expect(
      createHash("sha256")
        .update(Buffer.from(await response.arrayBuffer()))
        .digest("hex"),
    ).toBe(sha256(large.bytes).toString("hex"))
  }

  test("of 20 MiB goes up in parts, waits in the pending bucket, and is copied by the patient's decision", async () => {
    const made = await contributed(patient, 20 * mebibyte)
    const key = objectKey(patient.session.patientId, made.large.descriptor)
    expect(await visibleObjects(patient.session, "pending")).toEqual([key])
    await nothingGoesUp(patient.session)
    expect(await approve(patient, made)).toMatchObject({ status: 200 })
    await expectRecord(made)
  })

  test("of more than one call may copy is copied in parts", async () => {
    const made = await contributed(patient, 264 * mebibyte)
    expect(await approve(patient, made)).toMatchObject({ status: 200 })
    await expectRecord(made)
    // A quarter of a gigabyte through two processes: minutes where a machine has other work.
  }, 600_000)

  test("that is given up leaves nothing in the bucket", async () => {
    const access = await accessBy("physician", patient.card)
    const token = (await sessionOf(access)).accessToken
    const large = largeOf(20 * mebibyte)
    const { recordId: contributionId, objectId, category, size } = large.descriptor
    const path = { patientId: patient.session.patientId, grantId: access.grantId, contributionId, objectId }
    await permitted("hcp/begin-contribution-upload", { ...path, category, size }, token)
    await sendAll(
      async (parts) => (await permitted("hcp/contribution-part-urls", { ...path, parts }, token)).uploads,
      large,
      [2],
    )
    expect(await uploadsOf(patient.session, "pending")).toHaveLength(1)
    await permitted("hcp/abort-contribution-upload", path, token)
    await nothingGoesUp(patient.session)
  })
})

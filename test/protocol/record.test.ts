import { expect, test } from "vitest"
import { descriptor, recordMetadata } from "../../protocol/record.ts"
import { aHash } from "../kit/holders.ts"

const known = {
  recordId: "kJGSk5SVlpeYmZqbnJ2enw",
  version: 3,
  objectId: "oaGioaOkpaanqKmqq6ytrg",
  replaces: aHash("R"),
  category: "summary",
  epoch: 1,
  size: 1000,
  sha256: aHash("S"),
  wrappedKey: "A".repeat(54),
  metadata: "a..b.c.d",
}

test("a descriptor is whole and has nothing more", () => {
  expect(descriptor.safeParse(known)).toMatchObject({ success: true, data: known })
  for (const name of Object.keys(known)) {
    const { [name]: _, ...others }: Record<string, unknown> = known
    expect(descriptor.safeParse(others).success, name).toBe(false)
  }
  expect(descriptor.safeParse({ ...known, more: 1 }).success).toBe(false)
})

test("the first version replaces none, and every later one names the one before it by its hash", () => {
  const first = { version: 1, replaces: null }
  expect(descriptor.safeParse({ ...known, ...first }).success).toBe(true)
  for (const other of [{ ...first, version: 2 }, { version: 1 }, { replaces: 2 }, { replaces: "" }])
    expect(descriptor.safeParse({ ...known, ...other }).success).toBe(false)
})

test("metadata says whose it is", () => {
  const metadata = {
    recordId: known.recordId,
    version: 3,
    replaces: known.replaces,
    category: "summary",
    title: "a".repeat(200),
    contentType: "a".repeat(100),
    size: 0,
    createdAt: "2026-01-02T03:04:05.678Z",
  }
  expect(recordMetadata.safeParse(metadata)).toMatchObject({ success: true, data: metadata })
  for (const name of Object.keys(metadata)) {
    const { [name]: _, ...others }: Record<string, unknown> = metadata
    expect(recordMetadata.safeParse(others).success, name).toBe(false)
  }
  const author = "0123456789abcdef".repeat(4)
  expect(recordMetadata.safeParse({ ...metadata, author })).toMatchObject({ success: true, data: { author } })
  for (const change of [
    { author: author.toUpperCase() },
    { author: "" },
    { more: 1 },
    { title: "a".repeat(201) },
    { contentType: "a".repeat(101) },
    { size: -1 },
  ])
    expect(recordMetadata.safeParse({ ...metadata, ...change }).success).toBe(false)
})

import { fileSource } from "../bin/ehr/file-source.ts"
import { type Bytes, free } from "../protocol/crypto/bytes.ts"
import { randomBytes, sha256 } from "../protocol/crypto/primitives.ts"
import { newCipher, openSegment, plaintextCapacity, sealSegment } from "../protocol/crypto/streaming-aead.ts"
import { partBytes } from "../protocol/primitives.ts"
import { getObject, putObject } from "../sdk/api.ts"
import { readerOf } from "../sdk/transfer/source.ts"
import { partsInFlight } from "../sdk/transfer/upload.ts"

/** What a transfer consists of, each done alone, in the SDK's own way. */
export const steps = ["read the file", "AES-256-GCM", "SHA-256", "PUT of parts", "GET of parts"] as const
export type Step = (typeof steps)[number]

/** For as many parts as there are addresses; each is PUT before it is GOT. */
export interface Material {
  readonly file: string
  readonly put: readonly string[]
  readonly get: readonly string[]
}

/** Of a part, but for the first of a record, which is shorter. */
const segments = Array.from({ length: 8 }, (_, i) => i + 1)

/** Does `one` with every address, a few at once, each time with a buffer of a part. */
const withEach = async (
  addresses: readonly string[],
  one: (address: string, buffer: Bytes) => Promise<unknown>,
): Promise<void> => {
  const left = [...addresses]
  const worker = async () => {
    const buffer = new Uint8Array(partBytes)
    for (let address = left.shift(); address !== undefined; address = left.shift()) await one(address, buffer)
  }
  await Promise.all(Array.from({ length: partsInFlight }, worker))
}

const run = async (step: Step, { file, put, get }: Material): Promise<void> => {
  switch (step) {
    case "read the file": {
      const reader = readerOf(await fileSource(file, put.length * partBytes))
      for (const _ of put) await reader.read(partBytes)
      return reader.end()
    }
    case "AES-256-GCM": {
      const cipher = await newCipher(randomBytes(32), new Uint8Array(0))
      const plaintext = new Uint8Array(plaintextCapacity(1))
      const sealed = await Promise.all(segments.map((index) => sealSegment(cipher, index, false, plaintext)))
      // Opening is the same cipher, and nothing is sealed twice.
      for (const _ of put)
        for (const opened of await Promise.all(
          sealed.map((segment, i) => openSegment(cipher, segments[i] ?? 0, false, segment)),
        ))
          free(opened)
      return
    }
    case "SHA-256":
      return withEach(put, (_, buffer) => sha256(buffer))
    case "PUT of parts":
      return withEach(put, (url, buffer) => putObject({ address: url }, { url, headers: {} }, buffer))
    case "GET of parts":
      return withEach(get, (url, buffer) =>
        getObject({ address: url }, url, { start: 0, length: partBytes, size: partBytes }, buffer),
      )
    default:
      return step satisfies never
  }
}

/** CPU of this process, seconds a gigabyte, of each step in turn. */
export const cpuOfSteps = async (material: Material): Promise<{ step: Step; cpuSeconds: number }[]> => {
  const used: { step: Step; cpuSeconds: number }[] = []
  const gigabytes = (material.put.length * partBytes) / 1e9
  for (const step of steps) {
    const before = process.cpuUsage()
    await run(step, material)
    const { user, system } = process.cpuUsage(before)
    used.push({ step, cpuSeconds: (user + system) / 1e6 / gigabytes })
  }
  return used
}

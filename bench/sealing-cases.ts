/** Runs alike in Node and in a page: what is sealed to P-256 alone, as JWE does it, against what is sealed to the hybrid key. */
import { compactDecrypt } from "jose/jwe/compact/decrypt"
import { CompactEncrypt } from "jose/jwe/compact/encrypt"
import { generateKeyPair } from "jose/key/generate/keypair"
import { generateSealingKeyPair, openSealed, sealTo } from "../protocol/sealing.ts"

/** One of each, as functions that do it once. */
export interface SealingCase {
  readonly generate: () => Promise<unknown>
  readonly seal: () => Promise<string>
  readonly open: () => Promise<unknown>
}
export const steps = ["generate", "seal", "open"] as const
export type Step = (typeof steps)[number]
/** Milliseconds. `first`: making a key, sealing and opening once in a new realm, which a person waits for; then one operation, a figure a round. */
export type SealingTimes = Record<Step | "first", number[]>

/** A data key: what most of what is sealed holds. */
const plaintext = crypto.getRandomValues(new Uint8Array(32))
const info = crypto.getRandomValues(new Uint8Array(250))
const alg = "ECDH-ES+A256KW"

async function hybridCase(): Promise<SealingCase> {
  const own = await generateSealingKeyPair()
  const sealed = await sealTo(own.publicKey, info, plaintext)
  return {
    generate: () => generateSealingKeyPair(),
    seal: () => sealTo(own.publicKey, info, plaintext),
    open: () => openSealed(own, info, sealed),
  }
}

async function curveCase(): Promise<SealingCase> {
  const generate = () => generateKeyPair(alg, { crv: "P-256", extractable: false })
  const { publicKey, privateKey } = await generate()
  const seal = () =>
    new CompactEncrypt(plaintext).setProtectedHeader({ alg, enc: "A256GCM", kid: "info" }).encrypt(publicKey)
  const sealed = await seal()
  return { generate, seal, open: () => compactDecrypt(sealed, privateKey) }
}

const cases = { curve: curveCase, hybrid: hybridCase }
export type CaseName = keyof typeof cases

/** Characters of the sealed text. */
export async function sealedLength(name: CaseName): Promise<number> {
  return (await (await cases[name]()).seal()).length
}

/** Both cases, in turns within each round; `batch` operations make one figure, since a page's clock ticks in tenths of milliseconds. */
export async function measureSealing(rounds: number, batch: number): Promise<Record<CaseName, SealingTimes>> {
  const curve = await begin("curve")
  const hybrid = await begin("hybrid")
  for (let round = 0; round < rounds; round += 1) {
    for (const step of steps) {
      curve.times[step].push(await timeOf(curve.operations[step], batch))
      hybrid.times[step].push(await timeOf(hybrid.operations[step], batch))
    }
  }
  return { curve: curve.times, hybrid: hybrid.times }
}

async function begin(name: CaseName): Promise<{ operations: SealingCase; times: SealingTimes }> {
  const start = performance.now()
  const operations = await cases[name]()
  await operations.open()
  return { operations, times: { first: [performance.now() - start], generate: [], seal: [], open: [] } }
}

async function timeOf(operation: () => Promise<unknown>, batch: number): Promise<number> {
  const start = performance.now()
  for (let i = 0; i < batch; i += 1) await operation()
  return (performance.now() - start) / batch
}

import { generateKeyPairSync, type KeyObject, sign } from "node:crypto"
import { describe, expect, test } from "vitest"
import * as z from "zod/mini"
import { type KeyMaker, makeProviderKey } from "../../lib/provider-key-deployment.ts"
import { verifiedKeys } from "../../lib/provider-keys.ts"
import { ecPublicJwk } from "../../protocol/primitives.ts"

const target = "111122223333/eu-central-1"
const arnOf = (number: number) => `arn:aws:kms:eu-central-1:111122223333:key/key-${number}`
const manifest = JSON.stringify({
  artifacts: { Keys: { type: "aws:cloudformation:stack", environment: "aws://111122223333/eu-central-1" } },
})

/** Where a provider deploys: keys that a stack makes, files, and what the cloud signs by. */
class Workshop {
  readonly files = new Map<string, string>()
  readonly said: string[] = []
  readonly counts: number[] = []
  deployed: string[] = []
  now = new Date("2026-03-01T12:00:00.000Z")
  /** The call that fails, once. */
  failing: "deploy" | "sign" | "write" | undefined
  readonly #keys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject }[] = []

  #fails(what: typeof this.failing) {
    if (this.failing !== what) return false
    this.failing = undefined
    return true
  }

  #cdk(args: readonly string[]): boolean {
    if (args[0] === "synth") {
      const count = args.map((arg) => /^providerKeyCount=(\d+)$/.exec(arg)?.[1]).find((found) => found !== undefined)
      this.counts.push(Number(count))
      return true
    }
    if (this.#fails("deploy")) return false
    while (this.#keys.length < (this.counts.at(-1) ?? 0))
      this.#keys.push(generateKeyPairSync("ec", { namedCurve: "P-256" }))
    const outputs = Object.fromEntries(this.#keys.map((_, i) => [`Key${i + 1}`, arnOf(i + 1)]))
    this.files.set("cdk.out.aws/provider-keys-outputs.json", JSON.stringify({ EhrCloudProviderKeys: outputs }))
    return true
  }

  #key(arn: string) {
    const key = this.#keys[Number(arn.slice(arn.lastIndexOf("-") + 1)) - 1]
    if (key === undefined) throw new Error(`KMS has no ${arn}`)
    return key
  }

  readonly maker: KeyMaker = {
    env: {},
    cdk: (args) => this.#cdk(args),
    read: (file) => (file.endsWith("manifest.json") ? manifest : (this.files.get(file) ?? "")),
    say: (text) => void this.said.push(text),
    region: async () => "eu-central-1",
    ask: async () => target,
    keys: () => ({
      publicKey: async (arn) => z.parse(ecPublicJwk, this.#key(arn).publicKey.export({ format: "jwk" })),
      sign: async (arn, bytes) => {
        if (this.#fails("sign")) throw new Error("KMS is away")
        return new Uint8Array(sign("sha256", bytes, { key: this.#key(arn).privateKey, dsaEncoding: "ieee-p1363" }))
      },
    }),
    deployedKeys: async () => this.deployed,
    readIfThere: (file) => this.files.get(file),
    write: (file, text) => {
      if (this.#fails("write")) throw new Error("the disk is full")
      this.files.set(file, text)
    },
    now: () => this.now,
  }

  list = async () => verifiedKeys(JSON.parse(this.files.get("provider-keys.json") ?? "null"))
  /** The cloud is deployed with the list as it is. */
  deploy = async () => {
    this.deployed = (await this.list()).verified.keys.map(({ kid }) => kid)
  }
}

const withFirst = async () => {
  const shop = new Workshop()
  expect(await makeProviderKey([], shop.maker)).toBe(true)
  await shop.deploy()
  return shop
}

describe("npm run provider-key", () => {
  test("makes the first key, and the list that the cloud's id is made of", async () => {
    const shop = await withFirst()
    const { arns, verified } = await shop.list()
    expect(arns).toEqual([arnOf(1)])
    expect(verified.cloudId).toBe(`ehr-cloud:${verified.keys[0]?.kid}`)
    expect(shop.said.join("\n")).toContain(verified.cloudId)
  })

  test("makes no other unless it is told to, and then the next, signed by the one before", async () => {
    const shop = await withFirst()
    await makeProviderKey([], shop.maker)
    expect((await shop.list()).arns).toEqual([arnOf(1)])
    await makeProviderKey(["--rotate"], shop.maker)
    await shop.deploy()
    await makeProviderKey(["--rotate"], shop.maker)
    const { arns, verified } = await shop.list()
    expect(arns).toEqual([1, 2, 3].map(arnOf))
    expect(verified.keys).toHaveLength(3)
    expect(verified.keys.slice(0, 2).map(({ kid }) => kid)).toEqual(shop.deployed)
  })

  test.each(["deploy", "sign", "write"] as const)(
    "goes on where its %s was interrupted, with the key that was made",
    async (step) => {
      const shop = await withFirst()
      const before = await shop.list()
      shop.failing = step
      expect(await makeProviderKey(["--rotate"], shop.maker).catch(() => false)).toBe(false)
      expect(await shop.list()).toEqual(before)
      expect(await makeProviderKey(["--rotate"], shop.maker)).toBe(true)
      expect((await shop.list()).arns).toEqual([arnOf(1), arnOf(2)])
      expect(shop.counts).toEqual([1, 2, 2])
    },
  )

  test("signs a key that no cloud signs by yet anew, and makes no other beside it", async () => {
    const shop = await withFirst()
    await makeProviderKey(["--rotate"], shop.maker)
    shop.now = new Date("2026-03-09T12:00:00.000Z")
    await makeProviderKey(["--rotate"], shop.maker)
    const { arns, verified } = await shop.list()
    expect(arns).toEqual([arnOf(1), arnOf(2)])
    expect(verified.keys[0]?.replacedAt).toBe(shop.now.getTime() / 1000)
    await shop.deploy()
    shop.now = new Date("2026-04-01T12:00:00.000Z")
    await makeProviderKey([], shop.maker)
    expect(await shop.list()).toMatchObject({ verified: { keys: verified.keys } })
  })

  test("stops before it makes anything where the list of a deployed cloud is missing, or another's", async () => {
    const shop = await withFirst()
    const [other, list] = [await withFirst(), shop.files.get("provider-keys.json") ?? ""]
    shop.files.delete("provider-keys.json")
    expect(await makeProviderKey(["--rotate"], shop.maker)).toBe(false)
    expect(shop.said.at(-1)).toContain("isn't here")
    shop.files.set("provider-keys.json", list)
    shop.deployed = other.deployed
    expect(await makeProviderKey(["--rotate"], shop.maker)).toBe(false)
    expect(shop.said.at(-1)).toContain("impostor")
    expect(shop.counts).toEqual([1])
  })

  test("changes nothing that nobody confirmed, or where no region is chosen", async () => {
    const shop = new Workshop()
    expect(await makeProviderKey([], { ...shop.maker, ask: async () => "another" })).toBe(false)
    expect(await makeProviderKey([], { ...shop.maker, region: async () => undefined })).toBe(false)
    expect(shop.files.size).toBe(0)
    expect(await makeProviderKey(["--yes", target], { ...shop.maker, ask: async () => undefined })).toBe(true)
  })
})

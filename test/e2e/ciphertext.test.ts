import { build } from "esbuild"
import { expect, test } from "vitest"
import { sealedSize } from "../../protocol/crypto/streaming-aead.ts"
import { partCount } from "../../protocol/parts.ts"
import { partBytes } from "../../protocol/primitives.ts"
import { shared, startBrowser } from "./browser.ts"
import { sealedHashes } from "./sealing-page.ts"

/** The same module for the browser, as a global of the page. */
const bundled = async (): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [new URL("sealing-page.ts", import.meta.url).pathname],
    bundle: true,
    format: "iife",
    globalName: "sealing",
    platform: "browser",
    write: false,
  })
  return outputFiles[0]!.text
}

test("a browser and Node give the same ciphertext for the same keys and nonces, to the bit, whatever it is read from", async () => {
  const browser = await startBrowser()
  try {
    const page = await browser.newPage({ bypassCSP: true })
    // Web Crypto is there in a secure context alone.
    await page.goto(shared.apps.ehr)
    await page.evaluate(`${await bundled()}; globalThis.sealing = sealing`)
    for (const size of [0, 1, partBytes, 2 * partBytes + 12_345]) {
      const inNode = await sealedHashes(size)
      const inBrowser = await page.evaluate((bytes) => {
        const { sealing } = globalThis as unknown as { sealing: { sealedHashes: typeof sealedHashes } }
        return sealing.sealedHashes(bytes)
      }, size)
      expect(inBrowser).toEqual(inNode)
      const [first, ...others] = Object.values(inNode)
      expect(first).toHaveLength(partCount(sealedSize(size)))
      expect(others).toEqual([first, first])
    }
  } finally {
    await browser.close()
  }
})

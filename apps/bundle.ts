import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import path from "node:path"
import { build as bundle } from "esbuild"
import { build } from "vite"
import * as z from "zod/mini"
import { filesBelow } from "./built-files.ts"

/**
 * `node apps/bundle.ts APP DIRECTORY`: bundles one app. It reads nothing but the checkout and its packages, so that two builds are identical; the
 * environment, which decides about the bundles too (`NODE_ENV`), is `apps/build.ts`'s to set.
 */
const here = import.meta.dirname
const { version } = z.parse(
  z.object({ version: z.string() }),
  JSON.parse(readFileSync(path.join(here, "../package.json"), "utf8")),
)

/** The worker knows every file of its app by name, and is another one when any of them is. */
const buildWorker = async (outDir: string): Promise<void> => {
  const files = filesBelow(outDir)
  const hash = createHash("sha256")
  for (const file of files) hash.update(file).update(readFileSync(path.join(outDir, file)))
  await bundle({
    entryPoints: [path.join(here, "worker/worker.ts")],
    outfile: path.join(outDir, "worker.js"),
    absWorkingDir: path.join(here, ".."),
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    define: {
      shellFiles: JSON.stringify(files),
      shellName: JSON.stringify(`shell-${hash.digest("hex").slice(0, 16)}`),
    },
  })
}

/** Hashed files below `assets/`, the decoder's WebAssembly among them, nothing from any other server. */
const bundleApp = async (app: string, outDir: string): Promise<void> => {
  await build({
    configFile: false,
    mode: "production",
    // A file of variables, or PostCSS's configuration in a folder above the checkout, would be read silently.
    envDir: false,
    css: { postcss: {} },
    root: path.join(here, app),
    publicDir: path.join(here, app, "public"),
    logLevel: "warn",
    define: { appVersion: JSON.stringify(version) },
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    build: {
      outDir,
      emptyOutDir: true,
      target: "es2022",
      // The polyfill is an inline script, which the policy forbids; nor may small files become data: URLs.
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
      reportCompressedSize: false,
      chunkSizeWarningLimit: 700,
    },
  })
  await buildWorker(outDir)
}

const [app, directory] = process.argv.slice(2)
if (app === undefined || directory === undefined) throw new Error("node apps/bundle.ts APP DIRECTORY")
await bundleApp(app, path.resolve(directory))

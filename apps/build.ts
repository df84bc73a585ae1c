import { createHash } from "node:crypto"
import { readdirSync, readFileSync, statSync } from "node:fs"
import path from "node:path"
import { build as bundle } from "esbuild"
import { build } from "vite"
import { type AppName, appNames } from "./policy.ts"

const here = import.meta.dirname

/** Where `npm run build:apps` puts an app. */
export const builtApp = (app: AppName): string => path.join(here, "../.local/apps", app)

const filesBelow = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(path.join(directory, name)).isFile())
    .map((name) => `/${name.split(path.sep).join("/")}`)
    .sort()

/** The worker knows every file of its app by name, and is another one when any of them is. */
const buildWorker = async (outDir: string): Promise<void> => {
  const files = filesBelow(outDir)
  const hash = createHash("sha256")
  for (const file of files) hash.update(file).update(readFileSync(path.join(outDir, file)))
  await bundle({
    entryPoints: [path.join(here, "worker/worker.ts")],
    outfile: path.join(outDir, "worker.js"),
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

/** Builds one app: hashed files below `assets/`, the decoder's WebAssembly among them, nothing from any other server. */
export const buildApp = async (app: AppName): Promise<void> => {
  const outDir = builtApp(app)
  await build({
    configFile: false,
    root: path.join(here, app),
    publicDir: path.join(here, app, "public"),
    logLevel: "warn",
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

if (import.meta.main) for (const app of appNames) await buildApp(app)

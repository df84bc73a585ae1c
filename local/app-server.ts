import { createReadStream, existsSync, statSync } from "node:fs"
import { createServer } from "node:http"
import path from "node:path"
import type { About } from "../apps/about.ts"
import { buildApp, builtApp } from "../apps/build.ts"
import { type AppName, cacheControl, contentSecurityPolicy, contentType, fixedHeaders } from "../apps/policy.ts"
import type { LocalCloud } from "./local-cloud.ts"

export interface AppServer {
  readonly address: string
  stop(): Promise<void>
}

type ServingCloud = Pick<LocalCloud, "clouds" | "hri" | "trustPolicy"> & {
  readonly engine: Pick<LocalCloud["engine"], "endpoint">
}

/** What a cloud for trial says of itself. */
const ofThisMachine: About = {
  responsible: "Whoever started this local cloud",
  region: "this machine",
  trailDays: 3650,
  help: "mailto:help@example.org",
}

/** Builds and serves the apps; the patient's is told where the others are, so that the cards it prints lead there. `onServing`: told of each server at once. */
export const serveApps = async (
  local: ServingCloud,
  onServing: (server: AppServer) => void = () => {},
): Promise<Readonly<Record<AppName, string>>> => {
  const served = async (app: AppName, pages?: { readonly card: string; readonly hcp: string }) => {
    await buildApp(app)
    const server = await serveApp(app, { directory: builtApp(app), local, ...(pages === undefined ? {} : { pages }) })
    onServing(server)
    return server.address
  }
  const card = `${await served("card")}/`
  const hcp = await served("hcp")
  const practice = await served("practice")
  return { card, hcp, practice, ehr: await served("ehr", { card, hcp }) }
}

/**
 * Serves a built app to this machine alone, with the headers that CloudFront gives it on AWS. `port`: 0 takes a free one. What an app keeps is kept
 * by address, so that each start of a local cloud, which is another cloud, begins with an empty app.
 */
export const serveApp = (
  app: AppName,
  {
    directory,
    local,
    pages = {},
    port = 0,
  }: {
    directory: string
    local: ServingCloud
    /** Addresses of the other apps, for cards. */
    pages?: { readonly card?: string; readonly hcp?: string }
    port?: number
  },
): Promise<AppServer> => {
  const [cloud] = local.clouds
  const told: ReadonlyMap<string, unknown> = new Map<string, unknown>([
    ["/config.json", { cloud: cloud.address, hri: local.hri, ...pages, about: ofThisMachine }],
    ["/trust-policy.json", local.trustPolicy],
  ])
  // The emergency app and the card page go where a card says; here, that is this machine.
  const engine = new URL(local.engine.endpoint)
  const connect =
    app === "ehr" || app === "practice" ? [engine.origin] : ["https:", `http://127.0.0.1:*`, `http://localhost:*`]
  const headers = { ...fixedHeaders, "content-security-policy": contentSecurityPolicy(connect) }
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://127.0.0.1")
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.writeHead(405, headers).end()
      return
    }
    if (told.has(pathname)) {
      response
        .writeHead(200, { ...headers, "content-type": "application/json", "cache-control": "no-cache" })
        .end(JSON.stringify(told.get(pathname)))
      return
    }
    const wanted = path.extname(pathname) === "" ? "/index.html" : path.posix.normalize(pathname)
    const file = path.join(directory, wanted)
    if (!file.startsWith(directory + path.sep) || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404, { ...headers, "content-type": "text/plain" }).end("There is nothing here.")
      return
    }
    response.writeHead(200, {
      ...headers,
      "content-type": contentType(wanted),
      "cache-control": cacheControl(wanted),
      "content-length": statSync(file).size,
    })
    if (request.method === "HEAD") response.end()
    else createReadStream(file).pipe(response)
  })
  return new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, "127.0.0.1", () => {
      const bound = server.address()
      if (bound === null || typeof bound === "string") {
        reject(new Error("the app's server has no port"))
        return
      }
      resolve({
        address: `http://127.0.0.1:${bound.port}`,
        stop: () =>
          new Promise((done) => {
            server.close(() => done())
            server.closeAllConnections()
          }),
      })
    })
  })
}

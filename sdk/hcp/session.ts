import type { AuditSubject } from "../../contract/audit.ts"
import { Problem } from "../../contract/errors.ts"
import { type RequestOf, type ResponseOf, type RouteName, routes } from "../../contract/routes.ts"
import { introduced } from "../cloud.ts"
import { requireProvider } from "../index-entry.ts"
import { verifyReceived } from "../receipt.ts"
import type { Access, HcpSession } from "./emergency-access.ts"
import { newestCheckpoint } from "./newest-checkpoint.ts"

type HcpRoute = Extract<RouteName, `hcp/${string}`>

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms))

/** How often a busy identity manager is asked again, and how long is waited before, milliseconds. */
const waits = [250, 500, 1000, 2000, 4000]

/** What the event of an access must say as its answer did: nothing is read that the patient isn't told of. */
const toldOf = ({ grantId, expiresAt, categories, summary, manifest }: Access): AuditSubject => ({
  grantId,
  expiresAt,
  categories: [...categories],
  records: summary.map(({ recordId, version }) => ({ recordId, version })),
  manifest: { number: manifest.claims.number, hash: manifest.hash },
})

/**
 * Opens the session, at the cloud whose keys go on from the one that the patient signed; keeps the provider's receipt for the access, with the event, once both are verified, and the
 * newest checkpoint.
 */
const openSession = async (access: Access): Promise<HcpSession> => {
  const { provider } = await introduced(access.api)
  requireProvider(access.entry, { provider })
  const { accessToken, expiresAt, receipt, event } = await askForSession(access)
  const received = { statement: access.statement, receipt, event, providerKeys: provider.list }
  await verifyReceived(received, { provider, told: toldOf(access) })
  access.receipts.push(received)
  access.checkpoint = await newestCheckpoint(provider, [access.checkpoint, access.manifest.claims.checkpoint])
  return { accessToken, expiresAt, provider }
}

const askForSession = async ({ api, entry, grantId, ticket }: Access): Promise<ResponseOf<"hcp/session">> => {
  for (let attempt = 0; ; attempt++) {
    try {
      return await api.call("hcp/session", { patientId: entry.patientId, grantId, ticket })
    } catch (error) {
      const wait = waits[attempt]
      if (!(error instanceof Problem) || error.code !== "busy" || wait === undefined) throw error
      await pause(wait * (0.5 + Math.random()))
    }
  }
}

/** The session of an access, opened once however many ask at a time. */
export const sessionOf = async (access: Access): Promise<HcpSession> => {
  access.opening ??= openSession(access).catch((error: unknown) => {
    delete access.opening
    throw error
  })
  return access.opening
}

/** Calls a route of the grant; the session is opened on first use, after the summary is on the screen. */
export const callAsHcp = async <N extends HcpRoute>(
  access: Access,
  name: N,
  request: RequestOf<N>,
  signal?: AbortSignal,
): Promise<ResponseOf<N>> => {
  const session = await sessionOf(access)
  // Whoever has left the patient meanwhile asks nothing more about them.
  signal?.throwIfAborted()
  return access.api.call(name, request, session.accessToken)
}

/** The path every route of a grant begins with. */
export const grantOf = ({ entry, grantId }: Pick<Access, "entry" | "grantId">) => ({
  patientId: entry.patientId,
  grantId,
})

type Ending = Pick<Access, "api" | "entry" | "grantId" | "ticket">

/** What `endAccess` asks for, as text: for a service worker, which outlives the page and has no part of this package. */
export const endRequest = ({ api, ticket, ...access }: Ending): { readonly url: string; readonly body: string } => ({
  url: `${api.address}${routes["hcp/end-access"].path}`,
  body: JSON.stringify({ ...grantOf(access), ticket }),
})

/**
 * Tells the cloud that the professional is done: the access opens nothing more, and the patient sees that it is over. Doing it twice does no harm, nor
 * after it has ended by itself. Sent also where the page is being closed.
 */
export const endAccess = async ({ api, ticket, ...access }: Ending): Promise<void> => {
  await api.call("hcp/end-access", { ...grantOf(access), ticket }, undefined, { outlives: true })
}

import { Problem } from "../../contract/errors.ts"
import type { RequestOf, ResponseOf, RouteName } from "../../contract/routes.ts"
import type { Access } from "./emergency-access.ts"

type HcpRoute = Extract<RouteName, `hcp/${string}`>

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms))

/** How often a busy identity manager is asked again, and how long is waited before, milliseconds. */
const waits = [250, 500, 1000, 2000, 4000]

const openSession = async ({ api, entry, grantId, ticket }: Access): Promise<NonNullable<Access["session"]>> => {
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

/** Calls a route of the grant; the session is opened on first use, after the summary is on the screen. */
export const callAsHcp = async <N extends HcpRoute>(
  access: Access,
  name: N,
  request: RequestOf<N>,
  signal?: AbortSignal,
): Promise<ResponseOf<N>> => {
  access.session ??= await openSession(access)
  // Whoever has left the patient meanwhile asks nothing more about them.
  signal?.throwIfAborted()
  return access.api.call(name, request, access.session.accessToken)
}

/** The path every route of a grant begins with. */
export const grantOf = ({ entry, grantId }: Access) => ({ patientId: entry.patientId, grantId })

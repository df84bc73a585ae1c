import * as z from "zod/mini"
import { Problem } from "../../contract/errors.ts"
import { type RequestOf, type ResponseOf, type RouteName, routes } from "../../contract/routes.ts"
import { IntegrityFailure, orFail } from "../../protocol/integrity.ts"
import type { KeyPairs } from "../../protocol/keys.ts"
import type { ProviderKeys } from "../../protocol/provider-keys.ts"
import type { Descriptor } from "../../protocol/record.ts"
import type { Api } from "../api.ts"
import { emptyCache } from "./cache.ts"
import { readContents } from "./contents.ts"
import { attempts, listRecords } from "./listed.ts"
import { type Memory, type PatientSession, signerIdOf } from "./session.ts"

/**
 * The table of contents as the cloud gave it, by what was asked: signed, sealed, and verified anew whenever it is read. JSON that opens nothing
 * without the patient's keys.
 */
export type Copy = Readonly<Record<string, unknown>>

/** The manifest is asked for by what the device knows already, which is not what its copy is. */
const asked = (name: RouteName, request: object): string =>
  name === "patient/get-manifest" ? name : `${name} ${Object.values(request).join(" ")}`
const kept: readonly RouteName[] = ["patient/get-manifest", "patient/get-manifest-page"]

/** The copy as it comes, from its first manifest on: verified by itself, whole. */
const readCopy = async (session: PatientSession) => {
  const { cloud } = session
  let copy: Record<string, unknown> = {}
  const recording: Api = {
    ...cloud.api,
    call: async (name, request, accessToken) => {
      const reply = await cloud.api.call(name, request, accessToken)
      // Pages that were read before belong to an older one.
      if (name === "patient/get-manifest") copy = {}
      if (kept.includes(name)) copy[asked(name, request)] = reply
      return reply
    },
  }
  // As a device that knows nothing yet: the copy has to hold by itself.
  const memory: Memory = { fingerprint: session.fingerprint }
  const cache = emptyCache()
  const records = await listRecords({ ...session, memory, cache, cloud: { ...cloud, api: recording } })
  // Verified, and named by their hashes: the session need not ask for them again.
  for (const [hash, page] of cache.pages) session.cache.pages.set(hash, page)
  return { copy, records, hash: memory.manifest?.hash }
}

/**
 * Reads the table of contents from the cloud, verifies it, and gives what the device may keep of it: the newest, which leads back to all that this device
 * knows.
 */
export const takeCopy = async (session: PatientSession): Promise<{ copy: Copy; records: Descriptor[] }> => {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const { copy, records, hash } = await readCopy(session)
    const { manifest } = await readContents(session)
    if (manifest.hash === hash) return { copy, records }
  }
  throw new IntegrityFailure("manifest-rolled-back")
}

/** Who the device belongs to: what it needs to open its copy, without the cloud. */
export interface Owner {
  readonly patientId: string
  readonly keys: KeyPairs
  readonly fingerprint: string
  readonly cloud: {
    readonly address: string
    readonly cloudId: string
    readonly name: string
    readonly provider: ProviderKeys
  }
}

/**
 * A session of the device with itself: reads its copy, verified as any answer of the cloud; for everything else the patient has to sign in
 * (`unauthenticated`).
 */
export const openCopy = async ({ patientId, keys, fingerprint, cloud }: Owner, copy: Copy): Promise<PatientSession> => {
  const { address, ...introduced } = cloud
  const api: Api = {
    address,
    call: async <N extends RouteName>(name: N, request: RequestOf<N>): Promise<ResponseOf<N>> => {
      const found = copy[asked(name, request)]
      if (typeof found !== "object" || found === null) throw new Problem("unauthenticated")
      // Who knows the manifest already asks for the way back to it: there is none to go.
      const reply = "after" in request && request.after !== "0" ? { ...found, links: [] } : found
      const parsed = await orFail("reply-invalid", () => z.parse(routes[name].response, reply))
      // oxlint-disable-next-line typescript/consistent-type-assertions -- the schema parsed is that of N; TypeScript can't follow the index
      return parsed as ResponseOf<N>
    },
  }
  return {
    cloud: { api, ...introduced },
    patientId,
    accessToken: "",
    keys,
    signerId: await signerIdOf(keys),
    fingerprint,
    // Not what the device remembers of the cloud: its own copy may be older, and is shown as such.
    memory: {},
    cache: emptyCache(),
  }
}

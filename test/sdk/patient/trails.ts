import * as z from "zod/mini"
import type { NewAuditEvent } from "../../../contract/audit.ts"
import { type ResponseOf, routes } from "../../../contract/routes.ts"
import { getCheckpoint, signCheckpoint } from "../../../functions/domain/audit-checkpoint.ts"
import { readAuditTrail } from "../../../functions/domain/trails.ts"
import { type AuditExport, exportAuditTrail } from "../../../sdk/patient/audit-export.ts"
import { emptyCache } from "../../../sdk/patient/cache.ts"
import type { Memory, PatientSession } from "../../../sdk/patient/session.ts"
import { type MemoryCloud, memoryCloud, noon } from "../../fakes/cloud.ts"
import { newPatient } from "../../kit/patients.ts"

export const minutes = (n: number) => new Date(noon.getTime() + n * 60_000)
export const event: NewAuditEvent = {
  action: "recover",
  outcome: "permitted",
  actor: { kind: "patient" },
  subject: {},
}

export interface Lies {
  events?(answer: ResponseOf<"patient/read-audit-trail">): ResponseOf<"patient/read-audit-trail">
  checkpoint?(answer: ResponseOf<"patient/get-checkpoint">): ResponseOf<"patient/get-checkpoint">
}

/** A patient of a cloud in memory, signed in: the routes of the audit trail, and what a cloud might make of their answers. */
export const signedIn = async (cloud: MemoryCloud, patientId: string, lies: Lies = {}, memory: Memory = {}) => {
  const call = async (name: string, request: unknown): Promise<unknown> => {
    if (name === "patient/get-checkpoint") {
      const answer = await getCheckpoint(cloud, patientId, z.parse(routes[name].request, request))
      return lies.checkpoint?.(answer) ?? answer
    }
    // None has read, and none has added.
    if (name === "patient/list-grants") return { grants: [] }
    if (name === "patient/list-contributions") return { contributions: [] }
    if (name !== "patient/read-audit-trail") throw new Error(`there is no route ${name} here`)
    const answer = await readAuditTrail(cloud, patientId, z.parse(routes[name].request, request))
    return lies.events?.(answer) ?? answer
  }
  const { cloudId } = cloud.cloud
  const session = {
    cloud: { api: { address: "", call }, cloudId, name: "", providerKey: await cloud.provider.publicKey() },
    patientId,
    memory,
    cache: emptyCache(),
  }
  return session as unknown as PatientSession
}

/** A patient with a trail of `length` more events, sealed up to there. */
export const coveredTrail = async (length: number) => {
  const cloud = await memoryCloud()
  const { patientId } = await newPatient(cloud)
  const { patientId: other } = await newPatient(cloud)
  const append = (at: Date) => cloud.audit.append(patientId, event, at)
  const sign = (at: Date) => signCheckpoint(cloud, { now: at }, { mayContinue: () => true })
  for (let i = 0; i < length; i++) await append(noon)
  await sign(minutes(1))
  return { cloud, patientId, other, append, sign }
}

/** The export of a trail under seven checkpoints, with `open` events after the last, as read from a file. */
export const exported = async (open = 0): Promise<AuditExport> => {
  const { cloud, patientId, append, sign } = await coveredTrail(3)
  for (let minute = 2; minute < 8; minute++) await sign(minutes(minute))
  for (let i = 0; i < open; i++) await append(minutes(8))
  return JSON.parse(JSON.stringify(await exportAuditTrail(await signedIn(cloud, patientId)))) as AuditExport
}

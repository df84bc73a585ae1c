import type { TestProject } from "vitest/node"
import type { Credential } from "../../local/authority.ts"
import { type LocalEhrCloud, startLocalCloud } from "../../local/local-cloud.ts"

/** The local cloud that all flow tests share: one HRI, two EHR clouds, and professionals of every kind. */
export interface SharedCloud {
  readonly endpoint: string
  readonly engine: "ministack" | "localstack" | "given"
  readonly hri: string
  readonly clouds: readonly LocalEhrCloud[]
  readonly assemblies: string
  readonly credentials: Record<CredentialName, Pick<Credential, "chainPem" | "privateKeyPem">>
}

const credentialNames = [
  "physician",
  "otherPhysician",
  "paramedic",
  "nurse",
  "insuredPerson",
  "wrongPolicy",
  "expired",
  "notYetValid",
  "revoked",
  "uncertified",
] as const
export type CredentialName = (typeof credentialNames)[number]

declare module "vitest" {
  interface ProvidedContext {
    cloud: SharedCloud
  }
}

const day = 24 * 60 * 60 * 1000
const inDays = (days: number) => new Date(Date.now() + days * day)

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const local = await startLocalCloud({ names: ["EhrCloud", "EhrCloudNorth"], log: () => {} })
  const { authority, engine, hri, clouds, assemblies } = local
  const stranger = await local.makeStranger()
  const registrationNumber = "LOCAL-1"
  const credentials = {
    physician: await authority.issue({ commonName: "Dr. A", profession: "physician", registrationNumber }),
    otherPhysician: await authority.issue({ commonName: "Dr. B", profession: "physician", registrationNumber }),
    paramedic: await authority.issue({ commonName: "P. C", profession: "paramedic", registrationNumber }),
    nurse: await authority.issue({ commonName: "N. D", profession: "nurse", registrationNumber }),
    insuredPerson: await authority.issue({ commonName: "I. E", profession: "insured", registrationNumber }),
    wrongPolicy: await authority.issue({
      commonName: "Dr. F",
      profession: "physician",
      registrationNumber,
      policy: "1.3.6.1.4.1.99999.9",
    }),
    expired: await authority.issue({
      commonName: "Dr. G",
      profession: "physician",
      registrationNumber,
      notBefore: inDays(-20),
      notAfter: inDays(-10),
    }),
    notYetValid: await authority.issue({
      commonName: "Dr. H",
      profession: "physician",
      registrationNumber,
      notBefore: inDays(10),
      notAfter: inDays(20),
    }),
    revoked: await authority.issue({ commonName: "Dr. J", profession: "physician", registrationNumber }),
    uncertified: await stranger.issue({ commonName: "Dr. K", profession: "physician", registrationNumber }),
  }
  await authority.revoke(credentials.revoked)
  project.provide("cloud", { endpoint: engine.endpoint, engine: engine.name, hri, clouds, assemblies, credentials })
  return local.stop
}

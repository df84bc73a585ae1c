import { rmSync } from "node:fs"
import { join } from "node:path"
import type { TestProject } from "vitest/node"
import type { AppName } from "../../apps/policy.ts"
import { serveApps } from "../../local/app-server.ts"
import { writePkcs12 } from "../../local/authority/pkcs12.ts"
import { makeScratchDirectory } from "../../local/directories.ts"
import { type LocalCloud, startLocalCloud } from "../../local/local-cloud.ts"
import { verifyNewAddresses } from "../../local/mailbox.ts"

/** Both apps, freshly built, on the local cloud that all of these tests share; professionals of every kind. */
export interface SharedApps extends Pick<LocalCloud, "hri" | "clouds" | "trustPolicy"> {
  readonly engine: Pick<LocalCloud["engine"], "name" | "version" | "endpoint">
  readonly apps: Readonly<Record<AppName, string>>
  /** PKCS #12 files, all under `certificatePassword`. */
  readonly certificates: Readonly<Record<CertificateName, string>>
  /** For what a test writes; removed in the end. */
  readonly scratch: string
}

export const certificatePassword = "Local-Cloud-Only-1"

const certificateNames = ["physician", "paramedic", "expired", "revoked", "uncertified"] as const
export type CertificateName = (typeof certificateNames)[number]

declare module "vitest" {
  interface ProvidedContext {
    apps: SharedApps
  }
}

const day = 24 * 60 * 60 * 1000

export default async function setup(project: Pick<TestProject, "provide">): Promise<() => Promise<void>> {
  const local = await startLocalCloud({ log: () => {} })
  const ends: (() => Promise<void>)[] = []
  const stop = async () => {
    for (const end of ends.splice(0).reverse()) await end()
    await local.stop()
  }
  try {
    const { authority, engine, hri, clouds, trustPolicy } = local
    const { name, version, endpoint } = engine
    const scratch = makeScratchDirectory("e2e")
    ends.push(async () => rmSync(scratch, { recursive: true, force: true }))
    const stranger = await local.makeStranger()
    const registrationNumber = "LOCAL-1"
    const credentials = {
      physician: await authority.issue({
        commonName: "Dr. Ines Notfall",
        organization: "Example General Hospital",
        profession: "physician",
        registrationNumber,
      }),
      paramedic: await authority.issue({ commonName: "Max Retter", profession: "paramedic", registrationNumber }),
      expired: await authority.issue({
        commonName: "Dr. Alma Abgelaufen",
        profession: "physician",
        registrationNumber,
        notBefore: new Date(Date.now() - 20 * day),
        notAfter: new Date(Date.now() - 10 * day),
      }),
      revoked: await authority.issue({ commonName: "Dr. Otto Widerruf", profession: "physician", registrationNumber }),
      uncertified: await stranger.issue({ commonName: "Dr. Fred Fremd", profession: "physician", registrationNumber }),
    }
    await authority.revoke(credentials.revoked)
    const certificates = {} as Record<CertificateName, string>
    for (const certificate of certificateNames) {
      certificates[certificate] = join(scratch, `${certificate}.p12`)
      await writePkcs12(certificates[certificate], credentials[certificate], certificatePassword)
    }
    const apps = await serveApps(local, (server) => ends.push(() => server.stop()))
    for (const name of ["PatientPoolId", "MemberPoolId"]) {
      const pool = clouds[0].outputs[name]
      if (pool === undefined) throw new Error(`the deployment gave no ${name}`)
      ends.push(verifyNewAddresses(engine, pool))
    }
    project.provide("apps", {
      engine: { name, version, endpoint },
      hri,
      clouds,
      trustPolicy,
      apps,
      certificates,
      scratch,
    })
    return stop
  } catch (error) {
    await stop()
    throw error
  }
}

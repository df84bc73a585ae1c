import { Annotations, NestedStack, Stack, type StackProps } from "aws-cdk-lib"
import type { Construct } from "constructs"
import { accessLogBucket } from "./access-log-bucket.ts"
import { AlarmTopic } from "./alarm-topic.ts"
import { hostApps } from "./app-site.ts"
import { EhrCloudAudience } from "./audience.ts"
import { AuditCheckpoints } from "./audit-checkpoints.ts"
import { AuditTrail } from "./audit-trail.ts"
import type { CodeOf } from "./bundles.ts"
import {
  accessUseCases,
  accountUseCases,
  answeringUseCases,
  cardUseCases,
  contributionUseCases,
  deactivationUseCases,
  deliveryUseCases,
  holderUseCases,
  practiceEndUseCases,
  practiceFileUseCases,
  practiceUseCases,
  publicUseCases,
  recordUseCases,
} from "./cloud-use-cases.ts"
import type { Config } from "./config.ts"
import { dashboard } from "./dashboard.ts"
import { DataKey } from "./data-key.ts"
import { Api } from "./http-api.ts"
import { IdentityManager } from "./identity-manager.ts"
import { MainTable } from "./main-table.ts"
import { acknowledgeCloudFindings } from "./nag-acknowledgements.ts"
import { ObjectStore } from "./object-store.ts"
import { ProviderKey } from "./provider-key.ts"
import { dueDeactivations, tokenUseCases, unattendedUseCases } from "./unattended-use-cases.ts"

const requireConfigured = (scope: Construct, { trustPolicy, sender }: Config): void => {
  if (trustPolicy === undefined) {
    // Not thrown: who deploys the index alone needs no trust policy.
    Annotations.of(scope).addError(
      "An EHR cloud must know which certification authorities it relies on: pass their file as -c trustPolicy=FILE.json.",
    )
  }
  if (sender === undefined) {
    Annotations.of(scope).addError(
      "An EHR cloud must tell patients of emergency accesses: pass the address it writes from as -c sender=ADDRESS.",
    )
  }
}

/** Where patients' records are, and what patients and professionals may do with them. */
export class EhrCloudStack extends Stack {
  constructor(scope: Construct, { config, code, ...props }: StackProps & { config: Config; code: CodeOf }) {
    super(scope, config.cloud, props)
    const { retain, sender = "nobody@localhost" } = config
    requireConfigured(this, config)
    const dataKey = new DataKey(this, "DataKey", config)
    const main = new MainTable(this, "Main", { dataKey, retain, restored: config.mainTable })
    const auditTrail = new AuditTrail(this, "AuditTrail", { dataKey, retain, restored: config.auditTable })
    const accessLogs = accessLogBucket(this, "AccessLogs", { retain })
    const objectStore = new ObjectStore(this, "ObjectStore", { dataKey, accessLogs, config })
    const auditCheckpoints = new AuditCheckpoints(this, "AuditCheckpoints", { accessLogs, config })
    const identity = new IdentityManager(this, "IdentityManager", { retain, sender })
    const providerKey = new ProviderKey(this, "ProviderKey", config)
    const api = new Api(this, "HttpApi", {
      dataKey,
      config,
      code,
      front: config.front,
      authorizers: identity.authorizers,
    })
    const audience = new EhrCloudAudience({ apiId: api.id, title: config.title })

    const cloud = { api, main, auditTrail, objectStore, auditCheckpoints, identity, providerKey, audience }
    publicUseCases(cloud)
    accountUseCases(cloud)
    deactivationUseCases(cloud)
    recordUseCases(cloud)
    cardUseCases(cloud)
    answeringUseCases(cloud)
    holderUseCases(cloud)
    accessUseCases(cloud)
    contributionUseCases(cloud)
    practiceUseCases(cloud)
    practiceFileUseCases(cloud)
    deliveryUseCases(cloud)
    practiceEndUseCases(cloud)
    tokenUseCases(this, cloud, { code, dataKey, config })
    const unattended = new NestedStack(this, "unattended")
    unattendedUseCases(unattended, cloud, { code, dataKey, config, sender })
    dueDeactivations(unattended, cloud, { code, dataKey, config })

    hostApps(this, { config, accessLogs, connect: [api.address, ...objectStore.origins] })

    new AlarmTopic(this, "AlarmTopic", { dataKey }).hearAll()
    dashboard(this, { api })
    acknowledgeCloudFindings(this)
  }
}

import { Annotations, Duration, Stack, type StackProps } from "aws-cdk-lib"
import { Rule, Schedule } from "aws-cdk-lib/aws-events"
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets"
import type { Construct } from "constructs"
import { accessLogBucket } from "./access-log-bucket.ts"
import { AlarmTopic } from "./alarm-topic.ts"
import { hostApps } from "./app-site.ts"
import { EhrCloudAudience } from "./audience.ts"
import { AuditCheckpoints } from "./audit-checkpoints.ts"
import { AuditTrail } from "./audit-trail.ts"
import type { CodeOf } from "./bundles.ts"
import type { Config } from "./config.ts"
import { DataKey } from "./data-key.ts"
import { Api } from "./http-api.ts"
import { IdentityManager } from "./identity-manager.ts"
import { MainTable } from "./main-table.ts"
import { acknowledgeCloudFindings } from "./nag-acknowledgements.ts"
import { Notices } from "./notices.ts"
import { ObjectStore } from "./object-store.ts"
import { ProviderKey } from "./provider-key.ts"
import { UseCaseFunction } from "./use-case-function.ts"

/** What puts thousands of parts together takes its time; an HTTP API waits for 30 s. */
const longest = Duration.seconds(29)

/** Where patients' records are, and what patients and professionals may do with them. */
export class EhrCloudStack extends Stack {
  constructor(scope: Construct, { config, code, ...props }: StackProps & { config: Config; code: CodeOf }) {
    super(scope, config.cloud, props)
    const { retain } = config
    if (config.trustPolicy === undefined) {
      // Not thrown: who deploys the index alone needs no trust policy.
      Annotations.of(this).addError(
        "An EHR cloud must know which certification authorities it relies on: pass their file as -c trustPolicy=FILE.json.",
      )
    }

    const { sender } = config
    if (sender === undefined) {
      Annotations.of(this).addError(
        "An EHR cloud must tell patients of emergency accesses: pass the address it writes from as -c sender=ADDRESS.",
      )
    }

    const dataKey = new DataKey(this, "DataKey", { retain })
    const main = new MainTable(this, "Main", { dataKey, retain })
    const auditTrail = new AuditTrail(this, "AuditTrail", { dataKey, retain })
    const accessLogs = accessLogBucket(this, "AccessLogs", { retain })
    const objectStore = new ObjectStore(this, "ObjectStore", { dataKey, accessLogs, config })
    const auditCheckpoints = new AuditCheckpoints(this, "AuditCheckpoints", { dataKey, accessLogs, config })
    const identity = new IdentityManager(this, "IdentityManager", { retain })
    const providerKey = new ProviderKey(this, "ProviderKey", { retain })
    const api = new Api(this, "HttpApi", { dataKey, config, code, authorizers: identity.authorizers })
    const audience = new EhrCloudAudience({ apiId: api.id, title: config.title })

    /** Publish what the patient signed, with what it changes and one event. */
    const grantPublish = (fn: UseCaseFunction) => {
      audience.grantVerify(fn)
      main.grantRead(fn)
      main.grantList(fn)
      main.grantWrite(fn)
      main.grantCheck(fn)
      auditTrail.grantAppend(fn)
    }

    const wellKnown = api.serve("system/well-known")
    audience.grantVerify(wellKnown)
    providerKey.grantPublicKey(wellKnown)

    const publicCheckpoint = api.serve("system/get-checkpoint")
    auditCheckpoints.grantRead(publicCheckpoint)

    const register = api.serve("patient/register")
    audience.grantVerify(register)
    main.grantRead(register)
    main.grantWrite(register)
    identity.grantRegister(register)

    const confirm = api.serve("patient/confirm")
    main.grantRead(confirm)
    main.grantWrite(confirm)
    auditTrail.grantAppend(confirm)
    identity.grantConfirm(confirm)

    const signIn = api.serve("patient/sign-in")
    identity.grantSignIn(signIn)

    const recover = api.serve("patient/recover")
    main.grantRead(recover)
    auditTrail.grantAppend(recover)

    const getConsent = api.serve("patient/get-consent")
    audience.grantVerify(getConsent)
    main.grantRead(getConsent)

    const signConsent = api.serve("patient/sign-consent")
    audience.grantVerify(signConsent)
    main.grantRead(signConsent)
    main.grantWrite(signConsent)
    main.grantCheck(signConsent)
    providerKey.grantSign(signConsent)
    auditTrail.grantAppend(signConsent)

    const revokeConsent = api.serve("patient/revoke-consent")
    audience.grantVerify(revokeConsent)
    main.grantRead(revokeConsent)
    main.grantWrite(revokeConsent)
    main.grantCheck(revokeConsent)
    providerKey.grantSign(revokeConsent)
    auditTrail.grantAppend(revokeConsent)

    const uploadUrl = api.serve("patient/upload-url")
    main.grantRead(uploadUrl)
    objectStore.grantUpload(uploadUrl)

    const beginUpload = api.serve("patient/begin-upload")
    main.grantRead(beginUpload)
    main.grantList(beginUpload)
    main.grantWrite(beginUpload)
    main.grantCheck(beginUpload)
    objectStore.grantUploadParts(beginUpload)

    const partUrls = api.serve("patient/part-urls")
    main.grantRead(partUrls)
    objectStore.grantSignParts(partUrls)

    const abortUpload = api.serve("patient/abort-upload")
    main.grantRead(abortUpload)
    main.grantRemove(abortUpload)
    objectStore.grantAbort(abortUpload)

    const commit = api.serve("patient/commit", { timeout: longest })
    grantPublish(commit)
    main.grantRemove(commit)
    objectStore.grantComplete(commit)

    const listRecords = api.serve("patient/list-records")
    main.grantList(listRecords)

    const listVersions = api.serve("patient/list-versions")
    main.grantRead(listVersions)
    main.grantList(listVersions)

    const downloadUrl = api.serve("patient/download-url")
    main.grantRead(downloadUrl)
    objectStore.grantDownload(downloadUrl)
    auditTrail.grantAppend(downloadUrl)

    const deleteRecord = api.serve("patient/delete-record", { timeout: longest })
    grantPublish(deleteRecord)
    main.grantRemove(deleteRecord)
    objectStore.grantRemove(deleteRecord)
    objectStore.grantAbort(deleteRecord)

    const getManifest = api.serve("patient/get-manifest")
    main.grantRead(getManifest)

    const getManifestPage = api.serve("patient/get-manifest-page")
    main.grantRead(getManifestPage)

    const publishManifest = api.serve("patient/publish-manifest")
    grantPublish(publishManifest)

    const getDecided = api.serve("patient/get-decided")
    main.grantRead(getDecided)

    const getKeyPages = api.serve("patient/get-key-pages")
    main.grantRead(getKeyPages)

    const makeCard = api.serve("patient/make-card")
    grantPublish(makeCard)

    const listCards = api.serve("patient/list-cards")
    main.grantList(listCards)

    const revokeCard = api.serve("patient/revoke-card")
    audience.grantVerify(revokeCard)
    main.grantRead(revokeCard)
    main.grantWrite(revokeCard)
    auditTrail.grantAppend(revokeCard)

    const strikeCard = api.serve("patient/strike-card")
    grantPublish(strikeCard)

    const emergencyAccess = api.serve("hcp/emergency-access")
    audience.grantVerify(emergencyAccess)
    main.grantRead(emergencyAccess)
    main.grantWrite(emergencyAccess)
    main.grantCheck(emergencyAccess)
    objectStore.grantDownload(emergencyAccess)
    auditTrail.grantAppend(emergencyAccess)

    const session = api.serve("hcp/session")
    audience.grantVerify(session)
    main.grantRead(session)
    main.grantWrite(session)
    providerKey.grantSign(session)
    identity.grantHcpSession(session)
    auditTrail.grantAppend(session)

    const listGrantedRecords = api.serve("hcp/list-records")
    main.grantRead(listGrantedRecords)
    main.grantList(listGrantedRecords)
    main.grantWrite(listGrantedRecords)
    auditTrail.grantAppend(listGrantedRecords)

    const downloadGrantedUrl = api.serve("hcp/download-url")
    main.grantRead(downloadGrantedUrl)
    main.grantWrite(downloadGrantedUrl)
    objectStore.grantDownload(downloadGrantedUrl)
    objectStore.grantReview(downloadGrantedUrl)
    auditTrail.grantAppend(downloadGrantedUrl)

    const contributionUploadUrl = api.serve("hcp/contribution-upload-url")
    main.grantRead(contributionUploadUrl)
    objectStore.grantPropose(contributionUploadUrl)

    const beginContributionUpload = api.serve("hcp/begin-contribution-upload")
    main.grantRead(beginContributionUpload)
    main.grantList(beginContributionUpload)
    main.grantWrite(beginContributionUpload)
    main.grantCheck(beginContributionUpload)
    objectStore.grantProposeParts(beginContributionUpload)

    const contributionPartUrls = api.serve("hcp/contribution-part-urls")
    main.grantRead(contributionPartUrls)
    objectStore.grantSignProposedParts(contributionPartUrls)

    const abortContributionUpload = api.serve("hcp/abort-contribution-upload")
    main.grantRead(abortContributionUpload)
    main.grantRemove(abortContributionUpload)
    objectStore.grantAbortProposal(abortContributionUpload)

    const contribute = api.serve("hcp/contribute", { timeout: longest })
    audience.grantVerify(contribute)
    main.grantRead(contribute)
    main.grantWrite(contribute)
    main.grantCheck(contribute)
    main.grantRemove(contribute)
    objectStore.grantCompleteProposal(contribute)
    providerKey.grantSign(contribute)
    auditTrail.grantAppend(contribute)

    const listContributions = api.serve("patient/list-contributions")
    main.grantList(listContributions)
    objectStore.grantReview(listContributions)

    const approveContribution = api.serve("patient/approve-contribution", { timeout: longest })
    grantPublish(approveContribution)
    main.grantRemove(approveContribution)
    objectStore.grantAccept(approveContribution)

    const rejectContribution = api.serve("patient/reject-contribution")
    grantPublish(rejectContribution)
    main.grantRemove(rejectContribution)
    objectStore.grantReject(rejectContribution)

    const listGrants = api.serve("patient/list-grants")
    main.grantRead(listGrants)
    main.grantList(listGrants)

    const haltGrant = api.serve("patient/halt-grant")
    audience.grantVerify(haltGrant)
    main.grantRead(haltGrant)
    main.grantWrite(haltGrant)
    auditTrail.grantAppend(haltGrant)

    const readAuditTrail = api.serve("patient/read-audit-trail")
    main.grantRead(readAuditTrail)
    auditTrail.grantRead(readAuditTrail)

    const getCheckpoint = api.serve("patient/get-checkpoint")
    main.grantRead(getCheckpoint)
    auditCheckpoints.grantRead(getCheckpoint)

    const deactivate = api.serve("patient/deactivate")
    audience.grantVerify(deactivate)
    main.grantRead(deactivate)
    main.grantList(deactivate)
    main.grantWrite(deactivate)
    main.grantRemove(deactivate)
    objectStore.grantDestroy(deactivate)
    identity.grantDeletePatient(deactivate)
    auditTrail.grantAppend(deactivate)

    const sweepAccounts = new UseCaseFunction(this, {
      name: "system/sweep-accounts",
      impact: "professionals' temporary accounts outlive their time, though no grant does",
      code: code("system/sweep-accounts"),
      dataKey,
      retain,
    })
    main.grantRead(sweepAccounts)
    main.grantRemove(sweepAccounts)
    identity.grantSweep(sweepAccounts)
    new Rule(this, "SweepAccounts", {
      schedule: Schedule.rate(Duration.minutes(15)),
      targets: [new LambdaFunction(sweepAccounts.lambda)],
    })

    const signCheckpoint = new UseCaseFunction(this, {
      name: "system/sign-checkpoint",
      impact: "what was added to patients' audit trails is not sealed, so that cutting it off would not show",
      code: code("system/sign-checkpoint"),
      dataKey,
      retain,
      timeout: Duration.minutes(1),
    })
    audience.grantVerify(signCheckpoint)
    auditTrail.grantChanges(signCheckpoint)
    auditCheckpoints.grantSign(signCheckpoint)
    providerKey.grantSign(signCheckpoint)
    providerKey.grantPublicKey(signCheckpoint)
    new Rule(this, "SignCheckpoint", {
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunction(signCheckpoint.lambda)],
    })

    const notifyPatient = new UseCaseFunction(this, {
      name: "system/notify-patient",
      impact: "patients are not told that an emergency access to their record has begun",
      code: code("system/notify-patient"),
      dataKey,
      retain,
    })
    const notices = new Notices(this, "Notices", { sender: sender ?? "nobody@localhost", retain })
    identity.grantPatientAddress(notifyPatient)
    notices.grantSend(notifyPatient)
    notices.ofEachGrant(notifyPatient, main)

    hostApps(this, { config, accessLogs, connect: [api.address, ...objectStore.origins] })

    new AlarmTopic(this, "AlarmTopic", { dataKey }).hearAll()
    acknowledgeCloudFindings(this)
  }
}

import { setTimeout as sleep } from "node:timers/promises"
import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  GetResourcePolicyCommand,
  PolicyNotFoundException,
  PutResourcePolicyCommand,
  ResourceNotFoundException,
  RestoreTableToPointInTimeCommand,
  type TableDescription,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
  type UpdateTableCommandInput,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb"
import type { TableState } from "../../lib/preflight.ts"

/** What is to be restored from, what to, and of when: without `at`, of the latest moment there is. */
export interface Restore {
  readonly source: string
  readonly target: string
  readonly at?: Date
}
interface Means {
  readonly dynamo: DynamoDBClient
  say(line: string): void
  /** Waits before AWS is asked again. */
  pause?(): Promise<unknown>
}

const describe = async (dynamo: DynamoDBClient, TableName: string): Promise<TableDescription | undefined> => {
  try {
    return (await dynamo.send(new DescribeTableCommand({ TableName }))).Table
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined
    throw error
  }
}

/** The table, once AWS is done with it. */
const whenActive = async ({ dynamo, pause = () => sleep(5_000) }: Means, name: string): Promise<TableDescription> => {
  for (;;) {
    const table = await describe(dynamo, name)
    if (table?.TableStatus === "ACTIVE") return table
    if (table === undefined) throw new Error(`there is no table ${name}`)
    await pause()
  }
}

const ttlOf = async (dynamo: DynamoDBClient, TableName: string): Promise<string | undefined> => {
  const { TimeToLiveDescription } = await dynamo.send(new DescribeTimeToLiveCommand({ TableName }))
  const { TimeToLiveStatus = "", AttributeName } = TimeToLiveDescription ?? {}
  return TimeToLiveStatus.startsWith("ENABL") ? AttributeName : undefined
}
const policyOf = async (dynamo: DynamoDBClient, ResourceArn: string): Promise<string | undefined> => {
  try {
    return (await dynamo.send(new GetResourcePolicyCommand({ ResourceArn }))).Policy
  } catch (error) {
    if (error instanceof PolicyNotFoundException) return undefined
    throw error
  }
}
const recoveryOf = async (dynamo: DynamoDBClient, TableName: string): Promise<boolean> => {
  const { ContinuousBackupsDescription } = await dynamo.send(new DescribeContinuousBackupsCommand({ TableName }))
  return ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus === "ENABLED"
}

/** What a deployment asks of a restored table; undefined where there is none. */
export const tableState = async (dynamo: DynamoDBClient, name: string): Promise<TableState | undefined> => {
  const table = await describe(dynamo, name)
  if (table?.TableArn === undefined) return undefined
  return {
    active: table.TableStatus === "ACTIVE",
    recovery: await recoveryOf(dynamo, name),
    deletionProtection: table.DeletionProtectionEnabled === true,
    timeToLive: (await ttlOf(dynamo, name)) !== undefined,
    policy: (await policyOf(dynamo, table.TableArn)) !== undefined,
  }
}

/** Begins the restore, unless this very one was begun before. Throws for a table of that name that came from elsewhere. */
const begin = async ({ dynamo, say }: Means, source: TableDescription, { target, at }: Restore): Promise<void> => {
  const there = await describe(dynamo, target)
  if (there !== undefined) {
    if (there.RestoreSummary?.SourceTableArn !== source.TableArn)
      throw new Error(`there is a table ${target} already, and it was not restored from this one: choose another name`)
    const moment = there.RestoreSummary?.RestoreDateTime
    if (at !== undefined && moment?.getTime() !== at.getTime())
      throw new Error(`${target} was restored as it was at ${moment?.toISOString()}: choose another name`)
    say(`${target} is there already, as it was at ${moment?.toISOString()}: what it lacks is done now`)
    return
  }
  const key = source.SSEDescription?.KMSMasterKeyArn
  await dynamo.send(
    new RestoreTableToPointInTimeCommand({
      SourceTableName: source.TableName,
      TargetTableName: target,
      ...(at === undefined ? { UseLatestRestorableTime: true } : { RestoreDateTime: at }),
      // Otherwise it would be under a key of AWS's own.
      ...(key !== undefined && { SSESpecificationOverride: { Enabled: true, SSEType: "KMS", KMSMasterKeyId: key } }),
    }),
  )
  say(`${target} is being restored: this takes from minutes to hours`)
}

/** Nothing is put over an event from the first moment on: the policy comes before all else. */
const takePolicy = async ({ dynamo, say }: Means, from: string, to: string): Promise<void> => {
  const policy = await policyOf(dynamo, from)
  if (policy === undefined || (await policyOf(dynamo, to)) !== undefined) return
  await dynamo.send(new PutResourcePolicyCommand({ ResourceArn: to, Policy: policy }))
  say("its policy: as the source's")
}

const takeRecovery = async ({ dynamo, say }: Means, TableName: string): Promise<void> => {
  if (await recoveryOf(dynamo, TableName)) return
  const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true }
  await dynamo.send(new UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification }))
  say("point-in-time recovery: on")
}

const takeTtl = async ({ dynamo, say }: Means, from: string, TableName: string): Promise<void> => {
  const AttributeName = await ttlOf(dynamo, from)
  if (AttributeName === undefined || (await ttlOf(dynamo, TableName)) !== undefined) return
  const TimeToLiveSpecification = { Enabled: true, AttributeName }
  await dynamo.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }))
  say(`time to live: ${AttributeName}`)
}

/** What a table says of itself, and AWS changes one at a time. */
const changesOf = (
  source: TableDescription,
  target: TableDescription,
): Omit<UpdateTableCommandInput, "TableName">[] => {
  const { StreamEnabled = false, StreamViewType } = source.StreamSpecification ?? {}
  const stream = { StreamSpecification: { StreamEnabled, ...(StreamViewType && { StreamViewType }) } }
  const { ReadUnitsPerSecond: reads = 0, WriteUnitsPerSecond: writes = 0 } = source.WarmThroughput ?? {}
  const isColder = writes > (target.WarmThroughput?.WriteUnitsPerSecond ?? writes)
  return [
    ...(StreamEnabled && target.StreamSpecification?.StreamEnabled !== true ? [stream] : []),
    ...(source.DeletionProtectionEnabled === true && target.DeletionProtectionEnabled !== true
      ? [{ DeletionProtectionEnabled: true }]
      : []),
    ...(isColder ? [{ WarmThroughput: { ReadUnitsPerSecond: reads, WriteUnitsPerSecond: writes } }] : []),
  ]
}

/**
 * Restores a table as it was at a moment to a new one, and gives that all that AWS leaves behind: the policy, recovery, time to live, stream, deletion
 * protection and warm throughput of the source. The source isn't touched. What was interrupted goes on where it was when it is asked for again. Returns the
 * ARN by which a deployment takes the table: its stream's, where it has one. Source: Amazon DynamoDB Developer Guide, "Restoring a DynamoDB table to a
 * point in time".
 */
export const restoreTable = async (means: Means, restore: Restore): Promise<string> => {
  const source = await describe(means.dynamo, restore.source)
  if (source?.TableArn === undefined) throw new Error(`there is no table ${restore.source}`)
  await begin(means, source, restore)
  const restored = await whenActive(means, restore.target)
  if (restored.TableArn === undefined) throw new Error("the restored table has no ARN")
  await takePolicy(means, source.TableArn, restored.TableArn)
  await takeRecovery(means, restore.target)
  await takeTtl(means, restore.source, restore.target)
  for (const change of changesOf(source, restored)) {
    await means.dynamo.send(new UpdateTableCommand({ TableName: restore.target, ...change }))
    await whenActive(means, restore.target)
    means.say(`${Object.keys(change).join()}: as the source's`)
  }
  const { LatestStreamArn, TableArn = "" } = await whenActive(means, restore.target)
  return LatestStreamArn ?? TableArn
}

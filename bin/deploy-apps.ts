import { readFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3"
import * as z from "zod/mini"
import { about as aboutSchema } from "../apps/about.ts"
import { buildApps, builtApp, hashListName } from "../apps/build.ts"
import { appNames } from "../apps/policy.ts"
import { healthCards as healthCardsSchema } from "../apps/shared/health-cards/configured.ts"
import { filesToDeploy } from "../lib/app-deployment.ts"

/**
 * Builds the apps and puts them into the buckets that their stack made: `--ehr BUCKET --hcp BUCKET --practice BUCKET --card BUCKET --cloud ADDRESS --hri ADDRESS`, as the stack's
 * outputs say (EhrAppBucket, HcpAppBucket, PracticeAppBucket, CardAppBucket, Url, AppIndex). Printed cards have a front that opens the page at `--card-page ADDRESS`, and a back that says
 * that the professionals' app is at `--hcp-app ADDRESS`. `--trustPolicy FILE`: whom the apps take for a professional, by their own judgment. `--responsible TEXT
 * --region TEXT --trailDays NUMBER --help ADDRESS`, all or none: what the apps tell people of who is responsible for their data, where it is kept, how long nobody can
 * delete the log (the stack's checkpointRetentionDays), and where to ask (https:, mailto: or tel:).
 * `--healthCards FILE`: JSON, whom the patient's app believes of those who sign SMART Health Cards, and which servers of health links it may ask, which the stack's
 * `healthLinks` must name too: `{"issuers":[{"iss":"https://...","keys":[...]}],"links":["https://..."]}`.
 */
const options = {
  ehr: { type: "string" },
  hcp: { type: "string" },
  practice: { type: "string" },
  card: { type: "string" },
  cloud: { type: "string" },
  hri: { type: "string" },
  trustPolicy: { type: "string" },
  "card-page": { type: "string" },
  "hcp-app": { type: "string" },
  responsible: { type: "string" },
  region: { type: "string" },
  trailDays: { type: "string" },
  help: { type: "string" },
  healthCards: { type: "string" },
} as const
const { values } = parseArgs({ options })
const { cloud, hri, trustPolicy, "card-page": card, "hcp-app": hcp } = values
if (
  cloud === undefined ||
  hri === undefined ||
  trustPolicy === undefined ||
  appNames.some((app) => values[app] === undefined)
)
  throw new Error(
    "--ehr BUCKET, --hcp BUCKET, --practice BUCKET, --card BUCKET, --cloud ADDRESS, --hri ADDRESS and --trustPolicy FILE are all needed: the stack's outputs have the first six",
  )
const { responsible, region, trailDays, help } = values
const people = { responsible, region, trailDays: trailDays === undefined ? undefined : Number(trailDays), help }
const isSilent = Object.values(people).every((value) => value === undefined)
const about = isSilent ? undefined : z.parse(aboutSchema, people)
const { healthCards: believed } = values
const healthCards =
  believed === undefined ? undefined : z.parse(healthCardsSchema, JSON.parse(readFileSync(believed, "utf8")))
const policy: unknown = JSON.parse(readFileSync(trustPolicy, "utf8"))
const s3 = new S3Client({})
const hash = await buildApps()
for (const app of appNames) {
  const files = filesToDeploy(builtApp(app), {
    cloud,
    hri,
    policy,
    ...(card && { card }),
    ...(hcp && { hcp }),
    ...(about && { about }),
    ...(healthCards && { healthCards }),
  })
  for (const { key, body, contentType, cacheControl } of files)
    await s3.send(
      new PutObjectCommand({
        Bucket: values[app],
        Key: key,
        Body: body,
        ContentType: contentType,
        CacheControl: cacheControl,
      }),
    )
  console.log(`${app}: ${files.length} files`)
}
// What whoever holds the site against a checkout must find.
console.log(`${hash}  ${hashListName}`)

import { writeFileSync } from "node:fs"
import path from "node:path"
import { vi } from "vitest"
import { Problem } from "../../contract/errors.ts"
import { reservedAtOnce } from "../../lib/cloud-use-cases.ts"
import { publicThrottles, throttle } from "../../lib/http-api.ts"
import type { Card } from "../../protocol/card.ts"
import { utf8 } from "../../protocol/crypto/bytes.ts"
import { decodeCard, lookUp } from "../../sdk/hcp/card.ts"
import { type Access, type Credential, emergencyAccess, readSummaryRecords } from "../../sdk/hcp/emergency-access.ts"
import { listRecords } from "../../sdk/hcp/records.ts"
import { makeCard } from "../../sdk/patient/cards.ts"
import { uploadRecord } from "../../sdk/patient/records.ts"
import { loadFunctions } from "../faults/functions.ts"
import { gatewayTo } from "../faults/gateway.ts"
import { memoryAws } from "../kit/aws.ts"
import { newCertification } from "../kit/certification.ts"
import { cloudAddress, hriAddress } from "../kit/memory-network.ts"
import { jsonReply, type Network, over } from "../kit/network.ts"
import { newAccount } from "../kit/new-account.ts"
import { type Bucket, bucketOf } from "../kit/token-bucket.ts"
import { type Capacity, limits, simulatedLimits } from "./limits.ts"
import { type SimulatedTime, simulatedTime } from "./simulated-time.ts"

/**
 * Assumed, milliseconds: nobody promises them. A professional on a mobile network; a function that starts, and one that runs already; what AWS and an
 * authority take to answer.
 */
const takes = {
  network: 80,
  cold: 500,
  warm: 10,
  object: 40,
  authority: 100,
  calls: {
    DynamoDBClient: 8,
    CognitoIdentityProviderClient: 120,
    KMSClient: 15,
    S3Client: 30,
    SESv2Client: 60,
  } as Readonly<Record<string, number>>,
}

/** Below the number of professionals that one card is open to in an hour. */
const professionalsPerPatient = 20

/** Functions as Lambda runs them: an environment answers one request at a time, and starts where none is free. */
const environments = (time: SimulatedTime, atOnce: number) => {
  const free = new Map<string, number>()
  let running = 0
  return {
    /** Undefined where no more may run. */
    run: async <T>(name: string, act: () => Promise<T>): Promise<T | undefined> => {
      if (running >= atOnce) return undefined
      running++
      const idle = free.get(name) ?? 0
      if (idle > 0) free.set(name, idle - 1)
      await time.sleep(idle > 0 ? takes.warm : takes.cold)
      try {
        return await act()
      } finally {
        running--
        free.set(name, (free.get(name) ?? 0) + 1)
      }
    },
  }
}

export interface Circumstances extends Capacity {
  /** Over how many milliseconds they arrive, evenly. */
  readonly within: number
  readonly functionsAtOnce?: number
  /** Whether they want a session afterwards; so it is, unless said otherwise. */
  readonly sessions?: boolean
}

export interface Outcome {
  /** From the arrival to the first record, decrypted, milliseconds; of those who read it. */
  readonly records: readonly number[]
  /** What those who didn't were told. */
  readonly refused: readonly string[]
  /** From the arrival to a session for more records, milliseconds. */
  readonly sessions: readonly number[]
  /** Calls of Cognito's by the time that everybody had read. */
  readonly cognitoWhileReading: number
  /** Units that the main table wrote for all accesses, before anybody asked for a session. */
  readonly accessWrites: number
  readonly cognitoThrottled: number
}

/** Patients with a card each and professionals with a certificate each, of whom everybody holds one of the cards; in a cloud in memory, of the functions as they are deployed. */
export const surgeOf = async (folder: string, count: number) => {
  vi.spyOn(console, "log").mockImplementation(() => {})
  vi.spyOn(process.stdout, "write").mockImplementation(() => true)
  const certification = newCertification()
  writeFileSync(path.join(folder, "trust-policy.json"), JSON.stringify(certification.trust.policy))
  const aws = memoryAws()
  const functions = await loadFunctions(aws, folder)
  const network = gatewayTo(aws, functions, async ({ body }) => ({
    status: 200,
    headers: { "content-type": "application/ocsp-response" },
    body: await certification.answer(body),
  }))
  const professionals: { readonly card: Card; readonly credential: Credential }[] = []
  await over(network, async () => {
    let card: Card | undefined
    for (let i = 0; i < count; i++) {
      if (i % professionalsPerPatient === 0) {
        const { session } = await newAccount(cloudAddress, `patient-${i}@example.org`)
        const content = utf8("An allergy. ".repeat(4000))
        await uploadRecord(session, { category: "summary", title: "Summary", contentType: "text/plain", content })
        const { text } = await makeCard(session, { hri: hriAddress, categories: ["summary"] })
        const reading = decodeCard(text)
        if (reading.outcome !== "ok") throw new Error(reading.outcome)
        card = reading.card
      }
      if (card !== undefined) professionals.push({ card, credential: certification.professional(`Physician ${i}`) })
    }
  })
  const saved = aws.save()

  /** What API Gateway, Lambda and the network take, and let through. */
  const front = (time: SimulatedTime, functionsAtOnce: number): Network => {
    const lambda = environments(time, functionsAtOnce - reservedAtOnce)
    const throttles = new Map<string, Bucket>()
    const throttleOf = (route: string) => {
      const own = Object.entries(publicThrottles).find(([name]) => name === route)?.[1] ?? throttle
      const there = throttles.get(route) ?? bucketOf({ perSecond: own.rateLimit, burst: own.burstLimit }, time.now)
      throttles.set(route, there)
      return there
    }
    return async (asked) => {
      if (asked.url.hostname === "responder.invalid") {
        await time.sleep(takes.authority)
        return network(asked)
      }
      await time.sleep(takes.network)
      if (asked.route === "object") {
        await time.sleep(takes.object)
        return network(asked)
      }
      if (!throttleOf(asked.route).passes()) return jsonReply({ message: "Too Many Requests" }, 429)
      return (await lambda.run(asked.route, () => network(asked))) ?? jsonReply({ message: "Service Unavailable" }, 503)
    }
  }

  return {
    professionals: professionals.length,
    /** Everybody arrives, reads the first record, and then, once all have, wants a session. */
    run: async (circumstances: Circumstances): Promise<Outcome> => {
      const { within, functionsAtOnce = limits.functionsAtOnce, sessions: wanted = true, ...capacity } = circumstances
      aws.load(saved)
      const time = simulatedTime()
      const limited = simulatedLimits(time.now, capacity)
      const { wire } = functions
      Object.assign(wire, { attempts: 3, waits: true })
      wire.between = async (call, answer) => {
        await time.sleep(takes.calls[call.client] ?? 0)
        return limited.between(call, answer)
      }
      const [records, sessions, refused]: [number[], number[], string[]] = [[], [], []]
      const readers: { readonly access: Access; readonly arrived: number }[] = []
      const arrivals = professionals.map(({ card, credential }, i) => {
        const at = (i / professionals.length) * within
        const task = async () => {
          const arrived = time.now()
          try {
            const access = await emergencyAccess(card, lookUp(card), credential)
            await readSummaryRecords(access)
            records.push(time.now() - arrived)
            readers.push({ access, arrived })
          } catch (error) {
            refused.push(error instanceof Problem ? error.code : `unexpected: ${String(error)}`)
          }
        }
        return { at, task }
      })
      const cognito = () => limited.counts("CognitoIdentityProviderClient")
      await over(front(time, functionsAtOnce), () => time.run(arrivals))
      const cognitoWhileReading = cognito().passed + cognito().throttled
      const accessWrites = limited.taken("main-table", "writes")
      const asking = (wanted ? readers : []).map(({ access, arrived }) => ({
        at: 0,
        task: async () => {
          // The SDK gives up after some seconds; whoever wants the next record taps again.
          for (;;)
            try {
              await listRecords(access, "summary")
              sessions.push(time.now() - arrived)
              return
            } catch (error) {
              if (!(error instanceof Problem) || error.code !== "busy") throw error
              await time.sleep(5000)
            }
        },
      }))
      await over(front(time, functionsAtOnce), () => time.run(asking))
      wire.between = ({ input }, answer) => answer(input)
      return { records, refused, sessions, cognitoWhileReading, accessWrites, cognitoThrottled: cognito().throttled }
    },
  }
}

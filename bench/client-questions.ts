import * as z from "zod/mini"
import { descriptor } from "../protocol/record.ts"
import { steps } from "./steps.ts"

const bytes = z.int().check(z.positive())
const count = z.int().check(z.positive())

/** What another process needs to be the same patient, with the newest record. */
export const handedOver = z.object({
  login: z.object({ email: z.string(), password: z.string() }),
  recoveryPhrase: z.string(),
  newest: descriptor,
})

/** What a client of the measurements is asked to do. */
export const question = z.discriminatedUnion("do", [
  z.object({
    do: z.literal("open"),
    cloud: z.string(),
    engine: z.object({ name: z.enum(["ministack", "localstack", "given"]), endpoint: z.string() }),
    patientPoolId: z.string(),
    count,
  }),
  z.object({ do: z.literal("put"), urls: z.array(z.string()), file: z.string(), bytes }),
  z.object({ do: z.literal("get"), urls: z.array(z.string()), bytes }),
  z.object({ do: z.literal("upload"), users: count, file: z.string(), bytes }),
  z.object({ do: z.literal("download"), users: count, bytes }),
  z.object({ do: z.literal("forget") }),
  z.object({ do: z.literal("steps"), file: z.string(), put: z.array(z.string()), get: z.array(z.string()) }),
  z.object({ do: z.literal("hand-over") }),
  z.object({ do: z.literal("take-over"), cloud: z.string(), patient: handedOver }),
])

/** Of all users together. `peakBytes`: above what the process began with. `transferSeconds`: without the API's calls around it. */
export const figures = z.object({
  seconds: z.number(),
  cpuSeconds: z.number(),
  peakBytes: z.number(),
  transferSeconds: z.optional(z.number()),
})
export type Figures = z.infer<typeof figures>
/** Of each step, CPU seconds a gigabyte. */
export const stepFigures = z.array(z.object({ step: z.enum(steps), cpuSeconds: z.number() }))
export const done = z.object({})

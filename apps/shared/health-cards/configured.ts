import * as z from "zod/mini"
import { deviceAddress } from "../../../protocol/address.ts"
import { healthCardIssuer } from "../../../sdk/health-card.ts"

/** An https origin, as a policy of the page's own names it. */
export const publicOrigin = z
  .string()
  .check(
    z.refine((told) => deviceAddress(told, { local: false })?.origin === told, "the origin of a public https address"),
  )

/** Whom an app believes of those who sign health cards, and where it may ask for what a health link names. Part of `/config.json`. */
export const healthCards = z.strictObject({
  issuers: z.array(healthCardIssuer).check(z.maxLength(500)),
  links: z.array(publicOrigin).check(z.maxLength(100)),
})
export type HealthCards = z.infer<typeof healthCards>

let told: Promise<HealthCards> | undefined

const readTold = async (): Promise<HealthCards> => {
  // oxlint-disable-next-line eslint/no-restricted-globals -- the app's own file, from its own origin
  const response = await fetch("/config.json", { credentials: "omit", redirect: "error" })
  const read = z.parse(z.object({ healthCards: z.optional(healthCards) }), await response.json())
  return read.healthCards ?? { issuers: [], links: [] }
}

/** What this app was told; where it wasn't, or can't be read, nobody is believed and nobody asked. */
export const configuredHealthCards = async (): Promise<HealthCards> => {
  told ??= readTold().catch(() => {
    told = undefined
    return { issuers: [], links: [] }
  })
  return told
}

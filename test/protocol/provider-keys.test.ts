import { describe, expect, test } from "vitest"
import * as z from "zod/mini"
import { consentReceipt } from "../../protocol/claims.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import {
  cloudIdOf,
  goesOnFrom,
  keyOverlapSeconds,
  knownOf,
  providerKeyList,
  requireOneList,
  signAsProvider,
  signSuccessor,
  verifyByProvider,
  verifyProviderKeys,
} from "../../protocol/provider-keys.ts"
import formats from "../golden/formats.json" with { type: "json" }
import { aHash, integrityOf } from "../kit/holders.ts"
import { newProvider, type OwnProvider } from "../kit/provider.ts"

const now = new Date("2026-03-01T12:00:00.000Z")
const seconds = now.getTime() / 1000
const expected = { typ: "consent-receipt", schema: consentReceipt, code: "consent-receipt-invalid" } as const
const claims = (of: OwnProvider, iat = seconds) => ({ iss: of.cloudId, iat, statementHash: aHash("S") })

describe("the keys of a provider", () => {
  const list = z.parse(providerKeyList, formats.provider.list)
  const cloudId = formats.statements.audience

  test("lead from the one that the cloud's id is made of to the newest, as another implementation signed them", async () => {
    expect(await cloudIdOf(list.first)).toBe(cloudId)
    const { keys } = await verifyProviderKeys(cloudId, list)
    expect(keys.map(({ kid }) => kid)).toEqual(formats.provider.kids)
    expect(keys.map(({ replacedAt }) => replacedAt)).toEqual([1_790_000_010, 1_790_000_020, undefined])
  })

  test.each(formats.provider.refused)("are none where there is $why", async (refused) => {
    const told = z.parse(z.object(providerKeyList.shape), { ...list, ...refused })
    expect(await integrityOf(verifyProviderKeys(cloudId, told))).toBe("provider-changed")
  })

  test("are named by the statement that whoever has the newest one signs", async () => {
    const provider = await newProvider()
    const other = await newProvider()
    const { list } = provider.keys
    const statement = await signSuccessor(provider, provider.keys, other.keys.list.first, now)
    const grown = await verifyProviderKeys(provider.cloudId, { ...list, successors: [statement] })
    expect(grown.keys.map(({ kid }) => kid)).toEqual([provider.kid, other.kid])
  })
})

describe("what a provider signs", () => {
  test("is taken by the key that signed then, and by the newest", async () => {
    const provider = await newProvider()
    const before = await provider.state("consent-receipt", claims(provider))
    await provider.rotate(now)
    const after = await signAsProvider(provider, "consent-receipt", claims(provider, seconds + 1))
    for (const statement of [before, after])
      expect(await verifyByProvider(statement, provider.keys, expected)).toMatchObject({ iss: provider.cloudId })
  })

  test("by a key that was replaced is taken for a day more, and not of a later time", async () => {
    const provider = await newProvider()
    const { before } = await provider.rotate(now)
    const signed = async (iat: number) =>
      verifyByProvider(await before.state("consent-receipt", claims(provider, iat)), provider.keys, expected)
    await signed(seconds + keyOverlapSeconds)
    expect(await integrityOf(signed(seconds + keyOverlapSeconds + 1))).toBe("consent-receipt-invalid")
  })

  test("is refused of another type or cloud, by another's key, and by a key that no list has", async () => {
    const provider = await newProvider()
    const other = await newProvider()
    for (const statement of [
      await provider.state("receipt", claims(provider)),
      await provider.state("consent-receipt", claims(other)),
      await other.state("consent-receipt", claims(provider)),
      await provider.state("consent-receipt", { ...claims(provider), more: 1 }),
      "",
    ])
      expect(await integrityOf(verifyByProvider(statement, provider.keys, expected))).toBe("consent-receipt-invalid")
  })
})

describe("a list that is told", () => {
  test("goes on from what is known of the same cloud, and from no other", async () => {
    const provider = await newProvider()
    const known = knownOf(provider.keys)
    const short = structuredClone(provider.keys)
    await provider.rotate(now)
    expect(goesOnFrom(known, provider.keys)).toBe(true)
    expect(goesOnFrom(knownOf(provider.keys), short)).toBe(false)
    expect(goesOnFrom(known, (await newProvider()).keys)).toBe(false)
    expect(goesOnFrom({ ...known, cloudId: "other" }, provider.keys)).toBe(false)
    requireOneList(short, provider.keys)
    requireOneList(provider.keys, short)
  })

  test("with another key in the place of one that is known is a second list by the same provider", async () => {
    const provider = await newProvider()
    const [mine, theirs] = await Promise.all(
      [await newProvider(), await newProvider()].map(async (next) => {
        const successors = [await signSuccessor(provider, provider.keys, next.keys.list.first, now)]
        return verifyProviderKeys(provider.cloudId, { ...provider.keys.list, successors })
      }),
    )
    expect(() => requireOneList(mine!, theirs!)).toThrow(new IntegrityFailure("provider-forked"))
  })
})

import { describe, expect, test } from "vitest"
import { openCloud } from "../../../sdk/cloud.ts"
import { beginRecord, confirm, register, signIn } from "../../../sdk/patient/account.ts"
import { readContents } from "../../../sdk/patient/contents.ts"
import { confirmationCode } from "../../fakes/accounts.ts"
import { cloudAddress } from "../../kit/memory-network.ts"
import { newProvider } from "../../kit/provider.ts"
import { again, counting, losing, useWorld } from "../../kit/world.ts"

const world = useWorld()
const online = world.over

let count = 0
const registered = async () => {
  const cloud = await openCloud(cloudAddress)
  const login = { email: `account-${++count}@example.org`, password: "Correct-Horse-7-Battery" }
  const account = await register(cloud, login)
  await confirm(cloud, account.patientId, confirmationCode)
  return { cloud, login, account, session: await signIn(cloud, login, account.keys, account.memory) }
}

describe("the first manifest", () => {
  test("is signed by the device that made the account, once", async () => {
    const { session } = await online(registered)
    await online(() => beginRecord(session))
    expect(session.memory).not.toHaveProperty("begins")
    expect((await online(() => readContents(session))).manifest.number).toBe(1)
    await expect(online(() => beginRecord(session))).rejects.toMatchObject({ code: "manifest-missing" })
  })

  test("is signed by no other device, whatever the cloud says that there is", async () => {
    const { session } = await world.patient()
    const unknowing = { ...again(session), memory: { fingerprint: session.fingerprint } }
    const { asked, between } = counting()
    await expect(online(() => beginRecord(unknowing), between)).rejects.toMatchObject({ code: "manifest-missing" })
    expect(asked).toEqual([])
  })

  test("whose answer was lost is found there, and not signed again", async () => {
    const { session } = await online(registered)
    await expect(online(() => beginRecord(session), losing("patient/publish-manifest"))).rejects.toMatchObject({
      name: "Unreachable",
    })
    expect(session.memory.begins).toBe(true)
    await online(() => beginRecord(session))
    expect(session.memory).not.toHaveProperty("begins")
    expect((await online(() => readContents(session))).manifest.number).toBe(1)
  })

  test("that was read before it was known to be there leaves nothing to begin", async () => {
    const { session } = await online(registered)
    await expect(online(() => beginRecord(session), losing("patient/publish-manifest"))).rejects.toThrow()
    await online(() => readContents(session))
    await online(() => beginRecord(session))
    expect(session.memory).not.toHaveProperty("begins")
    expect(session.memory.manifest?.number).toBe(1)
  })
})

describe("signing in", () => {
  test("is refused without what the device knows of its patient", async () => {
    const { cloud, login, account } = await online(registered)
    await expect(online(() => signIn(cloud, login, account.keys, {}))).rejects.toMatchObject({
      code: "account-changed",
    })
  })

  test("is refused where the cloud answers for another account, or isn't the one that was registered with", async () => {
    const { cloud, login, account } = await online(registered)
    const other = await online(registered)
    const memory = () => structuredClone(account.memory)
    await expect(online(() => signIn(cloud, other.login, account.keys, memory()))).rejects.toMatchObject({
      code: "account-changed",
    })
    const elsewhere = { ...cloud, provider: (await newProvider()).keys }
    await expect(online(() => signIn(elsewhere, login, account.keys, memory()))).rejects.toMatchObject({
      code: "provider-changed",
    })
  })
})

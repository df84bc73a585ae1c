import "fake-indexeddb/auto"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import type { Account } from "../../apps/ehr/device.ts"
import { generateKeyPairs, lockKeyPairs } from "../../protocol/keys.ts"
import { newProvider } from "../kit/provider.ts"

/** A page of the app: modules, signals and connections of its own, on the device of all pages. */
const openPage = async () => {
  vi.resetModules()
  const device = await import("../../apps/ehr/device.ts")
  const state = await import("../../apps/ehr/state.ts")
  state.watchRemoval()
  await state.openDevice()
  return { device, state }
}

const accountOf = async (patientId: string): Promise<Account> => {
  const keys = await lockKeyPairs(await generateKeyPairs({ extractable: false }))
  const { keys: provider } = await newProvider()
  const cloud = { address: "https://cloud.example", cloudId: "cloud", name: "Cloud", provider }
  return { patientId, fingerprint: "", keys, memory: {}, cloud, stage: "done" }
}
const paper = { sealed: new Uint8Array([1]) } as never
const waiting = { id: "w", size: 1, addedAt: "", sealed: new Uint8Array([1]) } as never

const shown: string[] = []
beforeEach(() => {
  shown.length = 0
  vi.stubGlobal("location", { replace: (to: string) => shown.push(to) })
  vi.stubGlobal("addEventListener", () => undefined)
})
afterEach(async () => {
  await (await openPage()).device.forgetEverything()
  vi.unstubAllGlobals()
})

const kept = async ({ device }: Awaited<ReturnType<typeof openPage>>) => [
  await device.readAccount(),
  await device.readContentsCopy(),
  ...(await device.copiedPlaces()),
  ...(await device.readWaiting()),
]

describe("removing a record from a device with two pages open", () => {
  test("takes the keys from both, and the other shows the start", async () => {
    const first = await openPage()
    await first.device.createAccount(await accountOf("patient"))
    await first.device.writeCopy("r/1", paper)
    await first.device.writeWaiting(waiting)
    await first.device.writeContentsCopy(paper)
    const second = await openPage()
    expect(second.state.account.value?.patientId).toBe("patient")
    second.state.session.value = {} as never

    await first.device.forgetEverything()
    await vi.waitFor(() => expect(second.state.account.value).toBeUndefined())
    expect(second.state.session.value).toBeUndefined()
    expect(new Set(shown)).toEqual(new Set(["/"]))
    expect(await kept(await openPage())).toEqual([undefined, undefined])
  })

  test("keeps what the other page had under way from coming back", async () => {
    const first = await openPage()
    const account = await accountOf("patient")
    await first.device.createAccount(account)
    const second = await openPage()
    const removal = first.device.forgetEverything()
    const late = await Promise.allSettled([
      removal,
      second.device.writeAccount(account),
      second.device.writeCopy("r/1", paper),
      second.device.writeContentsCopy(paper),
      second.device.writeWaiting(waiting),
    ])
    expect(late[0].status).toBe("fulfilled")
    expect(await kept(await openPage())).toEqual([undefined, undefined])
    for (const write of [
      () => second.device.writeAccount(account),
      () => second.device.writeCopy("r/1", paper),
      () => second.device.writeContentsCopy(paper),
      () => second.device.writeWaiting(waiting),
    ])
      await expect(write()).rejects.toMatchObject({ name: "RemovedFromDevice" })
    expect(await kept(await openPage())).toEqual([undefined, undefined])
  })

  test("keeps the other page's papers away from the account that comes after", async () => {
    const first = await openPage()
    await first.device.createAccount(await accountOf("patient"))
    const second = await openPage()
    await first.device.forgetEverything()
    await first.device.createAccount(await accountOf("somebody else"))
    await expect(second.device.writeCopy("r/1", paper)).rejects.toMatchObject({ name: "RemovedFromDevice" })
    const third = await openPage()
    expect(third.state.account.value?.patientId).toBe("somebody else")
    expect(await third.device.copiedPlaces()).toEqual([])
  })

  test("is found out by a page that was told nothing, as soon as it writes", async () => {
    const first = await openPage()
    const account = await accountOf("patient")
    await first.device.createAccount(account)
    await first.state.openDevice()
    expect(first.state.account.value).toBeDefined()
    const raw = await new Promise<IDBDatabase>((resolve) => {
      const request = indexedDB.open("ehr-cloud-patient")
      request.addEventListener("success", () => resolve(request.result))
    })
    await new Promise<void>((resolve) => {
      const transaction = raw.transaction("account", "readwrite")
      transaction.objectStore("account").clear()
      transaction.addEventListener("complete", () => resolve())
    })
    raw.close()
    await expect(first.device.writeAccount(account)).rejects.toMatchObject({ name: "RemovedFromDevice" })
    expect(first.state.account.value).toBeUndefined()
    expect(shown).toEqual(["/"])
  })
})

test("an account is written again and again by its own page", async () => {
  const page = await openPage()
  const account = await accountOf("patient")
  await page.device.createAccount(account)
  await page.device.writeAccount({ ...account, stage: "consents" })
  expect((await page.device.readAccount())?.stage).toBe("consents")
  const again = await openPage()
  await again.device.writeAccount(account)
  expect((await page.device.readAccount())?.stage).toBe("done")
})

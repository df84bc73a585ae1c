import "fake-indexeddb/auto"
import { describe, expect, test, vi } from "vitest"
import {
  type HeldCertificate,
  keepCertificate,
  keptCertificate,
  type LockedCertificate,
  removeCertificate,
} from "../../apps/hcp/certificate-store.ts"
import { mostTries, unlock } from "../../apps/hcp/unlock.ts"
import { lockKey } from "../../sdk/hcp/pin-lock.ts"

const held = async () => {
  const { privateKey } = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, [
    "sign",
    "verify",
  ])
  return {
    credential: { chain: [Uint8Array.of(1, 2, 3)], alg: "ES256" as const, privateKey },
    facts: { professionNames: [], notBefore: new Date(0), notAfter: new Date(1), name: "Dr. Ines Notfall" },
  }
}

describe("the certificate this device keeps", () => {
  test("comes back with a key that signs and can't be exported", async () => {
    await keepCertificate(await held())
    const kept = await keptCertificate()
    expect(kept?.facts.name).toBe("Dr. Ines Notfall")
    if (kept === undefined || !("credential" in kept)) throw new Error("no key")
    expect(kept.credential.chain).toEqual([Uint8Array.of(1, 2, 3)])
    const { privateKey } = kept.credential
    expect(privateKey.extractable).toBe(false)
    await expect(crypto.subtle.exportKey("pkcs8", privateKey)).rejects.toThrow()
    expect(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, privateKey, new Uint8Array(1))).toHaveProperty(
      "byteLength",
      64,
    )
  })

  test("is the only one, and is gone when it is removed", async () => {
    await keepCertificate(await held())
    await keepCertificate(await held())
    await removeCertificate()
    expect(await keptCertificate()).toBeUndefined()
  })

  test("is gone from another page, which is told so", async () => {
    await keepCertificate(await held())
    vi.resetModules()
    const other = await import("../../apps/hcp/certificate-store.ts")
    expect(await other.keptCertificate()).toBeDefined()
    const told = vi.fn()
    other.onCertificateRemoved(told)
    await removeCertificate()
    await vi.waitFor(() => expect(told).toHaveBeenCalled())
    expect(await other.keptCertificate()).toBeUndefined()
  })
})

describe("a certificate with a PIN", () => {
  const pin = "ward 7 tablet"
  const keepLocked = async (): Promise<LockedCertificate> => {
    const { credential, facts } = await held()
    const { privateKey } = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
      "sign",
      "verify",
    ])
    const { chain, alg } = credential
    const locked = { chain, alg, facts, lock: await lockKey(privateKey, pin) }
    await keepCertificate({ credential, facts, locked })
    const kept = await keptCertificate()
    if (kept === undefined || "credential" in kept) throw new Error("its key is kept open")
    return kept
  }
  const signs = async ({ credential }: HeldCertificate) =>
    (await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, credential.privateKey, new Uint8Array(1))).byteLength

  test("is kept without a key that signs, and comes back with one that can't be exported", async () => {
    const kept = await keepLocked()
    const opened = await unlock(kept, pin)
    if (opened.outcome !== "ok") throw new Error(opened.outcome)
    expect(await signs(opened.held)).toBe(64)
    expect(opened.held.credential.privateKey.extractable).toBe(false)
    expect(opened.held.facts.name).toBe("Dr. Ines Notfall")
  })

  test("is deleted by the last of the wrong PINs that may be tried, and the right one opens nothing then", async () => {
    const kept = await keepLocked()
    for (let left = mostTries - 1; left > 0; left--)
      expect(await unlock(kept, `wrong ${left}`)).toEqual({ outcome: "wrong", left })
    expect(await unlock(kept, "wrong at last")).toEqual({ outcome: "removed" })
    expect(await keptCertificate()).toBeUndefined()
    expect(await unlock(kept, pin)).toEqual({ outcome: "removed" })
  })

  test("counts wrong PINs from the last right one, and all that are tried at once", async () => {
    const kept = await keepLocked()
    for (let i = 1; i < mostTries; i++) await unlock(kept, "wrong")
    expect(await unlock(kept, pin)).toMatchObject({ outcome: "ok" })
    expect(await unlock(kept, "wrong")).toEqual({ outcome: "wrong", left: mostTries - 1 })
    const many = await Promise.all(Array.from({ length: mostTries }, () => unlock(kept, "wrong")))
    expect(many).toContainEqual({ outcome: "removed" })
    expect(await keptCertificate()).toBeUndefined()
  }, 60_000)
})

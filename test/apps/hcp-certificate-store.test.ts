import "fake-indexeddb/auto"
import { describe, expect, test, vi } from "vitest"
import { keepCertificate, keptCertificate, removeCertificate } from "../../apps/hcp/certificate-store.ts"

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
    expect(kept?.credential.chain).toEqual([Uint8Array.of(1, 2, 3)])
    const { privateKey } = kept!.credential
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

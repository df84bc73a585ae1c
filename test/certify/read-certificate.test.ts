import { describe, expect, test } from "vitest"
import { opensslKeys } from "../../certify/openssl-keys.ts"
import { readCertificate } from "../../protocol/certification/certificate.ts"
import type { Keys } from "../../protocol/certification/keys.ts"
import { newCertification } from "../kit/certification.ts"

const { authority, issue } = newCertification()

/** OpenSSL's, counting how often a certificate is parsed. */
const countingKeys = (): Keys & { parsed: number } => ({
  ...opensslKeys,
  parsed: 0,
  ofCertificate(der) {
    this.parsed++
    return opensslKeys.ofCertificate(der)
  },
})

describe("a certificate that is shown again", () => {
  test("is parsed once for all professionals of its authority", () => {
    const keys = countingKeys()
    const first = readCertificate(authority.self.der, keys)
    expect(readCertificate(Uint8Array.from(authority.self.der), keys)).toBe(first)
    expect(keys.parsed).toBe(1)
  })

  test("is another one where a single bit of it differs", () => {
    const keys = countingKeys()
    const known = readCertificate(authority.self.der, keys)
    const changed = Uint8Array.from(authority.self.der)
    changed[changed.length - 1] = (changed[changed.length - 1] ?? 0) ^ 1
    const read = readCertificate(changed, keys)
    expect(read).toBeDefined()
    expect(read?.thumbprint).not.toBe(known?.thumbprint)
    expect(keys.parsed).toBe(2)
  })

  test("is read by the keys of who asks", () => {
    const [mine, other] = [countingKeys(), countingKeys()]
    readCertificate(authority.self.der, mine)
    readCertificate(authority.self.der, other)
    expect([mine.parsed, other.parsed]).toEqual([1, 1])
  })

  test("is forgotten where 64 others were shown since, so that strangers can't fill the memory", () => {
    const keys = countingKeys()
    const own = issue("Physician").der
    const padded = (i: number) => {
      const changed = Uint8Array.from(own)
      changed[changed.length - 1] = (changed[changed.length - 1] ?? 0) ^ i
      return changed
    }
    readCertificate(own, keys)
    for (let i = 1; i < 64; i++) readCertificate(padded(i), keys)
    readCertificate(own, keys)
    expect(keys.parsed).toBe(64)
    for (let i = 64; i < 128; i++) readCertificate(padded(i), keys)
    readCertificate(own, keys)
    expect(keys.parsed).toBe(129)
  })

  test("is refused each time where it is none", () => {
    const keys = countingKeys()
    const broken = authority.self.der.slice(0, -1)
    expect([readCertificate(broken, keys), readCertificate(broken, keys)]).toEqual([undefined, undefined])
  })
})

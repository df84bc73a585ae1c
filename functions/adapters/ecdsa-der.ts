/** One INTEGER of the sequence as 32 bytes, big endian; throws where it is none of at most 256 bits. */
const integer = (der: Uint8Array, at: number): { value: Uint8Array; next: number } => {
  const length = der[at + 1] ?? 0
  const next = at + 2 + length
  if (der[at] !== 0x02 || length === 0 || length > 33 || next > der.length) throw new Error("not an ECDSA signature")
  const digits = der.subarray(at + 2, next)
  const significant = digits[0] === 0 ? digits.subarray(1) : digits
  if (significant.length > 32) throw new Error("not an ECDSA signature")
  const value = new Uint8Array(32)
  value.set(significant, 32 - significant.length)
  return { value, next }
}

/**
 * KMS answers with DER (RFC 3279, Ecdsa-Sig-Value); JWS wants r || s, 64 bytes (RFC 7518, 3.4). For P-256 alone, whose
 * sequences are shorter than 128 bytes.
 */
export const rawSignature = (der: Uint8Array): Uint8Array<ArrayBuffer> => {
  if (der[0] !== 0x30 || der[1] !== der.length - 2) throw new Error("not an ECDSA signature")
  const r = integer(der, 2)
  const s = integer(der, r.next)
  if (s.next !== der.length) throw new Error("not an ECDSA signature")
  const raw = new Uint8Array(64)
  raw.set(r.value, 0)
  raw.set(s.value, 32)
  return raw
}

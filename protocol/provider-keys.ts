/** By which keys a provider signs: a numbered list that begins with the one its id is made of (docs/protocol.md, "Provider"). */
import * as z from "zod/mini"
import { type Bytes, toBase64url, utf8 } from "./crypto/bytes.ts"
import { type IntegrityCode, IntegrityFailure, orFail } from "./integrity.ts"
import { thumbprint } from "./keys.ts"
import { type EcPublicJwk, ecPublicJwk, hash, jws, ordinal, seconds } from "./primitives.ts"
import { readStatement, verifyStatement } from "./statement.ts"

/** A key that takes the place of the one before, which signs it: `typ: provider-key`. `number`: from 2. */
const providerKeyClaims = z.strictObject({
  iss: z.string().check(z.maxLength(200)),
  iat: seconds,
  number: ordinal,
  key: ecPublicJwk,
})
/** The statement of each key after the first, oldest first. */
export const successors = z.array(jws(1024)).check(z.maxLength(16))
/** The list as a cloud tells it. */
export const providerKeyList = z.strictObject({ first: ecPublicJwk, successors })
export type ProviderKeyList = z.infer<typeof providerKeyList>

export interface ProviderKey {
  /** Its thumbprint: the `kid` of what it signs. */
  readonly kid: string
  readonly key: EcPublicJwk
  /** When the next one took its place, seconds; absent for the newest. */
  readonly replacedAt?: number
}

/** The keys of a provider, oldest first, verified. `list`: as they were told. */
export interface ProviderKeys {
  readonly cloudId: string
  readonly keys: readonly ProviderKey[]
  readonly list: ProviderKeyList
}

/**
 * For so long after its successor was signed a key may sign, seconds: the functions of a cloud take the new one each at its time. Whoever has an old key can
 * sign nothing of a later time.
 */
export const keyOverlapSeconds = 24 * 60 * 60

/** The id of the EHR cloud whose first key this is, the `aud` of what is signed for it: nobody else can have it. */
export const cloudIdOf = async (first: EcPublicJwk): Promise<string> => `ehr-cloud:${await thumbprint(first)}`

/** The list of this cloud, each key signed by the one before. `provider-changed` otherwise. */
export const verifyProviderKeys = (cloudId: string, list: ProviderKeyList): Promise<ProviderKeys> =>
  orFail("provider-changed", async () => {
    const { first } = list
    if ((await cloudIdOf(first)) !== cloudId) throw new Error("another cloud's key")
    const keys: ProviderKey[] = []
    let newest: ProviderKey & { since: number } = { kid: await thumbprint(first), key: first, since: 0 }
    for (const compact of list.successors) {
      await verifyStatement(compact, { typ: "provider-key", key: newest.key, algorithms: ["ES256"] })
      const { iss, iat, number, key } = z.parse(providerKeyClaims, readStatement(compact).payload)
      if (iss !== cloudId || number !== keys.length + 2 || iat < newest.since) throw new Error("a broken list")
      const { kid } = newest
      keys.push({ kid, key: newest.key, replacedAt: iat })
      newest = { kid: await thumbprint(key), key, since: iat }
    }
    keys.push({ kid: newest.kid, key: newest.key })
    if (new Set(keys.map(({ kid }) => kid)).size !== keys.length) throw new Error("a key twice")
    return { cloudId, keys, list }
  })

/**
 * What this provider says in a statement of this type, by the key that its `kid` names, while that one signed. `code`: what it is otherwise.
 */
export const verifyByProvider = <T extends { readonly iss: string; readonly iat: number }>(
  compact: string,
  { cloudId, keys }: ProviderKeys,
  { typ, schema, code }: { readonly typ: string; readonly schema: z.ZodMiniType<T>; readonly code: IntegrityCode },
): Promise<T> =>
  orFail(code, async () => {
    const { header, payload } = readStatement(compact)
    const by = keys.find(({ kid }) => kid === header.kid)
    if (by === undefined) throw new Error("by a key that isn't the provider's")
    await verifyStatement(compact, { typ, key: by.key, algorithms: ["ES256"] })
    const claims = z.parse(schema, payload)
    if (claims.iss !== cloudId) throw new Error("another cloud's")
    if (by.replacedAt !== undefined && claims.iat > by.replacedAt + keyOverlapSeconds)
      throw new Error("by a key that was replaced")
    return claims
  })

/** What a device, or an index entry that it signed, remembers of a provider: its id, and the newest key that it has seen, by its thumbprint. */
export const knownProvider = z.object({ cloudId: z.string(), newest: hash })
export type KnownProvider = Readonly<z.infer<typeof knownProvider>>

export const knownOf = ({ cloudId, keys }: ProviderKeys): KnownProvider => ({ cloudId, newest: keys.at(-1)?.kid ?? "" })

/** Whether a list is the known one, or goes on from it: whoever has an old key can begin no other. */
export const goesOnFrom = ({ cloudId, newest }: KnownProvider, provider: ProviderKeys): boolean =>
  provider.cloudId === cloudId && provider.keys.some(({ kid }) => kid === newest)

/** That of two lists one goes on from the other. `provider-forked` where a key was signed in the place of another. */
export const requireOneList = (a: ProviderKeys, b: ProviderKeys): void => {
  if (!goesOnFrom(knownOf(a), b) && !goesOnFrom(knownOf(b), a)) throw new IntegrityFailure("provider-forked")
}

/** What signs for a provider: its newest key. */
export interface ProviderSigner {
  readonly kid: string
  /** ES256 over the bytes: 64 bytes, r || s. */
  sign(bytes: Bytes): Promise<Bytes>
}

/** What a provider says: compact JWS (RFC 7515), ES256, told apart by `typ`. */
export const signAsProvider = async (signer: ProviderSigner, typ: string, claims: object): Promise<string> => {
  const part = (value: object) => toBase64url(utf8(JSON.stringify(value)))
  const input = `${part({ alg: "ES256", typ, kid: signer.kid })}.${part(claims)}`
  return `${input}.${toBase64url(await signer.sign(utf8(input)))}`
}

/** The statement by which the newest key of a list names the next one, as of a moment. */
export const signSuccessor = (
  signer: ProviderSigner,
  { cloudId, keys }: ProviderKeys,
  key: EcPublicJwk,
  now: Date,
): Promise<string> =>
  signAsProvider(signer, "provider-key", {
    iss: cloudId,
    iat: Math.floor(now.getTime() / 1000),
    number: keys.length + 1,
    key,
  } satisfies z.infer<typeof providerKeyClaims>)

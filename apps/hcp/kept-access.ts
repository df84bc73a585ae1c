import type { DBSchema } from "idb"
import { concat, equal, fromBase64url, toBase64url } from "../../protocol/crypto/bytes.ts"
import { gcmOpen, gcmSeal, generateLockingKey, randomBytes } from "../../protocol/crypto/primitives.ts"
import { readProfessional } from "../../protocol/professional.ts"
import type { Access, Credential } from "../../sdk/hcp/emergency-access.ts"
import { keptOf, resumeAccess } from "../../sdk/hcp/kept-access.ts"
import { endAccess } from "../../sdk/hcp/session.ts"
import { deviceStore } from "../shared/device-store.ts"
import { type Aside, forgetAside, putAside } from "./aside.ts"

interface Stores extends DBSchema {
  /** By grant: opens what lies in the tab; the browser uses it and gives it to nobody. */
  key: { key: string; value: CryptoKey }
}

const device = deviceStore<Stores>("running-access", (database) => {
  database.createObjectStore("key")
})

const nonceLength = 12

/** Seals a running access for a reload of this page, under a new key. */
export const keepAside = async (access: Access, confirmed: boolean): Promise<void> => {
  const { grantId: id, expiresAt } = access
  const key = await generateLockingKey()
  const nonce = randomBytes(nonceLength)
  const kept = keptOf(access)
  const sealed = toBase64url(concat(nonce, await gcmSeal(key, nonce, kept)))
  kept.fill(0)
  const transaction = (await device.open()).transaction("key", "readwrite")
  // There is one patient at a time.
  await Promise.all([transaction.store.clear(), transaction.store.put(key, id), transaction.done])
  putAside({ id, expiresAt, confirmed, sealed })
}

/** Whether it was this certificate that asked for the access: whoever uses the tab next may be somebody else. */
const isOf = async ({ statement }: Access, { chain: [leaf] }: Credential): Promise<boolean> => {
  const { certificate } = await readProfessional("emergency-access", statement)
  return leaf !== undefined && equal(certificate, leaf)
}

/** The access that was put aside; `undefined` where its key is gone, or another professional asked for it: that one is ended. */
export const takeAside = async ({ id, sealed }: Aside, credential: Credential): Promise<Access | undefined> => {
  const key = await (await device.open()).get("key", id)
  if (key === undefined) return undefined
  const bytes = fromBase64url(sealed)
  const kept = await gcmOpen(key, bytes.slice(0, nonceLength), bytes.slice(nonceLength))
  const access = await resumeAccess(kept, credential)
  kept.fill(0)
  if (await isOf(access, credential)) return access
  access.keys.forget()
  forgetAside()
  await Promise.allSettled([dropAsideKey(access), endAccess(access)])
  return undefined
}

/** Deletes the key: what lies in a tab opens no more. */
export const dropAsideKey = async ({ grantId }: Pick<Access, "grantId">): Promise<void> => {
  await (await device.open()).delete("key", grantId)
}

/**
 * What the patient's device keeps to itself: a copy of a document for when there is no network, or one that waits to be uploaded. Sealed to the
 * device's own key, so that nothing readable lies on the disk, by the constructions of a sealed record (docs/protocol.md, "On the device").
 */
import { type Bytes, utf8 } from "../../protocol/crypto/bytes.ts"
import { openUnder, sealUnder } from "../../protocol/crypto/envelope.ts"
import { randomBytes } from "../../protocol/crypto/primitives.ts"
import { open, seal } from "../../protocol/crypto/streaming-aead.ts"
import { parseJson } from "../../protocol/crypto/strict-json.ts"
import { orFail } from "../../protocol/integrity.ts"
import { metadataKey } from "../../protocol/record-keys.ts"
import { openSealed, sealInfo, sealingKeyThumbprint, sealTo } from "../../protocol/sealing.ts"
import type { PatientSession } from "./session.ts"

/** Opens nothing by itself: the key is sealed to the device, what is known of the document under the key. */
export interface Kept {
  readonly sealedKey: string
  readonly about: string
  readonly sealed: Bytes
}

type Owner = Pick<PatientSession, "patientId" | "keys">

/** It opens in its own place only. */
const place = ({ patientId }: Owner, name: string): Bytes => utf8(`device/${patientId}/${name}`)

/** What a text sealed to this device belongs to; `object`: what the device calls it. */
export const deviceInfo = async ({ patientId, keys }: Owner, object: string): Promise<Bytes> =>
  sealInfo({
    kind: "device",
    aud: "device",
    subject: patientId,
    recipient: await sealingKeyThumbprint(keys.sealing.publicKey),
    object,
    epoch: 0,
  })

/** `name`: what the device calls it, and will ask for it by. `about`: JSON. */
export const keep = async (owner: Owner, name: string, about: object, bytes: Bytes): Promise<Kept> => {
  const key = randomBytes(32)
  return {
    sealedKey: await sealTo(owner.keys.sealing.publicKey, await deviceInfo(owner, name), key),
    about: await sealUnder(await metadataKey(key), utf8(JSON.stringify({ ...about, keptAs: name }))),
    sealed: await seal(key, place(owner, name), bytes),
  }
}

const keyOf = (owner: Owner, name: string, { sealedKey }: Pick<Kept, "sealedKey">) =>
  orFail("record-unreadable", async () => openSealed(owner.keys.sealing, await deviceInfo(owner, name), sealedKey))

/** What is known of it, without opening it; the app that wrote it knows the shape. */
export const describeKept = async (
  owner: Owner,
  name: string,
  kept: Pick<Kept, "sealedKey" | "about">,
): Promise<Readonly<Record<string, unknown>>> => {
  const key = await keyOf(owner, name, kept)
  return orFail("record-unreadable", async () => {
    const about = parseJson(await openUnder(await metadataKey(key), kept.about))
    if (typeof about !== "object" || about === null || !("keptAs" in about) || about.keptAs !== name)
      throw new Error("of another place")
    return { ...about }
  })
}

export const openKept = async (owner: Owner, name: string, kept: Kept): Promise<Bytes> => {
  const key = await keyOf(owner, name, kept)
  return orFail("record-unreadable", () => open(key, place(owner, name), kept.sealed))
}

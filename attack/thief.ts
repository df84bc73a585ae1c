/** Somebody who makes up a patient: a root of their own, which nobody's card names but those that they print. */
import { type Card, deriveCardKeys, encodeCard, locatorHash } from "../protocol/card.ts"
import { toBase64url, utf8 } from "../protocol/crypto/bytes.ts"
import { sealUnder } from "../protocol/crypto/envelope.ts"
import { randomBytes } from "../protocol/crypto/primitives.ts"
import { generateKeyPairs, publicKeysOf, thumbprint } from "../protocol/keys.ts"
import { sealingKeyThumbprint } from "../protocol/sealing.ts"
import { recordHash } from "../protocol/signers.ts"
import { signStatement } from "../protocol/statement.ts"
import { openIndex } from "../sdk/cloud.ts"
import { stamp } from "../sdk/stamp.ts"
import { cardIn } from "../test/kit/people.ts"

/** A root that signs for itself in the place of `victim`: their id and their cloud, but not their fingerprint. */
export const newRoot = async ({ cloudId, patientId }: { cloudId: string; patientId: string }) => {
  const [root, device] = [await generateKeyPairs({ extractable: true }), await generateKeyPairs({ extractable: true })]
  const [rootKeys, own] = [await publicKeysOf(root), await publicKeysOf(device)]
  const fingerprint = await thumbprint(rootKeys.signing)
  const signers = [
    await signStatement({
      typ: "signer-list",
      alg: "ES256",
      privateKey: root.signing.privateKey,
      kid: fingerprint,
      payload: {
        ...stamp(),
        record: await recordHash({ cloudId, patientId }),
        number: 1,
        previous: null,
        root: { signing: rootKeys.signing, sealing: await sealingKeyThumbprint(rootKeys.sealing) },
        signers: [{ signing: own.signing, sealing: await sealingKeyThumbprint(own.sealing), since: stamp().iat }],
      },
    }),
  ]
  const kid = await thumbprint(own.signing)
  return {
    fingerprint,
    signers,
    device,
    /** A statement by the device of this root; index entries carry the list. */
    sign: (typ: string, aud: string, claims: object) =>
      signStatement({
        typ,
        alg: "ES256",
        privateKey: device.signing.privateKey,
        kid,
        payload: { aud, ...stamp(), ...(typ === "hri-entry" ? { signers } : {}), ...claims },
      }),
  }
}

/** A card by somebody who has no record, whose entry in the honest index says that the cloud is at `cloud`. */
export const madeCard = async (hri: string, cloud: string): Promise<Card> => {
  const place = { cloudId: "any", patientId: toBase64url(randomBytes(16)) }
  const thief = await newRoot(place)
  const made = { secret: randomBytes(32), locator: randomBytes(16), fingerprint: thief.fingerprint, hri }
  const { entryKey } = await deriveCardKeys(made.secret)
  const [provider, hash] = [toBase64url(randomBytes(32)), toBase64url(randomBytes(32))]
  const entry = { ...place, cloud, cardId: toBase64url(randomBytes(16)), provider, manifest: { number: 1, hash } }
  const index = await openIndex(hri, { local: true })
  const statement = await thief.sign("hri-entry", index.hriId, {
    locatorHash: await locatorHash(made.locator),
    sequence: 1,
    parent: null,
    action: "put",
    entry: await sealUnder(entryKey, utf8(JSON.stringify(entry))),
  })
  await index.api.call("hri/put-entry", { statement })
  return cardIn(encodeCard(made))
}

/** By what a practice sends to a patient who let it (docs/protocol.md, "Delivery address"). */
import * as z from "zod/mini"
import { nameField, readNameField } from "./card.ts"
import { type Bytes, concat, utf8 } from "./crypto/bytes.ts"
import { openUnder, sealUnder } from "./crypto/envelope.ts"
import { orFailure } from "./crypto/failure.ts"
import { derive } from "./crypto/primitives.ts"
import { parseJson } from "./crypto/strict-json.ts"
import { hash, identifier, jwe, ordinal } from "./primitives.ts"
import { sealedText } from "./sealing-key.ts"
import { readSpokenSecret, spokenCode, spokenId, spokenSecretLength } from "./spoken-secret.ts"

const codePrefix = "EHR-A1:"

/** What the secret opens: whom it is about, and to which key they are sealed to. */
export const deliveryAddress = z.strictObject({
  cloudId: z.string().check(z.maxLength(200)),
  patientId: identifier,
  /** The thumbprint of the root's signing key. */
  fingerprint: hash,
  account: z.strictObject({ number: ordinal, thumbprint: hash }),
})
export type DeliveryAddress = z.infer<typeof deliveryAddress>
export const sealedDeliveryAddress = jwe(2048)
/** The secret and the name as the patient keeps them with the cloud. */
export const keptDeliveryAddress = sealedText(2048)

/** There are no epochs: an address dies with its account key. */
export const deliveryEpoch = 1

/** What the length of a sealed address is a multiple of, characters. */
const padding = 512

/** The secret as a code to be scanned. */
export const deliveryCode = (secret: Bytes): string => spokenCode(codePrefix, secret)

/** The secret in 12 words, or in a scanned code; `undefined` for anything else. */
export const readDeliverySecret = (text: string): Bytes | undefined => readSpokenSecret(codePrefix, text)

/** Where the cloud keeps the address. */
export const addressIdOf = (secret: Bytes): Promise<string> => spokenId(secret, "delivery-address-id")

/** What wraps the data keys of what is sent, in the place of a category key. */
export const deliveryKeyOf = (secret: Bytes): Promise<Bytes> => derive(secret, "delivery-key")

export const sealDeliveryAddress = async (secret: Bytes, said: DeliveryAddress): Promise<string> => {
  const plain = JSON.stringify(z.parse(deliveryAddress, said))
  const length = Math.ceil(plain.length / padding) * padding
  return sealUnder(await derive(secret, "delivery-address"), utf8(plain.padEnd(length)))
}

/** What was sealed under this secret; `CryptoFailure` for anything else. */
export const openDeliveryAddress = (secret: Bytes, sealed: string): Promise<DeliveryAddress> =>
  orFailure(async () =>
    z.parse(deliveryAddress, parseJson(await openUnder(await derive(secret, "delivery-address"), sealed))),
  )

/** What the patient keeps of an address, before it is sealed to them. */
export const keptContents = ({ secret, name }: { readonly secret: Bytes; readonly name: string }): Bytes =>
  concat(secret, nameField(name))

/** What `keptContents` put together. Throws for what is none. */
export const readKeptContents = (opened: Bytes): { secret: Bytes; name: string } => ({
  secret: opened.slice(0, spokenSecretLength),
  name: readNameField(opened.slice(spokenSecretLength)),
})

/** As what it is sealed to the account key. */
export const keptAs = (addressId: string) => ({ kind: "delivery-address", object: addressId, epoch: 0 }) as const

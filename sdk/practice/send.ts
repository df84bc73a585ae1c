/** What a practice sends to a patient who gave it a delivery address: a contribution that waits for them (docs/protocol.md, "Delivery address"). */
import { Problem } from "../../contract/errors.ts"
import { sealToAccount } from "../../protocol/account-key.ts"
import { type Bytes, fromBase64url, toBase64url, toHex } from "../../protocol/crypto/bytes.ts"
import { randomBytes, sha256 } from "../../protocol/crypto/primitives.ts"
import { sealedSize } from "../../protocol/crypto/streaming-aead.ts"
import {
  addressIdOf,
  type DeliveryAddress,
  deliveryEpoch,
  deliveryKeyOf,
  openDeliveryAddress,
  readDeliverySecret,
} from "../../protocol/delivery-address.ts"
import { orFail } from "../../protocol/integrity.ts"
import { partBytes } from "../../protocol/primitives.ts"
import type { Descriptor } from "../../protocol/record.ts"
import { sealingKeyThumbprint } from "../../protocol/sealing.ts"
import type { SealingKey } from "../../protocol/sealing-key.ts"
import { signStatement } from "../../protocol/statement.ts"
import type { Credential } from "../hcp/emergency-access.ts"
import { type Receipt, verifyReceived } from "../receipt.ts"
import { beginSealing, type Plain } from "../sealed-record.ts"
import { stamp } from "../stamp.ts"
import { send } from "../transfer/upload.ts"
import type { Practice } from "./practice.ts"
import { callAsMember, type PracticeSession } from "./session.ts"

/** A patient's address, opened by its secret: what is sealed to this key, the patient alone opens. */
export interface OpenedAddress {
  /** As an entry keeps it (`delivery`). */
  readonly delivery: string
  readonly addressId: string
  readonly said: DeliveryAddress
  readonly accountKey: SealingKey
}

const openSecret = async ({ cloud, accessToken }: PracticeSession, secret: Bytes): Promise<OpenedAddress> => {
  const addressId = await addressIdOf(secret)
  const session = { cloud, accessToken }
  const { sealed, accountKey } = await callAsMember(session, "practice/get-delivery-address", { addressId })
  return orFail("delivery-address-invalid", async () => {
    const said = await openDeliveryAddress(secret, sealed)
    if (said.cloudId !== cloud.cloudId) throw new Error("of another cloud")
    // The cloud's own key in the place of the patient's would open to the cloud.
    if (said.account.thumbprint !== (await sealingKeyThumbprint(accountKey))) throw new Error("another key")
    return { delivery: toBase64url(secret), addressId, said, accountKey }
  })
}

/**
 * The address that a patient gave, by words or a code. `not-found` where they are mistyped, or it is none of this practice's, or no longer; `delivery-address-invalid` where the
 * cloud shows another key than the patient named.
 */
export const readDeliveryAddress = ({ session }: Practice, text: string): Promise<OpenedAddress> => {
  const secret = readDeliverySecret(text)
  if (secret === undefined) return Promise.reject(new Problem("not-found"))
  return openSecret(session, secret)
}

/** The address that an entry keeps. */
export const keptDeliveryAddress = ({ session }: Practice, delivery: string): Promise<OpenedAddress> =>
  openSecret(session, fromBase64url(delivery))

const inOnePart = () => Promise.reject(new TypeError("what is sent to a patient goes up in one part"))

const signDelivery = async (
  { memory }: PracticeSession,
  { said, addressId, accountKey }: OpenedAddress,
  { alg, privateKey, chain }: Credential,
  { descriptor, dataKey }: { readonly descriptor: Descriptor; readonly dataKey: Bytes },
): Promise<string> => {
  const { cloudId, patientId, fingerprint, account } = said
  const object = { kind: "contribution", object: descriptor.recordId, epoch: descriptor.epoch } as const
  return signStatement({
    typ: "contribution",
    alg,
    privateKey,
    x5c: chain,
    payload: {
      aud: cloudId,
      ...stamp(),
      patientId,
      addressId,
      practiceId: memory.practiceId,
      fingerprint,
      descriptor,
      account: account.number,
      sealedKey: await sealToAccount({ cloudId, patientId }, accountKey, object, dataKey),
    },
  })
}

/**
 * Sends a document, a whole file's or a part of one, to the patient whose address it is: it is no part of their record, and nobody else is shown it, until they approve it. At most one part (8 MiB sealed).
 * `credential`: of the member's own certificate. The receipt is the provider's evidence that the patient is told of it. `not-found`: the address is revoked, has died, or is another practice's.
 */
export const sendToPatient = async (
  { session }: Practice,
  address: OpenedAddress,
  document: Omit<Plain, "author" | "content"> & { readonly content: Bytes },
  credential: Credential,
): Promise<{ contributionId: string; receipt: Receipt }> => {
  const { cloud } = session
  const { addressId, said } = address
  if (sealedSize(document.content.length) > partBytes) return inOnePart()
  const [leaf] = credential.chain
  if (leaf === undefined) throw new TypeError("a credential has a certificate")
  const contributionId = toBase64url(randomBytes(16))
  const place = { recordId: contributionId, version: 1, replaces: null }
  const key = await deliveryKeyOf(fromBase64url(address.delivery))
  const plain = { ...document, author: toHex(await sha256(leaf)) }
  const sealing = await beginSealing(said.patientId, place, plain, { epoch: deliveryEpoch, key }, new Date())
  const { objectId } = sealing.described
  const descriptor = await send(
    sealing,
    document.content,
    {
      signer: cloud.api,
      whole: (of) =>
        callAsMember(session, "practice/contribution-upload-url", { addressId, contributionId, objectId, ...of }),
      begin: inOnePart,
      parts: inOnePart,
    },
    {},
  )
  const statement = await signDelivery(session, address, credential, { descriptor, dataKey: sealing.dataKey })
  const { event, receipt } = await callAsMember(session, "practice/contribute", {
    addressId,
    contributionId,
    statement,
  })
  const received = { statement, receipt, event }
  await verifyReceived(received, { cloudId: cloud.cloudId, key: cloud.providerKey })
  return { contributionId, receipt: received }
}

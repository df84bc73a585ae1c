import { sealToAccount } from "../../protocol/account-key.ts"
import { type Bytes, toBase64url, toHex } from "../../protocol/crypto/bytes.ts"
import { randomBytes, sha256 } from "../../protocol/crypto/primitives.ts"
import type { Descriptor } from "../../protocol/record.ts"
import { signStatement } from "../../protocol/statement.ts"
import { verifyReceived } from "../receipt.ts"
import { beginSealing, type Plain, resumeSealing, type Sealing, type UploadState } from "../sealed-record.ts"
import { stamp } from "../stamp.ts"
import { type Destination, send, type UploadOptions } from "../transfer/upload.ts"
import type { Access, Credential } from "./emergency-access.ts"
import { callAsHcp, grantOf, sessionOf } from "./session.ts"

/** Where the parts of a contribution go. */
const destinationOf = (
  access: Access,
  { recordId: contributionId, objectId, category }: Sealing["described"],
): Destination => {
  const place = { ...grantOf(access), contributionId, objectId }
  return {
    signer: access.api,
    whole: (of) => callAsHcp(access, "hcp/contribution-upload-url", { ...place, category, ...of }),
    begin: (size) => callAsHcp(access, "hcp/begin-contribution-upload", { ...place, category, size }),
    parts: async (parts) => (await callAsHcp(access, "hcp/contribution-part-urls", { ...place, parts })).uploads,
  }
}

const credentialOf = ({ credential }: Access): Credential => {
  if (credential === undefined) throw new TypeError("the professional's key is locked")
  return credential
}

const sealingOf = async (access: Access, document: Plain, resume: UploadState | undefined): Promise<Sealing> => {
  const { entry, keys } = access
  const [leaf] = credentialOf(access).chain
  if (leaf === undefined) throw new TypeError("a credential has a certificate")
  const plain = { ...document, author: toHex(await sha256(leaf)) }
  const { category } = plain
  if (resume !== undefined)
    return resumeSealing(entry.patientId, resume, plain, {
      newest: keys.newest(category),
      keyAt: (epoch) => keys.at(category, epoch),
    })
  const place = { recordId: toBase64url(randomBytes(16)), version: 1, replaces: null }
  return beginSealing(entry.patientId, place, plain, keys.newest(category), new Date())
}

/**
 * Adds a document to the patient's record: encrypted to the patient and under the key of its category, signed by the professional. It
 * waits until the patient approves it, and shows to the next professional as not reviewed. From bytes or from any source, up to 50 GiB;
 * `resume` goes on with what was interrupted, from the same document.
 */
export const contribute = async (
  access: Access,
  plain: Plain,
  options: UploadOptions = {},
): Promise<{ contributionId: string }> => {
  options.signal?.throwIfAborted()
  const sealing = await sealingOf(access, plain, options.resume)
  const descriptor = await send(sealing, plain.content, destinationOf(access, sealing.described), options)
  const { recordId: contributionId } = descriptor
  const statement = await signContribution(access, descriptor, sealing.dataKey)
  options.signal?.throwIfAborted()
  const { event, receipt } = await callAsHcp(access, "hcp/contribute", {
    ...grantOf(access),
    contributionId,
    statement,
  })
  const { provider } = await sessionOf(access)
  const received = { statement, receipt, event, providerKeys: provider.list }
  await verifyReceived(received, { provider })
  access.receipts.push(received)
  return { contributionId }
}

/** Signs whose record it is for, by the fingerprint on the card, with the data key sealed to the patient, and the newest checkpoint that the app was given. */
const signContribution = async (access: Access, descriptor: Descriptor, dataKey: Bytes): Promise<string> => {
  const { entry, account, fingerprint, checkpoint } = access
  const credential = credentialOf(access)
  const { cloudId, patientId } = entry
  const { recordId, epoch } = descriptor
  const object = { kind: "contribution", object: recordId, epoch } as const
  return signStatement({
    typ: "contribution",
    alg: credential.alg,
    privateKey: credential.privateKey,
    x5c: credential.chain,
    payload: {
      aud: cloudId,
      ...stamp(),
      ...(checkpoint === undefined ? {} : { checkpoint }),
      ...grantOf(access),
      fingerprint,
      descriptor,
      account: account.number,
      sealedKey: await sealToAccount({ cloudId, patientId }, account.key, object, dataKey),
    },
  })
}

/** Gives up an addition that is being uploaded: what was sent of it in parts goes. */
export const abortContribution = async (
  access: Access,
  { recordId: contributionId, objectId }: Pick<UploadState, "recordId" | "objectId">,
): Promise<void> => {
  await callAsHcp(access, "hcp/abort-contribution-upload", { ...grantOf(access), contributionId, objectId })
}

import { Problem } from "../../contract/errors.ts"
import { putObject } from "../api.ts"
import { toBase64url } from "../crypto/bytes.ts"
import { sealTo } from "../crypto/envelope.ts"
import { randomBytes } from "../crypto/primitives.ts"
import { signStatement } from "../crypto/statement.ts"
import { type Plain, sealRecord } from "../sealed-record.ts"
import { stamp } from "../stamp.ts"
import type { Access } from "./emergency-access.ts"
import { callAsHcp, grantOf } from "./session.ts"

/**
 * Adds a document to the patient's record: encrypted to the patient and under the key of its category, signed by the professional. It
 * waits until the patient accepts it, and shows to the next professional as not reviewed.
 */
export const contribute = async (access: Access, plain: Plain): Promise<{ contributionId: string }> => {
  const { entry, credential, keys, manifest } = access
  const { category } = plain
  const contributionId = toBase64url(randomBytes(16))
  const place = { recordId: contributionId, version: 1 }
  const { descriptor, sealed, dataKey } = await sealRecord(
    entry.patientId,
    place,
    plain,
    keys.newest(category),
    new Date(),
  )

  const { size, sha256 } = descriptor
  const upload = await callAsHcp(access, "hcp/contribution-upload-url", {
    ...grantOf(access),
    contributionId,
    category,
    size,
    sha256,
  })
  // The id is new: nothing of ours can be there.
  if ((await putObject(upload, sealed)) === "taken") throw new Problem("record-conflict")
  const statement = await signStatement({
    typ: "contribution",
    alg: credential.alg,
    privateKey: credential.privateKey,
    x5c: credential.chain,
    payload: {
      aud: entry.cloudId,
      ...stamp(),
      ...grantOf(access),
      descriptor,
      sealedKey: await sealTo(manifest.claims.keys.agreement, dataKey),
    },
  })
  const { event } = await callAsHcp(access, "hcp/contribute", { ...grantOf(access), contributionId, statement })
  if (event !== undefined) access.events.push(event)
  return { contributionId }
}

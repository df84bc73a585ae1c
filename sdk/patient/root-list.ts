import type { SignerListClaims } from "../../protocol/claims.ts"
import { type KeyPairs, type PublicKeys, publicKeysOf, thumbprint } from "../../protocol/keys.ts"
import { sealingKeyThumbprint } from "../../protocol/sealing.ts"
import { recordHash } from "../../protocol/signers.ts"
import { signStatement } from "../../protocol/statement.ts"
import { stamp } from "../stamp.ts"

/** A list of signers signed by the root. */
export const signAsRoot = async (
  root: KeyPairs,
  record: { cloudId: string; patientId: string },
  own: Pick<SignerListClaims, "number" | "previous" | "signers">,
): Promise<string> => {
  const { signing, sealing } = await publicKeysOf(root)
  const rootKeys = { signing, sealing: await sealingKeyThumbprint(sealing) }
  return signStatement({
    typ: "signer-list",
    alg: "ES256",
    privateKey: root.signing.privateKey,
    kid: await thumbprint(signing),
    payload: { ...stamp(), record: await recordHash(record), ...own, root: rootKeys },
  })
}

/** A device as a list names it that it is on from now. */
export const asSigner = async ({ signing, sealing }: PublicKeys) => ({
  signing,
  sealing: await sealingKeyThumbprint(sealing),
  since: Math.floor(Date.now() / 1000),
})

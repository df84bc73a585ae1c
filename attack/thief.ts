/** Somebody who makes up a patient: a root of their own, which nobody's card names but those that they print. */
import { generateKeyPairs, publicKeysOf, thumbprint } from "../protocol/keys.ts"
import { sealingKeyThumbprint } from "../protocol/sealing.ts"
import { signStatement } from "../protocol/statement.ts"
import { stamp } from "../sdk/stamp.ts"

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
        aud: cloudId,
        ...stamp(),
        patientId,
        number: 1,
        previous: null,
        root: { signing: rootKeys.signing, sealing: await sealingKeyThumbprint(rootKeys.sealing) },
        signers: [
          { signing: own.signing, sealing: await sealingKeyThumbprint(own.sealing), since: stamp().iat },
        ],
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

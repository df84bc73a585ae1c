import * as z from "zod/mini"
import { isLocal, serviceAddress } from "../protocol/address.ts"
import { type Card, deriveCardKeys, locatorHash } from "../protocol/card.ts"
import { type CardFront, deriveFrontKeys } from "../protocol/card-front.ts"
import {
  type FrontEntry,
  frontEntry,
  type HriEntry,
  hriEntry,
  type SilentEntry,
  silentEntry,
  statements,
} from "../protocol/claims.ts"
import type { Bytes } from "../protocol/crypto/bytes.ts"
import { openUnder } from "../protocol/crypto/envelope.ts"
import { parseJson } from "../protocol/crypto/strict-json.ts"
import { orFail } from "../protocol/integrity.ts"
import { signersOfFront } from "../protocol/open-part.ts"
import { recordHash, type SignerList, verifyBySigner, verifySigners } from "../protocol/signers.ts"
import { readStatement } from "../protocol/statement.ts"
import type { Cloud } from "./cloud.ts"
import { requireKnown } from "./known-provider.ts"

/** The newest list of signers that the index was shown: whoever reads the record takes no older one. */
type Signed<Entry> = Entry & { readonly signers: { readonly number: number; readonly hash: string } }
/** What the index keeps of a card. */
export type IndexEntry = Signed<HriEntry>
/** What the index keeps of a card's front. */
export type FrontIndexEntry = Signed<FrontEntry>

/** Whose entry it must be, and what opens it. `index`: the address that was asked. */
interface Side<Entry> {
  readonly keys: () => Promise<{ readonly locator: Bytes; readonly entryKey: Bytes }>
  readonly index: string
  readonly schema: z.ZodMiniType<Entry>
  readonly signersOf: (chain: readonly string[]) => Promise<SignerList>
}

type Led = Pick<HriEntry, "cloud" | "cloudId" | "patientId">
/** Where an entry leads; one that leads nowhere has nothing in it. */
const requireLed = async (entry: Led, { claims }: SignerList, index: string): Promise<void> => {
  if (serviceAddress(entry.cloud, { local: isLocal(index) }) === undefined) throw new Error("of no public cloud")
  if (claims.record !== (await recordHash(entry))) throw new Error("signers of another record")
}

const readEntry = <Entry extends Led | SilentEntry>(
  statement: string,
  { keys, index, schema, signersOf }: Side<Entry>,
): Promise<{ entry: Signed<Entry>; sequence: number }> =>
  orFail("entry-invalid", async () => {
    const claims = z.parse(statements["hri-entry"], readStatement(statement).payload)
    const [signers, { locator, entryKey }] = await Promise.all([
      signersOf(claims.signers).catch((cause: unknown) => {
        throw new Error("another owner", { cause })
      }),
      keys(),
    ])
    await verifyBySigner(statement, "hri-entry", signers)
    if (claims.action !== "put" || claims.locatorHash !== (await locatorHash(locator)))
      throw new Error("of another card")
    const entry = z.parse(schema, parseJson(await openUnder(entryKey, claims.entry)))
    if ("cloud" in entry) await requireLed(entry, signers, index)
    const { number, hash } = signers
    return { entry: { ...entry, signers: { number, hash } }, sequence: claims.sequence }
  })

/** What the index keeps of a card: believed only as far as a signer of the patient's signed it for this card. `entry-invalid` otherwise. */
export const readIndexEntry = (
  statement: string,
  { secret, locator, hri }: Card,
  fingerprint: string,
): Promise<{ entry: IndexEntry; sequence: number }> =>
  readEntry(statement, {
    keys: async () => ({ locator, entryKey: (await deriveCardKeys(secret)).entryKey }),
    index: hri,
    schema: hriEntry,
    signersOf: (chain) => verifySigners(chain, { fingerprint }),
  })

/** That a cloud is the one that the patient's devices know, by its keys: `provider-changed` where it isn't. */
export const requireProvider = (
  { cloudId, provider }: Pick<HriEntry, "cloudId" | "provider">,
  cloud: Pick<Cloud, "provider">,
): void => requireKnown({ cloudId, newest: provider }, cloud)

/** The same for the front of a card, which names its owner by half of their fingerprint; without `entry` where it says nothing yet. `index`: its address. */
export const readFrontEntry = async (
  statement: string,
  front: CardFront,
  index: string,
): Promise<{ entry?: FrontIndexEntry; sequence: number }> => {
  const { entry, sequence } = await readEntry(statement, {
    keys: () => deriveFrontKeys(front.secret),
    index,
    schema: z.union([frontEntry, silentEntry]),
    signersOf: (chain) => signersOfFront(front, chain),
  })
  return { ...("openPart" in entry ? { entry } : {}), sequence }
}

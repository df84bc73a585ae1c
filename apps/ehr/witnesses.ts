/** Cards whose index doesn't name the newest state of the record: until it does, an older one would not be noticed there. */
import { computed } from "@preact/signals"
import { knownContents } from "../../sdk/patient/contents.ts"
import { listCards, type PatientCard } from "../../sdk/patient/held-cards.ts"
import type { PatientSession } from "../../sdk/patient/session.ts"
import { renewWitnesses, witnessConflicts, witnessesBehind } from "../../sdk/patient/witness.ts"
import { account, inCloud, learnt } from "./state.ts"

/** The ids of the cards that this device knows to be behind. */
export const behind = computed((): readonly string[] => {
  void learnt.value
  return account.value === undefined ? [] : witnessesBehind(account.value)
})

/** Of those, the ids of the cards whose index knows of a state of the record that this device was never shown. */
export const conflicting = computed((): readonly string[] => {
  void learnt.value
  return account.value === undefined ? [] : witnessConflicts(account.value)
})

/** The patient's cards. A card that this device had not known is one whose index it tells of the newest state. */
export const learnCards = async (by: PatientSession): Promise<PatientCard[]> => {
  const cards = await listCards(by)
  await renewWitnesses(by)
  return cards
}

/** Tells the indexes again; throws why the first that stays behind does. */
export const tryAgain = async (): Promise<void> => {
  const [failure] = await inCloud(async (by) => {
    await knownContents(by)
    return renewWitnesses(by)
  })
  if (failure !== undefined) throw failure
}

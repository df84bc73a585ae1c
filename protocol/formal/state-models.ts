import { endingModel, mendedEnding } from "./ending.ts"
import { type Exploration, explore } from "./explore.ts"
import { historyModel, mended } from "./history.ts"
import { membershipModel, mendedMembership } from "./membership.ts"
import { mendedRenewal, renewalModel } from "./renewal.ts"
import { mendedRevocation, revocationModel } from "./revocation.ts"
import { mendedTold, toldModel } from "./told.ts"

/** A model with state, its bound in words, and what is found in it with each mend taken out. */
export interface ExploredModel {
  readonly name: string
  readonly question: string
  readonly bound: string
  explore(): Exploration
  readonly mutants: readonly ExploredMutant[]
}

export interface ExploredMutant {
  readonly name: string
  readonly attack: string | undefined
  readonly change: string
  explore(): Exploration
}

const publications = 5

const history: ExploredModel = {
  name: "history.ts",
  question: "Can a publication be lost, or two devices be led apart, without a word to the patient?",
  bound: `2 devices, ${publications} publications`,
  explore: () => explore(historyModel(mended, publications)),
  mutants: [
    {
      name: "next-number",
      attack: "2",
      change: "A device compares `previous` for the next number alone, and follows no links.",
      explore: () => explore(historyModel({ ...mended, skipLinks: false }, publications)),
    },
    {
      name: "last-entry-wins",
      attack: "2",
      change: "A device doesn't read its index entry before it replaces it, and the index compares no `parent`.",
      explore: () => explore(historyModel({ ...mended, parentCompared: false }, publications)),
    },
    {
      name: "through-cloud",
      attack: "3",
      change: "A device renews the index entry through the cloud.",
      explore: () => explore(historyModel({ ...mended, ownWitness: false }, publications)),
    },
    {
      name: "unasked-recovery",
      attack: "9",
      change: "A new device believes the cloud, and may begin a record that it is told is not there.",
      explore: () => explore(historyModel({ ...mended, recoveryAsksIndex: false }, publications)),
    },
  ],
}

const revocation: ExploredModel = {
  name: "revocation.ts",
  question: "Is a card that the app shows as revoked really dead, whatever the network loses?",
  bound: "1 revocation, 4 requests under way",
  explore: () => explore(revocationModel(mendedRevocation)),
  mutants: [
    {
      name: "two-requests",
      attack: "6",
      change: "The card is struck by one request, and the new epoch begun by another.",
      explore: () => explore(revocationModel({ ...mendedRevocation, onePublication: false })),
    },
    {
      name: "applied-again",
      attack: undefined,
      change: "The cloud applies a publication as often as it arrives.",
      explore: () => explore(revocationModel({ ...mendedRevocation, idempotent: false })),
    },
  ],
}

const ending: ExploredModel = {
  name: "ending.ts",
  question: "Can a stolen device that is quicker than its owner keep them from recovering, or publish after that?",
  bound: "1 recovery, 2 signers of the thief's, 2 publications under way, 7 of them applied",
  explore: () => explore(endingModel(mendedEnding)),
  mutants: [
    {
      name: "no-statement",
      attack: undefined,
      change: "Recovery ends the other devices by its publication alone.",
      explore: () => explore(endingModel({ ...mendedEnding, statement: false })),
    },
    {
      name: "named-alone",
      attack: undefined,
      change: "The root's statement ends those whom it names, and not whom they let in meanwhile.",
      explore: () => explore(endingModel({ ...mendedEnding, withLetIn: false })),
    },
  ],
}

const renewal: ExploredModel = {
  name: "renewal.ts",
  question: "Can a cloud that hides an access keep what is added later under the key that the access was given?",
  bound: "2 accesses, 5 acts of the device",
  explore: () => explore(renewalModel(mendedRenewal)),
  mutants: [
    {
      name: "list-alone",
      attack: "18",
      change: "A device makes new keys after the accesses that the cloud lists to it, and after no others.",
      explore: () => explore(renewalModel({ ...mendedRenewal, remembersTold: false })),
    },
  ],
}

const told: ExploredModel = {
  name: "told.ts",
  question: "Can what came to nothing keep a patient from reviewing, or from deciding?",
  bound: "3 statements about one thing",
  explore: () => explore(toldModel(mendedTold)),
  mutants: [
    {
      name: "first-event",
      attack: "18",
      change: "An addition is held against the first event of its id.",
      explore: () => explore(toldModel({ ...mendedTold, byStatement: false })),
    },
    {
      name: "refused-consent",
      attack: "18",
      change: "A consent is refused where the trail tells of a later one.",
      explore: () => explore(toldModel({ ...mendedTold, uncertain: false })),
    },
  ],
}

const membership: ExploredModel = {
  name: "membership.ts",
  question: "Can an operator get into a practice by an invitation, or read on for somebody who was shut out?",
  bound: "1 invitation, 3 epochs, 3 files",
  explore: () => explore(membershipModel(mendedMembership)),
  mutants: [
    {
      name: "unvouched",
      attack: undefined,
      change: "The owner seals to the keys that the cloud shows, without their MAC.",
      explore: () => explore(membershipModel({ ...mendedMembership, vouched: false })),
    },
    {
      name: "unsigned-secret",
      attack: undefined,
      change: "The owner takes whatever secret opens, though it isn't the one whose id they signed.",
      explore: () => explore(membershipModel({ ...mendedMembership, signedSecret: false })),
    },
    {
      name: "same-keys",
      attack: undefined,
      change: "Who leaves is followed by no new keys.",
      explore: () => explore(membershipModel({ ...mendedMembership, renewed: false })),
    },
  ],
}

export const exploredModels: readonly ExploredModel[] = [history, revocation, ending, renewal, told, membership]

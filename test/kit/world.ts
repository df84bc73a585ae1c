import { beforeAll } from "vitest"
import type { RouteName } from "../../contract/routes.ts"
import { generateKeyPairs, type KeyPairs, publicKeysOf } from "../../protocol/keys.ts"
import type { Access } from "../../sdk/hcp/emergency-access.ts"
import { signIn } from "../../sdk/patient/account.ts"
import { makeCard } from "../../sdk/patient/cards.ts"
import type { PatientSession } from "../../sdk/patient/session.ts"
import { addSigner } from "../../sdk/patient/signers.ts"
import { confirmationCode } from "../fakes/accounts.ts"
import { cloudAddress, hriAddress, type MemoryNetwork, memoryNetwork } from "./memory-network.ts"
import { type Asked, type Network, over, type Reply } from "./network.ts"
import { type Account, accessBy, cardIn, freshly, openAccount } from "./people.ts"

export interface World {
  readonly memory: MemoryNetwork
  /** Runs over the cloud and the index in memory, or over what `between` makes of them. */
  over<T>(run: () => Promise<T>, between?: (network: Network) => Network): Promise<T>
  /** A patient with an empty record and both consents. */
  patient(): Promise<Account>
}

/** The whole SDK over both stacks in memory, one for a file of tests. */
export const useWorld = (): World => {
  let memory: MemoryNetwork | undefined
  let count = 0
  const open = () => {
    if (memory === undefined) throw new Error("the world is not open yet")
    return memory
  }
  beforeAll(async () => {
    memory = await memoryNetwork()
  })
  const world: World = {
    get memory() {
      return open()
    },
    over: (run, between = (network) => network) => over(between(open().network), run),
    patient: () =>
      world.over(() => openAccount(cloudAddress, `patient-${++count}@example.org`, async () => confirmationCode)),
  }
  return world
}

/** Counts what is asked, in order. */
export const counting = () => {
  const asked: Asked["route"][] = []
  const between =
    (network: Network): Network =>
    async (question) => {
      asked.push(question.route)
      return network(question)
    }
  return { asked, between }
}

/** Answers are lost: what these routes were asked is done, and nobody hears of it. The first `times` only. */
export const losing = (route: RouteName, times = 1) => {
  let lost = 0
  return (network: Network): Network =>
    async (asked) => {
      const reply = await network(asked)
      if (asked.route !== route || lost >= times) return reply
      lost++
      throw new Error("the answer is lost")
    }
}

/** These routes can't be reached. */
export const without =
  (...routes: readonly Asked["route"][]) =>
  (network: Network): Network =>
  async (asked) => {
    if (routes.includes(asked.route)) throw new Error("not reached")
    return network(asked)
  }

/** Before the first question of a route something else happens: over the honest network. */
export const before = (route: Asked["route"], happens: () => Promise<unknown>) => {
  let happened = false
  return (network: Network): Network =>
    async (asked) => {
      if (asked.route === route && !happened) {
        happened = true
        await happens()
      }
      return network(asked)
    }
}

/** An answer of a route, changed. */
export const changed =
  (route: RouteName, change: (reply: Reply, asked: Asked) => Reply | Promise<Reply>) =>
  (network: Network): Network =>
  async (asked) => {
    const reply = await network(asked)
    return asked.route === route ? change(reply, asked) : reply
  }

/** A copy of the session as another run of the app on the same device would have it. */
export const again = (session: PatientSession): PatientSession => freshly(session)

/** Another device of the patient's, which signs for them. */
export const secondDevice = async ({ session, login }: Account): Promise<PatientSession> => {
  const keys: KeyPairs = await generateKeyPairs({ extractable: false })
  await addSigner(session, await publicKeysOf(keys))
  return signIn(session.cloud, login, keys, { fingerprint: session.fingerprint })
}

/** A card that opens these categories, or the summary and documents. */
export const newCard = async (
  session: PatientSession,
  categories: Parameters<typeof makeCard>[1]["categories"] = ["summary", "document"],
) => {
  const { cardId, text } = await makeCard(session, { hri: hriAddress, categories })
  return { cardId, text, card: cardIn(text) }
}

/** A physician's access by a card. */
export const physician = (world: World, card: ReturnType<typeof cardIn>): Promise<Access> =>
  accessBy(card, world.memory.physician)

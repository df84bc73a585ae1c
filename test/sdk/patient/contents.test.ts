import { describe, expect, test } from "vitest"
import { linksBetween, namedBy } from "../../../protocol/skip-links.ts"
import { knownContents, ladderOf, readContents, requireDescent } from "../../../sdk/patient/contents.ts"
import { publish } from "../../../sdk/patient/publication.ts"
import { callAsPatient, type PatientSession } from "../../../sdk/patient/session.ts"
import { type Asked, jsonOf, jsonReply, type Network, type Reply } from "../../kit/network.ts"
import { again, changed, counting, secondDevice, useWorld } from "../../kit/world.ts"

const world = useWorld()
const online = world.over

/** A publication that changes nothing but the number. */
const touch = (session: PatientSession) =>
  publish(
    session,
    async () => ({}),
    (publication) => callAsPatient(session, "patient/publish-manifest", { publication }),
  )

describe("the rungs that the next manifest names", () => {
  test("are among those kept, whatever its number", () => {
    let ladder: ReturnType<typeof ladderOf> = []
    for (let number = 1; number <= 300; number++) {
      for (const named of namedBy(number)) expect(ladder.map((rung) => rung.number)).toContain(named)
      ladder = ladderOf([{ number, hash: `${number}` }, ...ladder])
      expect(ladder.length).toBeLessThanOrEqual(10)
    }
  })

  test("are known to a device that reads the newest of many for the first time, or after some time", () => {
    for (let number = 1; number <= 130; number++)
      for (const known of [0, 1, 5, 32, 64, 70].filter((earlier) => earlier < number)) {
        const all = (to: number) => Array.from({ length: to }, (_, i) => ({ number: i + 1, hash: `${i + 1}` }))
        const before = known === 0 ? [] : ladderOf(all(known))
        const links = [number, ...linksBetween(number, known)].map((each) => ({ number: each, hash: `${each}` }))
        const rungs = ladderOf([...links, ...before]).map((rung) => rung.number)
        for (const named of namedBy(number + 1)) expect(rungs).toContain(named)
      }
  })
})

describe("seventy publications by two devices", () => {
  test("link back to all before them, for each device and for a new one", async () => {
    const account = await world.patient()
    const other = await online(() => secondDevice(account))
    const devices = [account.session, other]
    await online(async () => {
      for (let number = 3; number <= 70; number++) {
        const device = devices[number % 7 < 3 ? 0 : 1] ?? other
        await touch(device)
        expect(device.memory.manifest?.number).toBe(number)
      }
      for (const known of devices) {
        const contents = await readContents(known)
        expect(contents.manifest.number).toBe(70)
        expect(contents.manifest.claims.skips).toHaveLength(namedBy(70).length - 1)
      }
      const unknowing: PatientSession = { ...again(other), memory: { fingerprint: other.fingerprint } }
      await readContents(unknowing)
      await touch(unknowing)
      expect(unknowing.memory.manifest?.number).toBe(71)
    })
  })
})

const withDevice = async () => {
  const account = await world.patient()
  const other = await online(() => secondDevice(account))
  return { ...account, other }
}

/** Every question of this kind gets the first answer again. */
const frozen = (route: Asked["route"]) => {
  let first: Reply | undefined
  return (network: Network): Network =>
    async (asked) => {
      if (asked.route !== route) return network(asked)
      first ??= await network(asked)
      return first
    }
}

test("a publication that a cloud accepts beside another of the same number is found to be a fork", async () => {
  const { session, other } = await withDevice()
  await online(() => readContents(session))
  const forking =
    (network: Network): Network =>
    async (asked) => {
      if (asked.route !== "patient/publish-manifest") return network(asked)
      await online(() => touch(other))
      await online(() => readContents(session))
      return jsonReply({})
    }
  await expect(online(() => touch(session), forking)).rejects.toMatchObject({ code: "manifest-rolled-back" })
  expect(session.memory.manifest).toMatchObject(other.memory.manifest ?? {})
})

describe("the newest contents", () => {
  test("are refused where the cloud has none any more", async () => {
    const { session } = await world.patient()
    const gone = () => jsonReply({ type: "about:blank", status: 404, code: "not-found", requestId: "-" }, 404)
    await expect(
      online(() => readContents(again(session)), changed("patient/get-manifest", gone)),
    ).rejects.toMatchObject({
      code: "manifest-missing",
    })
  })

  test("are refused where they are older than what the device knows", async () => {
    const { session, other } = await withDevice()
    const rewound = frozen("patient/get-manifest")
    await online(() => readContents(session), rewound)
    await online(() => touch(other))
    await online(() => readContents(session))
    await expect(online(() => readContents(session), rewound)).rejects.toMatchObject({ code: "manifest-rolled-back" })
  })

  test("are refused under an older list of signers", async () => {
    const account = await world.patient()
    const { session } = account
    const [older] = (await online(() => readContents(session))).signerLists
    await online(() => secondDevice(account))
    const listed = changed("patient/get-manifest", (reply) =>
      jsonReply({ ...(jsonOf(reply) as object), signers: [older] }),
    )
    await expect(online(() => readContents(session), listed)).rejects.toMatchObject({ code: "signers-invalid" })
  })

  test("are refused with another number of the account key than the manifest's, also where its key is open already", async () => {
    const { session } = await world.patient()
    const { accountKey } = await online(() => readContents(session))
    const renumbered = changed("patient/get-manifest", (reply) =>
      jsonReply({ ...(jsonOf(reply) as object), accountKey: { ...accountKey, number: accountKey.number + 6 } }),
    )
    await expect(online(() => readContents(session), renumbered)).rejects.toMatchObject({ code: "account-key-invalid" })
  })

  test("are opened without asking for anything but themselves, and known contents without asking at all", async () => {
    const { session } = await world.patient()
    const { asked, between } = counting()
    const contents = await online(() => readContents(session), between)
    expect(asked).toEqual(["patient/get-manifest"])
    expect(await online(() => knownContents(session), between)).toBe(contents)
    expect(asked).toHaveLength(1)
  })

  test("lead back to what another call of the device has published before the answer came", async () => {
    const { session, other } = await withDevice()
    await online(() => touch(other))
    const parallel = again(session)
    let held = true
    // An answer from before the publication arrives after it.
    const late =
      (network: Network): Network =>
      async (asked) => {
        const reply = await network(asked)
        if (asked.route !== "patient/get-manifest" || !held) return reply
        held = false
        await online(() => touch(parallel))
        return reply
      }
    const read = await online(() => readContents(parallel), late)
    expect(read.manifest.number).toBe(parallel.memory.manifest?.number)
    expect(read.manifest.hash).toBe(parallel.memory.manifest?.hash)
  })
})

describe("what an index vouches for", () => {
  test("lies in the past of the newest contents", async () => {
    const { session } = await world.patient()
    const first = session.memory.manifest
    if (first === undefined) throw new Error("nothing is published")
    await online(() => touch(session))
    expect((await online(() => requireDescent(session, first))).manifest.number).toBe(2)
    for (const witness of [
      { number: 1, hash: "A".repeat(43) },
      { number: 2, hash: "A".repeat(43) },
      { number: 3, hash: "A".repeat(43) },
    ])
      await expect(online(() => requireDescent(session, witness))).rejects.toMatchObject({
        code: "manifest-rolled-back",
      })
  })

  test("keeps no device asking for ever, whatever the cloud answers", async () => {
    const { session, other } = await withDevice()
    const witness = session.memory.manifest
    if (witness === undefined) throw new Error("nothing is published")
    const { asked, between } = counting()
    // The second question of each pair is answered by a newer manifest than the first.
    const moving =
      (network: Network): Network =>
      async (question) => {
        if (question.route === "patient/get-manifest" && asked.length % 2 === 0) await online(() => touch(other))
        return network(question)
      }
    await expect(
      online(
        () => requireDescent(session, witness),
        (network) => between(moving(network)),
      ),
    ).rejects.toMatchObject({ code: "busy" })
    expect(asked.length).toBeLessThanOrEqual(20)
  })
})

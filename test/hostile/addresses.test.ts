import { beforeAll, describe, expect, test } from "vitest"
import { lyingInClear } from "../../attack/operator.ts"
import { madeCard } from "../../attack/thief.ts"
import { type Card, encodeCard } from "../../protocol/card.ts"
import { apiAt, getObject, putObject } from "../../sdk/api.ts"
import { lookUp } from "../../sdk/hcp/card.ts"
import { contribute } from "../../sdk/hcp/contribute.ts"
import { emergencyAccess, readSummaryRecords } from "../../sdk/hcp/emergency-access.ts"
import { makeCard } from "../../sdk/patient/cards.ts"
import { listRecords } from "../../sdk/patient/listed.ts"
import { downloadRecord, uploadRecord } from "../../sdk/patient/records.ts"
import type { PatientSession } from "../../sdk/patient/session.ts"
import { cloudAddress, hriAddress, type MemoryNetwork, memoryNetwork } from "../kit/memory-network.ts"
import { type Asked, lying, type Network, over } from "../kit/network.ts"
import { newAccount } from "../kit/new-account.ts"
import { cardIn, documentOf } from "../kit/people.ts"

let memory: MemoryNetwork
let session: PatientSession
let card: Card
let cardId: string
beforeAll(async () => {
  memory = await memoryNetwork()
  await over(memory.network, async () => {
    ;({ session } = await newAccount(cloudAddress, "addresses@example.org"))
    await uploadRecord(session, documentOf("summary", "summary"))
    const made = await makeCard(session, { hri: hriAddress, categories: ["summary"] })
    ;({ cardId } = made)
    card = cardIn(made.text)
  })
})

/** Nowhere that a cloud on the network, or somebody who prints a card, may have a device call. */
const closed = [
  "http://127.0.0.1:2375/x",
  "http://localhost:9200/x",
  "https://localhost/x",
  "https://[::1]/x",
  "https://192.168.1.1/x",
  "https://3232235777/x",
  "https://169.254.169.254/x",
  "https://[fd00::1]/x",
  "https://[::ffff:192.168.1.1]/x",
  "https://router/x",
  "https://printer.local/x",
  "http://objects.example/x",
]

/** Whatever is asked, of whom. */
const watching = (network: Network) => {
  const asked: Asked[] = []
  const watched: Network = async (each) => {
    asked.push(each)
    return network(each)
  }
  const honest = [cloudAddress, hriAddress, "https://objects.example"]
  const elsewhere = () => asked.filter(({ url }) => !honest.includes(url.origin))
  return { watched, asked, elsewhere }
}

describe.each(closed)("a cloud that signs the address %s", (url) => {
  test("has no device upload there", async () => {
    const lie = lying(memory.network, { "patient/upload-url": (answer) => ({ ...answer, url }) })
    const { watched, elsewhere } = watching(lie)
    await expect(over(watched, () => uploadRecord(session, documentOf("summary", "another")))).rejects.toMatchObject({
      code: "reply-invalid",
    })
    expect(elsewhere()).toEqual([])
  })

  test("has no device download from there", async () => {
    const { watched, elsewhere } = watching(lying(memory.network, { "patient/download-url": () => ({ url }) }))
    await over(watched, async () => {
      const [descriptor] = await listRecords(session)
      await expect(downloadRecord(session, descriptor!)).rejects.toMatchObject({ code: "reply-invalid" })
    })
    expect(elsewhere()).toEqual([])
  })

  test("has no professional read or add there", async () => {
    const read = lyingInClear(memory.network, { session, card, cardId }, memory.paramedic, (answer) => ({
      ...answer,
      urls: answer.urls.map((each) => ({ ...each, url })),
    }))
    const add = lying(memory.network, { "hcp/contribution-upload-url": (answer) => ({ ...answer, url }) })
    const { watched, elsewhere } = watching(read)
    await over(watched, async () => {
      const access = await emergencyAccess(card, await lookUp(card), memory.physician)
      await expect(readSummaryRecords(access)).rejects.toMatchObject({ code: "reply-invalid" })
    })
    expect(elsewhere()).toEqual([])
    const adding = watching(add)
    await over(adding.watched, async () => {
      const access = await emergencyAccess(card, await lookUp(card), memory.physician)
      await expect(contribute(access, documentOf("summary", "note"))).rejects.toMatchObject({ code: "reply-invalid" })
    })
    expect(adding.elsewhere()).toEqual([])
  })
})

describe("a made card", () => {
  test.each([
    ...closed,
    "http://10.0.0.1:8080/any/path?x=",
    "https://cloud.example/?x=",
    "https://user@cloud.example/",
  ])("sends no professional's statement to %s", async (cloud) => {
    const { watched, elsewhere } = watching(memory.network)
    await over(watched, async () => {
      const made = await madeCard(hriAddress, cloud)
      await expect(lookUp(made)).rejects.toMatchObject({ code: "entry-invalid" })
      await expect(lookUp(made, { local: true })).rejects.toMatchObject({ code: "entry-invalid" })
    })
    expect(elsewhere()).toEqual([])
  })

  test("sends a statement to a public cloud that it names: the same card is taken where only the address differs", async () => {
    await over(memory.network, async () => {
      const entry = await lookUp(await madeCard(hriAddress, "https://other-cloud.example"))
      expect(entry.cloud).toBe("https://other-cloud.example")
    })
  })

  test("whose entry was taken from elsewhere sends nothing either", async () => {
    const { watched, asked } = watching(memory.network)
    const entry = await over(memory.network, () => lookUp(card))
    for (const cloud of closed)
      await expect(
        over(watched, () => emergencyAccess(card, { ...entry, cloud }, memory.physician)),
      ).rejects.toMatchObject({ code: "address-refused" })
    expect(asked).toEqual([])
  })

  test("whose index is on the reader's machine is asked for only by a reader who says that it may be", async () => {
    const { watched, asked } = watching(memory.network)
    const here = cardIn(encodeCard({ ...card, hri: "http://127.0.0.1:2375" }))
    await expect(over(watched, () => lookUp(here))).rejects.toMatchObject({ code: "address-refused" })
    expect(asked).toEqual([])
    await over(watched, () => lookUp(here, { local: true }))
    expect(asked.map(({ url }) => url.origin)).toEqual(["http://127.0.0.1:2375"])
  })

  test.each(closed.filter((address) => !/localhost|127\.0\.0\.1|::1\]/.test(address)))(
    "that names the index %s is read by nobody",
    (hri) => {
      expect(() => encodeCard({ ...card, hri })).toThrow(TypeError)
    },
  )
})

test.each(closed)(
  "a patient of a cloud on the network makes no card of the index %s, and none is begun",
  async (hri) => {
    const { watched, asked } = watching(memory.network)
    await expect(over(watched, () => makeCard(session, { hri, categories: ["summary"] }))).rejects.toMatchObject({
      code: "address-refused",
    })
    expect(asked).toEqual([])
  },
)

describe("an API", () => {
  test.each([
    ...closed,
    "https://cloud.example/?x=",
    "https://cloud.example/#x",
    "https://user:word@cloud.example",
    "x",
  ])("at %s is spoken to by nobody whom somebody else sent there", (address) => {
    expect(() => apiAt(address)).toThrow(expect.objectContaining({ code: "address-refused" }))
  })

  test("is spoken to at the very address that was judged", () => {
    expect(apiAt("HTTPS://Cloud.Example:443//").address).toBe("https://cloud.example")
    expect(apiAt("https://cloud.example/stage/").address).toBe("https://cloud.example/stage")
  })
})

describe("a cloud on this very machine", () => {
  const here = { address: "http://127.0.0.1:4566/cloud" }
  const answering: Network = async ({ method }) => ({
    status: 200,
    headers: {},
    body: method === "GET" ? new Uint8Array(4) : new Uint8Array(),
  })
  const get = (url: string) => getObject(here, url, { start: 0, length: 4, size: 4 }, new Uint8Array(4))

  test.each(["http://127.0.0.1:9000/x", "http://localhost:9000/x", "http://[::1]:9000/x", "https://objects.example/x"])(
    "has sealed bytes got and put at %s",
    async (url) => {
      await over(answering, async () => {
        expect(await get(url)).toHaveLength(4)
        expect(await putObject(here, { url, headers: {} }, new Uint8Array(4))).toBe("put")
      })
    },
  )

  test.each(closed.filter((address) => !/localhost|127\.0\.0\.1|\/\/\[::1\]/.test(address)))(
    "has nothing got or put at %s all the same",
    async (url) => {
      const { watched, asked } = watching(answering)
      await over(watched, async () => {
        await expect(get(url)).rejects.toMatchObject({ code: "reply-invalid" })
        await expect(putObject(here, { url, headers: {} }, new Uint8Array(4))).rejects.toMatchObject({
          code: "reply-invalid",
        })
      })
      expect(asked).toEqual([])
    },
  )
})

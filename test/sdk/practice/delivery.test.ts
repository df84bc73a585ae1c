import { describe, expect, test, vi } from "vitest"
import {
  certifiedSeconds,
  deliveriesPerAddressDay,
  deliveryAddressesPerDay,
  maxDeliveryAddresses,
  maxPendingDeliveries,
} from "../../../contract/limits.ts"
import type { ResponseOf } from "../../../contract/routes.ts"
import { toBase64url } from "../../../protocol/crypto/bytes.ts"
import { randomBytes } from "../../../protocol/crypto/primitives.ts"
import { generateSealingKeyPair } from "../../../protocol/sealing.ts"
import { statementHash } from "../../../protocol/statement.ts"
import { contribute } from "../../../sdk/hcp/contribute.ts"
import type { Credential } from "../../../sdk/hcp/emergency-access.ts"
import { listRecords as listAsHcp } from "../../../sdk/hcp/records.ts"
import { sessionOf } from "../../../sdk/hcp/session.ts"
import { readAuditTrail } from "../../../sdk/patient/audit-trail.ts"
import {
  approveContribution,
  listContributions,
  readContribution,
  rejectContribution,
} from "../../../sdk/patient/contributions.ts"
import { deactivateAccount } from "../../../sdk/patient/deactivation.ts"
import {
  isAfterRevocation,
  listDeliveryAddresses,
  makeDeliveryAddress,
  revokeDeliveryAddress,
} from "../../../sdk/patient/delivery-addresses.ts"
import { listRecords } from "../../../sdk/patient/listed.ts"
import { downloadRecord } from "../../../sdk/patient/records.ts"
import { recover } from "../../../sdk/patient/recovery.ts"
import type { PatientSession } from "../../../sdk/patient/session.ts"
import { endSigner } from "../../../sdk/patient/signers.ts"
import { signIn } from "../../../sdk/practice/account.ts"
import { readPracticeTrail } from "../../../sdk/practice/audit-trail.ts"
import { changeFile } from "../../../sdk/practice/files.ts"
import type { Practice } from "../../../sdk/practice/practice.ts"
import { keptDeliveryAddress, readDeliveryAddress, sendToPatient } from "../../../sdk/practice/send.ts"
import { confirmationCode } from "../../fakes/accounts.ts"
import { cloudAddress } from "../../kit/memory-network.ts"
import { jsonOf, jsonReply, type Network } from "../../kit/network.ts"
import { accessBy, documentOf } from "../../kit/people.ts"
import { fullPractice, newMember, reopened } from "../../kit/practices.ts"
import { again, changed, newCard, secondDevice, useWorld } from "../../kit/world.ts"

const world = useWorld()
const online = world.over
const code = async () => confirmationCode
let opened = 0
const email = (name: string) => `${name}-${++opened}@example.org`
const newPractice = () => online(() => fullPractice(cloudAddress, email("practice"), world.memory.physician, code))
const codeOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => "done",
    (error: unknown) => (error as { code?: string }).code,
  )
const letter = documentOf("document", "a letter from the practice")
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const sendBy = async (practice: Practice, words: string, credential: Credential = world.memory.physician) =>
  sendToPatient(practice, await readDeliveryAddress(practice, words), letter, credential)
const send = (practice: Practice, words: string, credential?: Credential) =>
  online(() => sendBy(practice, words, credential))
const listed = (session: PatientSession) => online(() => listContributions(session))
const only = <T>(items: readonly T[]): T => {
  const [item] = items
  if (item === undefined || items.length !== 1) throw new Error(`${items.length} instead of one`)
  return item
}

/** A patient who gave a practice an address. */
const withAddress = async () => {
  const account = await world.patient()
  const address = await online(() => makeDeliveryAddress(account.session, "Dr. Rossi"))
  return { ...account, address, at: await newPractice() }
}

describe("a practice that was given an address", () => {
  test("sends a document that waits, is read and approved by the patient, and is a record then", async () => {
    const { session, address, at } = await withAddress()
    const { contributionId } = await send(at.practice, address.words)
    const waiting = only(await listed(again(session)))
    expect(waiting).toMatchObject({
      contributionId,
      status: "pending",
      addressId: address.addressId,
      addressName: "Dr. Rossi",
      practiceId: at.session.memory.practiceId,
      profession: "physician",
      metadata: { title: letter.title },
      answer: { at: expect.any(String) },
    })
    expect(waiting.grantId).toBeUndefined()
    expect(waiting.afterRevocation).toBeUndefined()
    await online(async () => {
      expect(text(await readContribution(session, waiting))).toBe(text(letter.content))
      expect(await listRecords(session, ["document"])).toEqual([])
      await approveContribution(session, waiting)
      const record = only(await listRecords(session, ["document"]))
      expect(text((await downloadRecord(session, record)).bytes)).toBe(text(letter.content))
    })
    expect(only(await listed(session)).status).toBe("approved")
  })

  test("reads the address by its code, and by what its entry keeps, which the cloud isn't told", async () => {
    const { address, at } = await withAddress()
    await online(async () => {
      const read = await readDeliveryAddress(at.practice, ` ${address.code} `)
      expect(read.addressId).toBe(address.addressId)
      await changeFile(at.practice, { ...at.entry, delivery: read.delivery })
      const kept = (await reopened(at.session)).directory.get(at.entry.fileId)?.delivery ?? ""
      expect(kept).toBe(toBase64url(address.secret))
      expect(await keptDeliveryAddress(at.practice, kept)).toEqual(read)
    })
    expect(world.memory.stored()).not.toContain(toBase64url(address.secret))
  })

  test("is told of in both trails, and mailed", async () => {
    const { session, address, at } = await withAddress()
    const { contributionId, receipt } = await send(at.practice, address.words)
    const statement = await statementHash(receipt.statement)
    const subject = { addressId: address.addressId, contributionId, category: "document", statementHash: statement }
    const own = (await online(() => readAuditTrail(session))).filter(({ action }) => action === "contribute")
    expect(only(own)).toMatchObject({ outcome: "permitted", actor: { kind: "hcp", profession: "physician" }, subject })
    const { events } = await online(() => readPracticeTrail(at.practice))
    const { memberId } = at.session.memory
    expect(only(events.filter(({ action }) => action === "contribute"))).toMatchObject({
      actor: { kind: "member", memberId },
      subject,
    })
    expect(JSON.stringify([own, events])).not.toContain("Rossi")
    expect(world.memory.stored()).toContain(`"kind":"delivery","patientId":"${session.patientId}"`)
  })

  test("whose statement comes twice has sent once, and is answered alike", async () => {
    const { session, address, at } = await withAddress()
    const replies: unknown[] = []
    const twice =
      (network: Network): Network =>
      async (asked) => {
        if (asked.route !== "practice/contribute") return network(asked)
        const [first, second] = [await network(asked), await network(asked)]
        replies.push(jsonOf(first), jsonOf(second))
        return second
      }
    await online(() => sendBy(at.practice, address.words), twice)
    const [first, second] = replies as ResponseOf<"practice/contribute">[]
    expect(second?.event).toEqual(first?.event)
    expect((await listed(session)).map(({ status }) => status)).toEqual(["pending"])
  })

  test("that sends two things at once has sent both", async () => {
    const { session, address, at } = await withAddress()
    await Promise.all([send(at.practice, address.words), send(at.practice, address.words)])
    expect((await listed(session)).map(({ status }) => status)).toEqual(["pending", "pending"])
  })

  test("is shown to no professional before the patient approves, and then to whom a card opens it", async () => {
    const { session, address, at } = await withAddress()
    await send(at.practice, address.words)
    const { card } = await online(() => newCard(session))
    const access = await online(() => accessBy(card, world.memory.paramedic))
    await online(async () => {
      await contribute(access, documentOf("document", "an addition in the emergency"))
      const shown = await listAsHcp(access, "document")
      expect(shown.map(({ metadata }) => metadata?.title)).toEqual(["title of an addition in the emergency"])
      const waiting = only((await listContributions(session)).filter(({ addressId }) => addressId !== undefined))
      const { contributionId } = waiting
      const asked = { patientId: session.patientId, grantId: access.grantId, recordId: contributionId, version: "1" }
      const { accessToken } = await sessionOf(access)
      expect(await codeOf(access.api.call("hcp/download-url", asked, accessToken))).toBe("not-found")
      await approveContribution(session, waiting)
      expect((await listAsHcp(access, "document")).map(({ descriptor }) => descriptor.recordId)).toContain(
        contributionId,
      )
    })
  })

  test("has what the patient rejects destroyed", async () => {
    const { session, address, at } = await withAddress()
    await send(at.practice, address.words)
    await online(async () => rejectContribution(session, only(await listContributions(session))))
    expect(only(await listed(session)).status).toBe("rejected")
  })
})

describe("an address", () => {
  test("is listed by each of the patient's devices, with its name and words", async () => {
    const account = await world.patient()
    await online(async () => {
      const address = await makeDeliveryAddress(account.session, "Dr. Ρόσσι")
      const other = await secondDevice(account)
      const [shown] = await listDeliveryAddresses(other)
      expect(shown).toMatchObject({ addressId: address.addressId, status: "active" })
      expect(shown?.spoken).toMatchObject({ name: "Dr. Ρόσσι", words: address.words, code: address.code })
    })
  })

  test("that one practice has sent by is none to another", async () => {
    const { session, address, at } = await withAddress()
    await send(at.practice, address.words)
    const other = await newPractice()
    expect(await codeOf(send(other.practice, address.words))).toBe("not-found")
    expect(await listed(session)).toHaveLength(1)
  })

  test("that is revoked is none to anybody; what had come by it is decided on as before", async () => {
    const { session, address, at } = await withAddress()
    const read = await online(() => readDeliveryAddress(at.practice, address.words))
    await send(at.practice, address.words)
    await online(() => revokeDeliveryAddress(session, address.addressId))
    expect(await codeOf(send(at.practice, address.words))).toBe("not-found")
    const late = online(() => sendToPatient(at.practice, read, letter, world.memory.physician))
    expect(await codeOf(late)).toBe("not-found")
    await online(async () => {
      expect(await listDeliveryAddresses(session)).toMatchObject([
        { status: "revoked", practiceId: at.session.memory.practiceId },
      ])
      await approveContribution(session, only(await listContributions(session)))
      expect(await listRecords(session, ["document"])).toHaveLength(1)
    })
    expect(world.memory.stored()).not.toContain("delivery-locator#".concat(address.addressId))
  })

  test("dies with the account key: a device that is ended has been able to open what is sealed to it", async () => {
    const account = await withAddress()
    const { session, address, at } = account
    await send(at.practice, address.words)
    await online(async () => {
      const other = await secondDevice(account)
      await endSigner(session, other.signerId)
      expect(await listDeliveryAddresses(session)).toMatchObject([{ status: "ended" }])
    })
    expect(await codeOf(send(at.practice, address.words))).toBe("not-found")
    await online(async () => approveContribution(session, only(await listContributions(session))))
    expect(only(await listed(session)).status).toBe("approved")
  })

  test("and what came by it are listed still after the patient has recovered on a new device", async () => {
    const { login, phrase, address, at } = await withAddress()
    await send(at.practice, address.words)
    await online(async () => {
      const recovered = await recover(at.cloud, login, phrase)
      if (recovered.outcome !== "ok") throw new Error(recovered.outcome)
      const { session } = recovered
      expect(await listDeliveryAddresses(session)).toMatchObject([{ status: "ended" }])
      expect(only(await listContributions(session))).toMatchObject({ status: "pending", addressName: "Dr. Rossi" })
    })
  })

  test("leaves nothing with the account that leads to it", async () => {
    const { session, phrase, address, at } = await withAddress()
    expect(world.memory.stored()).toContain(address.addressId)
    await online(() => deactivateAccount(session, phrase))
    expect(await codeOf(send(at.practice, address.words))).toBe("not-found")
    expect(world.memory.stored()).not.toContain(
      '"kind":"delivery-locator","revision":1,"patientId":"'.concat(session.patientId),
    )
  })

  test("whose words are mistyped is none", async () => {
    const { practice } = await newPractice()
    for (const typed of ["abandon ".repeat(12), "no words", "EHR-M1:".concat("00")])
      expect(await codeOf(send(practice, typed))).toBe("not-found")
  })
})

describe("nobody sends", () => {
  test("without the clinical role: the reception keeps addresses, and sends nothing", async () => {
    const { address, at } = await withAddress()
    const { practice } = await online(() =>
      newMember(at.practice, "reception", {
        address: cloudAddress,
        email: email("reception"),
        credential: undefined,
        code,
      }),
    )
    expect(await codeOf(send(practice, address.words))).toBe("role-not-allowed")
  })

  test("before they have signed in as whom they are let in, or two hours after it", async () => {
    const { address, at } = await withAddress()
    const { paramedic: credential } = world.memory
    const colleague = await online(() =>
      newMember(at.practice, "clinician", { address: cloudAddress, email: email("colleague"), credential, code }),
    )
    expect(await codeOf(send(colleague.practice, address.words, credential))).toBe("unauthenticated")
    const { cloud, keys, memory } = colleague.session
    const session = await online(() => signIn(cloud, colleague.login, keys, memory))
    const practice = await online(() => reopened(session))
    vi.useFakeTimers({ now: Date.now() + (certifiedSeconds + 1) * 1000, toFake: ["Date"] })
    try {
      expect(await codeOf(send(practice, address.words, credential))).toBe("unauthenticated")
    } finally {
      vi.useRealTimers()
    }
    await send(practice, address.words, credential)
  })

  test("in the name of a colleague, or by a certificate that nobody showed for the practice", async () => {
    const { session, address, at } = await withAddress()
    expect(await codeOf(send(at.practice, address.words, world.memory.paramedic))).toBe("statement-invalid")
    expect(await codeOf(send(at.practice, address.words, world.memory.stranger))).toBe("statement-invalid")
    expect(await listed(session)).toEqual([])
  })

  test("who was given the id alone: the secret's key is in what is sealed", async () => {
    const { session, address, at } = await withAddress()
    const read = await online(() => readDeliveryAddress(at.practice, address.words))
    const guessed = { ...read, delivery: toBase64url(randomBytes(16)) }
    await online(() => sendToPatient(at.practice, guessed, letter, world.memory.physician))
    const waiting = only(await listed(session))
    expect(waiting.metadata).toBeUndefined()
    expect(await online(() => codeOf(approveContribution(session, waiting)))).toBe("record-unreadable")
  })
})

describe("room", () => {
  test("an address takes twenty a day, and another practice's takes more still", async () => {
    const { session, address, at } = await withAddress()
    for (let sent = 0; sent < deliveriesPerAddressDay; sent++) await send(at.practice, address.words)
    expect(await codeOf(send(at.practice, address.words))).toBe("rate-exceeded")
    const [second, other] = [await online(() => makeDeliveryAddress(session, "Dr. Weber")), await newPractice()]
    await send(other.practice, second.words)
  })

  test("what practices send has no more room than is theirs, and takes none from emergencies; deciding gives it back", async () => {
    const { session, address, at } = await withAddress()
    const [second, third] = await online(async () => [
      await makeDeliveryAddress(session, "Dr. Weber"),
      await makeDeliveryAddress(session, "Dr. Bianchi"),
    ])
    const words = [address.words, second.words, third.words]
    for (let sent = 0; sent < maxPendingDeliveries; sent++)
      await send(at.practice, words[Math.floor(sent / deliveriesPerAddressDay)] ?? "")
    expect(await codeOf(send(at.practice, third.words))).toBe("quota-exceeded")
    await online(async () => {
      const { card } = await newCard(session)
      await contribute(await accessBy(card, world.memory.paramedic), documentOf("document", "in the emergency"))
      const [waiting] = (await listContributions(session)).filter(({ addressId }) => addressId !== undefined)
      if (waiting === undefined) throw new Error("nothing waits")
      await rejectContribution(session, waiting)
    })
    await send(at.practice, third.words)
  })

  test("a patient makes twenty addresses a day", async () => {
    const { session } = await world.patient()
    await online(async () => {
      for (let made = 0; made < deliveryAddressesPerDay; made++) await makeDeliveryAddress(session, `Dr. ${made}`)
      expect(await codeOf(makeDeliveryAddress(session, "one more"))).toBe("rate-exceeded")
    })
  })

  test("64 are in force at once: one that is revoked makes room", async () => {
    const { session } = await world.patient()
    await online(async () => {
      const made: string[] = []
      while (made.length < maxDeliveryAddresses) {
        if (made.length % deliveryAddressesPerDay === 0) await world.memory.forgetRates()
        made.push((await makeDeliveryAddress(session, "")).addressId)
      }
      expect(await codeOf(makeDeliveryAddress(session, "one more"))).toBe("quota-exceeded")
      await revokeDeliveryAddress(session, made[0] ?? "")
      await revokeDeliveryAddress(session, made[0] ?? "")
      await makeDeliveryAddress(session, "one more")
      expect(await codeOf(makeDeliveryAddress(session, "another"))).toBe("quota-exceeded")
    })
  })
})

describe("a cloud that", () => {
  test("lets something pass after the address was revoked is found out by the trail", async () => {
    const { session, address, at } = await withAddress()
    await send(at.practice, address.words)
    await online(() => revokeDeliveryAddress(session, address.addressId))
    const events = await online(() => readAuditTrail(session))
    const revoked = events.find(({ action }) => action === "revoke-delivery-address")
    expect(revoked?.subject.addressId).toBe(address.addressId)
    const waiting = only(await listed(session))
    expect(waiting.afterRevocation).toBeUndefined()
    const contributedAt = new Date(Date.parse(revoked?.at ?? "") + 241_000).toISOString()
    expect(isAfterRevocation({ revokedAt: revoked?.at ?? "" }, contributedAt)).toBe(true)
    expect(isAfterRevocation({ revokedAt: revoked?.at ?? "" }, waiting.contributedAt)).toBe(false)
    expect(isAfterRevocation({}, contributedAt)).toBe(false)
  })

  test("puts a key of its own in the place of the patient's is found out before anything is sealed", async () => {
    const { address, at } = await withAddress()
    const { publicKey } = await generateSealingKeyPair()
    const lie = changed("practice/get-delivery-address", (reply) =>
      jsonReply({ ...(jsonOf(reply) as object), accountKey: publicKey }),
    )
    expect(await online(() => codeOf(readDeliveryAddress(at.practice, address.words)), lie)).toBe(
      "delivery-address-invalid",
    )
  })

  test("shows another patient's address is found out: the words open none but theirs", async () => {
    const [one, other] = [await withAddress(), await withAddress()]
    const asked = { addressId: other.address.addressId }
    const theirs = await online(() =>
      other.at.session.cloud.api.call("practice/get-delivery-address", asked, other.at.session.accessToken),
    )
    const lie = changed("practice/get-delivery-address", () => jsonReply(theirs))
    expect(await online(() => codeOf(readDeliveryAddress(one.at.practice, one.address.words)), lie)).toBe(
      "delivery-address-invalid",
    )
  })

  test("says that the patient was told, and can't show it, is found out by the practice", async () => {
    const [one, other] = [await withAddress(), await withAddress()]
    const earlier = await send(other.at.practice, other.address.words)
    const { event, receipt } = earlier.receipt
    const lie = changed("practice/contribute", () => jsonReply({ event, receipt }))
    expect(await online(() => codeOf(sendBy(one.at.practice, one.address.words)), lie)).toBe("receipt-invalid")
  })

  type Listed = ResponseOf<"patient/list-delivery-addresses">["addresses"]
  const telling = (change: (addresses: Listed) => object[]) =>
    changed("patient/list-delivery-addresses", (reply) => {
      const answer = jsonOf(reply) as ResponseOf<"patient/list-delivery-addresses">
      return jsonReply({ ...answer, addresses: change(answer.addresses) })
    })
  const listing = (session: PatientSession, lie: ReturnType<typeof telling>) =>
    online(() => codeOf(listDeliveryAddresses(again(session))), lie)

  test("invents an address, renames one, or shows another's as the patient's is found out", async () => {
    const { session } = await withAddress()
    const other = await withAddress()
    const foreign = await online(() =>
      other.session.cloud.api.call("patient/list-delivery-addresses", {}, other.session.accessToken),
    )
    const lies: ((addresses: Listed) => object[])[] = [
      (addresses) => addresses.map((each) => ({ ...each, kept: foreign.addresses[0]?.kept ?? "" })),
      (addresses) => [...addresses, ...foreign.addresses],
      (addresses) => addresses.map((each) => ({ ...each, addressId: foreign.addresses[0]?.addressId ?? "" })),
      (addresses) => addresses.map((each) => ({ ...each, revocation: each.statement })),
      (addresses) => [...addresses, ...addresses],
    ]
    for (const lie of lies) expect(await listing(session, telling(lie))).toBe("delivery-address-invalid")
  })

  test("hides the address by which something came, or says that it came by another, is found out", async () => {
    const { session, address, at } = await withAddress()
    const second = await online(() => makeDeliveryAddress(session, "Dr. Weber"))
    await send(at.practice, address.words)
    const hiding = telling((addresses) => addresses.filter(({ addressId }) => addressId !== address.addressId))
    expect(await online(() => codeOf(listContributions(again(session))), hiding)).toBe("access-differs")
    const otherwise = changed("patient/list-contributions", (reply) => {
      const answer = jsonOf(reply) as ResponseOf<"patient/list-contributions">
      const contributions = answer.contributions.map((each) => ({ ...each, addressId: second.addressId }))
      return jsonReply({ ...answer, contributions })
    })
    expect(await online(() => codeOf(listContributions(again(session))), otherwise)).toBe("contribution-invalid")
  })

  test("keeps back what was sent is found out by the trail", async () => {
    const { session, address, at } = await withAddress()
    const { contributionId } = await send(at.practice, address.words)
    const hiding = changed("patient/list-contributions", (reply) =>
      jsonReply({ ...(jsonOf(reply) as object), contributions: [] }),
    )
    const [missed] = await online(() => listContributions(again(session)), hiding)
    expect(missed).toMatchObject({ contributionId, addressId: address.addressId, status: "unlisted" })
  })
})

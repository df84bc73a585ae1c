import { describe, expect, test } from "vitest"
import { generateKeyPairs } from "../../../protocol/keys.ts"
import {
  type Invitation,
  invitationCode,
  invitationIdOf,
  isJoiningMac,
  joiningMac,
  keepSecret,
  openInvitation,
  openKeptSecret,
  readInvitationSecret,
  sealInvitation,
} from "../../../protocol/practice/invitation.ts"
import { sealInfo, sealingKeyThumbprint, sealTo } from "../../../protocol/sealing.ts"
import { newSpokenSecret, spokenWords } from "../../../protocol/spoken-secret.ts"

const id = "A".repeat(22)
const hash = (letter: string) => `${letter.repeat(42)}A`
const said: Invitation = { practiceId: id, memberId: id, role: "clinician", fingerprint: hash("F"), expiresAt: 1 }
const joining = { ...said, aud: "cloud.example", signing: hash("S"), sealing: hash("T") }
const secret = newSpokenSecret()

describe("the secret of an invitation", () => {
  test("is 12 words or a code, read back however it is spaced or written", () => {
    const words = spokenWords(secret)
    expect(words.split(" ")).toHaveLength(12)
    for (const typed of [words, `  ${words.toUpperCase().replaceAll(" ", "\n ")} `, `${invitationCode(secret)}\n`])
      expect(readInvitationSecret(typed)).toEqual(secret)
  })

  test("is nothing else: not fewer words, not the 24 of a phrase, not a card", () => {
    const words = spokenWords(secret)
    const wrong = ["", "word", words.split(" ").slice(1).join(" "), `${words} ${words}`, "EHR2:000", "EHR-M1:00"]
    for (const typed of wrong) expect(readInvitationSecret(typed)).toBeUndefined()
  })

  test("alone opens what it says, and its id tells nothing of another's", async () => {
    const sealed = await sealInvitation(secret, said)
    expect(await openInvitation(secret, sealed)).toEqual(said)
    await expect(openInvitation(newSpokenSecret(), sealed)).rejects.toMatchObject({ name: "CryptoFailure" })
    expect(await invitationIdOf(secret)).toMatch(/^[\w-]{22}$/)
    expect(await invitationIdOf(secret)).not.toBe(await invitationIdOf(newSpokenSecret()))
  })
})

describe("the MAC of who joins", () => {
  test("is of these keys, this cloud, practice, member and role alone", async () => {
    const mac = await joiningMac(secret, joining)
    expect(await isJoiningMac(secret, joining, mac)).toBe(true)
    const others = [
      { aud: "other.example" },
      { practiceId: `${"B".repeat(21)}A` },
      { memberId: `${"B".repeat(21)}A` },
      { role: "owner" as const },
      { fingerprint: hash("G") },
      { signing: hash("U") },
      { sealing: hash("U") },
    ]
    for (const other of others) expect(await isJoiningMac(secret, { ...joining, ...other }, mac)).toBe(false)
    expect(await isJoiningMac(newSpokenSecret(), joining, mac)).toBe(false)
  })
})

describe("a secret that is kept with the cloud", () => {
  const place = { cloudId: "cloud.example", practiceId: id }

  test("is opened by its owner for its own invitation, and for no other", async () => {
    const [own, other] = [
      await generateKeyPairs({ extractable: false }),
      await generateKeyPairs({ extractable: false }),
    ]
    const kept = await keepSecret(place, own.sealing, secret)
    const invitationId = await invitationIdOf(secret)
    expect(await openKeptSecret(place, own.sealing, invitationId, kept)).toEqual(secret)
    const theirs = await invitationIdOf(newSpokenSecret())
    for (const attempt of [
      openKeptSecret(place, own.sealing, theirs, kept),
      openKeptSecret(place, other.sealing, invitationId, kept),
      openKeptSecret({ ...place, practiceId: `${"B".repeat(21)}A` }, own.sealing, invitationId, kept),
    ])
      await expect(attempt).rejects.toMatchObject({ name: "CryptoFailure" })
  })

  test("is the one that its id was made of, whoever sealed it", async () => {
    const own = await generateKeyPairs({ extractable: false })
    const invitationId = await invitationIdOf(secret)
    const info = sealInfo({
      kind: "practice-invitation",
      aud: place.cloudId,
      subject: place.practiceId,
      recipient: await sealingKeyThumbprint(own.sealing.publicKey),
      object: invitationId,
      epoch: 0,
    })
    const kept = (of: typeof secret) => sealTo(own.sealing.publicKey, info, of)
    expect(await openKeptSecret(place, own.sealing, invitationId, await kept(secret))).toEqual(secret)
    const known = await kept(newSpokenSecret())
    await expect(openKeptSecret(place, own.sealing, invitationId, known)).rejects.toMatchObject({
      name: "CryptoFailure",
    })
  })
})

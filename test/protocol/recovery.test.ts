import { expect, test } from "vitest"
import { fromBase64url, fromHex } from "../../protocol/crypto/bytes.ts"
import { keyIdOf } from "../../protocol/crypto/envelope.ts"
import { exportKeyPairs, generateKeyPairs } from "../../protocol/keys.ts"
import { generatePhrase, makeRecoveryBundle, openRecoveryBundle, readPhrase } from "../../protocol/recovery.ts"
import { fingerprint, frozenRoot } from "./crypto/frozen-keys.ts"
import vectors from "./crypto/vectors.json" with { type: "json" }

// The reference vectors of BIP 39 with 256 bits.
const bip39 = [
  ["00".repeat(32), `${"abandon ".repeat(23)}art`],
  [
    "7f".repeat(32),
    `${"legal winner thank year wave sausage worth useful ".repeat(2)}legal winner thank year wave sausage worth title`,
  ],
  [
    "80".repeat(32),
    `${"letter advice cage absurd amount doctor acoustic avoid ".repeat(2)}letter advice cage absurd amount doctor acoustic bless`,
  ],
  ["ff".repeat(32), `${"zoo ".repeat(23)}vote`],
  [
    "68a79eaca2324873eacc50cb9c6eca8cc68ea5d936f98787c60c7ebc74e6ce7c",
    "hamster diagram private dutch cause delay private meat slide toddler razor book happy fancy gospel tennis maple dilemma loan word shrug inflict delay length",
  ],
  [
    "9f6a2878b2520799a44ef18bc7df394e7061a224d2c33cd015b157d746869863",
    "panda eyebrow bullet gorilla call smoke muffin taste mesh discover soft ostrich alcohol speed nation flash devote level hobby quick inner drive ghost inside",
  ],
  [
    "066dca1a2bb7e8a1db2832148ce9933eea0f3ac9548d793112d9a95c9407efad",
    "all hour make first leader extend hole alien behind guard gospel lava path output census museum junior mass reopen famous sing advance salt reform",
  ],
  [
    "f585c11aec520db57dd353c69554b21a89b20fb0650966fa0a9d6f74fd989d8f",
    "void come effort suffer camp survey warrior heavy shoot primary clutch crush open amazing screen patrol group space point ten exist slush involve unfold",
  ],
] as const

test.each(bip39)("the words of %s are those of BIP 39", (entropy, phrase) => {
  expect(generatePhrase(() => fromHex(entropy))).toBe(phrase)
  expect(readPhrase(phrase)).toEqual({ outcome: "ok", entropy: fromHex(entropy) })
})

test("new phrases have 24 words and differ", () => {
  const [a, b] = [generatePhrase(), generatePhrase()]
  expect(a.split(" ")).toHaveLength(24)
  expect(a).not.toBe(b)
})

const phrase = generatePhrase(() => fromBase64url(vectors.recovery.entropy))
const words = phrase.split(" ")

test.each([
  ["capitals", phrase.toUpperCase()],
  ["spaces around and between", `  ${words.join("  \t")}\n`],
  ["a word on each line", words.join("\r\n")],
  ["wide spaces and letters", words.join("\u3000").replace("a", "\uff41")],
])("a phrase is taken with %s", (_, typed) => {
  expect(readPhrase(typed)).toEqual({ outcome: "ok", entropy: fromBase64url(vectors.recovery.entropy) })
})

test.each([
  [
    "a word no phrase has",
    [...words.slice(0, 6), "paramedic", ...words.slice(7)],
    { outcome: "phrase-word-unknown", position: 7 },
  ],
  ["too few words", words.slice(1), { outcome: "phrase-length-wrong", words: 23 }],
  ["too many words", [...words, "zoo"], { outcome: "phrase-length-wrong", words: 25 }],
  ["no words", [], { outcome: "phrase-length-wrong", words: 0 }],
  [
    "another word of the list",
    [...words.slice(0, 23), words[23] === "zoo" ? "zone" : "zoo"],
    { outcome: "phrase-mistyped" },
  ],
])("a phrase with %s is mistyped, and nothing of it is quoted", async (_, typed, outcome) => {
  const reading = readPhrase(typed.join(" "))
  expect(reading).toEqual(outcome)
  expect(JSON.stringify(reading)).not.toContain("paramedic")
  expect(await openRecoveryBundle(vectors.recovery.bundle, typed.join(" "))).toEqual(reading)
})

test("the frozen bundle gives the root back, and says whose it is", async () => {
  expect(await keyIdOf(vectors.recovery.bundle)).toBe(fingerprint)
  const recovery = await openRecoveryBundle(vectors.recovery.bundle, phrase)
  expect(recovery.outcome).toBe("ok")
  if (recovery.outcome === "ok") expect(await exportKeyPairs(recovery.root)).toEqual(frozenRoot)
})

test("a bundle made now gives the keys back, for its phrase alone", async () => {
  const keys = await generateKeyPairs({ extractable: true })
  const bundle = await makeRecoveryBundle(keys, phrase.toUpperCase())
  const recovery = await openRecoveryBundle(bundle, phrase)
  if (recovery.outcome === "ok") expect(await exportKeyPairs(recovery.root)).toEqual(await exportKeyPairs(keys))
  expect(recovery.outcome).toBe("ok")
  const other = await openRecoveryBundle(bundle, generatePhrase())
  expect(other).toEqual({ outcome: "phrase-of-another" })
  expect(bundle.length).toBeLessThan(4096)
})

test.each(vectors.recovery.refused)("a bundle isn't opened: $why", async ({ bundle }) => {
  expect((await openRecoveryBundle(bundle, phrase)).outcome).toBe("phrase-of-another")
})

test("a bundle isn't made of a mistyped phrase or of locked keys", async () => {
  const keys = await generateKeyPairs({ extractable: true })
  await expect(makeRecoveryBundle(keys, words.slice(1).join(" "))).rejects.toThrow("phrase-length-wrong")
  await expect(makeRecoveryBundle(await generateKeyPairs({ extractable: false }), phrase)).rejects.toThrow(TypeError)
})

test("the first foreign word is named by its place, the first place too", () => {
  const words = Array<string>(24).fill("abandon")
  for (const place of [1, 2, 24]) {
    const reading = readPhrase(words.with(place - 1, "xyzzy").join(" "))
    expect(reading).toEqual({ outcome: "phrase-word-unknown", position: place })
  }
})

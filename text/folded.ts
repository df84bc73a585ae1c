/** Letters that no mark was put on, and that people without their keyboard write otherwise. */
const plainLetters: Readonly<Record<string, string>> = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  ł: "l",
  đ: "d",
  ð: "d",
  þ: "th",
  ı: "i",
  ς: "σ",
}
const others = new RegExp(`[${Object.keys(plainLetters).join("")}]`, "g")

/** A text as it is compared: without marks, case and the form of a final sigma, in plain letters, and with one space between words. */
export const folded = (text: string): string =>
  text
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(others, (letter) => plainLetters[letter] ?? letter)
    .replaceAll(/\s+/g, " ")
    .trim()

/** Its words: letters and digits, parted by anything else. */
export const foldedWords = (text: string): string[] =>
  folded(text)
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "")

import { symbolOf } from "./docx.ts"
import { Writer, type Written } from "./written.ts"

/** Groups that hold no words of the text (RTF 1.9.1). */
const unread: ReadonlySet<string> = new Set([
  ..."fonttbl colortbl stylesheet listtable listoverridetable rsidtbl info generator pict object xmlnstbl themedata".split(
    " ",
  ),
  ..."colorschememapping datastore latentstyles fldinst bkmkstart bkmkend xe tc revtbl filetbl nonshppict template".split(
    " ",
  ),
])
const letters: Readonly<Record<string, string>> = {
  tab: "\t",
  line: "\n",
  emdash: "—",
  endash: "–",
  bullet: "•",
  lquote: "‘",
  rquote: "’",
  ldblquote: "“",
  rdblquote: "”",
  emspace: " ",
  enspace: " ",
  "~": "\u00a0",
  _: "-",
  "{": "{",
  "}": "}",
  "\\": "\\",
}
/** Code pages by a font's character set. */
const pages: Readonly<Record<number, string>> = {
  0: "windows-1252",
  77: "macintosh",
  128: "shift_jis",
  161: "windows-1253",
  162: "windows-1254",
  177: "windows-1255",
  178: "windows-1256",
  186: "windows-1257",
  204: "windows-1251",
  238: "windows-1250",
}

/** What holds within a group, and for the groups in it. */
interface State {
  readonly struck: boolean
  readonly hidden: boolean
  readonly skipped: boolean
  readonly font: number
  /** Letters after one in Unicode that stand for it where nobody knows Unicode. */
  readonly alternatives: number
}

const token = /\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-f]{2})|\\([^a-z])|([{}])|([^\\{}]+)/giy

interface Font {
  readonly page: string | undefined
  readonly name: string
}

/** Each font's code page and name, which stand before the text. */
const fontsIn = (source: string): ReadonlyMap<number, Font> => {
  const start = source.indexOf("{\\fonttbl")
  const fonts = new Map<number, Font>()
  if (start < 0) return fonts
  const part = source.slice(start, start + 200_000)
  for (const [, number, rest = ""] of part.matchAll(/\{\\f(\d{1,5})([^{}]{0,300})/g)) {
    const set = /\\fcharset(\d{1,3})/.exec(rest)?.[1]
    const name = / ([^\\;]{1,60});?$/.exec(rest.trimEnd())?.[1] ?? ""
    fonts.set(Number(number), { page: set === undefined ? undefined : pages[Number(set)], name })
  }
  return fonts
}

const decoderOf = (label: string): TextDecoder => {
  try {
    return new TextDecoder(label)
  } catch {
    return new TextDecoder("windows-1252")
  }
}

class Reader {
  readonly #writer = new Writer()
  readonly #fonts: ReadonlyMap<number, Font>
  readonly #page: string
  #state: State = { struck: false, hidden: false, skipped: false, font: -1, alternatives: 1 }
  readonly #outer: State[] = []
  #bytes: number[] = []
  /** Letters still to be left out after one in Unicode. */
  #left = 0
  #starred = false

  constructor(source: string) {
    this.#fonts = fontsIn(source)
    this.#page = `windows-${/\\ansicpg(\d{3,5})/.exec(source.slice(0, 2000))?.[1] ?? "1252"}`
    const first = /\\deff(\d{1,5})/.exec(source.slice(0, 2000))?.[1]
    if (first !== undefined) this.#state = { ...this.#state, font: Number(first) }
  }

  #write(text: string): void {
    const { struck, hidden, skipped } = this.#state
    if (hidden && !skipped && text.trim() !== "") this.#writer.note("hidden")
    if (!hidden && !skipped) this.#writer.write(text, struck)
  }

  /** Bytes of a code page are letters once all of a row are there: some have two. */
  #flush(): void {
    if (this.#bytes.length === 0) return
    const page = this.#fonts.get(this.#state.font)?.page ?? this.#page
    this.#write(decoderOf(page).decode(Uint8Array.from(this.#bytes)))
    this.#bytes = []
  }

  #change(part: Partial<State>): void {
    this.#state = { ...this.#state, ...part }
  }

  byte(code: number): void {
    if (this.#left > 0) this.#left--
    else this.#bytes.push(code)
  }

  text(text: string): void {
    const clean = text.replaceAll(/[\r\n]/g, "")
    const rest = clean.slice(this.#left)
    this.#left = Math.max(0, this.#left - clean.length)
    // Bytes of a code page may stand as they are.
    for (const letter of rest) this.#bytes.push(letter.charCodeAt(0) & 0xff)
  }

  brace(brace: string): void {
    this.#flush()
    this.#left = 0
    this.#starred = false
    if (brace === "{") this.#outer.push(this.#state)
    else this.#state = this.#outer.pop() ?? this.#state
  }

  symbol(symbol: string): void {
    this.#flush()
    if (symbol === "*") this.#starred = true
    else if (symbol === "\n" || symbol === "\r") this.#writer.paragraph()
    else if (letters[symbol] !== undefined) this.#write(letters[symbol])
  }

  #unicode(code: number): void {
    const { font, alternatives } = this.#state
    const letter = code < 0 ? code + 0x10000 : code
    // Fonts without letters have theirs in a place of Unicode that has none.
    const isSymbol = letter >= 0xf000 && letter <= 0xf0ff
    const known = isSymbol ? symbolOf(this.#fonts.get(font)?.name ?? "", letter) : undefined
    if (isSymbol && known === undefined) this.#writer.note("symbols")
    this.#write(known ?? (isSymbol ? "�" : String.fromCharCode(letter)))
    this.#left = alternatives
  }

  #layout(word: string): boolean {
    if (["par", "sect", "page", "row", "trowd"].includes(word)) {
      if (!this.#state.skipped) this.#writer.paragraph()
    } else if (word === "cell" || word === "nestcell") this.#write(" | ")
    else return false
    return true
  }

  word(word: string, parameter: number | undefined): void {
    this.#flush()
    const isOn = parameter !== 0
    if (word === "pict" && !this.#state.skipped) this.#writer.note("pictures")
    if (word === "u") this.#unicode(parameter ?? 0)
    else if (word === "uc") this.#change({ alternatives: Math.min(Math.max(parameter ?? 1, 0), 10) })
    else if (unread.has(word) || this.#starred) this.#change({ skipped: true })
    else if (word === "f") this.#change({ font: parameter ?? -1 })
    else if (word === "plain") this.#change({ struck: false, hidden: false })
    else if (word === "strike" || word === "striked") this.#change({ struck: isOn })
    else if (word === "v") this.#change({ hidden: isOn })
    else if (word === "deleted" && isOn) {
      this.#writer.note("changes")
      this.#change({ skipped: true })
    } else if (word === "revised") this.#writer.note("changes")
    else if (!this.#layout(word) && letters[word] !== undefined) this.#write(letters[word])
    this.#starred = false
  }

  get isFull(): boolean {
    return this.#writer.isFull
  }

  end(): Written {
    this.#flush()
    return this.#writer.end()
  }
}

/** The words of a text in RTF. `source`: its bytes, each as a letter. Takes anything: what can't be told is left out. */
export const rtfWords = (source: string): Written => {
  const reader = new Reader(source)
  token.lastIndex = 0
  for (let at = 0; at < source.length && !reader.isFull; at = token.lastIndex) {
    token.lastIndex = at
    const found = token.exec(source)
    if (found === null) break
    const [whole, word, parameter, byte, symbol, brace, text] = found
    if (word === "bin") {
      // As many bytes of a picture follow.
      token.lastIndex = at + whole.length + Math.max(0, Number(parameter ?? 0))
    } else if (word !== undefined) reader.word(word, parameter === undefined ? undefined : Number(parameter))
    else if (byte !== undefined) reader.byte(Number.parseInt(byte, 16))
    else if (symbol !== undefined) reader.symbol(symbol)
    else if (brace !== undefined) reader.brace(brace)
    else if (text !== undefined) reader.text(text)
  }
  return reader.end()
}

/** Some letters of a paragraph. `struck`: a line goes through them, which may turn a meaning round. */
export interface Run {
  readonly text: string
  readonly struck: boolean
}
export type Paragraph = readonly Run[]

/** What a text has beside its words, which isn't shown. */
export type Beside = "pictures" | "changes" | "hidden" | "symbols"

/** The words of a document, without their looks. */
export interface Written {
  readonly paragraphs: readonly Paragraph[]
  readonly beside: readonly Beside[]
  /** Only its beginning is here. */
  readonly cut: boolean
}

/** Letters of a document that are read; a book has a million. */
const mostLetters = 400_000

export class Writer {
  readonly #paragraphs: Run[][] = [[]]
  readonly #beside = new Set<Beside>()
  #letters = 0

  /** Letters without a meaning are left out: nothing but a tab and a new line is a control in a text. */
  write(text: string, struck = false): void {
    const clean = text.replaceAll(/(?![\t\n])\p{Cc}/gu, "")
    if (clean === "" || this.isFull) return
    this.#letters += clean.length
    const [last] = this.#paragraphs.slice(-1)
    const before = last?.at(-1)
    if (before?.struck === struck) last?.splice(-1, 1, { text: before.text + clean, struck })
    else last?.push({ text: clean, struck })
  }

  /** Keeps what stood on lines of their own apart on one line. */
  space(): void {
    const before = this.#paragraphs.at(-1)?.at(-1)
    if (before !== undefined && !/\s$/.test(before.text)) this.write(" ", before.struck)
  }

  /** Begins a paragraph; where nothing stands in the last, that one. */
  paragraph(): void {
    if (this.#paragraphs.at(-1)?.length !== 0) this.#paragraphs.push([])
  }

  note(beside: Beside): void {
    this.#beside.add(beside)
  }

  get isFull(): boolean {
    return this.#letters >= mostLetters
  }

  end(): Written {
    const paragraphs = this.#paragraphs.filter((paragraph) => paragraph.length > 0)
    return { paragraphs, beside: [...this.#beside], cut: this.isFull }
  }
}

export const plainTextOf = ({ paragraphs }: Written): string =>
  paragraphs.map((paragraph) => paragraph.map(({ text, struck }) => (struck ? `[${text}]` : text)).join("")).join("\n")

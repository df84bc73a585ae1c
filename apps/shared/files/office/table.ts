/** A table in words, row by row. `cut`: there are more rows, or columns. */
export interface Table {
  readonly name: string
  readonly rows: readonly (readonly string[])[]
  readonly cut: boolean
}

const mostRows = 2000
const mostColumns = 100
const longestCell = 2000

export class TableWriter {
  readonly #name: string
  readonly #rows: string[][] = []
  #cut = false

  constructor(name: string) {
    this.#name = name
  }

  /** One more row. Empty rows at the end are left out when the table ends. */
  row(cells: readonly string[]): void {
    const end = cells.findLastIndex((text) => text !== "") + 1
    if (this.isFull || end > mostColumns) this.#cut = true
    if (!this.isFull)
      this.#rows.push(cells.slice(0, Math.min(end, mostColumns)).map((text) => text.slice(0, longestCell)))
  }

  get isFull(): boolean {
    return this.#rows.length >= mostRows
  }

  end(): Table {
    const end = this.#rows.findLastIndex((cells) => cells.length > 0) + 1
    return { name: this.#name, rows: this.#rows.slice(0, end), cut: this.#cut || this.isFull }
  }
}

/** What is chosen on the screen on which documents are added, and isn't sent yet. */
import type { Category } from "../../../protocol/primitives.ts"
import type { PreparedFile } from "../../shared/files/prepare.ts"

interface About {
  readonly key: number
  readonly title: string
  readonly category: Category
}

export interface FileItem extends About {
  readonly kind: "file"
  /** What it was called before it was prepared. */
  readonly name: string
  readonly prepared: PreparedFile
  /** What isn't clean was asked for all the same. */
  readonly asItIs: boolean
}

export interface Page {
  readonly key: number
  readonly name: string
  readonly prepared: PreparedFile
}

/** Pictures that become one document. */
export interface PagesItem extends About {
  readonly kind: "pages"
  readonly pages: readonly Page[]
}

export type Item = FileItem | PagesItem

/** Of a file's name, what people would call the document. */
export const titleOf = (name: string): string => name.replace(/\.[A-Za-z0-9]{1,5}$/, "").slice(0, 200)

/** The pages that an item would give to a document; none where it is no picture, or one that can't be cleaned. */
export const pagesOf = (item: Item): readonly Page[] => {
  if (item.kind === "pages") return item.pages
  const { key, name, prepared } = item
  return prepared.detected.kind === "image" && prepared.picture?.outcome === "cleaned" ? [{ key, name, prepared }] : []
}

/** All pictures as the pages of one document, in the place, and under the title, of the first. */
export const joined = (items: readonly Item[]): readonly Item[] => {
  const pages = items.flatMap(pagesOf)
  const [first] = items.filter((item) => pagesOf(item).length > 0)
  if (first === undefined) return items
  const { key, title, category } = first
  return items.flatMap((item): Item[] => {
    if (item === first) return [{ kind: "pages", key, title, category, pages }]
    return pagesOf(item).length > 0 ? [] : [item]
  })
}

/** The pages of a document as documents of their own again. */
export const parted = (items: readonly Item[], { key, pages, category }: PagesItem): readonly Item[] =>
  items.flatMap((item): Item[] =>
    item.key === key
      ? pages.map((page) => ({ ...page, kind: "file", title: titleOf(page.name), category, asItIs: false }))
      : [item],
  )

/** One page earlier (-1) or later (1); at either end it stays. */
export const moved = (pages: readonly Page[], key: number, by: -1 | 1): readonly Page[] => {
  const from = pages.findIndex((page) => page.key === key)
  const [page, to] = [pages[from], from + by]
  if (page === undefined || to < 0 || to >= pages.length) return pages
  return pages.toSpliced(from, 1).toSpliced(to, 0, page)
}

/** The document that an item becomes, as it will be encrypted. Rejects a picture that this browser doesn't show. */
export const documentOf = async (item: Item): Promise<{ file: Blob; contentType: string }> => {
  if (item.kind === "file") return { file: item.prepared.file, contentType: item.prepared.detected.contentType }
  const { pdfOfPrepared } = await import("../../shared/files/prepare.ts")
  return {
    file: await pdfOfPrepared(item.pages.map(({ prepared }) => prepared)),
    contentType: "application/pdf",
  }
}

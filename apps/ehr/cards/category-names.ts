import type { Category } from "../../../protocol/primitives.ts"
import { formatList } from "../../shared/format.ts"
import { sharedWords } from "../../shared/words/shared.ts"

export const categoryNames = (categories: readonly Category[]): string =>
  formatList(categories.map((category) => sharedWords.value.categories[category]))

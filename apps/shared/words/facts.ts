import { dictionary } from "../words.ts"
import en, { type FactWords } from "./facts-en.ts"

export const factWords = dictionary<FactWords>(en, { el: async () => (await import("./facts-el.ts")).default })

import { dictionary } from "../words.ts"
import en from "./words-en.ts"

export const trendWords = dictionary(en, { el: async () => (await import("./words-el.ts")).default })

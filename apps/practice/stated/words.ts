import { dictionary } from "../../shared/words.ts"
import en from "./words-en.ts"

export const statedFormWords = dictionary(en, { el: async () => (await import("./words-el.ts")).default })

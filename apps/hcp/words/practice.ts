import { dictionary } from "../../shared/words.ts"
import en from "./practice-en.ts"

export const practiceWords = dictionary(en, { el: async () => (await import("./practice-el.ts")).default })

import { dictionary } from "../../shared/words.ts"
import en from "./pin-en.ts"

export const pinWords = dictionary(en, { el: async () => (await import("./pin-el.ts")).default })

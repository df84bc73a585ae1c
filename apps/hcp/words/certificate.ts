import { dictionary } from "../../shared/words.ts"
import en from "./certificate-en.ts"

export const certificateWords = dictionary(en, { el: async () => (await import("./certificate-el.ts")).default })

import { dictionary } from "../words.ts"
import en from "./en.ts"

export const sharedWords = dictionary(en, { el: async () => (await import("./el.ts")).default })

import { dictionary } from "../words.ts"
import en from "./stated-en.ts"

export const statedWords = dictionary(en, { el: async () => (await import("./stated-el.ts")).default })

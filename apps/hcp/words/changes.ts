import { dictionary } from "../../shared/words.ts"
import en from "./changes-en.ts"

export const changeWords = dictionary(en, { el: async () => (await import("./changes-el.ts")).default })

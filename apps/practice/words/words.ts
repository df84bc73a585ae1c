import { dictionary } from "../../shared/words.ts"
import en from "./en.ts"

export const words = dictionary(en, { el: async () => (await import("./el.ts")).default })

import { dictionary } from "../words.ts"
import en from "./critical-en.ts"

export const criticalWords = dictionary(en, { el: async () => (await import("./critical-el.ts")).default })

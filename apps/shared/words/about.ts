import { dictionary } from "../words.ts"
import en from "./about-en.ts"

export const aboutWords = dictionary(en, { el: async () => (await import("./about-el.ts")).default })

import { dictionary } from "../words.ts"
import en from "./proposals-en.ts"

export const proposalWords = dictionary(en, { el: async () => (await import("./proposals-el.ts")).default })

import type { Words } from "./en.ts"

const el: Words = {
  name: "Επείγων Φάκελος",
  places: "Ενότητες",
}

export default el

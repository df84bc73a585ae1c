import type { Words } from "./en.ts"

const el: Words = {
  name: "Ο Φάκελος Υγείας μου",
  places: "Ενότητες",
}

export default el

import type { CriticalWords } from "./critical-en.ts"

const el: CriticalWords = {
  title: "Τι να ξέρετε πρώτα",
  body: "Σώμα",
  more: (count) => `άλλα ${count} παρακάτω`,
  anticoagulant: "Αντιπηκτικό",
}

export default el

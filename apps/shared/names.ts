/** A name's words, as comparable as different systems write them: without marks, case and order. */
const nameWords = (name: string): string[] =>
  name
    .normalize("NFD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length > 1)

/** Whether two names can be of one person: they share a word that stands in both. Of different scripts, nothing can be said. */
export const namesConflict = (one: readonly string[], other: readonly string[]): boolean => {
  const words = other.flatMap(nameWords)
  const own = one.flatMap(nameWords)
  if (own.length === 0 || words.length === 0) return false
  const latin = (all: readonly string[]) => all.some((word) => /[a-z]/.test(word))
  const greek = (all: readonly string[]) => all.some((word) => /[\u0370-\u03ff]/.test(word))
  const comparable = (latin(own) && latin(words)) || (greek(own) && greek(words))
  return comparable && !own.some((word) => words.includes(word))
}

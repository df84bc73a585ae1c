/** The language of somebody's words as far as their script says it (BCP 47): Greek letters are Greek, anything else is as good as `otherwise`. */
export const languageOf = (words: string, otherwise: string): string =>
  /\p{Script=Greek}/u.test(words) ? "el" : otherwise

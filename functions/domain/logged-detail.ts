import type { LoggedWord } from "../../certify/logged-words.ts"

/** The `cause` of a refusal whose reason the operator may know, and nobody else. */
export class LoggedDetail extends Error {
  override readonly name = "LoggedDetail"
  readonly words: readonly LoggedWord[]

  constructor(words: readonly LoggedWord[]) {
    super(words.join("+"))
    this.words = words
  }
}

/**
 * An error that is its code: stable, and all that a program needs. It holds no sentence: what a person is told of a code, the apps and the
 * command line say, each in its own words.
 */
export abstract class CodedError<C extends string> extends Error {
  readonly code: C

  constructor(code: C, options?: ErrorOptions) {
    super(code, options)
    this.code = code
  }
}

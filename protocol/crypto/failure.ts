/**
 * The one outcome of every decryption, unwrapping or verification that fails. It carries no reason on purpose: a reason is
 * an oracle for whoever made the input, and of no use to whoever reads it.
 */
export class CryptoFailure extends Error {
  override readonly name = "CryptoFailure"
  readonly code = "unreadable"

  constructor() {
    super("unreadable")
  }
}

/** The value of `attempt`; `CryptoFailure` for whatever it throws. */
export async function orFailure<T>(attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt()
  } catch {
    throw new CryptoFailure()
  }
}

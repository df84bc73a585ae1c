import { Problem, type ProblemCode } from "../../contract/errors.ts"
import { fromBase64url } from "../../protocol/crypto/bytes.ts"

/** The bytes of a field; refused where it is not the one text that these bytes have, which the contract's patterns can't tell. */
export const decoded = (text: string, code: ProblemCode = "request-invalid"): Uint8Array<ArrayBuffer> => {
  try {
    return fromBase64url(text)
  } catch (error) {
    throw new Problem(code, { cause: error })
  }
}

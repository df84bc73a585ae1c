import type { UseCaseFunction } from "./use-case-function.ts"

/** What statements sent here carry as `aud`: the kind of service and the id of its API, so that no two are alike. */
export class Audience {
  readonly #name: "CLOUD_ID" | "HRI_ID"
  readonly #value: string

  constructor(name: "CLOUD_ID" | "HRI_ID", value: string) {
    this.#name = name
    this.#value = value
  }

  grantVerify(fn: UseCaseFunction) {
    fn.tell(this.#name, this.#value)
  }
}

import type { UseCaseFunction } from "./use-case-function.ts"

/**
 * Who we are to whoever sends a signed statement: its `aud` is the kind of service and the id of its API, which no other
 * has. The consents also name the provider.
 */
export class EhrCloudAudience {
  readonly #apiId: string
  readonly #title: string

  constructor({ apiId, title }: { apiId: string; title: string }) {
    this.#apiId = apiId
    this.#title = title
  }

  grantVerify(fn: UseCaseFunction) {
    fn.tell("CLOUD_ID", `ehr-cloud:${this.#apiId}`)
    fn.tell("CLOUD_TITLE", this.#title)
  }
}

export class IndexAudience {
  readonly #apiId: string

  constructor({ apiId }: { apiId: string }) {
    this.#apiId = apiId
  }

  grantVerify(fn: UseCaseFunction) {
    fn.tell("HRI_ID", `hri:${this.#apiId}`)
  }
}

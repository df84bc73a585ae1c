import type { UseCaseFunction } from "./use-case-function.ts"

/**
 * Who we are to whoever sends a signed statement: its `aud` is made of the provider's first key, which no other has, wherever the cloud is deployed. The
 * consents also name the provider.
 */
export class EhrCloudAudience {
  readonly #cloudId: string
  readonly #title: string

  constructor({ cloudId, title }: { cloudId: string; title: string }) {
    this.#cloudId = cloudId
    this.#title = title
  }

  grantVerify(fn: UseCaseFunction) {
    fn.tell("CLOUD_ID", this.#cloudId)
    fn.tell("CLOUD_TITLE", this.#title)
  }
}

export class IndexAudience {
  readonly #hriId: string

  constructor({ hriId }: { hriId: string }) {
    this.#hriId = hriId
  }

  grantVerify(fn: UseCaseFunction) {
    fn.tell("HRI_ID", `hri:${this.#hriId}`)
  }
}

import { afterAll } from "vitest"

/** Test files of one worker share its globals. None leaves another `fetch` to the next, also where what it interrupted never ends. */
const known = globalThis as typeof globalThis & { ownFetch?: typeof fetch }
known.ownFetch ??= globalThis.fetch
const { ownFetch } = known

afterAll(() => {
  globalThis.fetch = ownFetch
})

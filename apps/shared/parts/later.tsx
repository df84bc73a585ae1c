import { signal } from "@preact/signals"
import type { ComponentType } from "preact"
import { useEffect } from "preact/hooks"
import { TroubleBanner } from "./Banner.tsx"
import { Loading } from "./Progress.tsx"

/** A component that comes when it is first shown; what it needs of the SDK is not in the first screen. */
export const later = <P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> => {
  const state = signal<{ readonly component?: ComponentType<P>; readonly error?: unknown }>({})
  let asked = false
  const ask = () => {
    if (asked) return
    asked = true
    const run = async () => {
      try {
        state.value = { component: await load() }
      } catch (error) {
        asked = false
        state.value = { error }
      }
    }
    void run()
  }
  return (props: P) => {
    useEffect(ask, [])
    const { component: Component, error } = state.value
    if (Component !== undefined) return <Component {...props} />
    return error === undefined ? (
      <Loading />
    ) : (
      <TroubleBanner
        error={error}
        retry={() => {
          state.value = {}
          ask()
        }}
      />
    )
  }
}

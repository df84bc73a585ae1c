import { useEffect, useState } from "preact/hooks"

/** What stands behind the `#`: it never leaves the browser. */
export const useFragment = (): string => {
  const [fragment, setFragment] = useState(location.hash.slice(1))
  useEffect(() => {
    const read = () => setFragment(location.hash.slice(1))
    addEventListener("hashchange", read)
    read()
    return () => removeEventListener("hashchange", read)
  }, [])
  return fragment
}

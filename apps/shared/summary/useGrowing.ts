import { options } from "preact"
import { useEffect, useState } from "preact/hooks"

/** Items that are put on the screen in one task: a few milliseconds on a slow tablet. */
const step = 30

/** What `change` changes is on the page when this returns. */
const atOnce = (change: () => void): void => {
  const { debounceRendering } = options
  options.debounceRendering = (render) => render()
  try {
    change()
  } finally {
    options.debounceRendering = debounceRendering
  }
}

/**
 * How many of `total` things are on the screen: a few at first, then, task by task, all, so that a long document never stops the page. Whoever shows
 * fewer than `total` says that more is to come; paper, which can't wait, gets all.
 */
export const useGrowing = (total: number): number => {
  const [shown, setShown] = useState(step)
  const growing = shown < total
  useEffect(() => {
    if (!growing) return undefined
    const timer = setTimeout(() => setShown(shown + step))
    return () => clearTimeout(timer)
  }, [shown, growing])
  useEffect(() => {
    if (!growing) return undefined
    const all = () => atOnce(() => setShown(Number.POSITIVE_INFINITY))
    addEventListener("beforeprint", all)
    return () => removeEventListener("beforeprint", all)
  }, [growing])
  return Math.min(shown, total)
}

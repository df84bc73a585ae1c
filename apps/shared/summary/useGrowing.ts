import { useEffect, useState } from "preact/hooks"

/** Items that are put on the screen in one task: a few milliseconds on a slow tablet. */
const step = 30

/** How many of `total` things are on the screen: a few at first, then, task by task, all. A long document never stops the page. */
export const useGrowing = (total: number): number => {
  const [shown, setShown] = useState(step)
  useEffect(() => {
    if (shown >= total) return undefined
    const timer = setTimeout(() => setShown(shown + step))
    return () => clearTimeout(timer)
  }, [shown, total])
  return Math.min(shown, total)
}

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks"
import { formatPercent } from "../format.ts"
import { Button } from "../parts/Button.tsx"
import { fileWords } from "./words.ts"
import "./files.css"

const [least, most, step] = [1, 8, 1.5]

interface Point {
  readonly x: number
  readonly y: number
}

/** How large a picture is shown, 1 for as wide as there is room; what lies at a point of the frame stays there as it grows. */
const useZoom = () => {
  const frame = useRef<HTMLDivElement>(null)
  const [zoom, setZoom] = useState<number>(least)
  const latest = useRef(zoom)
  const held = useRef<{ readonly at: Point; readonly factor: number } | null>(null)
  const by = (factor: number, at?: Point) => {
    const to = Math.min(most, Math.max(least, latest.current * factor))
    if (to === latest.current) return
    const { clientWidth = 0, clientHeight = 0 } = frame.current ?? {}
    held.current = { at: at ?? { x: clientWidth / 2, y: clientHeight / 2 }, factor: to / latest.current }
    latest.current = to
    setZoom(to)
  }
  useLayoutEffect(() => {
    const [element, change] = [frame.current, held.current]
    if (element === null || change === null) return
    const { at, factor } = change
    element.scrollTo({
      left: (element.scrollLeft + at.x) * factor - at.x,
      top: (element.scrollTop + at.y) * factor - at.y,
      behavior: "instant",
    })
  }, [zoom])
  return { frame, zoom, by }
}

/** Two fingers, or Ctrl and the wheel, which is what a touchpad's two fingers are. */
const usePinch = ({ frame, by }: Pick<ReturnType<typeof useZoom>, "frame" | "by">) => {
  const latest = useRef(by)
  latest.current = by
  useEffect(() => {
    const element = frame.current
    if (element === null) return undefined
    let apart = 0
    const within = (x: number, y: number): Point => {
      const { left, top } = element.getBoundingClientRect()
      return { x: x - left, y: y - top }
    }
    const pinch = (event: TouchEvent) => {
      const [one, other] = event.touches
      if (one === undefined || other === undefined) return
      // The page would grow with it.
      event.preventDefault()
      const now = Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY)
      const middle = within((one.clientX + other.clientX) / 2, (one.clientY + other.clientY) / 2)
      if (event.type === "touchmove" && apart > 0) latest.current(now / apart, middle)
      apart = now
    }
    const wheel = (event: WheelEvent) => {
      if (!event.ctrlKey) return
      event.preventDefault()
      latest.current(event.deltaY < 0 ? 1.1 : 1 / 1.1, within(event.clientX, event.clientY))
    }
    // Preact's own are passive where the browser's are.
    const options = { passive: false }
    element.addEventListener("touchstart", pinch, options)
    element.addEventListener("touchmove", pinch, options)
    element.addEventListener("wheel", wheel, options)
    return () => {
      element.removeEventListener("touchstart", pinch)
      element.removeEventListener("touchmove", pinch)
      element.removeEventListener("wheel", wheel)
    }
  }, [])
}

/** A photograph or a scanned letter, which can be made larger: by buttons, keys, two fingers. `alt`: what it is. */
export const PictureView = ({ url, alt, onError }: { url: string; alt: string; onError?: () => void }) => {
  const { zoom: says } = fileWords.value
  const { frame, zoom, by } = useZoom()
  const [own, setOwn] = useState<number>()
  usePinch({ frame, by })
  const keys: Readonly<Record<string, number>> = { "+": step, "=": step, "-": 1 / step, "−": 1 / step, 0: 1 / most }
  return (
    <div class="stack stack-s">
      <div class="row no-print">
        <Button aria-label={says.in} disabled={zoom >= most} onClick={() => by(step)}>
          +
        </Button>
        <Button aria-label={says.out} disabled={zoom <= least} onClick={() => by(1 / step)}>
          −
        </Button>
        <Button disabled={zoom <= least} onClick={() => by(1 / most)}>
          {says.whole}
        </Button>
        <span role="status">{formatPercent(zoom)}</span>
      </div>
      <div
        ref={frame}
        class={zoom > least ? "picture-frame picture-frame-near" : "picture-frame"}
        role="region"
        aria-label={says.frame}
        // It is scrolled by keys, and made larger by them.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        onKeyDown={(event) => {
          const factor = keys[event.key]
          if (factor === undefined || event.ctrlKey || event.metaKey || event.altKey) return
          event.preventDefault()
          by(factor)
        }}
      >
        <img
          class="picture"
          src={url}
          alt={alt}
          style={zoom > least && own !== undefined ? { width: `calc(min(100%, ${own}px) * ${zoom})` } : {}}
          onLoad={({ currentTarget }) => setOwn(currentTarget.naturalWidth)}
          onError={onError}
        />
      </div>
    </div>
  )
}

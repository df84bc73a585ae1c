import type { VNode } from "preact"
import { useEffect, useMemo, useRef, useState } from "preact/hooks"
import type { SummaryPatient } from "../../../fhir/patient.ts"
import { decodeFrame, type Frame } from "../../../imaging/decode.ts"
import { draw, fullWindow } from "../../../imaging/draw.ts"
import type { StudyFacts } from "../../../imaging/facts.ts"
import type { LookupTable } from "../../../imaging/lookup-table.ts"
import type { Window } from "../../../imaging/pixels.ts"
import { readStudy, type Study, type StudyReading, type Unsupported } from "../../../imaging/study.ts"
import type { Bytes } from "../../../protocol/crypto/bytes.ts"
import { formatFhirDate, formatNumber } from "../format.ts"
import { Banner } from "../parts/Banner.tsx"
import { Button } from "../parts/Button.tsx"
import { SelectField } from "../parts/Field.tsx"
import { Loading } from "../parts/Progress.tsx"
import { sharedWords } from "../words/shared.ts"
import { browserPicture } from "./picture.ts"
import { isAnonymous, mismatches } from "./whose.ts"
import "./dicom.css"

/** Windows of CT, in Hounsfield units. */
const ctPresets = {
  abdomen: { center: 40, width: 400 },
  mediastinum: { center: 50, width: 350 },
  lung: { center: -600, width: 1500 },
  bone: { center: 400, width: 1800 },
  brain: { center: 40, width: 80 },
} as const satisfies Record<string, Window>
type Preset = "default" | "full" | keyof typeof ctPresets

/** Whether the file says how it is meant to be looked at. */
const hasOwnLook = (study: Study, index: number): boolean => {
  const { window, shades } = study.meaning(index)
  return window !== undefined || shades !== undefined
}

/** What there is to choose from: Hounsfield units are CT's alone. */
const presetsOf = (
  study: Study,
  index: number,
  names: Readonly<Record<Preset, string>>,
): Readonly<Record<string, string>> => {
  const { default: stored, full, ...ct } = names
  return {
    ...(hasOwnLook(study, index) ? { default: stored } : {}),
    ...(study.facts.modality === "CT" ? ct : {}),
    full,
  }
}
const firstPreset = (study: Study, index: number): Preset =>
  hasOwnLook(study, index) ? "default" : study.facts.modality === "CT" ? "abdomen" : "full"
const isPreset = (text: string): text is Preset =>
  text === "default" || text === "full" || Object.hasOwn(ctPresets, text)

const dicomDate = (text: string): string => text.replace(/^(\d{4})(\d{2})(\d{2})$/, "$1-$2-$3")

const Whose = ({ facts, patient }: { facts: StudyFacts; patient: SummaryPatient | undefined }) => {
  const { dicom } = sharedWords.value
  const found = mismatches(facts, patient)
  return (
    <>
      {found.length > 0 && (
        <Banner tone="bad" title={dicom.mismatchTitle} alert>
          {found.map(({ of, said }) => (
            <p key={of}>{dicom.mismatch[of](of === "birth-date" ? formatFhirDate(said) : said)}</p>
          ))}
        </Banner>
      )}
      {isAnonymous(facts) && (
        <Banner tone="warn">
          <p>{dicom.anonymous}</p>
        </Banner>
      )}
    </>
  )
}

const Facts = ({ facts, study }: { facts: StudyFacts; study?: Study }) => {
  const { dicom } = sharedWords.value
  const size = study && `${study.pixels.columns} × ${study.pixels.rows}, ${study.frames}`
  const birth = facts.birthDate && formatFhirDate(dicomDate(facts.birthDate))
  const rows = [
    [dicom.patient, [facts.patientName?.replaceAll("^", " "), birth, facts.sex].filter(Boolean).join(", ")],
    [dicom.study, facts.study],
    [dicom.series, facts.series],
    [dicom.modality, facts.modality],
    [dicom.date, facts.date && formatFhirDate(dicomDate(facts.date))],
    [dicom.institution, facts.institution],
    [dicom.size, size],
  ] as const
  return (
    <details class="panel">
      <summary>{dicom.facts}</summary>
      <dl class="facts">
        {rows.map(
          ([label, value]) =>
            value !== undefined &&
            value !== "" && (
              <div key={label}>
                <dt>{label}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
      </dl>
      {facts.lossy && <p>{dicom.lossy}</p>}
      <p class="small muted">{dicom.syntax(facts.syntax)}</p>
    </details>
  )
}

const Unshown = ({ reason, facts }: { reason: Unsupported | "decoding"; facts?: StudyFacts | undefined }) => {
  const { dicom } = sharedWords.value
  return (
    <Banner tone="warn" title={dicom.unsupported} alert>
      <p>{dicom.unsupportedBy[reason]}</p>
      {facts !== undefined && <p class="small">{dicom.syntax(facts.syntax)}</p>}
    </Banner>
  )
}

interface Look {
  readonly window: Window
  /** The file's own, until somebody sets a window. */
  readonly shades?: LookupTable | undefined
  readonly invert: boolean
  readonly zoom: number
  readonly x: number
  readonly y: number
}

const zoomed = (look: Look, factor: number): Look => ({
  ...look,
  zoom: Math.min(16, Math.max(0.5, look.zoom * factor)),
})
/** A window that is never narrower than a value, nor turned around. */
const moved = (look: Look, center: number, width: number): Look => ({
  ...look,
  shades: undefined,
  window: {
    ...look.window,
    center: look.window.center + center,
    width: Math.max(1, look.window.width + width),
  },
})

/** Paints the frame into a canvas of its own size; empties it when it goes: a canvas keeps its pixels otherwise. */
const useCanvas = (study: Study, index: number, frame: Frame | undefined, { window, shades, invert }: Look) => {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    const element = canvas.current
    const context = element?.getContext("2d")
    if (!element || !context || frame === undefined) return
    const { rows, columns } = study.pixels
    if (element.width !== columns || element.height !== rows) {
      element.width = columns
      element.height = rows
    }
    const picture = context.createImageData(columns, rows)
    draw(frame, { pixels: study.pixels, meaning: study.meaning(index) }, { window, shades, invert }, picture.data)
    context.putImageData(picture, 0, 0)
  }, [study, frame, window, shades, invert])
  useEffect(() => {
    const element = canvas.current
    return () => {
      if (element === null) return
      element.width = 0
      element.height = 0
    }
  }, [])
  return canvas
}

type Frames =
  | { readonly state: "loading" }
  | { readonly state: "failed" }
  | { readonly state: "ready"; readonly frame: Frame; readonly index: number }

const useFrame = (study: Study, index: number): Frames => {
  const [frames, setFrames] = useState<Frames>({ state: "loading" })
  useEffect(() => {
    let wanted = true
    const decode = async () => {
      const frame = await decodeFrame(study, index, browserPicture)
      if (wanted) setFrames(frame === undefined ? { state: "failed" } : { state: "ready", frame, index })
    }
    void decode()
    return () => {
      wanted = false
    }
  }, [study, index])
  return frames
}

/** How far a key moves a window, as a share of its width. */
const step = 0.05

const Viewer = ({ study, patient }: { study: Study; patient: SummaryPatient | undefined }) => {
  const { dicom, summary } = sharedWords.value
  const [index, setIndex] = useState(0)
  const frames = useFrame(study, index)
  const frame = frames.state === "ready" ? frames.frame : undefined
  const isGrey = study.pixels.samples === 1 && study.palette === undefined
  // What the values of the frame that is drawn mean, not of one that is still being decoded.
  const drawn = frames.state === "ready" ? frames.index : index
  const meaning = study.meaning(drawn)
  const full = useMemo(
    () => (frame?.kind === "grey" ? fullWindow(frame.stored, study.pixels, meaning) : { center: 128, width: 256 }),
    [frame],
  )
  // Around a CT's image lies what no window is meant for: its whole range would show nothing.
  const firstWindow = meaning.window ?? (study.facts.modality === "CT" ? ctPresets.abdomen : full)
  const first: Look = { window: firstWindow, shades: meaning.shades, invert: false, zoom: 1, x: 0, y: 0 }
  const [changed, setLook] = useState<Look>()
  const look = changed ?? first
  const [preset, setPreset] = useState<Preset>(firstPreset(study, 0))
  const [drag, setDrag] = useState<"window" | "move">(isGrey ? "window" : "move")
  const canvas = useCanvas(study, drawn, frame, look)
  const pointers = useRef(new Map<number, { x: number; y: number }>())

  const change = (next: Look) => setLook(next)
  const choose = (wanted: Preset) => {
    setPreset(wanted)
    const window = wanted === "default" ? firstWindow : wanted === "full" ? full : ctPresets[wanted]
    change({ ...look, window, shades: wanted === "default" ? meaning.shades : undefined })
  }
  const go = (to: number) => setIndex(Math.min(study.frames - 1, Math.max(0, to)))
  const reset = () => {
    setPreset(firstPreset(study, drawn))
    setLook(undefined)
  }

  /** One finger changes the window or moves; two zoom and move. */
  const point = (event: PointerEvent) => {
    const held = pointers.current
    const before = held.get(event.pointerId)
    if (before === undefined) return
    const [dx, dy] = [event.clientX - before.x, event.clientY - before.y]
    const other = [...held].find(([id]) => id !== event.pointerId)?.[1]
    held.set(event.pointerId, { x: event.clientX, y: event.clientY })
    if (other !== undefined) {
      const apart = (from: { x: number; y: number }) => Math.hypot(from.x - other.x, from.y - other.y)
      const factor = apart({ x: event.clientX, y: event.clientY }) / Math.max(1, apart(before))
      change({ ...zoomed(look, factor), x: look.x + dx / 2, y: look.y + dy / 2 })
    } else if (drag === "move") change({ ...look, x: look.x + dx, y: look.y + dy })
    else {
      const unit = Math.max(1, full.width / 512)
      change(moved(look, -dy * unit, dx * unit))
    }
  }
  const press = (event: KeyboardEvent): boolean => {
    const { width } = look.window
    const arrows: Readonly<Record<string, readonly [number, number]>> = {
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
    }
    const arrow = arrows[event.key]
    if (arrow !== undefined) {
      const [across, down] = arrow
      if (event.shiftKey) change({ ...look, x: look.x - across * 24, y: look.y - down * 24 })
      else change(moved(look, -down * width * step, across * width * step))
      return true
    }
    if (event.key === "+" || event.key === "=") change(zoomed(look, 1.25))
    else if (event.key === "-" || event.key === "−") change(zoomed(look, 0.8))
    else if (event.key === "0") reset()
    else if (event.key.toLowerCase() === "i" && !event.ctrlKey && !event.metaKey)
      change({ ...look, invert: !look.invert })
    else if (event.key === "PageDown") go(index + 1)
    else if (event.key === "PageUp") go(index - 1)
    else if (event.key === "Home") go(0)
    else if (event.key === "End") go(study.frames - 1)
    else return false
    return true
  }

  const stageRef = useRef<HTMLDivElement>(null)
  const latest = useRef({ look, change })
  latest.current = { look, change }
  useEffect(() => {
    const element = stageRef.current
    // Preact's own are passive where the browser's are: the page would zoom with it.
    const wheel = (event: WheelEvent) => {
      if (!event.ctrlKey) return
      event.preventDefault()
      latest.current.change(zoomed(latest.current.look, event.deltaY < 0 ? 1.1 : 1 / 1.1))
    }
    element?.addEventListener("wheel", wheel, { passive: false })
    return () => element?.removeEventListener("wheel", wheel)
  }, [])

  const whole = (value: number) => formatNumber(Math.round(value))
  const { rows, columns } = study.pixels
  const presets = presetsOf(study, drawn, dicom.presetNames)
  return (
    <section class="stack dicom" aria-label={dicom.label}>
      {frames.state === "failed" && <Unshown reason="decoding" facts={study.facts} />}
      <div
        ref={stageRef}
        class="dicom-stage"
        role="application"
        tabIndex={0}
        aria-label={dicom.canvas(
          index + 1,
          study.frames,
          Math.round(look.window.center),
          Math.round(look.window.width),
        )}
        aria-describedby="dicom-help"
        onKeyDown={(event) => {
          if (press(event)) event.preventDefault()
        }}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId)
          pointers.current.set(event.pointerId, { x: event.clientX, y: event.clientY })
        }}
        onPointerMove={point}
        onPointerUp={(event) => pointers.current.delete(event.pointerId)}
        onPointerCancel={(event) => pointers.current.delete(event.pointerId)}
      >
        <canvas
          ref={canvas}
          class="dicom-image"
          style={{
            aspectRatio: `${columns} / ${rows * study.pixelAspect}`,
            transform: `translate(${look.x}px, ${look.y}px) scale(${look.zoom})`,
          }}
        />
        {patient !== undefined && (
          <p class="dicom-corner dicom-who">
            <span class="strong">{patient.name ?? summary.noName}</span>
            {patient.birthDate !== undefined && <span>{formatFhirDate(patient.birthDate)}</span>}
          </p>
        )}
        <p class="dicom-corner dicom-not">{dicom.notDiagnostic}</p>
        <p class="dicom-corner dicom-values" aria-hidden="true">
          {isGrey && (
            <span>
              {dicom.level} {whole(look.window.center)} · {dicom.width} {whole(look.window.width)}
            </span>
          )}
          {study.frames > 1 && <span>{dicom.frameOf(index + 1, study.frames)}</span>}
        </p>
        {frames.state === "loading" && (
          <div class="dicom-loading">
            <Loading />
          </div>
        )}
      </div>
      <div class="stack no-print">
        {study.frames > 1 && (
          <label class="dicom-frames">
            <span class="strong">{dicom.frame}</span>
            <input
              type="range"
              min={1}
              max={study.frames}
              step={1}
              value={index + 1}
              aria-valuetext={dicom.frameOf(index + 1, study.frames)}
              onInput={({ currentTarget }) => go(Number(currentTarget.value) - 1)}
            />
            <span>{dicom.frameOf(index + 1, study.frames)}</span>
          </label>
        )}
        <div class="dicom-tools">
          {isGrey && (
            <SelectField
              label={dicom.presets}
              value={preset}
              options={presets}
              onValue={(wanted) => {
                if (isPreset(wanted)) choose(wanted)
              }}
            />
          )}
          <div class="row" role="group" aria-label={dicom.drag}>
            {isGrey && (
              <Button aria-pressed={drag === "window"} onClick={() => setDrag("window")}>
                {dicom.dragWindow}
              </Button>
            )}
            <Button aria-pressed={drag === "move"} onClick={() => setDrag("move")}>
              {dicom.dragMove}
            </Button>
          </div>
          <div class="row">
            <Button aria-label={dicom.zoomIn} onClick={() => change(zoomed(look, 1.25))}>
              +
            </Button>
            <Button aria-label={dicom.zoomOut} onClick={() => change(zoomed(look, 0.8))}>
              −
            </Button>
            <Button aria-pressed={look.invert} onClick={() => change({ ...look, invert: !look.invert })}>
              {dicom.invert}
            </Button>
            <Button onClick={reset}>{dicom.reset}</Button>
          </div>
        </div>
        <details>
          <summary>{dicom.helpTitle}</summary>
          <p id="dicom-help">{dicom.help}</p>
        </details>
      </div>
    </section>
  )
}

const useReading = (bytes: Bytes): StudyReading | undefined => {
  const [reading, setReading] = useState<{ of: Bytes; said: StudyReading }>()
  useEffect(() => {
    let wanted = true
    const read = async () => {
      const said = await readStudy(bytes)
      if (wanted) setReading({ of: bytes, said })
    }
    void read()
    return () => {
      wanted = false
    }
  }, [bytes])
  return reading?.of === bytes ? reading.said : undefined
}

const Content = ({ reading, patient, pdf: Pdf }: Omit<Shown, "bytes"> & { reading: StudyReading }) => {
  if (reading.outcome === "ok") return <Viewer study={reading.study} patient={patient} />
  if (reading.outcome === "pdf") return <Pdf bytes={reading.pdf} />
  return <Unshown reason={reading.outcome} facts={reading.facts} />
}

interface Shown {
  readonly bytes: Bytes
  /** Whom it should be of; of nobody known, no image is said to be another's. */
  readonly patient: SummaryPatient | undefined
  /** How the app shows a PDF, which a DICOM file may hold. */
  readonly pdf: (shown: { readonly bytes: Bytes }) => VNode | null
}

/** An image study: shown where it can be, and where not, said to be what it is; the file itself is offered beside it. */
export const DicomView = ({ bytes, ...shown }: Shown) => {
  const reading = useReading(bytes)
  if (reading === undefined) return <Loading />
  const facts = reading.outcome === "ok" ? reading.study.facts : reading.facts
  return (
    <>
      {facts !== undefined && <Whose facts={facts} patient={shown.patient} />}
      <Content reading={reading} {...shown} />
      {facts !== undefined && <Facts facts={facts} {...(reading.outcome === "ok" ? { study: reading.study } : {})} />}
    </>
  )
}

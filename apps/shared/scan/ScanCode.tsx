import { useEffect, useRef, useState } from "preact/hooks"
import { pastedCard } from "../../../sdk/pasted-card.ts"
import { Banner } from "../parts/Banner.tsx"
import { Button } from "../parts/Button.tsx"
import { TextField } from "../parts/Field.tsx"
import { Icon } from "../parts/Icon.tsx"
import { sharedWords } from "../words/shared.ts"
import type { CodeReading } from "./read-codes.ts"

/** The decoder comes when somebody scans. */
const decoder = () => import("./read-codes.ts")

/** Between two looks at the camera, milliseconds. */
const pause = 120

/** Looks through the camera until a code is read, the camera fails, or `signal` ends it; leaves the camera off. */
const watch = async (video: HTMLVideoElement, signal: AbortSignal, onText: (text: string) => void): Promise<void> => {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: false,
    video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } },
  })
  try {
    if (signal.aborted) return
    video.srcObject = stream
    await video.play()
    const { readCode } = await decoder()
    const canvas = document.createElement("canvas")
    const context = canvas.getContext("2d", { willReadFrequently: true })
    if (context === null) throw new Error("no canvas")
    while (!signal.aborted) {
      const { videoWidth: width, videoHeight: height } = video
      if (width > 0) {
        canvas.width = width
        canvas.height = height
        context.drawImage(video, 0, 0)
        const reading = await readCode(context.getImageData(0, 0, width, height), { hard: false })
        if (reading.outcome === "ok" && !signal.aborted) {
          onText(reading.text)
          return
        }
      }
      await new Promise((done) => setTimeout(done, pause))
    }
  } finally {
    for (const track of stream.getTracks()) track.stop()
    video.srcObject = null
  }
}

const Camera = ({ onText, onFailure }: { onText: (text: string) => void; onFailure: () => void }) => {
  const video = useRef<HTMLVideoElement>(null)
  useEffect(() => {
    const ended = new AbortController()
    if (video.current !== null) watch(video.current, ended.signal, onText).catch(onFailure)
    return () => ended.abort()
  }, [])
  return (
    <div class="camera">
      <video ref={video} muted playsInline aria-label={sharedWords.value.scan.hold} />
    </div>
  )
}

/**
 * Reads a QR code by camera, from a picture, or as pasted text (what a hand scanner types). `fault`: why the last text was refused, by
 * whoever it was handed to.
 */
export const ScanCode = ({ fault, onText }: { fault?: string | undefined; onText: (text: string) => void }) => {
  const [filming, setFilming] = useState(false)
  const [trouble, setTrouble] = useState<"no-camera" | Exclude<CodeReading["outcome"], "ok">>()
  const [pasted, setPasted] = useState("")
  const file = useRef<HTMLInputElement>(null)
  const { scan } = sharedWords.value
  const sentences = {
    "no-camera": scan.noCamera,
    "no-code": scan.noCode,
    "several-codes": scan.severalCodes,
    unreadable: scan.unreadable,
    "no-picture": scan.noPicture,
  }
  const found = (text: string) => {
    setFilming(false)
    setTrouble(undefined)
    onText(text)
  }
  const readPicture = async (picture: File) => {
    setTrouble(undefined)
    const { readCode } = await decoder()
    const reading = await readCode(picture, { hard: true })
    if (reading.outcome === "ok") found(reading.text)
    else setTrouble(reading.outcome)
  }
  const sentence = trouble === undefined ? fault : sentences[trouble]
  return (
    <div class="stack">
      {sentence !== undefined && (
        <Banner tone="warn" alert>
          <p>{sentence}</p>
        </Banner>
      )}
      {filming && (
        <>
          <Camera
            onText={found}
            onFailure={() => {
              setFilming(false)
              setTrouble("no-camera")
            }}
          />
          <p class="muted">{scan.hold}</p>
        </>
      )}
      <div class="row">
        <Button
          look={filming ? "normal" : "main"}
          onClick={() => {
            setTrouble(undefined)
            setFilming(!filming)
          }}
        >
          <Icon name="scan" />
          {filming ? scan.stop : scan.camera}
        </Button>
        <Button onClick={() => file.current?.click()}>
          <Icon name="image" />
          {scan.picture}
        </Button>
        <input
          ref={file}
          type="file"
          accept="image/png,image/jpeg"
          class="hidden-visually"
          tabIndex={-1}
          aria-hidden="true"
          onChange={({ currentTarget }) => {
            const [picture] = currentTarget.files ?? []
            currentTarget.value = ""
            if (picture !== undefined) readPicture(picture).catch(() => setTrouble("no-picture"))
          }}
        />
      </div>
      <details>
        <summary>{scan.paste}</summary>
        <form
          class="stack"
          onSubmit={(event) => {
            event.preventDefault()
            if (pasted.trim() !== "") found(pastedCard(pasted))
          }}
        >
          <TextField
            label={scan.pasted}
            value={pasted}
            onValue={setPasted}
            rows={4}
            spellcheck={false}
            autocomplete="off"
          />
          <div>
            <Button type="submit">{scan.read}</Button>
          </div>
        </form>
      </details>
    </div>
  )
}

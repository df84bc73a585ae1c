/** A page of pixels, upright. */
export interface JpegPage {
  readonly jpeg: Blob
  readonly width: number
  readonly height: number
}

/** Points of a sheet of A4, of which 72 are an inch. */
const [shorter, longer] = [595.28, 841.89]

/** Where a picture stands on its sheet, which lies as the picture does: as large as it can be, in the middle. */
const placeOf = ({ width, height }: JpegPage) => {
  const [across, down] = width > height ? [longer, shorter] : [shorter, longer]
  const scale = Math.min(across / width, down / height)
  const [w, h] = [width * scale, height * scale]
  return { across, down, w, h, x: (across - w) / 2, y: (down - h) / 2 }
}

const points = (value: number) => value.toFixed(2)

/** Writes the objects of a PDF one after the other, and where each begins. */
class Writer {
  readonly parts: BlobPart[] = []
  readonly #offsets: number[] = []
  #length = 0

  write(part: string | Blob): void {
    this.parts.push(part)
    this.#length += typeof part === "string" ? part.length : part.size
  }

  object(number: number, dictionary: string, stream?: string | Blob): void {
    this.#offsets[number] = this.#length
    this.write(`${number} 0 obj\n${dictionary}\n`)
    if (stream !== undefined) {
      this.write("stream\n")
      this.write(stream)
      this.write("\nendstream\n")
    }
    this.write("endobj\n")
  }

  end(): void {
    const start = this.#length
    const entries = this.#offsets.slice(1).map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`)
    const size = entries.length + 1
    this.write(`xref\n0 ${size}\n0000000000 65535 f \n${entries.join("")}`)
    this.write(`trailer\n<</Size ${size}/Root 1 0 R>>\nstartxref\n${start}\n%%EOF\n`)
  }
}

/**
 * A PDF of pictures in JPEG with three colours, one to a sheet of A4, in their order. Nothing but pixels goes into it: no title, no time, no program's
 * name. (ISO 32000-1, 7.5 and 8.9.)
 */
export const pdfOfPictures = (pages: readonly JpegPage[]): Blob => {
  const writer = new Writer()
  writer.write("%PDF-1.4\n")
  const numbers = pages.map((_, i) => 3 + 3 * i)
  writer.object(1, "<</Type/Catalog/Pages 2 0 R>>")
  writer.object(2, `<</Type/Pages/Count ${pages.length}/Kids[${numbers.map((n) => `${n} 0 R`).join(" ")}]>>`)
  for (const [i, page] of pages.entries()) {
    const number = numbers[i] ?? 0
    const { across, down, w, h, x, y } = placeOf(page)
    const box = `[0 0 ${points(across)} ${points(down)}]`
    const resources = `<</XObject<</P ${number + 2} 0 R>>>>`
    writer.object(number, `<</Type/Page/Parent 2 0 R/MediaBox${box}/Resources${resources}/Contents ${number + 1} 0 R>>`)
    const drawing = `q ${points(w)} 0 0 ${points(h)} ${points(x)} ${points(y)} cm /P Do Q`
    writer.object(number + 1, `<</Length ${drawing.length}>>`, drawing)
    writer.object(
      number + 2,
      `<</Type/XObject/Subtype/Image/Width ${page.width}/Height ${page.height}/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode/Length ${page.jpeg.size}>>`,
      page.jpeg,
    )
  }
  writer.end()
  return new Blob(writer.parts, { type: "application/pdf" })
}

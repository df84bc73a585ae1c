import { createHash } from "node:crypto"
import type { Patient } from "fhir/r4.js"

/** How a value is written: which representation, and its bytes, already of even length. */
type Element = { tag: number; vr: string; bytes: Uint8Array }

const ctImageStorage = "1.2.840.10008.5.1.4.1.1.2"
const explicitLittleEndian = "1.2.840.10008.1.2.1"
/** Stored values are Hounsfield units plus this, so that they are unsigned. */
const offset = 1024

/**
 * A single-frame CT image as a DICOM Part 10 file (PS3.10, PS3.3 A.3): explicit VR little endian, 16 bits, showing a
 * made-up slice through a chest in Hounsfield units. The same options give the same bytes and UIDs.
 */
export function dicomStudy(options: {
  patient: Patient
  width?: number
  height?: number
  /** YYYYMMDD. */
  date?: string
  description?: string
}): Uint8Array {
  const {
    patient,
    width = 512,
    height = 512,
    date = "20260928",
    description = "CT chest (synthetic phantom)",
  } = options
  const [name] = patient.name ?? []
  const patientId = patient.identifier?.[0]?.value ?? ""
  const uid = (of: string) => derivedUid(`${of} ${patientId} ${date} ${width}x${height} ${description}`)
  const pixels = phantom(width, height)
  const dataSet = [
    text(0x00080005, "CS", "ISO_IR 192"),
    text(0x00080008, "CS", "DERIVED\\SECONDARY\\AXIAL"),
    text(0x00080016, "UI", ctImageStorage),
    text(0x00080018, "UI", uid("image")),
    text(0x00080020, "DA", date),
    text(0x00080021, "DA", date),
    text(0x00080022, "DA", date),
    text(0x00080023, "DA", date),
    text(0x00080030, "TM", "093000"),
    text(0x00080033, "TM", "093000"),
    text(0x00080050, "SH", ""),
    text(0x00080060, "CS", "CT"),
    text(0x00080070, "LO", "ehr-cloud sample"),
    text(0x00080090, "PN", ""),
    text(0x00081030, "LO", description),
    text(0x0008103e, "LO", "synthetic, not for diagnosis"),
    text(0x00100010, "PN", `${name?.family ?? ""}^${name?.given?.join(" ") ?? ""}`),
    text(0x00100020, "LO", patientId),
    text(0x00100030, "DA", patient.birthDate?.replaceAll("-", "") ?? ""),
    text(0x00100040, "CS", patient.gender === "female" ? "F" : patient.gender === "male" ? "M" : "O"),
    text(0x00180050, "DS", "5"),
    text(0x00180060, "DS", "120"),
    text(0x00185100, "CS", "HFS"),
    text(0x0020000d, "UI", uid("study")),
    text(0x0020000e, "UI", uid("series")),
    text(0x00200010, "SH", "1"),
    text(0x00200011, "IS", "1"),
    text(0x00200012, "IS", "1"),
    text(0x00200013, "IS", "1"),
    text(0x00200032, "DS", "-175\\-175\\0"),
    text(0x00200037, "DS", "1\\0\\0\\0\\1\\0"),
    text(0x00200052, "UI", uid("frame of reference")),
    text(0x00201040, "LO", ""),
    number(0x00280002, 1),
    text(0x00280004, "CS", "MONOCHROME2"),
    number(0x00280010, height),
    number(0x00280011, width),
    text(0x00280030, "DS", `${(350 / height).toFixed(6)}\\${(350 / width).toFixed(6)}`),
    number(0x00280100, 16),
    number(0x00280101, 16),
    number(0x00280102, 15),
    number(0x00280103, 0),
    text(0x00280301, "CS", "NO"),
    text(0x00281050, "DS", "40"),
    text(0x00281051, "DS", "400"),
    text(0x00281052, "DS", String(-offset)),
    text(0x00281053, "DS", "1"),
    text(0x00281054, "LO", "HU"),
    { tag: 0x7fe00010, vr: "OW", bytes: pixels },
  ].map(encoded)
  const meta = Buffer.concat(
    [
      { tag: 0x00020001, vr: "OB", bytes: Uint8Array.of(0, 1) },
      text(0x00020002, "UI", ctImageStorage),
      text(0x00020003, "UI", uid("image")),
      text(0x00020010, "UI", explicitLittleEndian),
      text(0x00020012, "UI", derivedUid("implementation")),
      text(0x00020013, "SH", "EHR_CLOUD_1"),
    ].map(encoded),
  )
  const length = Buffer.alloc(4)
  length.writeUInt32LE(meta.length)
  const groupLength = encoded({ tag: 0x00020000, vr: "UL", bytes: length })
  return Buffer.concat([Buffer.alloc(128), Buffer.from("DICM", "latin1"), groupLength, meta, ...dataSet])
}

/** A UID of a UUID (PS3.5 B.2), the UUID made of a hash. */
function derivedUid(of: string): string {
  const hash = createHash("sha256").update(`ehr-cloud sample ${of}`).digest("hex")
  const uuid = `${hash.slice(0, 12)}8${hash.slice(13, 16)}a${hash.slice(17, 32)}`
  return `2.25.${BigInt(`0x${uuid}`)}`
}

function text(tag: number, vr: string, value: string): Element {
  const bytes = Buffer.from(value, "utf8")
  const padding = bytes.length % 2 === 0 ? "" : vr === "UI" ? "\0" : " "
  return { tag, vr, bytes: Buffer.concat([bytes, Buffer.from(padding, "latin1")]) }
}

function number(tag: number, value: number): Element {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return { tag, vr: "US", bytes }
}

/** PS3.5 7.1.2: these two representations have four bytes of length after two reserved ones, the others two. */
function encoded({ tag, vr, bytes }: Element): Buffer {
  const long = vr === "OB" || vr === "OW"
  const header = Buffer.alloc(long ? 12 : 8)
  header.writeUInt16LE(tag >>> 16, 0)
  header.writeUInt16LE(tag & 0xffff, 2)
  header.write(vr, 4, "latin1")
  if (long) header.writeUInt32LE(bytes.length, 8)
  else header.writeUInt16LE(bytes.length, 6)
  return Buffer.concat([header, bytes])
}

/** Ellipses of one density each, in fractions of the image; later ones lie over earlier ones. */
const ellipses = [
  { x: 0.5, y: 0.52, width: 0.43, height: 0.33, hounsfield: -90 },
  { x: 0.5, y: 0.52, width: 0.41, height: 0.31, hounsfield: 45 },
  { x: 0.31, y: 0.5, width: 0.15, height: 0.23, hounsfield: -830 },
  { x: 0.69, y: 0.5, width: 0.15, height: 0.23, hounsfield: -850 },
  { x: 0.53, y: 0.46, width: 0.12, height: 0.11, hounsfield: 60 },
  { x: 0.55, y: 0.66, width: 0.03, height: 0.03, hounsfield: 180 },
  { x: 0.5, y: 0.75, width: 0.055, height: 0.05, hounsfield: 420 },
  { x: 0.5, y: 0.75, width: 0.025, height: 0.022, hounsfield: 20 },
  { x: 0.62, y: 0.24, width: 0.035, height: 0.025, hounsfield: 2900 },
  { x: 0.7, y: 0.4, width: 0.012, height: 0.012, hounsfield: 35 },
]

function phantom(width: number, height: number): Uint8Array {
  const pixels = Buffer.alloc(width * height * 2)
  let noise = 1
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const inside = ellipses.findLast(
        ({ x, y, ...half }) => ((column / width - x) / half.width) ** 2 + ((row / height - y) / half.height) ** 2 <= 1,
      )
      noise = (Math.imul(noise, 1103515245) + 12345) >>> 0
      const hounsfield = (inside?.hounsfield ?? -1000) + ((noise >>> 16) % 17) - 8
      pixels.writeUInt16LE(hounsfield + offset, (row * width + column) * 2)
    }
  }
  return pixels
}

import { kindOf } from "./detect.ts"

const endings = { fhir: "json", pdf: "pdf", dicom: "dcm", text: "txt", other: "bin" } as const

const endingOf = (contentType: string): string => {
  const kind = kindOf(contentType)
  return kind === "image" ? (contentType.split("/")[1]?.replace("jpeg", "jpg") ?? "png") : endings[kind]
}

/** Hands bytes to the browser as a file; what is then done with it is the patient's. */
export const saveFile = (bytes: Uint8Array<ArrayBuffer> | string, name: string, contentType: string): void => {
  const url = URL.createObjectURL(new Blob([bytes], { type: contentType }))
  const link = document.createElement("a")
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

/** A title as a file's name: letters and digits of any script, and what joins them. */
export const fileName = (title: string, contentType: string): string =>
  `${
    title
      .replaceAll(/[^\p{L}\p{N} ._-]+/gu, " ")
      .trim()
      .slice(0, 100) || "document"
  }.${endingOf(contentType)}`

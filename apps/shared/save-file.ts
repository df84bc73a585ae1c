/** Hands a file to the browser; what is then done with it is theirs who saved it. */
export const saveBlob = (blob: Blob, name: string): void => {
  const url = URL.createObjectURL(blob)
  const link = document.createElement("a")
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

export const saveFile = (bytes: Uint8Array<ArrayBuffer> | string, name: string, contentType: string): void =>
  saveBlob(new Blob([bytes], { type: contentType }), name)

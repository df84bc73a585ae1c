/** Hands bytes to the browser as a file; what is then done with it is the patient's. */
export const saveFile = (bytes: Uint8Array<ArrayBuffer> | string, name: string, contentType: string): void => {
  const url = URL.createObjectURL(new Blob([bytes], { type: contentType }))
  const link = document.createElement("a")
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

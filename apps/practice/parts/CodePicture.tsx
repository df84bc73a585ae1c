import { useEffect, useState } from "preact/hooks"
import { qrModules, quietZone } from "../../../sdk/card-image.ts"

const svgOf = (text: string): Blob => {
  const modules = qrModules(text)
  const side = modules.length + 2 * quietZone
  const path = modules
    .flatMap((row, y) => row.map((dark, x) => (dark ? `M${x + quietZone} ${y + quietZone}h1v1h-1z` : "")))
    .join("")
  return new Blob(
    [
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" shape-rendering="crispEdges"><rect width="${side}" height="${side}" fill="#fff"/><path d="${path}"/></svg>`,
    ],
    { type: "image/svg+xml" },
  )
}

/** A text as a QR code, drawn on this device. */
export const CodePicture = ({ text, alt }: { text: string; alt: string }) => {
  const [address, setAddress] = useState<string>()
  useEffect(() => {
    const made = URL.createObjectURL(svgOf(text))
    setAddress(made)
    return () => URL.revokeObjectURL(made)
  }, [text])
  return address === undefined ? null : <img class="code-picture" src={address} alt={alt} />
}

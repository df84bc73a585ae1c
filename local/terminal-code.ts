import { qrModules, quietZone } from "../sdk/card-image.ts"

/** The QR code of a text for a terminal, two modules above each other in one character; white is drawn, for dark grounds. */
export const terminalCode = (text: string): string => {
  const modules = qrModules(text)
  const black = (x: number, y: number) => modules[y - quietZone]?.[x - quietZone] ?? false
  const size = modules.length + 2 * quietZone
  const places = Array.from({ length: size }, (_, i) => i)
  const drawn = (x: number, y: number) => {
    const [above, below] = [!black(x, y), !black(x, y + 1)]
    if (above) return below ? "█" : "▀"
    return below ? "▄" : " "
  }
  return places
    .filter((y) => y % 2 === 0)
    .map((y) => places.map((x) => drawn(x, y)).join(""))
    .join("\n")
}

/** The letters of code pages 437 and 737 from byte 0x80 on: what DOS wrote in the West and in Greece, and ZIP's programs still do. */
const western =
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0"
const greek =
  "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩαβγδεζηθικλμνξοπρσςτυφχψ░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀ωάέήϊίόύϋώΆΈΉΊΌΎΏ±≥≤ΪΫ÷≈°∙·√ⁿ²■\u00a0"

const isHigh = (byte: number | undefined) => byte !== undefined && byte >= 0x80

/** A name in a ZIP archive: UTF-8 where it can be, else in an old code page, the Greek one where such letters stand side by side. */
export const zipName = (bytes: Uint8Array): string => {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch {
    const beside = bytes.filter((byte, at) => isHigh(byte) && (isHigh(bytes[at - 1]) || isHigh(bytes[at + 1])))
    const page = beside.length > bytes.filter(isHigh).length / 2 ? greek : western
    return Array.from(bytes, (byte) => (byte < 0x80 ? String.fromCharCode(byte) : page[byte - 0x80])).join("")
  }
}

/** Controls, and marks that turn the order of letters round: `gpj.exe` for `exe.jpg`. */
const deceiving = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** The last part of a path, as it may be shown and be a file's name: no folder, no control character, no letter order of its own. */
export const safeName = (path: string): string => {
  const last = path.split(/[/\\]/).findLast((part) => part.trim() !== "") ?? ""
  const name = last.replaceAll(deceiving, "").replace(/^\.+/, "").trim()
  const [, stem = "", ending = ""] = /^(.*?)(\.[^.]{1,10})?$/s.exec(name) ?? []
  return name === "" ? "file" : `${stem.slice(0, 120)}${ending}`
}

/** What programs lay beside people's files. */
export const isLeftover = (path: string): boolean =>
  /(^|[/\\])(__MACOSX[/\\]|\.[^/\\]*$|Thumbs\.db$|desktop\.ini$)/i.test(path)

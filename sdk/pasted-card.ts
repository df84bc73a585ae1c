/**
 * A card's text as it was pasted or saved: in one line, whatever wrapped it, without what stands around it. A space within stays, since it
 * is a digit of base45, and no card ends with one.
 */
export const pastedCard = (text: string): string => text.replaceAll(/[\r\n\t]+ */g, "").trim()

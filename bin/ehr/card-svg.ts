/** Runs of black modules, as `cardSvg` draws them (sdk/card-image.ts). */
const drawing = / d="((?:M[0-9]{1,3} [0-9]{1,3}h[0-9]{1,3}v1h-[0-9]{1,3}z)+)"/
const run = /M(\d+) (\d+)h(\d+)/g

/** The modules of the QR code in a card that `ehr card` drew; `undefined` for any other text. */
export const modulesInSvg = (svg: string): boolean[][] | undefined => {
  const [, path] = drawing.exec(svg) ?? []
  if (path === undefined) return undefined
  const runs = [...path.matchAll(run)].map(([, x, y, length]) => ({
    x: Number(x),
    y: Number(y),
    length: Number(length),
  }))
  const side = Math.max(...runs.map(({ x, y, length }) => Math.max(x + length, y + 1)))
  const modules = Array.from({ length: side }, () => Array<boolean>(side).fill(false))
  for (const { x, y, length } of runs) modules[y]?.fill(true, x, x + length)
  return modules
}

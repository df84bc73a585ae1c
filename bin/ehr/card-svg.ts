/** Runs of black modules, as `cardSvg` draws them (sdk/card-image.ts). */
const drawings = / d="((?:M[0-9]{1,3} [0-9]{1,3}h[0-9]{1,3}v1h-[0-9]{1,3}z)+)"/g
const run = /M(\d+) (\d+)h(\d+)/g

/** The modules of each QR code in what `ehr card` drew, in its order: the front's before the back's. None in any other text. */
export const modulesInSvg = (svg: string): boolean[][][] =>
  [...svg.matchAll(drawings)].map(([, path = ""]) => modulesOf(path))

const modulesOf = (path: string): boolean[][] => {
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

/** Kills an upload and a download at points that a seed chooses, and goes on with them: `npm run kill -- [MB] [points] [seed]`. */
import { killDownload } from "./kill-download.ts"
import { killUpload } from "./kill-upload.ts"

const [megabytes = 1000, points = 10, seed = 1] = process.argv.slice(2).map(Number)
const upload = await killUpload(megabytes * 1_000_000, points, seed)
console.log(JSON.stringify({ upload }))
const download = await killDownload(megabytes * 1_000_000, points, seed)
console.log(JSON.stringify({ download }))
const { sameEachTime, emptyAfterAbort } = upload
const held = [sameEachTime, emptyAfterAbort, download.namedWhenWhole]
for (const { kills, identical, withinBound } of [upload, download]) held.push(kills === points, identical, withinBound)
if (held.includes(false)) process.exitCode = 1

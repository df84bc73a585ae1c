/** A large document sealed by the SDK and opened by Tink, and the other way round: `node test/large/tink.ts [MB]`. */
import { installTink } from "../protocol/crypto/installed-tink.ts"
import { tinkBothWays } from "./tink-both-ways.ts"

const [megabytes = 1000] = process.argv.slice(2).map(Number)
const tink = await installTink()
if ("absent" in tink) throw new Error(tink.absent)
const report = await tinkBothWays(tink.python, megabytes * 1_000_000)
console.log(JSON.stringify(report))
if (!report.openedByTink || !report.sealedByTink) process.exitCode = 1

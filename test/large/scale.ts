/** A patient with very much of everything, in memory: `npm run scale -- [versions] [epochs] [cards] [accesses] [pending]`. */
import { memoryNetwork } from "../kit/memory-network.ts"
import { wholeLife } from "./whole-life.ts"

const [versions = 1000, epochs = 250, cards = 20, accesses = 1200, pending = 100] = process.argv.slice(2).map(Number)
const { steps, ...end } = await wholeLife(await memoryNetwork(), { versions, epochs, cards, accesses, pending })
console.table(steps)
console.log(JSON.stringify(end))

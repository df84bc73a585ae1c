/**
 * How many stories are tried, and which: the same few in each run of `npm test`. `MODEL_RUNS` tries so many times as many, from `MODEL_SEED`
 * or one that nobody has tried. fast-check prints seed and path of one that fails.
 */
const times = Number(process.env["MODEL_RUNS"] ?? 1)
const given = process.env["MODEL_SEED"]
if (!(times >= 1) || (given !== undefined && !Number.isSafeInteger(Number(given))))
  throw new Error("MODEL_RUNS and MODEL_SEED are numbers")

export const runs = (few: number) => ({
  numRuns: Math.ceil(few * times),
  seed: given === undefined ? (times === 1 ? 20_260_301 : Math.floor(Math.random() * 2 ** 31)) : Number(given),
})
/** For as many as there are, milliseconds. */
export const patience = 120_000 * times

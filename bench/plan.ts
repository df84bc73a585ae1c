import type { Flags } from "./flags.ts"

/** Sizes are in megabytes of 10^6 bytes, as in the paper. */
export const megabyte = 1_000_000

export interface TransferPlan {
  readonly sizes: readonly number[]
  readonly users: readonly number[]
  /** Together, at once: what the machine bears. Where more would be due, each user moves less, and the report says so. */
  readonly mostMegabytes: number
  readonly repeats: number
}

export interface Plan {
  readonly transfers: { readonly fast: TransferPlan; readonly line: TransferPlan; readonly engine: TransferPlan }
  /** Parts of 8 MiB. */
  readonly steps: { readonly parts: number; readonly repeats: number }
  /** Of the one record whose memory is measured, megabytes. */
  readonly memoryMegabytes: number
  readonly emergencies: number
  /** How many there are of what grows: patients, cards, events. */
  readonly levels: readonly number[]
  readonly recordLevels: readonly number[]
  /** Measurements of each at each level. */
  readonly samples: number
  readonly professionals: number
  /** Served before the surge, to learn how many this machine serves in a second. */
  readonly trials: number
}

export const planOf = ({ quick }: Pick<Flags, "quick">): Plan =>
  quick
    ? {
        transfers: {
          fast: { sizes: [25, 50], users: [1, 5], mostMegabytes: 100, repeats: 3 },
          line: { sizes: [25], users: [1], mostMegabytes: 25, repeats: 3 },
          engine: { sizes: [25], users: [1], mostMegabytes: 25, repeats: 3 },
        },
        steps: { parts: 8, repeats: 3 },
        memoryMegabytes: 200,
        emergencies: 10,
        levels: [10, 100, 1000],
        recordLevels: [10, 100],
        samples: 15,
        professionals: 50,
        trials: 20,
      }
    : {
        transfers: {
          fast: { sizes: [25, 50, 500, 1000], users: [1, 5, 10, 50], mostMegabytes: 1500, repeats: 5 },
          line: { sizes: [25, 50, 500, 1000], users: [1, 10], mostMegabytes: 1000, repeats: 3 },
          engine: { sizes: [25, 50, 500, 1000], users: [1, 5], mostMegabytes: 250, repeats: 3 },
        },
        steps: { parts: 64, repeats: 5 },
        memoryMegabytes: 1000,
        emergencies: 50,
        levels: [10, 1000, 100_000],
        recordLevels: [10, 100, 1000],
        samples: 200,
        professionals: 1000,
        trials: 60,
      }

export interface Row {
  /** The sizes this row stands for, megabytes. */
  readonly sizes: readonly number[]
  readonly users: number
  /** What each user moves. */
  readonly megabytes: number
}

/** What is measured: every size with every number of users; those that come down to the same are one row. */
export const rowsOf = ({ sizes, users, mostMegabytes }: TransferPlan): Row[] => {
  const rows: Row[] = []
  for (const count of users)
    for (const size of sizes) {
      const megabytes = Math.min(size, Math.floor(mostMegabytes / count))
      const same = rows.findIndex((row) => row.users === count && row.megabytes === megabytes)
      const found = rows[same]
      if (found === undefined) rows.push({ sizes: [size], users: count, megabytes })
      else rows[same] = { ...found, sizes: [...found.sizes, size] }
    }
  return rows
}

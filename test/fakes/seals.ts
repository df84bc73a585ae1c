import type { Seals } from "../../functions/domain/ports.ts"

/** The locked bucket in memory: nothing in it is ever put over. */
export const memorySeals = () => {
  const checkpoints = new Map<number, string>()
  const nodes = new Map<string, string>()
  const get = <K>(map: Map<K, string>, key: K): string => {
    const found = map.get(key)
    if (found === undefined) throw new Error("there is no such object")
    return found
  }
  const seals: Seals = {
    newest: async () => Math.max(0, ...checkpoints.keys()),
    checkpoint: async (number) => get(checkpoints, number),
    addCheckpoint: async (number, checkpoint) => {
      if (checkpoints.has(number)) return "taken"
      checkpoints.set(number, checkpoint)
      return "added"
    },
    node: async (hash) => JSON.parse(get(nodes, hash)),
    addNode: async (hash, node) => {
      if (!nodes.has(hash)) nodes.set(hash, JSON.stringify(node))
    },
  }
  return { seals, checkpoints, nodes }
}

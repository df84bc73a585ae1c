import type { Checkpoints } from "../../functions/domain/ports.ts"

/** The locked bucket in memory: nothing in it is ever put over. */
export const memoryCheckpoints = () => {
  const signed = new Map<number, string>()
  const nodes = new Map<string, string>()
  const get = <K>(map: Map<K, string>, key: K): string => {
    const found = map.get(key)
    if (found === undefined) throw new Error("there is no such object")
    return found
  }
  const checkpoints: Checkpoints = {
    newest: async () => Math.max(0, ...signed.keys()),
    checkpoint: async (number) => get(signed, number),
    addCheckpoint: async (number, checkpoint) => {
      if (signed.has(number)) return "taken"
      signed.set(number, checkpoint)
      return "added"
    },
    node: async (hash) => JSON.parse(get(nodes, hash)),
    addNode: async (hash, node) => {
      if (!nodes.has(hash)) nodes.set(hash, JSON.stringify(node))
    },
  }
  return { checkpoints, signed, nodes }
}

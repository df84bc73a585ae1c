import * as z from "zod/mini"
import type { Engine } from "../local/engine.ts"
import { startChild } from "./child.ts"
import type { TableStorage } from "./object-storage.ts"

export const engineTables = ({ name, endpoint }: Engine): TableStorage => ({
  description: `${name}'s DynamoDB`,
  endpoint,
  stop: async () => {},
})

/** `dynamoTables`, which find an item by halving: what is measured on them grows as it would. */
export const startOrderedTables = async (): Promise<TableStorage> => {
  const server = startChild(new URL("tables-server.ts", import.meta.url))
  try {
    const endpoint = await server.ask({ do: "listen" }, z.string())
    return { description: "ordered tables", endpoint, stop: server.stop }
  } catch (error) {
    await server.stop()
    throw error
  }
}

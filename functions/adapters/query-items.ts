import type { QueryCommandOutput } from "@aws-sdk/client-dynamodb"

/** The items of a page. Where there are none DynamoDB says so by an empty list: an answer without one says nothing, and is no answer. */
export const itemsIn = ({ Items }: QueryCommandOutput): NonNullable<QueryCommandOutput["Items"]> => {
  if (Items === undefined) throw new Error("a query was answered without its items")
  return Items
}

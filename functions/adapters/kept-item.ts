import type { AttributeValue } from "@aws-sdk/client-dynamodb"
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb"
import * as z from "zod/mini"
import { itemFormat } from "../../contract/items.ts"

type Attributes = Record<string, AttributeValue>
const formatted = z.object({ format: z.literal(itemFormat) })

/** What an item is kept as: it names its form. */
export const attributesOf = (item: object): Attributes =>
  marshall({ ...item, format: itemFormat }, { removeUndefinedValues: true })

/** The item, yet to be parsed. Throws for one of another form. */
export const itemIn = (attributes: Attributes): Record<string, unknown> => {
  const item = unmarshall(attributes)
  z.parse(formatted, item)
  return item
}

/** An update by which there is this item, whether or not there was one. Of `fields`, what it lacks goes; whatever else is kept, a newer version has added, and it stays. */
export const changeTo = (item: object, fields: readonly string[]) => {
  const values = attributesOf(item)
  const numbered = [...fields, "format"].map((field, i) => ({
    name: `#${i}`,
    value: `:${i}`,
    field,
    given: values[field],
  }))
  const set = numbered.filter(({ given }) => given !== undefined).map(({ name, value }) => `${name} = ${value}`)
  const gone = numbered.filter(({ given }) => given === undefined).map(({ name }) => name)
  return {
    UpdateExpression: `SET ${set.join(", ")}${gone.length > 0 ? ` REMOVE ${gone.join(", ")}` : ""}`,
    ExpressionAttributeNames: Object.fromEntries(numbered.map(({ name, field }) => [name, field])),
    ExpressionAttributeValues: Object.fromEntries(
      numbered.flatMap(({ value, given }) => (given === undefined ? [] : [[value, given]])),
    ),
  }
}

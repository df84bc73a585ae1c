/**
 * Where AWS says something by saying nothing, so that an answer without the field is another answer, not a broken one. Everything else that
 * an adapter reads it must miss.
 */
const saidByAbsence: Record<string, readonly string[]> = {
  // There is no such item.
  GetItemCommand: ["Item"],
  // XML has no empty lists: there are no such versions, no failed deletions, no such keys (`KeyCount` says how many).
  ListObjectVersionsCommand: ["Versions", "DeleteMarkers"],
  DeleteObjectsCommand: ["Errors"],
  // No part has come, nothing is going up.
  ListPartsCommand: ["Parts"],
  ListMultipartUploadsCommand: ["Uploads"],
  // That was the last page.
  QueryCommand: ["LastEvaluatedKey"],
  ListUsersCommand: ["PaginationToken"],
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype

const ofAnotherType = (value: unknown): unknown => {
  if (typeof value === "string") return 7
  if (value instanceof Uint8Array) return new Uint8Array(3)
  return "malformed"
}

const without = (fields: object, name: string): object =>
  Object.fromEntries(Object.entries(fields).filter(([other]) => other !== name))

/** The answer with one thing wrong, down to the fields of its fields and the first item of its lists. */
const broken = (value: Record<string, unknown>, absent: readonly string[], at = ""): [string, object][] =>
  Object.entries(value).flatMap(([name, inner]): [string, object][] => {
    if (inner === undefined || name === "$metadata") return []
    const path = `${at}${name}`
    const within = (changed: unknown) => ({ ...value, [name]: changed })
    const nested = (): [string, object][] => {
      // A place in a list, which nobody but DynamoDB reads.
      if (name === "LastEvaluatedKey") return []
      if (isRecord(inner))
        return broken(inner, [], `${path}.`).map(([what, changed]): [string, object] => [what, within(changed)])
      if (!Array.isArray(inner) || !isRecord(inner[0])) return []
      const [first, ...rest] = inner as [Record<string, unknown>, ...unknown[]]
      return [
        [`${path}[0] without a field`, within([{}, ...rest])],
        ...Object.keys(first).map((field): [string, object] => [
          `${path}[0].${field} of another type`,
          within([{ ...first, [field]: ofAnotherType(first[field]) }, ...rest]),
        ]),
      ]
    }
    return [
      ...(absent.includes(name) ? [] : [[`without ${path}`, without(value, name)] satisfies [string, object]]),
      [`${path} of another type`, within(ofAnotherType(inner))],
      ...nested(),
    ]
  })

/** Every malformed form of an answer, by what is wrong with it. */
export const malformedOf = (command: string, answer: object): [string, object][] => {
  const absent = saidByAbsence[command] ?? []
  const fields = Object.entries(answer).filter(([name, value]) => value !== undefined && name !== "$metadata")
  const saysNothing = fields.every(([name]) => absent.includes(name))
  return [
    ...(saysNothing ? [] : [["without a field", {}] satisfies [string, object]]),
    ...broken({ ...answer }, absent),
  ]
}

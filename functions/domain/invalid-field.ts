import { Problem } from "../../contract/errors.ts"
import type { RequestOf, RouteName } from "../../contract/routes.ts"

/** The paths of a request's fields: the schema's own names, and positions in its lists. */
type PathIn<T> = T extends readonly (infer Item)[]
  ? `${number}` | `${number}.${PathIn<Item>}`
  : T extends object
    ? { [Name in keyof T & string]: Name | `${Name}.${PathIn<T[Name]>}` }[keyof T & string]
    : never

type FieldOf<N extends RouteName> = PathIn<RequestOf<N>>

/** A request that fits the contract and is refused for one of its fields. Names the field, and repeats nothing that was sent. */
export const invalidField = <N extends RouteName>(field: FieldOf<N>): Problem =>
  new Problem("request-invalid", { field })

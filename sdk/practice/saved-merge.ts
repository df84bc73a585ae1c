/**
 * A version of a file as it is saved, also while something in it is undecided: saving waits for nobody's decision, and whoever opens it is asked (docs/protocol.md, "Practice"). It is
 * no FHIR document, so that nothing takes one of two doses for the one that holds.
 */
import * as z from "zod/mini"
import { type Bytes, utf8 } from "../../protocol/crypto/bytes.ts"
import { parseJson } from "../../protocol/crypto/strict-json.ts"
import { orFail } from "../../protocol/integrity.ts"
import type { Item, Merged } from "./three-way-merge.ts"

const side = <S extends z.ZodMiniType>(value: S) =>
  z.union([z.strictObject({ is: value }), z.strictObject({ gone: z.literal(true) })])
const said = <S extends z.ZodMiniType>(value: S) =>
  z.union([
    z.strictObject({ settled: value }),
    z.strictObject({
      undecided: z.strictObject({ before: side(value), between: z.array(side(value)).check(z.minLength(2)) }),
    }),
  ])
const merged = <F extends z.ZodMiniType, I extends z.ZodMiniType>(field: F, item: I) =>
  z.strictObject({ fields: z.record(z.string(), said(field)), lists: z.record(z.string(), z.array(said(item))) })

/** The content of a file, for `addFile` and `changeFile`. */
export const savedVersion = <F, I extends Item>(version: Merged<F, I>): Bytes => utf8(JSON.stringify(version))

/** What was saved, each field and each item by the schema of whoever reads it; `record-unreadable` for anything else. */
export const readVersion = <F, I extends Item>(
  content: Bytes,
  { field, item }: { readonly field: z.ZodMiniType<F>; readonly item: z.ZodMiniType<I> },
): Promise<Merged<F, I>> => orFail("record-unreadable", () => z.parse(merged(field, item), parseJson(content)))

import { type BaseBlock, NumericString, ObjectIdentifier, Sequence, Set, Utf8String } from "asn1js"
import type { Extension } from "pkijs"
import { explicit, extension, oid } from "./certificate-extensions.ts"

export interface HcRole {
  readonly scheme: string
  readonly code?: string
  readonly text?: string
}
/** subjectDirectoryAttributes with hcRole (ISO 17090-2); each role is `[2] free text` or `[1] code`, in a set, or in what `coded` makes. */
export const hcRoles = (
  roles: readonly HcRole[],
  {
    coded = (value: BaseBlock[]) => explicit(0, new Set({ value })),
    type = "1.0.17090.0.1",
  }: { coded?: (value: BaseBlock[]) => BaseBlock; type?: string } = {},
): Extension => {
  const actors = roles.map(({ scheme, code, text }) => {
    const value = [
      explicit(0, new ObjectIdentifier({ value: scheme })),
      ...(code === undefined ? [] : [explicit(1, new NumericString({ value: code }))]),
      ...(text === undefined ? [] : [explicit(2, new Utf8String({ value: text }))]),
    ]
    return new Sequence({ value: [coded(value)] })
  })
  const values = new Set({ value: [new Set({ value: actors })] })
  const only = new Sequence({ value: [new ObjectIdentifier({ value: type }), values] })
  return extension(oid.subjectDirectoryAttributes, new Sequence({ value: [only] }))
}

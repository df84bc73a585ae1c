import type { Publication } from "../../contract/publication.ts"
import type { Change } from "../../functions/domain/ports.ts"
import { claimsOf } from "../../functions/domain/statements.ts"
import { statementHash } from "../../protocol/statement.ts"
import type { MemoryCloud } from "../fakes/cloud.ts"

/** Puts a publication in its place, whatever it says: what a long history would have left. */
export const placed = async (
  cloud: Pick<MemoryCloud, "store">,
  { patientId }: { patientId: string },
  { manifest, keyRing, pageLists, pages, decided }: Publication,
): Promise<void> => {
  const { number } = claimsOf("manifest", manifest)
  const [before] = await cloud.store.read([{ kind: "manifest", patientId }])
  const hash = await statementHash(manifest)
  const revision = (before?.revision ?? 0) + 1
  const changes: Change[] = [
    { put: { kind: "manifest", revision, patientId, number, hash, manifest, keyRing, pageLists } },
    { put: { kind: "manifest-version", revision: 1, patientId, number, manifest } },
  ]
  for (const page of pages) {
    const [found] = await cloud.store.read([
      { kind: "manifest-page", patientId, category: page.category, page: page.page },
    ])
    changes.push({ put: { kind: "manifest-page", revision: (found?.revision ?? 0) + 1, patientId, ...page } })
  }
  for (const { page, ids } of decided) {
    const [found] = await cloud.store.read([{ kind: "decided-page", patientId, page }])
    changes.push({ put: { kind: "decided-page", revision: (found?.revision ?? 0) + 1, patientId, page, ids } })
  }
  const written = await cloud.store.write(changes)
  if (written.outcome !== "written") throw new Error("it was not placed")
}

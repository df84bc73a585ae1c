import { orFail } from "../../protocol/integrity.ts"
import { type CategoryKey, openNewest } from "../../protocol/key-ring.ts"
import type { Category } from "../../protocol/primitives.ts"
import type { Contents } from "./manifest.ts"
import type { PatientSession } from "./session.ts"

/** The newest key of a category, from the ring the manifest vouches for. */
export const newestKey = ({ keys }: PatientSession, { keyRing }: Contents, category: Category): Promise<CategoryKey> =>
  orFail("key-ring-differs", () => openNewest(keyRing, category, keys.agreement.privateKey))

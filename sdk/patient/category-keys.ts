import type { Category } from "../../contract/primitives.ts"
import { type CategoryKey, openNewest } from "../crypto/key-ring.ts"
import { orFail } from "../integrity.ts"
import type { Contents } from "./manifest.ts"
import type { PatientSession } from "./session.ts"

/** The newest key of a category, from the ring the manifest vouches for. */
export const newestKey = ({ keys }: PatientSession, { keyRing }: Contents, category: Category): Promise<CategoryKey> =>
  orFail("key-ring-differs", () => openNewest(keyRing, category, keys.agreement.privateKey))

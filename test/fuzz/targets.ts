import type { Target } from "./target.ts"
import { certificationTargets } from "./targets-certification.ts"
import { fileTargets } from "./targets-files.ts"
import { patientTargets } from "./targets-patient.ts"
import { statementTargets } from "./targets-statements.ts"

/** Every parser that touches strangers' bytes. */
export const targets: readonly Target[] = [
  ...statementTargets,
  ...certificationTargets,
  ...patientTargets,
  ...fileTargets,
]

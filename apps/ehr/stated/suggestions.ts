import type { Named } from "../../../fhir/stated-summary.ts"
import type { Option } from "../../shared/parts/Combobox.tsx"

export const suggestions = (
  _kind: "allergy" | "medicine" | "illness" | "device" | "vaccine",
  _typed: string,
): Option<Named>[] => []

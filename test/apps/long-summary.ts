import { eleniPapadaki } from "../../local/samples/eleni-papadaki.ts"

/** A patient summary with `more` illnesses in it, "Illness number 0" and so on, as JSON. */
export const longSummary = (more: number): string => {
  const bundle = structuredClone(eleniPapadaki)
  const composition = bundle.entry?.map(({ resource }) => resource).find((each) => each?.resourceType === "Composition")
  if (composition?.resourceType !== "Composition" || bundle.entry === undefined) throw new Error("no composition")
  const model = bundle.entry.find(({ resource }) => resource?.resourceType === "Condition")
  const section = composition.section?.find(({ entry = [] }) =>
    entry.some(({ reference }) => reference === model?.fullUrl),
  )
  if (model?.resource?.resourceType !== "Condition" || section?.entry === undefined) throw new Error("no illness")
  for (let i = 0; i < more; i++) {
    const fullUrl = `urn:uuid:00000000-0000-4000-8000-${String(i).padStart(12, "0")}`
    bundle.entry.push({
      fullUrl,
      resource: { ...model.resource, id: `many-${i}`, code: { text: `Illness number ${i}` } },
    })
    section.entry.push({ reference: fullUrl })
  }
  return JSON.stringify(bundle)
}

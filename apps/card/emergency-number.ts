import { numberCountries, zoneNames } from "./emergency-zones.ts"

const numberOf = (country: string): string =>
  Object.entries(numberCountries).find(([, countries]) => countries.split(" ").includes(country))?.[0] ?? "112"

/** The country of an IANA time zone, of those where the number isn't 112. */
const countryOf = (timeZone: string): string | undefined => {
  const [area = "", ...name] = timeZone.split("/")
  return Object.entries(zoneNames[area] ?? {}).find(([, names]) => names.split(" ").includes(name.join("/")))?.[0]
}

/** Whether a zone is of a place: `UTC` and `Etc/GMT+3` are of none. */
const isPlace = (timeZone: string): boolean => timeZone.includes("/") && !timeZone.startsWith("Etc/")

/**
 * The number that calls an ambulance where a phone is: by its time zone, else by the region of its language, else 112, which mobile phones of most
 * networks understand anywhere.
 */
export const emergencyNumber = (timeZone: string | undefined, languages: readonly string[]): string => {
  if (timeZone !== undefined && isPlace(timeZone)) return numberOf(countryOf(timeZone) ?? "")
  for (const tag of languages) {
    const [, region] = /^[a-z]{2,3}(?:-[A-Z][a-z]{3})?-([A-Z]{2})\b/.exec(tag) ?? []
    if (region !== undefined) return numberOf(region)
  }
  return "112"
}

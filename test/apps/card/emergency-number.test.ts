import { describe, expect, it } from "vitest"
import { emergencyNumber } from "../../../apps/card/emergency-number.ts"
import { numberCountries, zoneNames } from "../../../apps/card/emergency-zones.ts"

describe("the number that calls an ambulance", () => {
  it.each([
    ["Europe/Athens", "112"],
    ["Europe/Berlin", "112"],
    ["Europe/London", "999"],
    ["Europe/Oslo", "113"],
    ["Europe/Belgrade", "194"],
    ["America/New_York", "911"],
    ["America/Argentina/Buenos_Aires", "911"],
    ["America/Buenos_Aires", "911"],
    ["America/Sao_Paulo", "192"],
    ["Asia/Tokyo", "119"],
    ["Asia/Seoul", "119"],
    ["Asia/Calcutta", "112"],
    ["Asia/Saigon", "115"],
    ["Australia/Sydney", "000"],
    ["Pacific/Auckland", "111"],
    ["Pacific/Truk", "911"],
    ["Africa/Johannesburg", "112"],
  ])("in %s is %s, whatever language the phone speaks", (zone, number) => {
    expect(emergencyNumber(zone, ["en-US", "ja-JP"])).toBe(number)
  })

  it.each([
    ["UTC", ["en-US"], "911"],
    ["Etc/GMT-2", ["de", "zh-Hans-CN"], "120"],
    [undefined, ["el-GR"], "112"],
    [undefined, ["en"], "112"],
    [undefined, [], "112"],
  ])(
    "goes by the region of the phone's language where its clock is of no place: %s, %j is %s",
    (zone, languages, number) => {
      expect(emergencyNumber(zone, languages)).toBe(number)
    },
  )

  it("stands once for each country, and each zone is of one country that has a number", () => {
    const countries = Object.values(numberCountries).flatMap((each) => each.split(" "))
    expect(new Set(countries).size).toBe(countries.length)
    expect(Object.keys(numberCountries).every((number) => /^\d{2,4}$/.test(number))).toBe(true)
    const placed = Object.entries(zoneNames).flatMap(([area, of]) =>
      Object.entries(of).flatMap(([country, names]) =>
        names.split(" ").map((name) => [`${area}/${name}`, country] as const),
      ),
    )
    expect(new Set(placed.map(([zone]) => zone)).size).toBe(placed.length)
    expect(placed.filter(([, country]) => !countries.includes(country))).toEqual([])
    // Every one is a zone that the platform knows.
    for (const [zone] of placed) expect(() => new Intl.DateTimeFormat("en", { timeZone: zone }), zone).not.toThrow()
  })
})

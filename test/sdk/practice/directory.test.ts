import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { duplicatesOf } from "../../../sdk/practice/duplicates.ts"
import { mergedInto, takenApart } from "../../../sdk/practice/merged-entries.ts"
import { resultLines } from "../../../sdk/practice/result-lines.ts"
import { directoryOf, entryOf, named, namesFound } from "../../kit/entries.ts"

const greeks = directoryOf(
  named("Παπαδόπουλος", "Γεώργιος", { birthDate: "1957-12-24", phones: ["+30 210 123 4567", "697 000 1122"] }),
  named("Παπαδοπούλου", "Ευαγγελία", { birthDate: "1962-03-04" }),
  named("Λάμπρου", "Χρήστος", { birthDate: "1957-01-02", fileNumber: "A-1042" }),
  named("Οικονόμου", "Αλέξανδρος", { identifiers: [{ system: "urn:amka", value: "31017001999" }] }),
  named("Θεοδωράκης", "Ηλίας"),
)
const latins = directoryOf(
  named("Smith", "John", { birthDate: "1980-05-06", phones: ["07700 900123"] }),
  named("Smithers", "Joan"),
  named("O'Brien", "Anna-Maria", { birthDate: "1980-06-05" }),
  named("Müller", "Jürgen"),
)

describe("names", () => {
  test("a name is found with and without its accents, in any case, and with either sigma", () => {
    for (const typed of ["Παπαδόπουλος", "παπαδοπουλος", "ΠΑΠΑΔΟΠΟΥΛΟΣ", "παπαδοπουλοσ", "παπαδό"])
      expect(namesFound(greeks, typed)).toContain("Παπαδόπουλος Γεώργιος")
    for (const typed of ["Müller", "muller", "MÜLLER", "mu\u0308ller", "Mueller"])
      expect(namesFound(latins, typed)).toEqual(["Müller Jürgen"])
  })

  test("a full name in one box is found in any order of its words", () => {
    for (const typed of ["Γεώργιος Παπαδόπουλος", "Παπαδόπουλος Γεώργιος", "γεωρ παπ"])
      expect(namesFound(greeks, typed)).toEqual(["Παπαδόπουλος Γεώργιος"])
    expect(namesFound(latins, "joh smi")).toEqual(["Smith John"])
  })

  test("beginnings of words are enough, and each letter that is typed narrows what is found", () => {
    expect(namesFound(latins, "smit")).toEqual(["Smith John", "Smithers Joan"])
    expect(namesFound(latins, "smithe")).toEqual(["Smithers Joan"])
    // Not within a word: "mit" begins none.
    expect(namesFound(latins, "mit")).toEqual([])
  })

  test("a name of several parts is found by each part, and typed as one word", () => {
    for (const typed of ["o'brien", "obrien", "brien", "maria", "annamaria", "anna maria", "o’brien"])
      expect(namesFound(latins, typed)).toEqual(["O'Brien Anna-Maria"])
  })

  test("a Greek name is found by every usual spelling of it in Latin letters", () => {
    const spellings: Record<string, readonly string[]> = {
      "Παπαδόπουλος Γεώργιος": ["papadopoulos georgios", "papadopoylos", "papadopulos", "georgios"],
      "Παπαδοπούλου Ευαγγελία": ["evangelia", "euaggelia", "eyaggelia", "evaggelia"],
      "Λάμπρου Χρήστος": ["lamprou", "labrou", "lambroy", "christos", "xristos", "hristos", "xrhstos"],
      "Οικονόμου Αλέξανδρος": ["oikonomou", "ikonomou", "alexandros", "aleksandros"],
      "Θεοδωράκης Ηλίας": ["theodorakis", "8eodwrakhs", "ilias", "hlias"],
    }
    for (const [name, typed] of Object.entries(spellings))
      for (const each of typed) expect([each, namesFound(greeks, each)]).toEqual([each, [name]])
  })

  test("a name in Latin letters is found by its spelling in Greek ones", () => {
    expect(namesFound(directoryOf(named("Papadopoulos", "Christos")), "Παπαδόπουλος Χρ")).toEqual([
      "Papadopoulos Christos",
    ])
  })

  test("a name is found after each letter that is typed of it in the other letters", () => {
    for (const typed of ["lamprou", "christos", "alexandros", "evangelia", "theodorakis"])
      for (let length = 2; length <= typed.length; length++)
        expect([typed.slice(0, length), greeks.search(typed.slice(0, length)).count > 0]).toEqual([
          typed.slice(0, length),
          true,
        ])
  })

  test("what was typed comes before what only sounds like it", () => {
    const both = directoryOf(named("Ιωάννου", "Μαρία"), named("Ioannou", "Maria"))
    expect(both.search("ioannou").hits.map(({ manner }) => manner)).toEqual(["as-written", "in-other-letters"])
    expect(both.search("ιωαννου").hits.map(({ entry, manner }) => [entry.names[0]?.family, manner])).toEqual([
      ["Ιωάννου", "as-written"],
      ["Ioannou", "in-other-letters"],
    ])
  })

  test("one typo is forgiven, and said to be one, only where nothing else is found", () => {
    for (const typed of ["Smiht", "Smoth", "Smiith", "mith john", "jhon smith"])
      expect(latins.search(typed).hits.map(({ entry, manner }) => [entry.names[0]?.given, manner])).toContainEqual([
        "John",
        "with-one-typo",
      ])
    expect(latins.search("smith").hits.every(({ manner }) => manner === "as-written")).toBe(true)
    for (const typed of ["Παπαδοπυολος", "papadopuolos georgios"])
      expect(namesFound(greeks, typed)).toContain("Παπαδόπουλος Γεώργιος")
  })

  test("two typos, and one in a word of three letters, find nothing", () => {
    for (const typed of ["Smxxh", "jhon smiht", "jxn"]) expect(latins.search(typed)).toEqual({ hits: [], count: 0 })
  })

  test("nothing typed finds nobody", () => {
    for (const typed of ["", "   ", "-", "'"]) expect(greeks.search(typed)).toEqual({ hits: [], count: 0 })
  })
})

describe("numbers and dates", () => {
  test("a telephone is found by its last digits, and by the whole in any spelling, whichever of both it is", () => {
    for (const typed of [
      "4567",
      "210 1234567",
      "2101234567",
      "+302101234567",
      "0030 210-123-4567",
      "1122",
      "6970001122",
    ])
      expect([typed, namesFound(greeks, typed)]).toEqual([typed, ["Παπαδόπουλος Γεώργιος"]])
    for (const typed of ["+44 7700 900123", "07700900123", "7700900123", "900 123", "(07700) 900-123"])
      expect([typed, namesFound(latins, typed)]).toEqual([typed, ["Smith John"]])
  })

  test("a file's number and a national number are found by their digits, with and without letters and hyphens", () => {
    for (const typed of ["A-1042", "a1042", "A 1042", "1042"])
      expect([typed, namesFound(greeks, typed)]).toEqual([typed, ["Λάμπρου Χρήστος"]])
    expect(namesFound(greeks, "31017001999")).toEqual(["Οικονόμου Αλέξανδρος"])
    expect(namesFound(greeks, "01999")).toEqual(["Οικονόμου Αλέξανδρος"])
  })

  test("a date of birth is found however it is written", () => {
    const ways = [
      "24.12.1957",
      "24/12/1957",
      "12/24/1957",
      "1957-12-24",
      "24 12 1957",
      "24121957",
      "19571224",
      "24.12.57",
      "24-12-57",
      "24 Dec 1957",
      "December 24, 1957",
      "24 Δεκεμβρίου 1957",
      "24/12",
      "12.1957",
      "1957-12",
    ]
    for (const typed of ways) expect([typed, namesFound(greeks, typed)]).toEqual([typed, ["Παπαδόπουλος Γεώργιος"]])
  })

  test("a date whose day could be its month is read both ways, and a year finds all who were born in it", () => {
    expect(namesFound(latins, "5/6/1980").toSorted()).toEqual(["O'Brien Anna-Maria", "Smith John"])
    expect(namesFound(greeks, "1957").toSorted()).toEqual(["Λάμπρου Χρήστος", "Παπαδόπουλος Γεώργιος"])
  })

  test("a name, a year and the end of a telephone narrow one another", () => {
    expect(namesFound(greeks, "papa 1957 4567")).toEqual(["Παπαδόπουλος Γεώργιος"])
    expect(namesFound(greeks, "παπ 1962")).toEqual(["Παπαδοπούλου Ευαγγελία"])
    expect(namesFound(greeks, "παπ 1962 4567")).toEqual([])
  })

  test("the name of a month is a name where no number stands beside it", () => {
    const may = directoryOf(named("May", "Mary", { birthDate: "1990-01-01" }))
    expect(namesFound(may, "may")).toEqual(["May Mary"])
    expect(namesFound(may, "may 1990")).toEqual(["May Mary"])
  })
})

describe("entries", () => {
  test("of one file the entry with the higher version stays, whatever order they come in", () => {
    const old = named("Before", "Maria")
    const renamed = { ...old, version: 2, names: [{ family: "After", given: "Maria" }] }
    for (const order of [
      [old, renamed],
      [renamed, old],
    ]) {
      const directory = directoryOf(...order)
      expect(namesFound(directory, "maria")).toEqual(["After Maria"])
      expect(namesFound(directory, "before")).toEqual([])
    }
  })

  test("a deleted file isn't found, and is found again when the deletion is undone", () => {
    const entry = named("Gone", "Anna")
    const directory = directoryOf(entry)
    directory.add([{ ...entry, version: 2, deletedAt: "2026-11-28T10:00:00.000Z" }])
    expect(directory.search("gone").count).toBe(0)
    directory.add([{ ...entry, version: 3 }])
    expect(directory.search("gone").count).toBe(1)
    directory.remove(entry.fileId)
    expect(directory.search("gone").count).toBe(0)
  })

  test("entries that come one by one are found in the same order as all at once", () => {
    const one = fc.record({
      family: fc.constantFrom("Smith", "Smithson", "Smits", "Σμιθ"),
      given: fc.constantFrom("Ann", "Bob"),
    })
    fc.assert(
      fc.property(fc.array(one, { maxLength: 12 }), (people) => {
        const entries = people.map(({ family, given }) => named(family, given))
        const slowly = directoryOf()
        for (const entry of entries) {
          slowly.search("smi")
          slowly.add([entry])
        }
        expect(slowly.search("smi")).toEqual(directoryOf(...entries).search("smi"))
      }),
    )
  })

  test("everybody is found by any beginnings of the words of their name, in any order", () => {
    const word = fc.stringMatching(/^[a-zα-ωß-öø-ÿ]{2,9}$/u)
    fc.assert(
      fc.property(word, word, fc.boolean(), fc.nat(7), (family, given, turned, cut) => {
        const entry = named(family, given)
        const parts = [family, given].map((part) => part.slice(0, Math.max(1, part.length - cut)))
        const typed = (turned ? parts.toReversed() : parts).join(" ").toUpperCase()
        const { hits } = directoryOf(entry, named("Other", "Person")).search(typed)
        expect(hits.map((hit) => hit.entry)).toContain(entry)
      }),
    )
  })

  test("whatever is typed, a search answers", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (typed) => {
        expect(greeks.search(typed).count).toBeLessThanOrEqual(5)
      }),
    )
  })
})

describe("result lines", () => {
  test("two hundred John Smiths have lines that differ", () => {
    const smiths = Array.from({ length: 200 }, (_, i) =>
      named("Smith", "John", {
        sex: "male",
        ...(i % 2 === 0 ? { birthDate: `19${String(i % 80).padStart(2, "0")}-01-01` } : {}),
        ...(i % 3 === 0 ? { lastVisit: "2026-11-01" } : {}),
      }),
    )
    const lines = resultLines(smiths).map((line) => JSON.stringify({ ...line, fileId: "" }))
    expect(new Set(lines).size).toBe(200)
  })

  test("a line has the date of birth, the last visit, the file's number and a telephone", () => {
    const shown = { birthDate: "1980-05-06", lastVisit: "2026-10-01", fileNumber: "17", sex: "male" } as const
    const [line] = resultLines([named("Smith", "John", { ...shown, phones: ["07700 900123", "020 1"] })])
    expect(line).toMatchObject({ name: "Smith John", ...shown, phone: "07700 900123" })
    expect(line?.aside).toBeUndefined()
  })

  test("where two lines would read alike, each says what only its own entry has", () => {
    const one = named("Smith", "John", { phones: ["1", "22"] })
    const other = named("Smith", "John", { phones: ["1"], identifiers: [{ value: "NHS 7" }] })
    expect(resultLines([one, other]).map(({ aside }) => aside)).toEqual(["22", "NHS 7"])
  })

  test("somebody whom nobody has identified has a line without a name", () => {
    const [line] = resultLines([entryOf({ fileNumber: "X-1" })])
    expect(line).toEqual({ fileId: line?.fileId, sex: "unknown", fileNumber: "X-1" })
  })
})

describe("duplicates", () => {
  const known = named("Παπαδόπουλος", "Γεώργιος", {
    birthDate: "1957-12-24",
    phones: ["+30 210 1234567"],
    identifiers: [{ system: "urn:amka", value: "24125701234" }],
  })
  const directory = directoryOf(known, named("Παπαδόπουλος", "Νίκος", { birthDate: "1957-12-24" }))
  const reasons = (said: Parameters<typeof entryOf>[0]) =>
    duplicatesOf(entryOf(said), directory).map(({ entry, because }) => [entry.names[0]?.given, because])

  test("a person who is typed in again is warned of, in another spelling and other letters too", () => {
    const same = [["Γεώργιος", ["same-name", "same-birth-date"]]]
    expect(reasons({ names: [{ family: "Papadopoulos", given: "Georgios" }], birthDate: "1957-12-24" })).toEqual(same)
    expect(reasons({ names: [{ family: "ΓΕΩΡΓΙΟΣ", given: "παπαδοπουλος" }], birthDate: "1957-12-24" })).toEqual(same)
    expect(reasons({ names: [{ family: "Παπαδόπουλοσ", given: "Γεόργιος" }], birthDate: "1957-12-24" })[0]?.[0]).toBe(
      "Γεώργιος",
    )
  })

  test("a name with day and month exchanged, or one digit wrong, is warned of", () => {
    const names = [{ family: "Παπαδόπουλος", given: "Γεώργιος" }]
    expect(reasons({ names, birthDate: "1957-12-25" })).toEqual([["Γεώργιος", ["same-name", "similar-birth-date"]]])
    const may = directoryOf(named("Doe", "Jo", { birthDate: "1980-05-06" }))
    const draft = named("Doe", "Jo", { birthDate: "1980-06-05" })
    expect(duplicatesOf(draft, may)[0]?.because).toEqual(["same-name", "similar-birth-date"])
  })

  test("the same national number is warned of whatever the name, and the same digits of another system aren't", () => {
    const names = [{ family: "Other", given: "Person" }]
    expect(reasons({ names, identifiers: [{ system: "urn:amka", value: "241257-01234" }] })).toEqual([
      ["Γεώργιος", ["same-number"]],
    ])
    expect(reasons({ names, identifiers: [{ system: "urn:other", value: "24125701234" }] })).toEqual([])
  })

  test("kin of one surname, twins and people of one telephone aren't warned of", () => {
    expect(reasons({ names: [{ family: "Παπαδόπουλος", given: "Ελένη" }], birthDate: "1957-12-24" })).toEqual([])
    expect(reasons({ names: [{ family: "Άλλος", given: "Ένας" }], phones: ["210 1234567"] })).toEqual([])
  })

  test("a name alone is warned of while no date of birth is typed, and not once another one is", () => {
    const names = [{ family: "Παπαδόπουλος", given: "Γεώργιος" }]
    expect(reasons({ names })).toEqual([["Γεώργιος", ["same-name"]]])
    expect(reasons({ names, birthDate: "2001-02-03" })).toEqual([])
  })

  test("people of one name are allowed: a warning is a list, and an entry is its own duplicate never", () => {
    const smiths = [named("Smith", "John"), named("Smith", "John"), named("Smith", "John")]
    const all = directoryOf(...smiths)
    expect(duplicatesOf(smiths[0]!, all).map(({ entry }) => entry)).toEqual(
      [smiths[1], smiths[2]].toSorted((one, other) => (one!.fileId < other!.fileId ? -1 : 1)),
    )
  })
})

describe("merged files", () => {
  const two = () => {
    const [one, other] = [named("Smith", "John"), named("Smyth", "Jon")]
    return { one, other, directory: directoryOf(one, other) }
  }

  test("the other file's name leads to the one it was merged into, and says through which", () => {
    const { one, other, directory } = two()
    directory.add([mergedInto(directory, other.fileId, one.fileId)!])
    const [hit, ...others] = directory.search("smyth").hits
    expect([hit?.entry.fileId, hit?.through?.fileId, others]).toEqual([one.fileId, other.fileId, []])
    expect(directory.search("sm").count).toBe(1)
  })

  test("a merge is undone for good: both are what they were, and the merge that comes late again changes nothing", () => {
    const { one, other, directory } = two()
    const merge = mergedInto(directory, other.fileId, one.fileId)!
    directory.add([merge])
    const undone = takenApart(directory, other.fileId)!
    directory.add([undone, merge])
    expect(undone).toEqual({ ...other, version: 3 })
    expect(directory.search("smyth").hits).toEqual([{ entry: undone, manner: "as-written" }])
    expect(directory.get(one.fileId)).toEqual(one)
    expect(takenApart(directory, other.fileId)).toBeUndefined()
  })

  test("a file is not merged into itself, into one that leads to it, nor into one that was deleted", () => {
    const { one, other, directory } = two()
    expect(mergedInto(directory, one.fileId, one.fileId)).toBeUndefined()
    directory.add([mergedInto(directory, other.fileId, one.fileId)!])
    expect(mergedInto(directory, one.fileId, other.fileId)).toBeUndefined()
    const gone = named("Gone", "Ann", { deletedAt: "2026-11-28T10:00:00.000Z" })
    directory.add([gone])
    expect(mergedInto(directory, one.fileId, gone.fileId)).toBeUndefined()
    expect(mergedInto(directory, one.fileId, "AAAAAAAAAAAAAAAAAAAAAA")).toBeUndefined()
  })

  test("two files that two devices merged into each other both stay to be found", () => {
    const { one, other, directory } = two()
    directory.add([
      { ...one, version: 2, mergedInto: other.fileId },
      { ...other, version: 2, mergedInto: one.fileId },
    ])
    expect(
      directory
        .search("sm")
        .hits.map(({ entry }) => entry.fileId)
        .toSorted(),
    ).toEqual([one.fileId, other.fileId].toSorted())
  })

  test("a chain of merges leads to its end, and to the last file that is there", () => {
    const [a, b, c] = [named("A", "A"), named("B", "B"), named("C", "C")]
    const directory = directoryOf({ ...a, mergedInto: b.fileId }, { ...b, mergedInto: c.fileId }, c)
    expect(directory.standingFor(a.fileId)).toEqual(c)
    directory.add([{ ...c, version: 2, deletedAt: "2026-11-28T10:00:00.000Z" }])
    expect(directory.standingFor(a.fileId)?.fileId).toBe(b.fileId)
  })
})

import { beforeAll, describe, expect, test } from "vitest"
import { openArchive, plainArchive, sealedArchive } from "../../../sdk/practice/archive.ts"
import { readPracticeTrail } from "../../../sdk/practice/audit-trail.ts"
import { csvTemplate, guessMapping, patientsInCsv, readCsv, writeCsv } from "../../../sdk/practice/csv.ts"
import { Directory } from "../../../sdk/practice/directory.ts"
import { importPatients, previewImport } from "../../../sdk/practice/import.ts"
import type { Practice } from "../../../sdk/practice/practice.ts"
import { confirmationCode } from "../../fakes/accounts.ts"
import { named } from "../../kit/entries.ts"
import { cloudAddress, type MemoryNetwork, memoryNetwork } from "../../kit/memory-network.ts"
import { over } from "../../kit/network.ts"
import { fullPractice } from "../../kit/practices.ts"

const options = { dates: "day-first", today: "2026-11-29", system: "urn:example:old" } as const
const read = (text: string, more: Partial<Parameters<typeof patientsInCsv>[2]> = {}) => {
  const table = readCsv(text)
  return patientsInCsv(table, guessMapping(table.header), { ...options, ...more })
}
const outcomes = (rows: ReturnType<typeof previewImport>) => rows.map(({ outcome }) => outcome)

describe("a table of patients", () => {
  test("is read by the names of its columns, in English or Greek, with commas, semicolons or quotes", () => {
    expect(
      read('\uFEFFΕπώνυμο;Όνομα;Ημερομηνία γέννησης;Φύλο;ΑΜΚΑ\r\n"Παπα;δόπουλος";Γεώργιος;24/12/1957;Άνδρας;00001\r\n')
        .patients,
    ).toEqual([
      {
        at: 1,
        said: {
          names: [{ family: "Παπα;δόπουλος", given: "Γεώργιος" }],
          birthDate: "1957-12-24",
          sex: "male",
          identifiers: [{ system: "urn:example:old", value: "00001" }],
          phones: [],
        },
      },
    ])
  })

  test("has dates by their days as the person says, years alone, and ages that are estimates", () => {
    const birth = (written: string, dates: "day-first" | "month-first" = "day-first") =>
      read(`family,birthDate\nA,${written}\n`, { dates }).patients[0]?.said.birthDate
    expect(birth("1957-12-24")).toBe("1957-12-24")
    expect(birth("3.4.1957")).toBe("1957-04-03")
    expect(birth("3/4/1957", "month-first")).toBe("1957-03-04")
    expect(birth("1957")).toBe("1957")
    expect(read("family,age\nA,60\n").patients[0]?.said).toMatchObject({ birthDate: "1966", isEstimated: true })
  })

  test("has each row that isn't understood refused, by its place and column, and guesses nothing", () => {
    const { refused, patients } = read(
      ["Surname,birthDate,age,sex", "A,31/02/1957,,", "B,1/1/2999,,", "C,,200,", "D,,,x", ",,,f", "E,1", "F,,,f"].join(
        "\n",
      ),
    )
    expect(refused).toEqual([
      { at: 6, field: "", fault: "columns-differ" },
      { at: 1, field: "birthDate", fault: "date-impossible" },
      { at: 2, field: "birthDate", fault: "date-impossible" },
      { at: 3, field: "age", fault: "age-impossible" },
      { at: 4, field: "sex", fault: "sex-unknown" },
      { at: 5, field: "Surname", fault: "name-missing" },
    ])
    expect(patients.map(({ at }) => at)).toEqual([7])
  })

  test("of a broken quotation refuses its row", () => {
    expect(read('family,given\nA,"x" y\nB,z\n').refused.map(({ fault }) => fault)).toContain("quotes-broken")
  })

  test("is written one row a patient, read back as the same, and no cell is a formula", () => {
    const entries = [
      { ...named("Smith", "John"), birthDate: "1957-12-24", sex: "male" as const, phones: ["1", "2"] },
      named("=1+1", "Jane"),
    ]
    const written = writeCsv(entries)
    expect(written.split("\r\n")[0]).toBe(csvTemplate.trim())
    const [one, other] = read(written).patients
    expect(one?.said).toEqual({
      names: entries[0]?.names,
      birthDate: "1957-12-24",
      sex: "male",
      identifiers: [],
      phones: ["1", "2"],
    })
    expect(other?.said.names[0]?.family).toBe("'=1+1")
  })
})

describe("an import", () => {
  let net: MemoryNetwork
  let practice: Practice
  const code = async () => confirmationCode
  beforeAll(async () => {
    net = await memoryNetwork()
    practice = await over(net.network, async () => {
      const opened = await fullPractice(cloudAddress, "import@example.org", net.physician, code)
      return opened.practice
    })
  })
  // The second has no number: she is known again by all that is said of her.
  const table = "family,given,birthDate,number\nDoe,Jane,1.2.1950,1\nRoe,Ann,3.4.1960,\nSmith,John,,3\n"

  test("says before what it will do, and changes nothing where one row is refused", async () => {
    await over(net.network, async () => {
      const rows = previewImport(practice.directory, read(table).patients, [
        { at: 4, field: "sex", fault: "sex-unknown" },
      ])
      expect(outcomes(rows)).toEqual(["new", "new", "similar", "refused"])
      await expect(importPatients(practice, rows)).rejects.toMatchObject({ code: "request-invalid" })
      expect([...practice.directory.entries()]).toHaveLength(1)
    })
  })

  test("that is interrupted is gone on with by the same once more, and a second run doubles nobody", async () => {
    await over(net.network, async () => {
      const preview = () => previewImport(practice.directory, read(table).patients)
      let done = 0
      const failing = importPatients(practice, preview(), (count) => {
        done = count
        if (count === 1) throw new Error("the network is gone")
      })
      await expect(failing).rejects.toThrow("the network is gone")
      expect(done).toBe(1)
      expect(outcomes(preview())).toEqual(["known", "new", "similar"])
      await importPatients(practice, preview())
      expect(outcomes(preview())).toEqual(["known", "known", "known"])
      expect(await importPatients(practice, preview())).toEqual([])
      expect([...practice.directory.entries()]).toHaveLength(4)
    })
  })

  test("refuses somebody who stands twice in it, and a name that is too long", () => {
    const twice = previewImport(new Directory(), read("family,number\nA,1\nB,1\n").patients)
    expect(outcomes(twice)).toEqual(["new", "refused"])
    expect(outcomes(previewImport(new Directory(), read(`family\n${"x".repeat(121)}\n`).patients))).toEqual(["refused"])
  })

  test("is given out whole, sealed or plain, and both are told", async () => {
    await over(net.network, async () => {
      const { phrase, lines } = sealedArchive(practice)
      let text = ""
      for await (const line of lines) text += line
      const files = await openArchive(text, phrase)
      expect(files).toHaveLength(4)
      expect(text).not.toContain("Smith")
      const [smith] = files.filter(({ contents }) => contents.length > 0)
      expect(new TextDecoder().decode(smith?.contents[0])).toContain("of John Smith")
      const part = text.split("\n").slice(0, 2).join("\n")
      for (const wrong of [part, text.split("\n").toReversed().join("\n")])
        await expect(openArchive(wrong, phrase)).rejects.toMatchObject({ code: "record-unreadable" })
      let plain = ""
      for await (const line of plainArchive(practice)) plain += line
      expect(
        plain
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line).entry.names[0].family),
      ).toEqual(files.map(({ entry }) => entry.names[0]?.family))
      const { events } = await readPracticeTrail(practice)
      expect(events.filter(({ action }) => action === "export")).toHaveLength(2)
    })
  })
})

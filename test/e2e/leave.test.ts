import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import en from "../../apps/ehr/words/en.ts"
import hcpEn from "../../apps/hcp/words/en.ts"
import { expectQuiet, openApp, shared, startBrowser } from "./browser.ts"
import { button, heading, newPatient, type Patient, patient, professional } from "./people.ts"

let browser: Browser
let someone: Patient
beforeAll(async () => {
  browser = await startBrowser()
  someone = await newPatient()
})
afterAll(() => browser.close())

/** How many values the page's origin keeps in all its databases. */
const keptBy = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    const done = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.addEventListener("success", () => resolve(request.result))
        request.addEventListener("error", () => reject(request.error ?? new Error("no database")))
      })
    let count = 0
    for (const { name = "" } of await indexedDB.databases()) {
      const database = await done(indexedDB.open(name))
      for (const store of database.objectStoreNames)
        count += await done(database.transaction(store).objectStore(store).count())
      database.close()
    }
    return count
  })

const removesRecord = async (page: Page): Promise<void> => {
  await patient.goesTo(page, "account")
  await button(page, en.account.leave).click()
  await page.getByRole("dialog").getByRole("button", { name: en.account.leaveConfirm, exact: true }).click()
}

/** What a page of an older app does: it opens the database, and hears nothing. */
const holdsDatabase = (page: Page, name: string): Promise<void> =>
  page.evaluate(
    (wanted) =>
      new Promise<void>((resolve, reject) => {
        const request = indexedDB.open(wanted)
        request.addEventListener("success", () => {
          Object.assign(globalThis, { held: request.result })
          resolve()
        })
        request.addEventListener("error", () => reject(request.error ?? new Error("no database")))
      }),
    name,
  )

describe("removing a patient's record from a device", () => {
  test("with the app open in a second tab takes it from both, and both show the start", async () => {
    const opened = await openApp(browser, "ehr")
    const { page, context } = opened
    await patient.arrives(page, someone)
    const second = await context.newPage()
    await second.goto(shared.apps.ehr)
    await heading(second, en.record.title).waitFor()
    await patient.signsIn(second, someone.login)
    await second
      .getByRole("link", { name: /^Patient summary/ })
      .first()
      .waitFor()
    expect(await keptBy(page)).toBeGreaterThan(1)

    await removesRecord(page)
    for (const each of [page, second]) {
      await heading(each, en.welcome.title).waitFor()
      expect(new URL(each.url()).pathname).toBe("/")
    }
    expect(await keptBy(page)).toBe(0)
    expect(await keptBy(second)).toBe(0)
    // Neither the page that stays nor one that is opened later has it.
    await page.close()
    await second.reload()
    await heading(second, en.welcome.title).waitFor()
    await patient.arrives(second, someone)
    expectQuiet(opened)
    await context.close()
  })

  test("in the middle of a sign-up in a second tab leaves no phrase and no account there", async () => {
    const { page, context } = await openApp(browser, "ehr")
    const second = await context.newPage()
    await second.goto(`${shared.apps.ehr}/sign-up`)
    await patient.arrives(page, someone)
    await second.getByLabel(en.login.email).fill("typed@example.org")
    await removesRecord(page)
    await heading(second, en.welcome.title).waitFor()
    await second.goto(`${shared.apps.ehr}/sign-up`)
    expect(await second.getByLabel(en.login.email).inputValue()).toBe("")
    await context.close()
  })

  test("ends although a tab keeps the database open and hears nothing, and keeps nothing in it", async () => {
    const { page, context } = await openApp(browser, "ehr")
    await patient.arrives(page, someone)
    const [deaf] = await Promise.all([
      context.waitForEvent("page"),
      page.evaluate(() => {
        window.open("about:blank")
      }),
    ])
    await holdsDatabase(deaf, "ehr-cloud-patient")
    await removesRecord(page)
    await heading(page, en.welcome.title).waitFor()
    const left = await deaf.evaluate(async () => {
      const { held } = globalThis as unknown as { held: IDBDatabase }
      const counts = [...held.objectStoreNames].map(
        (store) =>
          new Promise<number>((resolve) => {
            const request = held.transaction(store).objectStore(store).count()
            request.addEventListener("success", () => resolve(request.result))
          }),
      )
      return Promise.all(counts)
    })
    expect(left.length).toBeGreaterThan(0)
    expect(left.filter((count) => count > 0)).toEqual([])
    await deaf.close()
    await page.reload()
    await heading(page, en.welcome.title).waitFor()
    await context.close()
  })
})

test("removing a professional's certificate takes it from a second tab, and closes the record that is open there", async () => {
  const opened = await openApp(browser, "hcp")
  const { page, context } = opened
  await professional.loadsCertificate(page, "physician")
  const second = await context.newPage()
  await second.goto(shared.apps.hcp)
  await professional.opens(second, someone.card)
  await button(page, hcpEn.certificate.remove).click()
  await page.getByRole("dialog").getByRole("button", { name: hcpEn.certificate.remove, exact: true }).click()
  for (const each of [page, second]) await heading(each, hcpEn.certificate.title).waitFor()
  expect(await second.getByText("Papadaki").count()).toBe(0)
  expect(await keptBy(second)).toBe(0)
  expectQuiet(opened)
  await context.close()
})

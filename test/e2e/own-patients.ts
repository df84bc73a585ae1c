import type { Browser, Page } from "playwright-core"
import en from "../../apps/practice/words/en.ts"
import type { Login } from "../../local/local-cloud.ts"
import { confirmationCode } from "../../local/mailbox.ts"
import { type Opened, openApp, shared } from "./browser.ts"
import { type CertificateName, certificatePassword } from "./local-apps.ts"
import { button, heading, newLogin } from "./people.ts"

const engine = { ...shared.engine, stop: async () => {} }

/** A name, a day of birth as it is typed, and what else is told of somebody new. */
export interface Told {
  readonly family: string
  readonly given?: string
  readonly birthDate?: string
  readonly phone?: string
  readonly fileNumber?: string
  readonly sex?: keyof typeof en.person.sexes
}

const field = (page: Page, name: string) => page.getByLabel(name, { exact: true })
const goes = (page: Page, name: keyof Omit<typeof en.places, "label">) =>
  page.getByRole("navigation", { name: en.places.label }).getByRole("link", { name: en.places[name] }).click()

export const doctor = {
  goes,

  /** Certificate, password, phrase, its check, the code from the mailbox; returns the phrase as it was shown. */
  async opensPractice(page: Page, login: Login, certificate: CertificateName = "physician"): Promise<string> {
    await page.getByRole("link", { name: en.welcome.create }).click()
    await heading(page, en.signUp.title).waitFor()
    await page.locator('input[type="file"]').setInputFiles(shared.certificates[certificate])
    await field(page, en.signUp.filePassword).fill(certificatePassword)
    await field(page, en.login.email).fill(login.email)
    await field(page, en.signUp.password).fill(login.password)
    await button(page, en.signUp.go).click()
    await heading(page, en.phrase.title).waitFor()
    const words = await page.locator("ol.phrase li").allTextContents()
    await page.getByLabel(en.phrase.kept).check()
    await button(page, en.phrase.next).click()
    await heading(page, en.phrase.checkTitle).waitFor()
    for (const [place, word] of words.entries()) {
      const asked = field(page, en.phrase.word(place + 1))
      if ((await asked.count()) > 0) await asked.fill(word)
    }
    await button(page, en.phrase.correct).click()
    await doctor.confirms(page, login)
    return words.join(" ")
  },

  /** Types the code from the mailbox. */
  async typesCode(page: Page, { email }: Login): Promise<void> {
    await heading(page, en.confirm.title).waitFor()
    await field(page, en.confirm.code).fill(await confirmationCode(engine, email))
    await button(page, en.confirm.go).click()
  },

  /** The same, and is in the practice after that. */
  async confirms(page: Page, login: Login): Promise<void> {
    await doctor.typesCode(page, login)
    await heading(page, en.patients.title).waitFor()
  },

  async signsIn(page: Page, { email, password }: Login): Promise<void> {
    await field(page, en.login.email).fill(email)
    await field(page, en.login.password).fill(password)
    await button(page, en.login.signIn).click()
  },

  async types(page: Page, { family, given, birthDate, phone, fileNumber, sex }: Told): Promise<void> {
    await field(page, en.person.family).fill(family)
    if (given !== undefined) await field(page, en.person.given).fill(given)
    if (birthDate !== undefined) await field(page, en.person.birthDate).fill(birthDate)
    if (phone !== undefined) await field(page, en.person.phone).fill(phone)
    if (fileNumber !== undefined) await field(page, en.person.fileNumber).fill(fileNumber)
    if (sex !== undefined) await page.getByText(en.person.sexes[sex], { exact: true }).click()
  },

  /** Opens a file for somebody new, and is on it in the end. */
  async adds(page: Page, told: Told): Promise<void> {
    await goes(page, "add")
    await heading(page, en.person.newTitle).waitFor()
    await doctor.types(page, { birthDate: "1957", sex: "female", ...told })
    await button(page, en.person.save).click()
    await heading(page, en.file.title).waitFor()
  },

  /** Looks for somebody, and returns the lines that are shown. */
  async searches(page: Page, typed: string): Promise<string[]> {
    if (!(await heading(page, en.patients.title).isVisible())) await goes(page, "patients")
    await field(page, en.patients.search).fill(typed)
    const results = page.getByRole("region", { name: en.patients.results })
    await results.waitFor()
    return results.getByRole("link").allInnerTexts()
  },
}

/** A device with the app, and a practice that was opened on it. */
export const openPracticeApp = async (
  browser: Browser,
  options: Parameters<typeof openApp>[2] = {},
): Promise<Opened & { readonly login: Login; readonly phrase: string }> => {
  const opened = await openApp(browser, "practice", options)
  const login = newLogin()
  return { ...opened, login, phrase: await doctor.opensPractice(opened.page, login) }
}

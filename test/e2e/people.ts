import { readFile } from "node:fs/promises"
import type { Page } from "playwright-core"
import en from "../../apps/ehr/words/en.ts"
import hcpEn from "../../apps/hcp/words/en.ts"
import sharedEn from "../../apps/shared/words/en.ts"
import { scanCard } from "../../bin/ehr/scan-card.ts"
import type { Login } from "../../local/local-cloud.ts"
import { openAccountWithConsents } from "../../local/local-cloud.ts"
import { confirmationCode } from "../../local/mailbox.ts"
import { emergencyNote } from "../../local/samples/contribution.ts"
import { dicomStudy } from "../../local/samples/dicom.ts"
import { patientOf } from "../../local/samples/document.ts"
import { eleniPapadaki } from "../../local/samples/eleni-papadaki.ts"
import { utf8 } from "../../protocol/crypto/bytes.ts"
import type { Category } from "../../protocol/primitives.ts"
import { contribute } from "../../sdk/hcp/contribute.ts"
import type { Access } from "../../sdk/hcp/emergency-access.ts"
import { readPkcs12 } from "../../sdk/hcp/pkcs12.ts"
import { makeCard } from "../../sdk/patient/cards.ts"
import { uploadRecord } from "../../sdk/patient/records.ts"
import { accessBy as accessWith, cardIn } from "../kit/people.ts"
import { shared } from "./browser.ts"
import { type CertificateName, certificatePassword } from "./local-apps.ts"

const engine = { ...shared.engine, stop: async () => {} }
const [cloud] = shared.clouds

let people = 0
export const newLogin = (): Login => ({
  email: `patient-${process.pid}-${++people}@example.org`,
  password: "Correct-Horse-7-Battery",
})

export const summaryFile = { name: "summary.json", mimeType: "application/json", text: JSON.stringify(eleniPapadaki) }

/** A patient as the SDK makes one: a summary, a CT, both consents, a card. */
export const newPatient = async ({
  categories = ["summary", "imaging", "document"],
  summary = summaryFile.text,
}: {
  categories?: readonly Category[]
  summary?: string
} = {}) => {
  const login = newLogin()
  const { session, account } = await openAccountWithConsents(engine, cloud, login)
  await uploadRecord(session, {
    category: "summary",
    title: "Patient summary",
    contentType: "application/fhir+json",
    content: utf8(summary),
  })
  await uploadRecord(session, {
    category: "imaging",
    title: "CT chest",
    contentType: "application/dicom",
    content: new Uint8Array(dicomStudy({ patient: patientOf(eleniPapadaki) })),
  })
  const { text, cardId } = await makeCard(session, { hri: shared.hri, categories })
  return { login, session, card: text, cardId, recoveryPhrase: account.recoveryPhrase }
}
export type Patient = Awaited<ReturnType<typeof newPatient>>

/** An emergency access of a professional beside the app, as the SDK gets one. */
export const accessBy = async (certificate: CertificateName, card: string): Promise<Access> => {
  const file = new Uint8Array(await readFile(shared.certificates[certificate]))
  const opened = await readPkcs12(file, certificatePassword)
  if (opened.outcome !== "ok") throw new Error("the certificate can't be read")
  return accessWith(cardIn(card), opened.credential)
}

/** A note and an allergy that nobody knew of, which wait for the patient. */
export const addsNote = (access: Access) =>
  contribute(access, {
    category: "document",
    title: "Emergency department note",
    contentType: "application/fhir+json",
    content: utf8(JSON.stringify(emergencyNote(patientOf(eleniPapadaki)))),
  })

export const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true })
export const heading = (page: Page, name: string) => page.getByRole("heading", { name, exact: true })
const place = (page: Page, name: string) =>
  page.getByRole("navigation", { name: en.places.label }).getByRole("link", { name })

export const patient = {
  /** Credentials, phrase, its check, the code from the mailbox, both consents; returns the phrase as it was shown. */
  async signsUp(page: Page, login: Login): Promise<string> {
    const phrase = await patient.confirmsAccount(page, login)
    await patient.signsConsents(page)
    return phrase
  },

  /** The same as far as the code. */
  async confirmsAccount(page: Page, { email, password }: Login): Promise<string> {
    await page.getByRole("link", { name: en.welcome.create }).click()
    await page.getByLabel(en.login.email).fill(email)
    await page.getByLabel(en.login.newPassword, { exact: true }).fill(password)
    await button(page, en.signUp.go).click()
    await heading(page, en.phrase.title).waitFor()
    const words = await page.locator("ol.phrase li").allTextContents()
    await page.getByLabel(en.phrase.kept).check()
    await button(page, en.phrase.next).click()
    await heading(page, en.phrase.checkTitle).waitFor()
    await patient.provesPhrase(page, words)
    await heading(page, en.confirm.title).waitFor()
    await page.getByLabel(en.confirm.code).fill(await confirmationCode(engine, email))
    await button(page, en.confirm.go).click()
    return words.join(" ")
  },

  /** Types the words that are asked for. */
  async provesPhrase(page: Page, words: readonly string[]): Promise<void> {
    for (const [place, word] of words.entries()) {
      const field = page.getByLabel(en.phrase.word(place + 1), { exact: true })
      if ((await field.count()) > 0) await field.fill(word)
    }
    await button(page, en.phrase.correct).click()
  },

  async signsConsents(page: Page): Promise<void> {
    await heading(page, en.consents.title).waitFor()
    for (const { title } of Object.values(en.consents.kinds)) {
      const panel = page.getByRole("region", { name: title })
      await panel.getByRole("button", { name: new RegExp(`^${en.consents.sign}`) }).click()
      await panel.getByText(en.consents.states.active, { exact: true }).waitFor()
    }
    await page.getByRole("link", { name: en.consents.go }).click()
    await heading(page, en.record.title).waitFor()
  },

  /** On a device that has no keys yet. */
  async recovers(page: Page, { login, recoveryPhrase }: Pick<Patient, "login" | "recoveryPhrase">): Promise<void> {
    await page.getByRole("link", { name: en.welcome.recover }).click()
    await page.getByLabel(en.login.email).fill(login.email)
    await page.getByLabel(en.login.password, { exact: true }).fill(login.password)
    await page.getByLabel(en.recover.phrase).fill(recoveryPhrase)
    await page.getByLabel(en.recover.keepOthers).check()
    await button(page, en.recover.go).click()
  },

  /** Recovers, and goes on to the record. */
  async arrives(page: Page, who: Pick<Patient, "login" | "recoveryPhrase">): Promise<void> {
    await patient.recovers(page, who)
    await heading(page, en.consents.title).waitFor()
    await page.getByRole("link", { name: en.consents.go }).click()
    await heading(page, en.record.title).waitFor()
  },

  async signsIn(page: Page, { email, password }: Login): Promise<void> {
    await button(page, en.login.signIn).first().click()
    const dialog = page.getByRole("dialog")
    await dialog.getByLabel(en.login.email).fill(email)
    await dialog.getByLabel(en.login.password, { exact: true }).fill(password)
    await dialog.locator('button[type="submit"]').click()
  },

  goesTo: async (page: Page, name: keyof Omit<typeof en.places, "label">): Promise<void> => {
    await place(page, en.places[name]).click()
  },

  /** Chooses a file, leaves title and category as they are proposed, and sends it. */
  async adds(page: Page, file: string | { name: string; mimeType: string; buffer: Buffer }): Promise<void> {
    await patient.goesTo(page, "record")
    await page.getByRole("link", { name: en.record.add }).click()
    await heading(page, en.add.title).waitFor()
    await page.locator('input[type="file"]').setInputFiles(file)
    await button(page, en.add.go).click()
    await heading(page, en.record.title).waitFor()
  },

  /** Makes a card for these categories, and returns the text of the code on the screen, read from the screen. */
  async makesCard(page: Page, categories: readonly Category[]): Promise<string> {
    await patient.goesTo(page, "card")
    await heading(page, en.card.title).waitFor()
    await button(page, en.card.make).click()
    const dialog = page.getByRole("dialog", { name: en.card.makeTitle })
    for (const [category, name] of Object.entries(sharedEn.categories))
      await dialog
        .getByRole("checkbox", { name, exact: true })
        .setChecked(categories.some((wanted) => wanted === category))
    await dialog.getByRole("button", { name: en.card.go }).click()
    await dialog.waitFor({ state: "detached" })
    const opens = new Intl.ListFormat("en-GB").format(categories.map((category) => sharedEn.categories[category]))
    const picture = page.getByRole("img", { name: `${en.card.alt}. ${en.card.opensLine(opens)}`, exact: true })
    return scanCard(await picture.screenshot())
  },
}

export const professional = {
  async loadsCertificate(page: Page, certificate: CertificateName): Promise<void> {
    await heading(page, hcpEn.certificate.title).waitFor()
    await page.locator('input[type="file"]').setInputFiles(shared.certificates[certificate])
    await page.getByLabel(hcpEn.certificate.password, { exact: true }).fill(certificatePassword)
    await button(page, hcpEn.certificate.load).click()
    await heading(page, hcpEn.start.title).waitFor()
  },

  async pastes(page: Page, card: string): Promise<void> {
    await page.getByText(sharedEn.scan.paste).click()
    await page.getByLabel(sharedEn.scan.pasted).fill(card)
    await button(page, sharedEn.scan.read).click()
  },

  async showsPicture(page: Page, picture: Uint8Array | string): Promise<void> {
    const buffer = typeof picture === "string" ? await readFile(picture) : Buffer.from(picture)
    await page
      .locator('input[type="file"][accept^="image/png"]')
      .setInputFiles({ name: "card.png", mimeType: "image/png", buffer })
  },

  async confirms(page: Page): Promise<void> {
    await heading(page, hcpEn.confirm.title).waitFor()
    await button(page, hcpEn.confirm.yes).click()
    await heading(page, hcpEn.record.title).waitFor()
  },

  async opens(page: Page, card: string): Promise<void> {
    await professional.pastes(page, card)
    await professional.confirms(page)
  },

  async closes(page: Page): Promise<void> {
    await button(page, hcpEn.strip.close).first().click()
    await page.getByRole("dialog").getByRole("button", { name: hcpEn.strip.close }).click()
    await page.getByText(hcpEn.start.endings.closed[0]).waitFor()
  },
}

import type { Browser } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import en from "../../apps/ehr/words/en.ts"
import certificateEn from "../../apps/hcp/words/certificate-en.ts"
import hcpEn from "../../apps/hcp/words/en.ts"
import sharedEn from "../../apps/shared/words/en.ts"
import { routes } from "../../contract/routes.ts"
import { haltGrant, listGrants } from "../../sdk/patient/grants.ts"
import { barriersOn, expectQuiet, type Opened, openApp, shared, startBrowser, timeZone } from "./browser.ts"
import { expireGrants } from "./cloud.ts"
import type { CertificateName } from "./local-apps.ts"
import { button, heading, newPatient, type Patient, patient, professional } from "./people.ts"

let browser: Browser
let someone: Patient
let other: Patient
beforeAll(async () => {
  browser = await startBrowser()
  someone = await newPatient()
  other = await newPatient()
})
afterAll(() => browser.close())

const isTold = ({ page }: Opened, sentence: string) => page.getByRole("alert").getByText(sentence).waitFor()

/** A professional with a patient's record open. */
const openRecord = async (card: string): Promise<Opened> => {
  const hcp = await openApp(browser, "hcp")
  await professional.loadsCertificate(hcp.page, "physician")
  await professional.opens(hcp.page, card)
  return hcp
}

test("a wrong password is refused, in the words of whoever typed it", async () => {
  const ehr = await openApp(browser, "ehr")
  await patient.recovers(ehr.page, { ...someone, login: { ...someone.login, password: "Wrong-Horse-7-Battery" } })
  await isTold(ehr, sharedEn.codes["email-or-password-wrong"])
  expectQuiet(ehr)
})

test("a patient whose code was right, and who can't be signed in at that moment, goes on once they are", async () => {
  const { page } = await openApp(browser, "ehr")
  const signIn = (url: URL) => url.pathname.endsWith(routes["patient/sign-in"].path)
  await page.route(signIn, (route) => route.abort())
  const login = { email: "slow@example.org", password: "Correct-Horse-7-Battery" }
  await patient.confirmsAccount(page, login)
  await heading(page, en.consents.title).waitFor()
  await page.unroute(signIn)
  await patient.signsIn(page, login)
  await patient.signsConsents(page)
})

test("who has lost the device gets the record back with the phrase alone: not with a mistyped one, nor with another's", async () => {
  const ehr = await openApp(browser, "ehr")
  const words = someone.recoveryPhrase.split(" ")
  await patient.recovers(ehr.page, { ...someone, recoveryPhrase: words.with(3, "zzz").join(" ") })
  await ehr.page.getByText(sharedEn.codes["phrase-word-unknown"]).waitFor()
  await ehr.page.getByLabel(en.recover.phrase).fill(other.recoveryPhrase)
  await button(ehr.page, en.recover.go).click()
  await ehr.page.getByText(sharedEn.codes["phrase-of-another"]).waitFor()
  await ehr.page.getByLabel(en.recover.phrase).fill(someone.recoveryPhrase)
  await button(ehr.page, en.recover.go).click()
  await heading(ehr.page, en.consents.title).waitFor()
  await ehr.page.getByRole("link", { name: en.consents.go }).click()
  await ehr.page.getByRole("link", { name: /^Patient summary/ }).click()
  await ehr.page
    .getByText(/penicillin/i)
    .first()
    .waitFor()
  expectQuiet(ehr)
})

test.for([
  ["expired", "certificate-expired"],
  ["revoked", "certificate-revoked"],
  ["uncertified", "certificate-untrusted"],
] as const satisfies [CertificateName, string][])(
  "a professional whose certificate is %s opens nothing",
  async ([certificate, code]) => {
    const hcp = await openApp(browser, "hcp")
    await professional.loadsCertificate(hcp.page, certificate)
    await professional.pastes(hcp.page, someone.card)
    await isTold(hcp, sharedEn.codes[code])
    await hcp.page.getByText(certificateEn.refusals[code]).waitFor()
    await hcp.page.getByText(/^Ask the authority that issued your certificate: ./).waitFor()
    expect(await button(hcp.page, sharedEn.retry).count()).toBe(0)
    expect(await barriersOn(hcp.page)).toEqual([])
    expect(await hcp.page.getByText("Papadaki").count()).toBe(0)
    expectQuiet(hcp)
  },
)

test("a certificate that ends within thirty days says so, with its day and whom to ask, and an earlier one doesn't", async () => {
  const { page } = await openApp(browser, "hcp")
  await professional.loadsCertificate(page, "physician")
  expect(await page.getByText(/^Your certificate ends in/).count()).toBe(0)
  const day = 24 * 60 * 60 * 1000
  await page.clock.setFixedTime(Date.now() + 357 * day)
  await page.reload()
  await page.getByText(/^Your certificate ends in [78] days, on \d+ \w+ 2\d{3}\./).waitFor()
  await page.getByText(/^Ask the authority/).waitFor()
})

test("a certificate file with a wrong password, or that is none, loads nothing", async () => {
  const hcp = await openApp(browser, "hcp")
  await hcp.page
    .locator('input[type="file"]')
    .setInputFiles({ name: "certificate.p12", mimeType: "application/x-pkcs12", buffer: Buffer.from("no such file") })
  await button(hcp.page, hcpEn.certificate.load).click()
  await isTold(hcp, sharedEn.codes["credential-unreadable"])
  await hcp.page.locator('input[type="file"]').setInputFiles(shared.certificates.physician)
  await hcp.page.getByLabel(hcpEn.certificate.password, { exact: true }).fill("Wrong-Password-1")
  await button(hcp.page, hcpEn.certificate.load).click()
  await hcp.page.getByText(sharedEn.codes["credential-password-wrong"]).waitFor()
  await heading(hcp.page, hcpEn.certificate.title).waitFor()
  expectQuiet(hcp)
})

/** Goes to a list; what is returned asks for it anew. */
const looksForMore = async ({ page }: Opened) => {
  await page.getByRole("link", { name: hcpEn.lists.documentsPlace }).click()
  const refresh = page.getByRole("button", { name: new RegExp(`^${hcpEn.lists.refresh}`) })
  await refresh.first().waitFor()
  return () => refresh.first().click()
}

test("an access that has ended deletes what is on the professional's screen", async () => {
  const { card, session } = await newPatient()
  const hcp = await openRecord(card)
  const lookAgain = await looksForMore(hcp)
  await expireGrants(session)
  await lookAgain()
  await isTold(hcp, hcpEn.start.endings.expired[1])
  expect(await hcp.page.getByText("Papadaki").count()).toBe(0)
  expectQuiet(hcp)
})

test("an access that the patient has ended deletes what is on the professional's screen", async () => {
  const { card, session } = await newPatient()
  const hcp = await openRecord(card)
  const lookAgain = await looksForMore(hcp)
  const [running] = await listGrants(session)
  if (running === undefined) throw new Error("no access is running")
  await haltGrant(session, running)
  await lookAgain()
  await isTold(hcp, hcpEn.start.endings.halted[1])
  expect(await hcp.page.getByText("Papadaki").count()).toBe(0)
  expectQuiet(hcp)
})

test("a patient who withdraws the consent to emergencies closes the card, and opens it again by signing anew", async () => {
  const ehr = await openApp(browser, "ehr")
  const hcp = await openApp(browser, "hcp")
  await professional.loadsCertificate(hcp.page, "physician")
  await patient.recovers(ehr.page, other)
  const { title } = en.consents.kinds["emergency-share"]
  const panel = ehr.page.getByRole("region", { name: title })
  await panel.getByRole("button", { name: new RegExp(`^${en.consents.withdraw}`) }).click()
  await ehr.page.getByRole("dialog").getByRole("button", { name: en.consents.withdraw }).click()
  await panel.getByText(en.consents.states.inactive, { exact: true }).waitFor()
  await professional.pastes(hcp.page, other.card)
  await isTold(hcp, sharedEn.codes["consent-missing"])
  await panel.getByRole("button", { name: new RegExp(`^${en.consents.sign}`) }).click()
  await panel.getByText(en.consents.states.active, { exact: true }).waitFor()
  await professional.opens(hcp.page, other.card)
  expectQuiet(ehr)
  expectQuiet(hcp)
})

test("a card that its patient has revoked leads nowhere; the one that replaces it opens the record", async () => {
  const ehr = await openApp(browser, "ehr")
  await patient.arrives(ehr.page, other)
  const newCard = await patient.makesCard(ehr.page, ["summary"])
  const old = ehr.page.getByRole("article").filter({ hasText: sharedEn.categories.imaging })
  await old.getByRole("button", { name: en.card.revoke, exact: true }).click()
  await ehr.page.getByRole("dialog").getByRole("button", { name: en.card.revokeConfirm }).click()
  await old.waitFor({ state: "detached" })
  const hcp = await openApp(browser, "hcp")
  await professional.loadsCertificate(hcp.page, "physician")
  await professional.pastes(hcp.page, other.card)
  await isTold(hcp, sharedEn.codes["hri-entry-unknown"])
  await professional.opens(hcp.page, newCard)
  expectQuiet(ehr)
  expectQuiet(hcp)
})

test("a patient who asks for the end of the account is told when it comes, on every screen, and stops it with one press", async () => {
  const leaving = await newPatient()
  const ehr = await openApp(browser, "ehr")
  await patient.arrives(ehr.page, leaving)
  await patient.goesTo(ehr.page, "account")
  await ehr.page.getByRole("link", { name: en.account.deactivate }).click()
  await ehr.page.getByLabel(en.deactivate.typed).fill(en.deactivate.word)
  await button(ehr.page, en.deactivate.ask).click()
  const due = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone }).format(
    Date.now() + 7 * 24 * 60 * 60 * 1000,
  )
  await heading(ehr.page, en.deactivate.asked(due)).waitFor()
  await patient.goesTo(ehr.page, "record")
  const told = ehr.page.getByRole("alert").filter({ hasText: en.waitingEnd.title(due) })
  await told.getByRole("button", { name: en.waitingEnd.stop }).click()
  await told.waitFor({ state: "detached" })
  await patient.goesTo(ehr.page, "account")
  await ehr.page.getByRole("link", { name: en.account.deactivate }).click()
  await button(ehr.page, en.deactivate.ask).waitFor()
  expectQuiet(ehr)
})

test("a patient who deactivates the account leaves a card that leads nowhere, and a device that knows nobody", async () => {
  const leaving = await newPatient()
  const ehr = await openApp(browser, "ehr")
  await patient.arrives(ehr.page, leaving)
  await patient.goesTo(ehr.page, "account")
  await ehr.page.getByRole("link", { name: en.account.deactivate }).click()
  await ehr.page.getByRole("radio", { name: en.deactivate.now }).check()
  await ehr.page.getByLabel(en.deactivate.typed).fill(en.deactivate.word)
  await ehr.page.getByLabel(en.deactivate.phrase).fill(leaving.recoveryPhrase.split(" ").slice(1).join(" "))
  await button(ehr.page, en.deactivate.go).click()
  await ehr.page.getByText(sharedEn.codes["phrase-length-wrong"]).waitFor()
  await ehr.page.getByLabel(en.deactivate.phrase).fill(leaving.recoveryPhrase)
  await button(ehr.page, en.deactivate.go).click()
  await heading(ehr.page, en.deactivate.done).waitFor()
  await ehr.page.reload()
  await ehr.page.goto(shared.apps.ehr)
  await heading(ehr.page, en.welcome.title).waitFor()
  const hcp = await openApp(browser, "hcp")
  await professional.loadsCertificate(hcp.page, "physician")
  await professional.pastes(hcp.page, leaving.card)
  await isTold(hcp, sharedEn.codes["hri-entry-unknown"])
  await patient.recovers(ehr.page, leaving)
  await ehr.page.getByRole("alert").getByText(sharedEn.trouble.refusedTitle).waitFor()
  expectQuiet(ehr)
  expectQuiet(hcp)
})

import { expect, test } from "vitest"
import { accessNotice, deactivationNotice, notifyPatient, readingNotice } from "../../functions/domain/notices.ts"
import type { Notice } from "../../functions/domain/ports.ts"
import { newId } from "../fakes/call.ts"
import { noon } from "../fakes/cloud.ts"

test("a patient is told that there was an access and when, and what to do: no name, no id, no link", async () => {
  const sent: [string, Notice][] = []
  const send = async (patientId: string, notice: Notice) => {
    sent.push([patientId, notice])
    return "sent" as const
  }
  const patientId = newId()
  expect(await notifyPatient({ notices: { send } }, { patientId, at: noon, of: "access" })).toBe("sent")
  expect(sent).toEqual([[patientId, accessNotice(noon)]])
  const { subject, text } = accessNotice(noon)
  expect(subject).toBe("Emergency access to your health record")
  expect(text).toBe(
    "An emergency access to your health record began on 2026-03-01 at 12:00 UTC.\n\n" +
      "Open your app to see who it is and what they read, or to end it at once.\n\n" +
      "If you know of no emergency, end it, and revoke your card.",
  )
})

test("a patient is told once of the readings of a card within an hour, and not by whom: nobody knows", async () => {
  const sent: Notice[] = []
  const send = async (_: string, notice: Notice) => {
    sent.push(notice)
    return "sent" as const
  }
  await notifyPatient({ notices: { send } }, { patientId: newId(), at: noon, of: "reading" })
  expect(sent).toEqual([readingNotice(noon)])
  expect(sent[0]?.text).toContain("on 2026-03-01 after 12:00 UTC")
  expect(sent[0]?.text).not.toMatch(/http|@/)
})

test("a patient is told that their account is to be destroyed, from when on, and how to stop it with a device and without", async () => {
  const sent: Notice[] = []
  const send = async (_: string, notice: Notice) => {
    sent.push(notice)
    return "sent" as const
  }
  await notifyPatient({ notices: { send } }, { patientId: newId(), at: noon, of: "deactivation" })
  expect(sent).toEqual([deactivationNotice(noon)])
  const [{ text } = { text: "" }] = sent
  expect(text).toContain("asked on 2026-03-01 at 12:00 UTC to destroy")
  expect(text).toContain("after 2026-03-08 at 12:00 UTC")
  expect(text).toContain("open your app on another")
  expect(text).toContain("recovery phrase")
  expect(text).not.toMatch(/http|@/)
})

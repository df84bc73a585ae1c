import { expect, test } from "vitest"
import { accessNotice, notifyPatient } from "../../functions/domain/notices.ts"
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
  expect(await notifyPatient({ notices: { send } }, { patientId, at: noon })).toBe("sent")
  expect(sent).toEqual([[patientId, accessNotice(noon)]])
  const { subject, text } = accessNotice(noon)
  expect(subject).toBe("Emergency access to your health record")
  expect(text).toBe(
    "An emergency access to your health record began on 2026-03-01 at 12:00 UTC.\n\n" +
      "Open your app to see who it is and what they read, or to end it at once.\n\n" +
      "If you know of no emergency, end it, and revoke your card.",
  )
})

import { expect, test } from "vitest"
import type { RequestOf } from "../../../contract/routes.ts"
import type { Descriptor } from "../../../protocol/record.ts"
import { readContents } from "../../../sdk/patient/contents.ts"
import { uploadRecord } from "../../../sdk/patient/records.ts"
import type { UploadState } from "../../../sdk/sealed-record.ts"
import { lying, type Network, requestIn } from "../../kit/network.ts"
import { documentOf } from "../../kit/people.ts"
import { secondDevice, useWorld } from "../../kit/world.ts"

const world = useWorld()
const online = world.over

test("an upload that the cloud says was committed, and that no later version came after, is a conflict", async () => {
  const account = await world.patient()
  const { session } = account
  const first = await online(() => uploadRecord(session, documentOf("summary", "first")))
  const other = await online(() => secondDevice(account))
  const plain = documentOf("summary", "DROPPED")
  let state: UploadState | undefined
  let dropped: Descriptor | undefined
  const cut = (network: Network) => async (asked: Parameters<Network>[0]) => {
    if (asked.route !== "patient/commit") return network(asked)
    dropped = (requestIn("patient/commit", asked) as RequestOf<"patient/commit">).descriptor
    throw new Error("not reached")
  }
  const onState = (now: UploadState) => {
    state = structuredClone(now)
  }
  await expect(online(() => uploadRecord(session, plain, { replaces: first, onState }), cut)).rejects.toThrow()
  await online(() => uploadRecord(other, documentOf("summary", "third"), { replaces: first }))
  await online(() => readContents(session))
  const operator = (network: Network) =>
    lying(network, { "patient/list-versions": ({ versions }) => ({ versions: [...versions, dropped] }) })
  await expect(
    online(() => uploadRecord(session, plain, { replaces: first, resume: state }), operator),
  ).rejects.toMatchObject({ code: "record-conflict" })
})

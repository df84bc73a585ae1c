import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, expect, test } from "vitest"
import { readTrustPolicy } from "../../functions/adapters/trust-policy.file.ts"
import { anchorOf } from "../kit/certification.ts"
import { Issuer } from "../kit/issuer.ts"
import { temporaryFolder } from "../kit/temporary-folder.ts"

const { folder, remove } = temporaryFolder()
afterAll(remove)
const policy = { version: 1, anchors: [anchorOf(Issuer.root("Root"), [])] }
const writing = (text: string) => writeFileSync(join(folder, "trust-policy.json"), text)

test("the trust policy is read from the function's bundle, with a hash that does not depend on how it is laid out", async () => {
  writing(JSON.stringify(policy, undefined, 2))
  const read = await readTrustPolicy(folder)
  expect(read.policy).toEqual(policy)
  const { anchors, version } = policy
  writing(JSON.stringify({ anchors, version }))
  expect((await readTrustPolicy(folder)).hash).toBe(read.hash)
  expect(read.hash).toMatch(/^[\w-]{43}$/)
  writing(JSON.stringify({ version, anchors: anchors.map((anchor) => ({ ...anchor, id: "another" })) }))
  expect((await readTrustPolicy(folder)).hash).not.toBe(read.hash)
})

test.for([
  ["no JSON", "{"],
  ["an unknown member", JSON.stringify({ ...policy, more: 1 })],
  [
    "a certificate that can't be read",
    JSON.stringify({ version: 1, anchors: [{ ...policy.anchors[0], certificate: "MAA=" }] }),
  ],
  [
    "a CRL of an authority it does not list",
    JSON.stringify({
      version: 1,
      anchors: [
        {
          ...policy.anchors[0],
          revocation: {
            order: ["crl"],
            crls: [{ issuer: "0".repeat(64), url: "http://lists.invalid/" }],
            maxClockSkewSeconds: 60,
          },
        },
      ],
    }),
  ],
])("a trust policy is refused as a whole where it has %s", async ([, text]) => {
  writing(text ?? "")
  await expect(readTrustPolicy(folder)).rejects.toThrow("no usable trust-policy.json")
})

test("a missing trust policy is named in the error", async () => {
  await expect(readTrustPolicy(join(folder, "nowhere"))).rejects.toThrow("no usable trust-policy.json")
  await expect(readTrustPolicy("")).rejects.toThrow("LAMBDA_TASK_ROOT")
})

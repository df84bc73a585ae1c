import { execFileSync } from "node:child_process"
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { afterAll, beforeAll, expect, test, vi } from "vitest"
import { readCredential } from "../../bin/ehr/credential.ts"
import { failureOf } from "../../bin/ehr/exit.ts"
import { openssl } from "../../local/authority/openssl.ts"
import { type Authority, type Credential, createAuthority } from "../../local/authority.ts"

const folder = mkdtempSync(path.join(tmpdir(), "credential-"))
let authority: Authority
let issued: Credential
beforeAll(async () => {
  authority = await createAuthority(path.join(folder, "authority"))
  issued = await authority.issue({ commonName: "Dr. Maria Order", profession: "physician", registrationNumber: "1" })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const written = (name: string, content: string): string => {
  const file = path.join(folder, name)
  writeFileSync(file, content)
  return file
}

test("certificates in any order give the key's own first and then each one's issuer", async () => {
  const blocks = issued.chainPem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  expect(blocks.length).toBeGreaterThan(1)
  const key = written("key.pem", issued.privateKeyPem)
  const right = await readCredential(written("right.pem", issued.chainPem), key)
  const turned = await readCredential(written("turned.pem", blocks.toReversed().join("\n")), key)
  expect(turned.chain).toEqual(right.chain)
  expect(right.chain).toHaveLength(blocks.length)
})

test("a key of none of the certificates is said to be missing", async () => {
  const other = await authority.issue({ commonName: "Other", profession: "nurse", registrationNumber: "2" })
  const reading = readCredential(written("chain.pem", issued.chainPem), written("other.pem", other.privateKeyPem))
  await expect(reading).rejects.toMatchObject({ code: "credential-key-missing" })
})

test("the command that the refusal of an old protection names makes a file that opens", async () => {
  const [old, anew] = [path.join(folder, "old.p12"), path.join(folder, "new.p12")]
  const [chain, key] = [written("legacy.pem", issued.chainPem), written("legacy-key.pem", issued.privateKeyPem)]
  const password = "Correct-Horse-7-Battery"
  await openssl(
    ["pkcs12", "-export", "-legacy", "-in", chain, "-inkey", key, "-out", old, "-passout", `pass:${password}`],
    folder,
  )
  vi.stubEnv("EHR_CERTIFICATE_PASSWORD", password)
  const refused = await readCredential(old, undefined).catch((error: unknown) => error)
  expect(refused).toMatchObject({ code: "credential-protection-unsupported" })
  const command = / (openssl pkcs12 -legacy .*)$/.exec(failureOf(refused).message)?.[1] ?? ""
  const filled = command
    .replace("OLD.p12", `${old} -passin env:EHR_CERTIFICATE_PASSWORD`)
    .replace("NEW.p12", `${anew} -passout env:EHR_CERTIFICATE_PASSWORD`)
    .replaceAll("KEY.pem", path.join(folder, "KEY.pem"))
  execFileSync("sh", ["-c", filled], { stdio: "pipe" })
  expect(existsSync(path.join(folder, "KEY.pem"))).toBe(false)
  expect((await readCredential(anew, undefined)).chain).toEqual((await readCredential(chain, key)).chain)
  vi.unstubAllEnvs()
})

test("a file that isn't there is said to be none", async () => {
  await expect(readCredential(path.join(folder, "nowhere"), path.join(folder, "nowhere"))).rejects.toMatchObject({
    code: "ENOENT",
  })
})

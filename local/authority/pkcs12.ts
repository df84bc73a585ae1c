import { rm, writeFile } from "node:fs/promises"
import { basename, dirname } from "node:path"
import type { Credential } from "../authority.ts"
import { openssl } from "./openssl.ts"

/** Writes the certificate, its issuer's and the key as a PKCS #12 file, as a professional gets one; the password is for this machine alone. */
export const writePkcs12 = async (
  file: string,
  { chainPem, privateKeyPem }: Pick<Credential, "chainPem" | "privateKeyPem">,
  password: string,
): Promise<void> => {
  const directory = dirname(file)
  const source = `${basename(file)}.pem`
  await writeFile(`${file}.pem`, chainPem + privateKeyPem, { mode: 0o600 })
  await writeFile(`${file}.password`, `${password}\n`, { mode: 0o600 })
  try {
    await openssl(
      ["pkcs12", "-export", "-in", source, "-out", basename(file), "-passout", `file:${basename(file)}.password`],
      directory,
    )
  } finally {
    await rm(`${file}.pem`)
    await rm(`${file}.password`)
  }
}

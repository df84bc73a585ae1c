import { readFileSync } from "node:fs"
import * as z from "zod/mini"
import { type TrustPolicy, trustPolicy } from "../../protocol/trust-policy.ts"
import { type Certified, certifiedBy, type SignedStatement } from "../../sdk/certified.ts"
import { plainText } from "../../text/plain-text.ts"
import { type Given, textOf } from "./command.ts"
import { UsageError } from "./exit.ts"

export const readTrust = (file: string): TrustPolicy => {
  const parsed = z.safeParse(trustPolicy, JSON.parse(readFileSync(file, "utf8")))
  if (!parsed.success) throw new UsageError(`${file} is not a trust policy.`)
  return parsed.data
}

/** Whom this machine takes for a professional: the file that `--trust` or `EHR_TRUST_POLICY` names; undefined where neither does. */
export const trustOf = (given: Given): TrustPolicy | undefined => {
  const file = textOf(given, "trust") ?? process.env["EHR_TRUST_POLICY"]
  return file === undefined || file === "" ? undefined : readTrust(file)
}

/** Who signed, as far as this machine can say; nobody whom it knows, where it was told of no trust policy. */
export const certifiedHere = async (
  policy: TrustPolicy | undefined,
  signed: Partial<SignedStatement>,
): Promise<Certified> => {
  const { statement, at, answer } = signed
  if (policy === undefined || statement === undefined) return { outcome: "uncertified" }
  return certifiedBy(policy, { statement, at, answer })
}

/** In words: never a name or a profession that nobody vouches for. */
export const whoIs = (certified: Certified): string => {
  if (certified.outcome === "uncertified") return "not certified by anybody this machine knows"
  const { name = "name not stated", profession, organization, anchor, wasValid } = certified
  const said = [name, profession, ...(organization === undefined ? [] : [organization])]
  return `${said.map((each) => plainText(each)).join(", ")} (certified by ${anchor}${wasValid ? "" : "; could not verify that the certificate was valid then"})`
}

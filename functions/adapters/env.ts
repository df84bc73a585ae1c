import type { EnvironmentName } from "../../contract/environment.ts"

/** What Lambda itself writes into every function. */
type LambdaName = "AWS_REGION" | "AWS_LAMBDA_FUNCTION_NAME" | "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY"

/** Reads a variable that a capability of `lib/`, or Lambda, wrote into this function; throws, naming it, where it is missing. */
export const env = (name: EnvironmentName | LambdaName): string => {
  const value = process.env[name]
  if (value === undefined || value === "") throw new Error(`the environment lacks ${name}`)
  return value
}

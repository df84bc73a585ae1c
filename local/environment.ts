/** The region of every local cloud. */
export const region = "eu-central-1"

/** The account that MiniStack and LocalStack put everything into that comes with `credentials`. */
export const accountId = "000000000000"

/** Good for nothing but a local cloud: both engines take an access key of twelve digits for the account's number. */
export const credentials = { accessKeyId: accountId, secretAccessKey: "test" }

/**
 * `base` for a program that must reach the local cloud and can't reach anything else: every AWS variable is replaced,
 * so that neither a profile nor real credentials are ever found, and no proxy is asked.
 */
export function localCloudEnvironment(endpoint: string, base: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const kept = Object.entries(base).filter(([name]) => !/^(AWS_|CDK_|NODE_OPTIONS$|(https?|all)_proxy$)/i.test(name))
  return {
    ...Object.fromEntries(kept),
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
  }
}

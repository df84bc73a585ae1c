/** An S3 endpoint that is measured. */
export interface ObjectStorage {
  /** `engine`: the local cloud's own; `fast`: the one built for measurements; `line`: that one at the end of a line; `given`: by `--s3`. */
  readonly name: "engine" | "fast" | "line" | "given"
  /** What it is, for people. */
  readonly description: string
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  /** Does nothing to one that somebody else started. */
  stop(): Promise<void>
}

/** What speaks DynamoDB's protocol for the functions. */
export interface TableStorage {
  readonly description: string
  readonly endpoint: string
  /** Does nothing to the engine's own. */
  stop(): Promise<void>
}

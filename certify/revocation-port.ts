/** Why nothing usable came from an address. */
export type TransportFault = "timeout" | "unreachable" | "refused" | "too-large"

/** What the port throws where nothing usable came; the particulars are its `cause`. */
export class RevocationFault extends Error {
  override readonly name = "RevocationFault"
  readonly fault: TransportFault

  constructor(fault: TransportFault, options?: ErrorOptions) {
    super("there was no usable answer about revocation", options)
    this.fault = fault
  }
}

export interface RevocationPort {
  /** Posts a DER OCSPRequest, answers with what came back, 64 KiB at most; throws `RevocationFault`. */
  ask(url: string, request: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>
  /** Fetches a DER CertificateList, 1 MiB at most; throws `RevocationFault`. */
  fetchCrl(url: string): Promise<Uint8Array<ArrayBuffer>>
}

export const faultOf = (error: unknown): TransportFault =>
  error instanceof RevocationFault ? error.fault : "unreachable"

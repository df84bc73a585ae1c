/** What a certificate means: nothing of it is on the first screen. */
const en = {
  endsSoon: (days: number, date: string) =>
    `Your certificate ends ${days === 1 ? "within a day" : `in ${days} days`}, on ${date}. From then on no cloud opens a record with it. Get another one in time and load it here.`,
  refusals: {
    "certificate-revoked":
      "Revoked means that whoever issued it has declared it invalid before its end: because its key was lost or seen by others, or because what it says of you no longer holds. No cloud opens a record with it any more, and trying again doesn't help. If you know of no reason, somebody else may have used it.",
    "certificate-expired":
      "No cloud opens a record with it. Load another one that is valid today; check the date of this device, too.",
    "certificate-untrusted":
      "The patient's cloud doesn't know the authority that issued it, or can't follow it back to one. Another cloud may. Load a certificate of another authority, if you have one.",
    "profession-not-allowed":
      "It names no profession, or one that may open no record in an emergency. If yours may, the certificate has to say so.",
  },
  ask: (issuer: string | undefined) =>
    issuer === undefined
      ? "Ask the authority that issued your certificate."
      : `Ask the authority that issued your certificate: ${issuer}.`,
  noPin:
    "No PIN: whoever uses this device can act with this certificate. To set one, remove it and load the file again.",
}

export default en
export type CertificateWords = typeof en

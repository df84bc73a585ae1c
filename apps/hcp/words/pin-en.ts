/** The PIN over a certificate. */
const en = {
  title: "Your certificate is locked",
  lead: "Nobody has used this device for a while, or the page was opened anew. Your key is locked, not only hidden.",
  locked: (name: string | undefined) =>
    name === undefined ? "Type the PIN to go on." : `Type the PIN of ${name} to go on.`,
  toSign:
    "What you write is kept. Your key was locked because nobody has used this device for a while: it signs again once you have typed the PIN.",
  label: "PIN or passphrase",
  unlock: "Unlock",
  missing: "Type the PIN.",
  wrong: (left: number) =>
    left === 1
      ? "The PIN is wrong. After one more wrong one, the certificate is deleted from this device."
      : `The PIN is wrong. After ${left} more wrong ones, the certificate is deleted from this device.`,
  choose: "PIN or passphrase (recommended)",
  hint: "Locks your key after five minutes without use, and when the page is opened anew. At least 6 characters. If you forget it, load the file again.",
  repeat: "The same again",
  short: (least: number) => `Use at least ${least} characters.`,
  differs: "The two are not the same.",
  removed:
    "The PIN was wrong too often. The certificate and its key have been deleted from this device: load the file again.",
}

export default en
export type PinWords = typeof en

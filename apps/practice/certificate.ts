import { useState } from "preact/hooks"
import type { CertificateReading } from "../shared/certificate/read-file.ts"
import { sharedWords } from "../shared/words/shared.ts"
import { words } from "./words/words.ts"

/** A certificate that a form asks for. It is read when the form is sent, and kept nowhere. */
export const useCertificate = () => {
  const [file, setFile] = useState<File>()
  const [password, setPassword] = useState("")
  const [fileFault, setFileFault] = useState<string>()
  const [passwordFault, setPasswordFault] = useState<string>()
  /** `undefined`: it couldn't be read, and the fields say why. */
  const read = async (): Promise<Extract<CertificateReading, { outcome: "ok" }> | undefined> => {
    const { signUp: says } = words.value
    const { codes } = sharedWords.value
    if (file === undefined) {
      setFileFault(says.noFile)
      return undefined
    }
    const { readCertificateFile } = await import("../shared/certificate/read-file.ts")
    const reading = await readCertificateFile(file, password, { extractable: false })
    if (reading.outcome === "ok") return reading
    if (reading.outcome === "credential-password-wrong") setPasswordFault(codes[reading.outcome])
    else setFileFault(reading.outcome === "unreadable" ? says.unreadable : codes[reading.outcome])
    return undefined
  }
  return {
    file,
    password,
    fileFault,
    passwordFault,
    read,
    setFile: (chosen: File) => {
      setFile(chosen)
      setFileFault(undefined)
    },
    setPassword: (typed: string) => {
      setPassword(typed)
      setPasswordFault(undefined)
    },
  }
}

import { useRef } from "preact/hooks"
import { formatBytes } from "../format.ts"
import { Button } from "../parts/Button.tsx"
import { Icon } from "../parts/Icon.tsx"

export interface CertificateFileWords {
  readonly file: string
  readonly fileHint: string
  readonly choose: string
  readonly chosen: (name: string) => string
}

/** Asks for the file of a professional's certificate. */
export const CertificateFile = ({
  says,
  file,
  fault,
  onFile,
}: {
  says: CertificateFileWords
  file: File | undefined
  fault: string | undefined
  onFile: (file: File) => void
}) => {
  const picker = useRef<HTMLInputElement>(null)
  return (
    <div class="field">
      <p class="strong" id="certificate-file">
        {says.file}
      </p>
      <p class="field-hint" id="certificate-file-hint">
        {says.fileHint}
      </p>
      <div class="row">
        <Button
          aria-label={says.choose}
          aria-describedby="certificate-file-hint certificate-file-chosen"
          onClick={() => picker.current?.click()}
        >
          <Icon name="lock" />
          {says.choose}
        </Button>
        <span id="certificate-file-chosen" role="status">
          {file !== undefined && `${says.chosen(file.name)} (${formatBytes(file.size)})`}
        </span>
      </div>
      <input
        ref={picker}
        type="file"
        accept=".p12,.pfx,application/x-pkcs12"
        class="hidden-visually"
        tabIndex={-1}
        aria-label={says.file}
        onChange={({ currentTarget }) => {
          const [chosen] = currentTarget.files ?? []
          currentTarget.value = ""
          if (chosen !== undefined) onFile(chosen)
        }}
      />
      {fault !== undefined && (
        <p class="field-fault" role="alert">
          {fault}
        </p>
      )}
    </div>
  )
}

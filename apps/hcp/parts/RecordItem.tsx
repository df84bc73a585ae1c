import { signal } from "@preact/signals"
import { useEffect } from "preact/hooks"
import { useLocation } from "preact-iso"
import type { CertificateFacts } from "../../../sdk/hcp/certificate.ts"
import type { Listed } from "../../../sdk/hcp/records.ts"
import { formatBytes, formatMoment } from "../../shared/format.ts"
import { sharedWords } from "../../shared/words/shared.ts"
import type { Encounter } from "../state.ts"
import { words } from "../words/words.ts"

/** By thumbprint; reading a certificate is loaded when there is one to read. Of professionals, not of patients. */
const facts = signal<ReadonlyMap<string, CertificateFacts | undefined>>(new Map())

const readFacts = async ({ professional: { thumbprint, certificate } }: NonNullable<Listed["unreviewed"]>) => {
  const { readCertificateFacts } = await import("../../../sdk/hcp/certificate.ts")
  facts.value = new Map(facts.value).set(thumbprint, readCertificateFacts(certificate))
}

/** Who added it: their name from the certificate they signed with, their profession as the cloud certified it. */
export const AddedBy = ({ unreviewed }: Required<Pick<Listed, "unreviewed">>) => {
  const { thumbprint } = unreviewed.professional
  const name = facts.value.get(thumbprint)?.name
  useEffect(() => {
    if (!facts.value.has(thumbprint)) void readFacts(unreviewed)
  }, [thumbprint])
  const profession = sharedWords.value.professions[unreviewed.profession]
  return <>{words.value.lists.addedBy(name === undefined ? profession : `${name}, ${profession}`)}</>
}

/** A record in a list: a link where it can be opened. */
export const RecordItem = ({ listed, encounter }: { listed: Listed; encounter: Encounter }) => {
  const { route } = useLocation()
  const { lists } = words.value
  const { metadata, unreviewed } = listed
  const about = (
    <>
      <span class="row">
        <span class="list-link-title">
          {metadata === undefined ? lists.unopenable : metadata.title || lists.untitled}
        </span>
        {unreviewed !== undefined && <span class="badge badge-warn">{lists.unreviewed}</span>}
      </span>
      {metadata === undefined ? (
        <span class="small">{lists.unopenableHint}</span>
      ) : (
        <span class="small muted">
          {formatMoment(metadata.createdAt)} · {formatBytes(metadata.size)}
        </span>
      )}
      {unreviewed !== undefined && (
        <span class="small">
          <AddedBy unreviewed={unreviewed} />
        </span>
      )}
    </>
  )
  if (metadata === undefined) return <li class="stack stack-s">{about}</li>
  const open = async () => {
    const { view } = await import("../records.ts")
    void view(encounter, listed)
    route("/view")
  }
  return (
    <li>
      <a
        class="list-link"
        href="/view"
        onClick={(event) => {
          event.preventDefault()
          event.stopPropagation()
          void open()
        }}
      >
        {about}
      </a>
    </li>
  )
}

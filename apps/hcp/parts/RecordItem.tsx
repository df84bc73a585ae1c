import { useLocation } from "preact-iso"
import type { Listed } from "../../../sdk/hcp/records.ts"
import { useCertified } from "../../shared/certified.ts"
import { formatBytes, formatDate, formatMoment } from "../../shared/format.ts"
import { sharedWords } from "../../shared/words/shared.ts"
import type { Encounter } from "../state.ts"
import { words } from "../words/words.ts"

/** Who added it, by the certificate they signed with, where an authority that this app trusts vouches for it. */
export const AddedBy = ({ unreviewed }: Required<Pick<Listed, "unreviewed">>) => {
  const { certified, professions } = sharedWords.value
  const { addedBy, certificateEnded } = words.value.lists
  const certification = useCertified(unreviewed)
  if (certification === undefined) return <>{addedBy(certified.verifying)}</>
  if (certification.outcome !== "certified")
    return <span class="badge badge-warn">{addedBy(certified[certification.outcome])}</span>
  const { name, profession, organization, endedAt } = certification
  const who = addedBy([name, professions[profession], organization].filter((part) => part !== undefined).join(", "))
  if (endedAt === undefined) return <>{who}</>
  return (
    <>
      {who} <span class="badge badge-warn">{certificateEnded(formatDate(endedAt))}</span>
    </>
  )
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

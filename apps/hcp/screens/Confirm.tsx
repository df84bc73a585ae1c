import { useLocation } from "preact-iso"
import { Banner, TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button } from "../../shared/parts/Button.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { Icon } from "../../shared/parts/Icon.tsx"
import { PatientHead } from "../../shared/summary/PatientHead.tsx"
import { useBlobUrl } from "../parts/useBlobUrl.ts"
import { confirm, type Encounter, leave } from "../state.ts"
import { words } from "../words/words.ts"

const Photo = ({ photo }: Pick<Encounter, "photo">) => {
  const url = useBlobUrl(photo?.bytes, photo?.contentType ?? "")
  const { confirm: own } = words.value
  return (
    <div class="portrait">
      {url === undefined ? (
        <>
          <Icon name="person" size={56} />
          <span class="small">{own.noPhoto}</span>
        </>
      ) : (
        <img src={url} alt={own.photo} />
      )}
    </div>
  )
}

/** Who the record is of, and nothing else of it. */
export const Confirm = ({ encounter }: { encounter: Encounter }) => {
  const { route } = useLocation()
  const { confirm: own } = words.value
  const { access, patient, photo, severalIdentities, summaryTrouble } = encounter
  return (
    <Screen title={own.title} lead={own.lead} narrow>
      {severalIdentities && (
        <Banner tone="bad" alert>
          <p>{own.severalIdentities}</p>
        </Banner>
      )}
      <TroubleBanner error={summaryTrouble} />
      {patient === undefined ? (
        <Banner tone="warn" alert>
          <p class="strong">{own.unknown}</p>
          {!access.categories.includes("summary") && <p>{own.notIncluded}</p>}
        </Banner>
      ) : (
        <div class="panel identity">
          <Photo photo={photo} />
          <PatientHead patient={patient} />
        </div>
      )}
      <div class="confirm-actions">
        <Button
          look="main"
          wide
          onClick={() => {
            confirm()
            route("/record", true)
          }}
        >
          {own.yes}
        </Button>
        <Button wide onClick={() => leave("not-this-patient")}>
          {own.no}
        </Button>
      </div>
    </Screen>
  )
}

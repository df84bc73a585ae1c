import type { ComponentType } from "preact"
import { LocationProvider, Route, Router } from "preact-iso"
import { Frame, type Place, Screen } from "../shared/parts/Frame.tsx"
import { Loading } from "../shared/parts/Progress.tsx"
import { start } from "../shared/start.tsx"
import { sharedWords } from "../shared/words/shared.ts"
import "./hcp.css"
import { keptCertificate } from "./certificate-store.ts"
import { later } from "./parts/later.tsx"
import { PatientStrip } from "./parts/PatientStrip.tsx"
import { CertificateForm } from "./screens/Certificate.tsx"
import { Start } from "./screens/Start.tsx"
import { certificate, type Encounter, encounter, stage, watchEnd } from "./state.ts"
import { words } from "./words/words.ts"

const Confirm = later(async () => (await import("./screens/Confirm.tsx")).Confirm)
const Record = later(async () => (await import("./screens/Record.tsx")).Record)

/** A screen of the patient who is open. */
const ofPatient = (Shown: ComponentType<{ encounter: Encounter }>) => () =>
  encounter.value === undefined ? null : <Shown encounter={encounter.value} />

const routes = { record: ofPatient(Record) }

const NotFound = () => <Screen title={sharedWords.value.notFound}>{null}</Screen>

/** Before a patient: this device needs a certificate, then a card. */
const Before = () => {
  const held = certificate.value
  if (held === undefined) return <Loading />
  return held === "none" ? <CertificateForm /> : <Start held={held} />
}

const Open = () => (
  <Router>
    <Route path="/" component={routes.record} />
    <Route path="/record" component={routes.record} />
    <Route default component={NotFound} />
  </Router>
)

const placesOf = (current: Encounter | undefined): Place[] => {
  if (current === undefined) return []
  const { record } = words.value
  return [{ href: "/record", label: record.place, icon: "record" }]
}

const App = () => {
  const current = encounter.value
  const { value } = stage
  return (
    <LocationProvider>
      <Frame
        name={words.value.name}
        placesLabel={words.value.places}
        places={placesOf(current)}
        notices={current === undefined ? undefined : <PatientStrip encounter={current} />}
      >
        {value.kind === "none" && <Before />}
        {value.kind === "confirming" && <Confirm encounter={value.encounter} />}
        {value.kind === "open" && <Open />}
      </Frame>
    </LocationProvider>
  )
}

watchEnd()
await start(<App />)
certificate.value = (await keptCertificate().catch(() => undefined)) ?? "none"

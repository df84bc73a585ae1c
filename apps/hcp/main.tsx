import type { ComponentType } from "preact"
import { LocationProvider, Route, Router } from "preact-iso"
import { Frame, type Place, Screen } from "../shared/parts/Frame.tsx"
import { later } from "../shared/parts/later.tsx"
import { Loading } from "../shared/parts/Progress.tsx"
import { start } from "../shared/start.tsx"
import { sharedWords } from "../shared/words/shared.ts"
import "./hcp.css"
import { asideHere, isBack } from "./aside.ts"
import { keptCertificate, onCertificateRemoved } from "./certificate-store.ts"
import { unreviewed, watchNetwork } from "./lists.ts"
import { certificate, type Encounter, encounter, leave, removed, stage, watchEnd } from "./state.ts"
import { words } from "./words/words.ts"

/** Once on each device. */
const CertificateForm = later(async () => (await import("./screens/Certificate.tsx")).CertificateForm)
const Unlock = later(async () => (await import("./screens/Unlock.tsx")).Unlock)
/** Who is open, once somebody is. */
const PatientStrip = later(async () => (await import("./parts/PatientStrip.tsx")).PatientStrip)
const Start = later(async () => (await import("./screens/Start.tsx")).Start)
const Confirm = later(async () => (await import("./screens/Confirm.tsx")).Confirm)
const Record = later(async () => (await import("./screens/Record.tsx")).Record)
const Results = later(async () => (await import("./screens/Results.tsx")).Results)
const Images = later(async () => (await import("./screens/Documents.tsx")).Images)
const Documents = later(async () => (await import("./screens/Documents.tsx")).Documents)
const Add = later(async () => (await import("./screens/Add.tsx")).Add)
const Changes = later(async () => (await import("./screens/Changes.tsx")).Changes)
const View = later(async () => (await import("./screens/View.tsx")).View)

/** A screen of the patient who is open. */
const ofPatient = (Shown: ComponentType<{ encounter: Encounter }>) => () =>
  encounter.value === undefined ? null : <Shown encounter={encounter.value} />

const routes = {
  record: ofPatient(Record),
  results: ofPatient(Results),
  images: ofPatient(Images),
  documents: ofPatient(Documents),
  add: ofPatient(Add),
  changes: ofPatient(Changes),
  view: ofPatient(View),
}

const NotFound = () => <Screen title={sharedWords.value.notFound}>{null}</Screen>

/** Before a patient: this device needs a certificate, then a card. */
const Before = () => {
  const held = certificate.value
  if (held === undefined) return <Loading />
  if (held === "none") return <CertificateForm />
  return "credential" in held ? <Start held={held} /> : <Unlock locked={held} />
}

const Open = () => (
  <Router>
    <Route path="/" component={routes.record} />
    <Route path="/record" component={routes.record} />
    <Route path="/results" component={routes.results} />
    <Route path="/images" component={routes.images} />
    <Route path="/documents" component={routes.documents} />
    <Route path="/add" component={routes.add} />
    <Route path="/add/changes" component={routes.changes} />
    <Route path="/view" component={routes.view} />
    <Route default component={NotFound} />
  </Router>
)

const placesOf = (current: Encounter | undefined): Place[] => {
  if (current === undefined) return []
  const { record, results, lists, add } = words.value
  return [
    { href: "/record", label: record.place, icon: "record" },
    { href: "/results", label: results.place, icon: "chart" },
    { href: "/images", label: lists.imagesPlace, icon: "image" },
    { href: "/documents", label: lists.documentsPlace, icon: "review", waiting: unreviewed.value.length },
    { href: "/add", label: add.place, icon: "add" },
  ]
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

const aside = asideHere()
if (aside !== undefined) isBack(aside)
watchEnd()
watchNetwork()
onCertificateRemoved(() => {
  leave("closed")
  removed.value = "wanted"
  certificate.value = "none"
})
await start(<App />)
certificate.value = (await keptCertificate().catch(() => undefined)) ?? "none"

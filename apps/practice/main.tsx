import type { ComponentType } from "preact"
import { useEffect } from "preact/hooks"
import { LocationProvider, lazy, Route, Router, useLocation } from "preact-iso"
import { Frame, type Place, Screen } from "../shared/parts/Frame.tsx"
import { later } from "../shared/parts/later.tsx"
import { start } from "../shared/start.tsx"
import { sharedWords } from "../shared/words/shared.ts"
import { Welcome } from "./screens/Welcome.tsx"
import { account, openDevice, ownMember, practice, watchRemoval } from "./state.ts"
import { words } from "./words/words.ts"
import "./practice.css"

const Account = lazy(async () => (await import("./screens/Account.tsx")).Account)
const DeletedFiles = lazy(async () => (await import("./screens/DeletedFiles.tsx")).DeletedFiles)
const EditFacts = lazy(async () => (await import("./screens/EditFacts.tsx")).EditFacts)
const EditPerson = lazy(async () => (await import("./screens/EditPerson.tsx")).EditPerson)
const NewEncounter = lazy(async () => (await import("./screens/NewEncounter.tsx")).NewEncounter)
const OldVersion = lazy(async () => (await import("./screens/OldVersion.tsx")).OldVersion)
const AuditLog = lazy(async () => (await import("./screens/AuditLog.tsx")).AuditLog)
const ImportExport = lazy(async () => (await import("./screens/ImportExport.tsx")).ImportExport)
const Members = lazy(async () => (await import("./screens/Members.tsx")).Members)
const Join = lazy(async () => (await import("./screens/Join.tsx")).Join)
const NewPatient = lazy(async () => (await import("./screens/NewPatient.tsx")).NewPatient)
const Patients = lazy(async () => (await import("./screens/Patients.tsx")).Patients)
const PatientFile = lazy(async () => (await import("./screens/PatientFile.tsx")).PatientFile)
const Recover = lazy(async () => (await import("./screens/Recover.tsx")).Recover)
const SignUp = lazy(async () => (await import("./screens/SignUp.tsx")).SignUp)
const SignIn = later(async () => (await import("./screens/SignIn.tsx")).SignIn)
const Notices = later(async () => (await import("./notices.tsx")).Notices)

/** Leads on, without a way back to here. */
const Onward = ({ to }: { to: string }) => {
  const { route } = useLocation()
  useEffect(() => route(to, true), [to])
  return null
}

const Home = () => {
  if (account.value?.stage === "confirm") return <Onward to="/sign-up" />
  return account.value === undefined ? <Welcome /> : <Onward to="/patients" />
}

/** For who works in the practice of this device; others begin at the beginning. */
const ofMember = (Inner: ComponentType) => () => {
  if (account.value?.stage !== "done") return <Onward to="/" />
  return practice.value === undefined ? <SignIn /> : <Inner />
}

const routes = {
  members: ofMember(Members),
  exchange: ofMember(ImportExport),
  audit: ofMember(AuditLog),
  version: ofMember(OldVersion),
  encounter: ofMember(NewEncounter),
  person: ofMember(EditPerson),
  facts: ofMember(EditFacts),
  deleted: ofMember(DeletedFiles),
  account: ofMember(Account),
  patients: ofMember(Patients),
  add: ofMember(NewPatient),
  file: ofMember(PatientFile),
}

const NotFound = () => <Screen title={sharedWords.value.notFound}>{null}</Screen>

const places = (): Place[] => {
  const { places: names } = words.value
  return [
    { href: "/patients", label: names.patients, icon: "person" },
    { href: "/add", label: names.add, icon: "add" },
    { href: "/members", label: names.members, icon: "access" },
    ...(ownMember.value?.role === "owner" ? [{ href: "/audit", label: names.audit, icon: "record" } as const] : []),
    { href: "/account", label: names.account, icon: "settings" },
  ]
}

const App = () => {
  const isOpen = practice.value !== undefined
  return (
    <LocationProvider>
      <Frame
        name={words.value.name}
        placesLabel={words.value.places.label}
        places={isOpen ? places() : []}
        notices={isOpen ? <Notices /> : undefined}
      >
        <Router>
          <Route path="/" component={Home} />
          <Route path="/sign-up" component={SignUp} />
          <Route path="/join" component={Join} />
          <Route path="/recover" component={Recover} />
          <Route path="/account" component={routes.account} />
          <Route path="/deleted" component={routes.deleted} />
          <Route path="/patients/facts" component={routes.facts} />
          <Route path="/patients/person" component={routes.person} />
          <Route path="/patients/encounter" component={routes.encounter} />
          <Route path="/patients/version" component={routes.version} />
          <Route path="/audit" component={routes.audit} />
          <Route path="/exchange" component={routes.exchange} />
          <Route path="/members" component={routes.members} />
          <Route path="/patients" component={routes.patients} />
          <Route path="/add" component={routes.add} />
          <Route path="/patients/file" component={routes.file} />
          <Route default component={NotFound} />
        </Router>
      </Frame>
    </LocationProvider>
  )
}

watchRemoval()
await openDevice().catch(() => undefined)
await start(<App />)

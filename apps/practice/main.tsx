import type { ComponentType } from "preact"
import { useEffect } from "preact/hooks"
import { LocationProvider, lazy, Route, Router, useLocation } from "preact-iso"
import { Frame, type Place, Screen } from "../shared/parts/Frame.tsx"
import { later } from "../shared/parts/later.tsx"
import { start } from "../shared/start.tsx"
import { sharedWords } from "../shared/words/shared.ts"
import { Welcome } from "./screens/Welcome.tsx"
import { account, openDevice, practice, watchRemoval } from "./state.ts"
import { words } from "./words/words.ts"
import "./practice.css"

const Account = lazy(async () => (await import("./screens/Account.tsx")).Account)
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
          <Route path="/recover" component={Recover} />
          <Route path="/account" component={routes.account} />
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

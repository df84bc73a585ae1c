import type { ComponentType } from "preact"
import { useEffect } from "preact/hooks"
import { ErrorBoundary, LocationProvider, lazy, Route, Router, useLocation } from "preact-iso"
import { Frame, type Place, Screen } from "../shared/parts/Frame.tsx"
import { start } from "../shared/start.tsx"
import { sharedWords } from "../shared/words/shared.ts"
import { Welcome } from "./screens/Welcome.tsx"
import { account, openDevice, settled, watchRemoval } from "./state.ts"
import { waitingReviews } from "./waiting.ts"
import { words } from "./words/words.ts"
import "./ehr.css"

const Account = lazy(async () => (await import("./screens/Account.tsx")).Account)
const Access = lazy(async () => (await import("./screens/Access.tsx")).Access)
const Add = lazy(async () => (await import("./screens/Add.tsx")).Add)
const Card = lazy(async () => (await import("./screens/Card.tsx")).Card)
const Category = lazy(async () => (await import("./screens/Category.tsx")).Category)
const Consents = lazy(async () => (await import("./screens/Consents.tsx")).Consents)
const Deactivate = lazy(async () => (await import("./screens/Deactivate.tsx")).Deactivate)
const Devices = lazy(async () => (await import("./screens/Devices.tsx")).Devices)
const Notices = lazy(async () => (await import("./notices.tsx")).Notices)
const MySummary = lazy(async () => (await import("./screens/MySummary.tsx")).MySummary)
const Offers = lazy(async () => (await import("./screens/Offers.tsx")).Offers)
const OpenDocument = lazy(async () => (await import("./screens/OpenDocument.tsx")).OpenDocument)
const Record = lazy(async () => (await import("./screens/Record.tsx")).Record)
const Recover = lazy(async () => (await import("./screens/Recover.tsx")).Recover)
const ReviewOne = lazy(async () => (await import("./screens/Review.tsx")).ReviewOne)
const Reviews = lazy(async () => (await import("./screens/Review.tsx")).Reviews)
const SignUp = lazy(async () => (await import("./screens/SignUp.tsx")).SignUp)

/** Leads on, without a way back to here. */
const Onward = ({ to }: { to: string }) => {
  const { route } = useLocation()
  useEffect(() => route(to, true), [to])
  return null
}

const Home = () => {
  if (account.value?.stage === "confirm") return <Onward to="/sign-up" />
  return settled.value ? <Onward to="/record" /> : <Welcome />
}

/** For somebody whose record is on this device; others begin at the beginning. */
const owned = (Inner: ComponentType) => () => (settled.value ? <Inner /> : <Onward to="/" />)

const OwnedAccount = owned(Account)
const OwnedAccess = owned(Access)
const OwnedAdd = owned(Add)
const OwnedCard = owned(Card)
const OwnedCategory = owned(Category)
const OwnedConsents = owned(Consents)
const OwnedDevices = owned(Devices)
const OwnedMySummary = owned(MySummary)
const OwnedOffers = owned(Offers)
const OwnedOpenDocument = owned(OpenDocument)
const OwnedRecord = owned(Record)
const OwnedReviewOne = owned(ReviewOne)
const OwnedReviews = owned(Reviews)

const NotFound = () => <Screen title={sharedWords.value.notFound}>{null}</Screen>

const places = (): Place[] => {
  const { places: names } = words.value
  return [
    { href: "/record", label: names.record, icon: "record" },
    { href: "/card", label: names.card, icon: "card" },
    { href: "/access", label: names.access, icon: "access" },
    { href: "/review", label: names.review, icon: "review", waiting: waitingReviews.value },
    { href: "/account", label: names.account, icon: "person" },
  ]
}

const App = () => (
  <LocationProvider>
    <Frame
      name={words.value.name}
      placesLabel={words.value.places.label}
      places={settled.value ? places() : []}
      notices={
        settled.value ? (
          <ErrorBoundary>
            <Notices />
          </ErrorBoundary>
        ) : undefined
      }
    >
      <Router>
        <Route path="/" component={Home} />
        <Route path="/sign-up" component={SignUp} />
        <Route path="/recover" component={Recover} />
        <Route path="/consents" component={OwnedConsents} />
        <Route path="/record" component={OwnedRecord} />
        <Route path="/record/category" component={OwnedCategory} />
        <Route path="/record/open" component={OwnedOpenDocument} />
        <Route path="/record/add" component={OwnedAdd} />
        <Route path="/summary" component={OwnedMySummary} />
        <Route path="/summary/offers" component={OwnedOffers} />
        <Route path="/card" component={OwnedCard} />
        <Route path="/access" component={OwnedAccess} />
        <Route path="/review" component={OwnedReviews} />
        <Route path="/review/one" component={OwnedReviewOne} />
        <Route path="/account" component={OwnedAccount} />
        <Route path="/devices" component={OwnedDevices} />
        <Route path="/deactivate" component={Deactivate} />
        <Route default component={NotFound} />
      </Router>
    </Frame>
  </LocationProvider>
)

watchRemoval()
await openDevice().catch(() => undefined)
await start(<App />)

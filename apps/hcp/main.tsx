import { LocationProvider, Route, Router } from "preact-iso"
import { Frame, Screen } from "../shared/parts/Frame.tsx"
import { start } from "../shared/start.tsx"
import { sharedWords } from "../shared/words/shared.ts"
import { words } from "./words/words.ts"

const Welcome = () => <Screen title={words.value.name}>{null}</Screen>
const NotFound = () => <Screen title={sharedWords.value.notFound}>{null}</Screen>

const App = () => (
  <LocationProvider>
    <Frame name={words.value.name} placesLabel={words.value.places}>
      <Router>
        <Route path="/" component={Welcome} />
        <Route default component={NotFound} />
      </Router>
    </Frame>
  </LocationProvider>
)

await start(<App />)

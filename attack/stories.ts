import type { Story } from "./ground.ts"
import { addressStories } from "./stories/addresses.ts"
import { authorStories } from "./stories/authors.ts"
import { decisionStories } from "./stories/decisions.ts"
import { destructionStories } from "./stories/destruction.ts"
import { evidenceStories } from "./stories/evidence.ts"
import { firstDeviceStories } from "./stories/first-device.ts"
import { floodStories } from "./stories/flood.ts"
import { forkStories } from "./stories/fork.ts"
import { frontStories } from "./stories/front.ts"
import { inventedStories } from "./stories/invented.ts"
import { metadataStories } from "./stories/metadata.ts"
import { passwordStories } from "./stories/password.ts"
import { proposalStories } from "./stories/proposals.ts"
import { relayStories } from "./stories/relay.ts"
import { revocationStories } from "./stories/revocation.ts"
import { stolenStories } from "./stories/stolen.ts"
import { toldStories } from "./stories/told.ts"
import { witnessStories } from "./stories/witness.ts"

/** The attacks that a review found, as stories over the whole SDK. */
export const stories: readonly Story[] = [
  ...relayStories,
  ...forkStories,
  ...witnessStories,
  ...authorStories,
  ...decisionStories,
  ...proposalStories,
  ...revocationStories,
  ...floodStories,
  ...firstDeviceStories,
  ...passwordStories,
  ...metadataStories,
  ...addressStories,
  ...evidenceStories,
  ...inventedStories,
  ...frontStories,
  ...stolenStories,
  ...destructionStories,
  ...toldStories,
]

/** Those that need a browser, a build or an authority of their own, and where they are played. */
export const playedElsewhere: readonly { attack: number; name: string; tests: readonly string[] }[] = [
  { attack: 4, name: "the operator serves an altered app", tests: ["test/bin/verify-apps.test.ts"] },
  {
    attack: 12,
    name: "a record removed from a device while another page has it open",
    tests: ["test/apps/device-store.test.ts", "test/apps/ehr-leave.test.ts", "test/e2e/leave.test.ts"],
  },
  {
    attack: 14,
    name: "an old answer about revocation, or one by a responder who was revoked",
    tests: ["test/certify/revocation-age.test.ts", "test/certify/revocation-responder.test.ts"],
  },
  { attack: 14, name: "a key file that takes a device's whole day to open", tests: ["test/sdk/hcp/pkcs12.test.ts"] },
]

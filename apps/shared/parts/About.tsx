import { useEffect, useState } from "preact/hooks"
import * as z from "zod/mini"
import { about, type About as Told } from "../../about.ts"
import { formatNumber } from "../format.ts"
import { aboutWords } from "../words/about.ts"
import { sharedWords } from "../words/shared.ts"
import { Button } from "./Button.tsx"
import { Dialog } from "./Dialog.tsx"

/** Put in by the build: the version of the checkout. */
declare const appVersion: string

const readTold = async (): Promise<Told> => {
  // oxlint-disable-next-line eslint/no-restricted-globals -- the app's own file, from its own origin
  const response = await fetch("/config.json", { credentials: "omit", redirect: "error" })
  return z.parse(z.object({ about }), await response.json()).about
}

/** Which build this device keeps, by the service worker's name for it; none without a worker. */
const buildKept = async (): Promise<string | undefined> =>
  (await caches.keys()).find((name) => name.startsWith("shell-"))?.slice("shell-".length)

const Facts = ({ told }: { told: Told }) => {
  const { responsible, region, trail, trailKept, help } = aboutWords.value
  return (
    <dl class="facts">
      <div>
        <dt>{responsible}</dt>
        <dd>{told.responsible}</dd>
      </div>
      <div>
        <dt>{region}</dt>
        <dd>{told.region}</dd>
      </div>
      <div>
        <dt>{trail}</dt>
        <dd>{trailKept(formatNumber(told.trailDays))}</dd>
      </div>
      <div>
        <dt>{help}</dt>
        <dd>
          <a href={told.help} rel="noreferrer">
            {told.help.replace(/^(?:mailto:|tel:)/, "")}
          </a>
        </dd>
      </div>
    </dl>
  )
}

/** Which version this is, who is responsible for what is kept, where and how long, and where to ask. */
export const About = ({ open, onClose }: { open: boolean; onClose: () => void }) => {
  const { title, version, privacy, sealed, known, nothing } = aboutWords.value
  const [told, setTold] = useState<Told | "nothing">()
  const [build, setBuild] = useState<string>()
  useEffect(() => {
    readTold().then(setTold, () => setTold("nothing"))
    buildKept().then(setBuild, () => undefined)
  }, [])
  return (
    <Dialog open={open} title={title} onClose={onClose}>
      <p>
        {version(appVersion)} {build !== undefined && <span class="mono small muted">{build}</span>}
      </p>
      <h3>{privacy}</h3>
      <p>{sealed}</p>
      <p>{known}</p>
      {told === "nothing" ? <p>{nothing}</p> : told !== undefined && <Facts told={told} />}
      <div class="dialog-actions">
        <Button onClick={onClose}>{sharedWords.value.close}</Button>
      </div>
    </Dialog>
  )
}

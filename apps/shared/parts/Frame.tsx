import type { ComponentChildren } from "preact"
import { useEffect, useRef, useState } from "preact/hooks"
import { useLocation } from "preact-iso"
import { sharedWords } from "../words/shared.ts"
import { isWriting, newVersion } from "../worker.ts"
import { Banner } from "./Banner.tsx"
import { Button } from "./Button.tsx"
import { Icon, type IconName } from "./Icon.tsx"
import { SettingsMenu } from "./SettingsMenu.tsx"

export interface Place {
  readonly href: string
  readonly label: string
  readonly icon: IconName
  /** How many things wait there. */
  readonly waiting?: number
}

/** Never over what somebody is writing. */
const NewVersion = ({ update }: { update: () => void }) => {
  const { update: label, newVersion: ready, updateLater } = sharedWords.value
  const [refused, setRefused] = useState(false)
  const ask = () => {
    const busy = isWriting()
    setRefused(busy)
    if (!busy) update()
  }
  return (
    <Banner title={ready}>
      <p role="status">{refused && updateLater}</p>
      <div>
        <Button onClick={ask}>{label}</Button>
      </div>
    </Banner>
  )
}

/** The frame around every screen: name, settings, places to go (none before somebody has signed in), and whatever holds everywhere. */
export const Frame = ({
  name,
  places = [],
  placesLabel,
  aside,
  notices,
  children,
}: {
  name: string
  places?: readonly Place[]
  placesLabel: string
  /** At the right of the bar. */
  aside?: ComponentChildren
  /** Above every screen, such as a running emergency access. */
  notices?: ComponentChildren
  children: ComponentChildren
}) => {
  const { path } = useLocation()
  const { skip } = sharedWords.value
  const current = (href: string) => path === href || path.startsWith(`${href}/`)
  return (
    <div class={places.length > 0 ? "frame frame-places" : "frame"}>
      <header class="frame-bar">
        <a class="button skip" href="#main">
          {skip}
        </a>
        <a class="frame-name" href="/">
          <Icon name="shield" />
          {name}
        </a>
        {aside}
        <SettingsMenu />
      </header>
      <main class="frame-main stack" id="main" tabIndex={-1}>
        {notices}
        {newVersion.value !== undefined && <NewVersion update={newVersion.value.update} />}
        {children}
      </main>
      {places.length > 0 && (
        <nav class="places" aria-label={placesLabel}>
          <ul>
            {places.map(({ href, label, icon, waiting = 0 }) => (
              <li key={href}>
                <a class="place" href={href} aria-current={current(href) ? "page" : undefined}>
                  <Icon name={icon} />
                  <span>{label}</span>
                  {waiting > 0 && <span class="badge badge-warn">{waiting}</span>}
                </a>
              </li>
            ))}
          </ul>
        </nav>
      )}
    </div>
  )
}

/**
 * A screen's head and body. Who comes to it hears its title: the focus goes to the heading, unless it was the first screen to open; the
 * document's title never names a person.
 */
export const Screen = ({
  title,
  lead,
  narrow = false,
  actions,
  children,
}: {
  title: string
  lead?: ComponentChildren
  narrow?: boolean
  actions?: ComponentChildren
  children: ComponentChildren
}) => {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = title
  }, [title])
  useEffect(() => {
    if (visited) heading.current?.focus()
    visited = true
    window.scrollTo(0, 0)
  }, [])
  return (
    <div class={narrow ? "stack narrow" : "stack"}>
      <div class="stack stack-s">
        <div class="row row-between">
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {actions !== undefined && <div class="row no-print">{actions}</div>}
        </div>
        {lead !== undefined && <div class="muted">{lead}</div>}
      </div>
      {children}
    </div>
  )
}

let visited = false

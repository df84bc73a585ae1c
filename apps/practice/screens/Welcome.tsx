import { LinkButton } from "../../shared/parts/Button.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { Icon } from "../../shared/parts/Icon.tsx"
import { words } from "../words/words.ts"

const icons = { yours: "lock", find: "person", lost: "record" } as const

export const Welcome = () => {
  const { welcome } = words.value
  return (
    <Screen title={welcome.title} lead={welcome.lead} narrow>
      <div class="row">
        <LinkButton look="main" href="/sign-up">
          {welcome.create}
        </LinkButton>
        <LinkButton href="/join">{welcome.join}</LinkButton>
        <LinkButton href="/recover">{welcome.recover}</LinkButton>
      </div>
      <ul class="panel">
        {(["yours", "find", "lost"] as const).map((point) => {
          const [head, text] = welcome.points[point]
          return (
            <li key={point} class="point">
              <Icon name={icons[point]} size={28} />
              <div>
                <h2>{head}</h2>
                <p class="muted">{text}</p>
              </div>
            </li>
          )
        })}
      </ul>
    </Screen>
  )
}

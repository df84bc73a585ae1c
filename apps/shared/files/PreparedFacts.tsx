import { formatNumber } from "../format.ts"
import { Banner } from "../parts/Banner.tsx"
import { Choice } from "../parts/Field.tsx"
import { sharedWords } from "../words/shared.ts"
import type { CleanedPicture, PreparedFile, UncleanedPicture } from "./prepare.ts"
import { fileWords } from "./words.ts"

const sizeText = ({ width, height }: { readonly width: number; readonly height: number }) =>
  `${formatNumber(width)} × ${formatNumber(height)}`

const Cleaned = ({ picture: { drawn } }: { picture: CleanedPicture }) => {
  const { drawn: smaller, cleaned } = fileWords.value
  const isSmaller = drawn !== undefined && drawn.to.width < drawn.from.width
  return <p class="small">{isSmaller ? smaller(sizeText(drawn.from), sizeText(drawn.to)) : cleaned}</p>
}

const Uncleaned = ({
  picture: { because },
  asItIs,
  onAsItIs,
}: {
  picture: UncleanedPicture
  asItIs: boolean
  onAsItIs: (asItIs: boolean) => void
}) => {
  const { uncleanedTitle, uncleaned, asItIs: label, asItIsHint } = fileWords.value
  return (
    <Banner tone="warn" title={uncleanedTitle}>
      <p>{uncleaned[because]}</p>
      <Choice label={label} hint={asItIsHint} checked={asItIs} required onChecked={onAsItIs} />
    </Banner>
  )
}

/** What is said of a file when it is added: what was done to it, and what can't be. `asItIs`: what isn't clean was asked for all the same. */
export const PreparedFacts = ({
  prepared: { detected, picture },
  asItIs,
  onAsItIs,
}: {
  prepared: PreparedFile
  asItIs: boolean
  onAsItIs: (asItIs: boolean) => void
}) => (
  <>
    {picture?.outcome === "cleaned" && <Cleaned picture={picture} />}
    {detected.unshown !== undefined && (
      <Banner tone="warn">
        <p>{sharedWords.value.unshown[detected.unshown]}</p>
      </Banner>
    )}
    {detected.isProtected === true && (
      <Banner tone="warn">
        <p>{fileWords.value.isProtected}</p>
      </Banner>
    )}
    {picture?.outcome === "uncleaned" && <Uncleaned picture={picture} asItIs={asItIs} onAsItIs={onAsItIs} />}
  </>
)

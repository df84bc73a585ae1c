import { useEffect, useState } from "preact/hooks"
import type { Role } from "../../../protocol/practice/claims.ts"
import {
  acceptMember,
  changeRole,
  inviteMember,
  listInvitations,
  memberCertificates,
  type NewInvitation,
  type OwnInvitation,
  removeMember,
} from "../../../sdk/practice/members.ts"
import { useCertified } from "../../shared/certified.ts"
import { formatMoment } from "../../shared/format.ts"
import { Banner, TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button } from "../../shared/parts/Button.tsx"
import { ConfirmDialog } from "../../shared/parts/ConfirmDialog.tsx"
import { SelectField } from "../../shared/parts/Field.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { Words } from "../../shared/phrase/Phrase.tsx"
import { useDeed } from "../../shared/use-deed.ts"
import { sharedWords } from "../../shared/words/shared.ts"
import { memberWords } from "../members/words.ts"
import { CodePicture } from "../parts/CodePicture.tsx"
import { inPractice, known, ownMember, token } from "../state.ts"
import { words } from "../words/words.ts"

/** Who somebody is by their certificate, as this device judges it; of the reception, who may have none, the member's number. */
const MemberName = ({ memberId, certificate }: { memberId: string; certificate: string | undefined }) => {
  const { certified } = sharedWords.value
  const says = memberWords.value
  const found = useCertified({ statement: certificate })
  if (certificate === undefined) return <>{says.numbered(memberId.slice(0, 4))}</>
  if (found === undefined) return <>{certified.verifying}</>
  if (found.outcome !== "certified") return <span class="badge badge-bad">{certified[found.outcome]}</span>
  return (
    <>
      {[found.name, sharedWords.value.professions[found.profession], found.organization]
        .filter((part) => part !== undefined)
        .join(", ")}
    </>
  )
}

const isRole = (text: string): text is Role => text === "owner" || text === "clinician" || text === "reception"

const Member = ({
  memberId,
  role,
  certificate,
  isOwner,
}: {
  memberId: string
  role: Role
  certificate: string | undefined
  isOwner: boolean
}) => {
  const says = memberWords.value
  const { roles } = words.value.account
  const [removing, setRemoving] = useState(false)
  const { busy, error, run } = useDeed()
  const isOwn = ownMember.value?.memberId === memberId
  const remove = async () => {
    await inPractice((practice) => removeMember(practice, memberId))
    setRemoving(false)
  }
  return (
    <li class="stack stack-s">
      <p class="strong">
        <MemberName memberId={memberId} certificate={certificate} />
        {isOwn && (
          <>
            {" "}
            <span class="badge">{says.you}</span>
          </>
        )}
      </p>
      {isOwner && !isOwn ? (
        <div class="row">
          <SelectField
            label={`${says.role}: ${memberId.slice(0, 4)}`}
            value={role}
            options={roles}
            onValue={(next) => run(() => inPractice((practice) => changeRole(practice, memberId, next)))}
          />
          <Button look="danger" onClick={() => setRemoving(true)}>
            {says.remove}
          </Button>
        </div>
      ) : (
        <p class="small muted">{roles[role]}</p>
      )}
      <TroubleBanner error={removing ? undefined : error} />
      <ConfirmDialog
        open={removing}
        title={says.removeTitle}
        confirm={says.remove}
        busy={busy}
        error={error}
        onConfirm={() => run(remove)}
        onClose={() => setRemoving(false)}
      >
        <p>{says.removeText}</p>
      </ConfirmDialog>
    </li>
  )
}

const Invitation = ({ invitation, onDone }: { invitation: OwnInvitation; onDone: () => void }) => {
  const says = memberWords.value
  const { invitationId, memberId, role, state, expiresAt, certificate } = invitation
  const { busy, error, run } = useDeed()
  return (
    <li class="stack stack-s">
      <p>
        {words.value.account.roles[role]}:{" "}
        {state === "vouched" ? <MemberName memberId={memberId} certificate={certificate} /> : says.states[state]}
      </p>
      <p class="small muted">{says.until(formatMoment(expiresAt * 1000))}</p>
      {state === "vouched" && (
        <div>
          <Button
            look="main"
            busy={busy}
            onClick={() =>
              run(async () => {
                await inPractice((practice) => acceptMember(practice, invitationId))
                onDone()
              })
            }
          >
            {says.accept}
          </Button>
        </div>
      )}
      <TroubleBanner error={error} />
    </li>
  )
}

/** The secret of an invitation, once: whoever has it can come. */
const Secret = ({
  invitation: { words: text, code, expiresAt },
  onDone,
}: {
  invitation: NewInvitation
  onDone: () => void
}) => {
  const says = memberWords.value
  return (
    <Banner title={says.secretTitle}>
      <p>{says.secretText}</p>
      <Words text={text} />
      <CodePicture text={code} alt={says.codeAlt} />
      <p class="small muted">{says.until(formatMoment(expiresAt * 1000))}</p>
      <div class="row">
        <Button onClick={() => window.print()}>{sharedWords.value.print}</Button>
        <Button onClick={onDone}>{says.secretDone}</Button>
      </div>
    </Banner>
  )
}

const Invite = ({ onInvited }: { onInvited: () => void }) => {
  const says = memberWords.value
  const [role, setRole] = useState<Role>("clinician")
  const [made, setMade] = useState<NewInvitation>()
  const { busy, error, run } = useDeed()
  const invite = async () => {
    setMade(await inPractice((practice) => inviteMember(practice, role)))
    onInvited()
  }
  return (
    <section class="panel" aria-labelledby="invite">
      <h2 id="invite">{says.invite}</h2>
      {made === undefined ? (
        <>
          <p class="small muted">{says.inviteText}</p>
          <SelectField
            label={says.role}
            value={role}
            options={words.value.account.roles}
            hint={says.hints[role]}
            onValue={(next) => isRole(next) && setRole(next)}
          />
          <TroubleBanner error={error} />
          <div>
            <Button look="main" busy={busy} onClick={() => run(invite)}>
              {says.invite}
            </Button>
          </div>
        </>
      ) : (
        <Secret invitation={made} onDone={() => setMade(undefined)} />
      )}
    </section>
  )
}

/** Who works here, who is on their way, and how to invite somebody. */
export const Members = () => {
  const says = memberWords.value
  const [certificates, setCertificates] = useState<ReadonlyMap<string, string>>(new Map())
  const [invitations, setInvitations] = useState<readonly OwnInvitation[]>([])
  const [round, setRound] = useState(0)
  const { error, run } = useDeed()
  const practice = known()
  const isOwner = ownMember.value?.role === "owner"
  const list = practice?.members.number
  useEffect(() => {
    if (!isOwner) return
    run(async () => {
      await inPractice(async (each) => {
        await each.sync()
        setCertificates(await memberCertificates(each))
        setInvitations(await listInvitations(each))
      })
    })
  }, [isOwner, list, round, token.value === undefined])
  const active = (practice?.members.claims.members ?? []).filter(({ until }) => until === undefined)
  const listed = new Set(active.map(({ memberId }) => memberId))
  const waiting = invitations.filter(({ memberId }) => !listed.has(memberId))
  return (
    <Screen title={says.title} lead={says.lead} narrow>
      <TroubleBanner error={error} retry={() => setRound(round + 1)} />
      <section class="panel" aria-labelledby="working">
        <h2 id="working">{says.working}</h2>
        <ul class="list">
          {active.map(({ memberId, role }) => (
            <Member
              key={memberId}
              memberId={memberId}
              role={role}
              certificate={certificates.get(memberId)}
              isOwner={isOwner}
            />
          ))}
        </ul>
      </section>
      {isOwner ? (
        <>
          {waiting.length > 0 && (
            <section class="panel" aria-labelledby="waiting">
              <div class="row row-between">
                <h2 id="waiting">{says.waiting}</h2>
                <Button onClick={() => setRound(round + 1)}>{says.look}</Button>
              </div>
              <ul class="list">
                {waiting.map((each) => (
                  <Invitation key={each.invitationId} invitation={each} onDone={() => setRound(round + 1)} />
                ))}
              </ul>
            </section>
          )}
          <Invite onInvited={() => setRound(round + 1)} />
        </>
      ) : (
        <p>{says.ownersOnly}</p>
      )}
    </Screen>
  )
}

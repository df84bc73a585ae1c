import { RevocationMemory } from "../../certify/revocation-memory.ts"
import type { RequestOf, RouteName } from "../../contract/routes.ts"
import { changeMembers, getInvitation, getMembers, invite, join } from "../../functions/domain/practice-members.ts"
import { confirm, getChanges, getPractice, register } from "../../functions/domain/practices.ts"
import type { ProfessionalTrust } from "../../functions/domain/professionals.ts"
import { toBase64url, utf8 } from "../../protocol/crypto/bytes.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { sha256 } from "../../protocol/crypto/primitives.ts"
import type { PracticeChange, Role } from "../../protocol/practice/claims.ts"
import { openPracticeKeys } from "../../protocol/practice/keys.ts"
import { sealEntry } from "../../protocol/practice/sealed-entry.ts"
import type { Descriptor } from "../../protocol/record.ts"
import { namedBy } from "../../protocol/skip-links.ts"
import { statementHash } from "../../protocol/statement.ts"
import type { Cloud } from "../../sdk/cloud.ts"
import type { Credential } from "../../sdk/hcp/emergency-access.ts"
import { type NewPractice, register as openRegistration } from "../../sdk/practice/account.ts"
import {
  acceptMember,
  inviteMember,
  joinPractice,
  listInvitations,
  readInvitation,
} from "../../sdk/practice/members.ts"
import { openPractice, type Practice } from "../../sdk/practice/practice.ts"
import { signChange } from "../../sdk/practice/signed-change.ts"
import { confirmationCode } from "../fakes/accounts.ts"
import type { MemoryCloud } from "../fakes/cloud.ts"
import type { newCertification } from "./certification.ts"
import { named } from "./entries.ts"
import { loginOf } from "./people.ts"

export const fileId = `${"F".repeat(21)}A`

export type OpenedPractice = Awaited<ReturnType<PracticeRequests["open"]>>

/** What the devices of practices send to a cloud in memory. */
export class PracticeRequests {
  readonly deps: MemoryCloud & ProfessionalTrust
  readonly #cloud: MemoryCloud
  readonly #certification: ReturnType<typeof newCertification>

  constructor(cloud: MemoryCloud, certification: ReturnType<typeof newCertification>) {
    this.#cloud = cloud
    this.#certification = certification
    const { trust, revocation } = certification
    this.deps = { ...cloud, trust, revocation, memory: new RevocationMemory() }
  }

  /** What the SDK would send. */
  async registration(
    email = "practice@example.org",
    credential: Credential = this.#certification.professional("Physician"),
  ): Promise<{ request: RequestOf<"practice/register">; made: NewPractice }> {
    let sent: object = {}
    const call = async (_: string, request: object) => (sent = request)
    const { cloud, providerKeys } = this.#cloud
    const of = { cloudId: cloud.cloudId, provider: providerKeys, name: "", api: { call } }
    const made = await openRegistration(of as unknown as Cloud, loginOf(email), credential)
    return { request: sent as RequestOf<"practice/register">, made }
  }

  /** A practice that is open. */
  async open(email?: string) {
    const cloud = this.#cloud
    const { request, made } = await this.registration(email)
    await register(this.deps, request, cloud.call)
    const { practiceId, memberId } = request
    await confirm(cloud, { practiceId, memberId, code: confirmationCode }, cloud.call)
    const place = { cloudId: cloud.cloud.cloudId, practiceId }
    const opened = await openPracticeKeys(place, request.keys, made.keys.sealing)
    return {
      ...made,
      request,
      place,
      opened,
      actor: { practiceId, memberId, issuedAt: Math.floor(cloud.now.getTime() / 1000) },
    }
  }

  /** A member's device. What it asks of a route in `stopAt` isn't done: that is answered instead. */
  async asked<N extends RouteName>(
    { keys, memory, actor }: Pick<OpenedPractice, "keys" | "memory" | "actor">,
    stopAt: N,
    act: (practice: Practice) => Promise<unknown>,
  ): Promise<RequestOf<N>> {
    let asked: object | undefined
    const cloud = await this.device(actor, (name, request) => {
      if (name !== stopAt) return false
      asked = request
      return true
    })
    const session = { cloud, accessToken: "", keys, memory: structuredClone(memory) }
    await act(await openPractice(session)).catch(() => undefined)
    if (asked === undefined) throw new Error(`nobody asks ${stopAt}`)
    return asked as RequestOf<N>
  }

  /** The practice on a member's device. */
  async at({ keys, memory, actor }: Pick<OpenedPractice, "keys" | "memory" | "actor">): Promise<Practice> {
    return openPractice({ cloud: await this.device(actor), accessToken: "", keys, memory: structuredClone(memory) })
  }

  /** Somebody who was invited, came, and was let in; `credential` none: whoever may come without one. */
  async comeIn(owner: OpenedPractice, role: Role, credential?: Credential) {
    const practice = await this.at(owner)
    const device = practice.session.cloud
    const { words, memberId } = await inviteMember(practice, role)
    const login = loginOf(`${memberId.toLowerCase()}@example.org`)
    const { keys, memory } = await joinPractice(device, await readInvitation(device, words), login, credential)
    const actor = { ...owner.actor, memberId }
    await confirm(this.deps, { ...actor, code: confirmationCode }, this.#cloud.call)
    const [invitation] = await listInvitations(practice)
    await acceptMember(practice, invitation?.invitationId ?? "")
    return { keys, memory, actor, login }
  }

  /** The cloud as a member's device reaches it. */
  async device(
    actor: OpenedPractice["actor"],
    isStopped: (name: RouteName, request: object) => boolean = () => false,
  ): Promise<Cloud> {
    const { cloud, providerKeys, call } = this.#cloud
    const { deps } = this
    const routes: Partial<Record<RouteName, (request: never) => Promise<unknown>>> = {
      "practice/get-practice": (request) => getPractice(deps, actor, request),
      "practice/get-changes": (request) => getChanges(deps, actor, request),
      "practice/get-members": (request) => getMembers(deps, actor, request, call),
      "practice/get-invitation": (request) => getInvitation(deps, request, call),
      "practice/invite": (request) => invite(deps, actor, request, call),
      "practice/join": (request) => join(deps, request, call),
      "practice/confirm": (request) => confirm(deps, request, call),
      "practice/change-members": (request) => changeMembers(deps, actor, request, call),
    }
    const ask = async (name: RouteName, request: object) => {
      if (isStopped(name, request)) throw new Error("stopped")
      return routes[name]?.(request as never)
    }
    const of = { cloudId: cloud.cloudId, provider: providerKeys, name: "" }
    return { ...of, api: { address: "", call: ask } } as unknown as Cloud
  }

  /** The change after the newest, about a file. */
  async putting(
    { actor, place, keys, request, opened }: OpenedPractice,
    {
      version = 1,
      content = null,
      deleted = false,
      more = {},
    }: { version?: number; content?: Descriptor | null; deleted?: boolean; more?: object } = {},
  ): Promise<RequestOf<"practice/put-file">> {
    const { members, keys: sealed } = request
    const { changes } = await getChanges(this.#cloud, actor, { after: "0" })
    const hashes = await Promise.all(changes.map(({ change }) => statementHash(change)))
    const number = changes.length + 1
    const entry = await sealEntry(opened.directory, { ...named("Smith", "John"), fileId, version })
    const change: PracticeChange = {
      kind: "file",
      fileId,
      entry: { version, epoch: 1, hash: toBase64url(await sha256(utf8(entry))) },
      content,
      ...(deleted && { deleted }),
    }
    const [, ...skips] = namedBy(number).map((earlier) => hashes[earlier - 1] ?? "")
    const said = {
      number,
      previous: hashes.at(-1) ?? null,
      skips,
      members: { number: 1, hash: await statementHash(members) },
      keys: await canonicalHash(sealed),
      change,
      ...more,
    }
    const share = content === null ? {} : { share: "S".repeat(42).concat("A") }
    return { fileId, change: await signChange(place, keys, said), entry, ...share }
  }
}

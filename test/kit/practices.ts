import { utf8 } from "../../protocol/crypto/bytes.ts"
import type { Role } from "../../protocol/practice/claims.ts"
import { openCloud } from "../../sdk/cloud.ts"
import type { Credential } from "../../sdk/hcp/emergency-access.ts"
import { confirm, register, signIn } from "../../sdk/practice/account.ts"
import { addFile, type NewEntry } from "../../sdk/practice/files.ts"
import {
  acceptMember,
  inviteMember,
  joinPractice,
  listInvitations,
  readInvitation,
} from "../../sdk/practice/members.ts"
import { openPractice, type Practice } from "../../sdk/practice/practice.ts"
import type { PracticeMemory, PracticeSession } from "../../sdk/practice/session.ts"
import { loginOf } from "./people.ts"

/** Somebody who is typed in. */
export const newEntry = (family: string, given: string, said: Partial<NewEntry> = {}): NewEntry => ({
  names: [{ family, given }],
  sex: "unknown",
  identifiers: [],
  phones: [],
  ...said,
})

/** What a file holds, which nobody would mistake for another's. */
export const contentOf = (text: string) => utf8(JSON.stringify({ resourceType: "Bundle", note: text }))

/** A practice that is open, with its owner signed in; `code`: what they were mailed. */
export const openNewPractice = async (
  address: string,
  email: string,
  credential: Credential,
  code: (memory: PracticeMemory) => Promise<string>,
) => {
  const cloud = await openCloud(address)
  const login = loginOf(email)
  const { keys, memory, recoveryPhrase } = await register(cloud, login, credential)
  await confirm(cloud, memory, await code(memory))
  const session = await signIn(cloud, login, keys, memory)
  return { cloud, login, phrase: recoveryPhrase, session, practice: await openPractice(session) }
}

/** The same with a patient's file. */
export const fullPractice = async (...of: Parameters<typeof openNewPractice>) => {
  const opened = await openNewPractice(...of)
  const entry = await addFile(opened.practice, newEntry("Smith", "John"), contentOf("of John Smith"))
  return { ...opened, entry }
}

/** Somebody who was invited and came by the words, and has confirmed their address; nobody let them in yet. */
export const comeBy = async (
  words: string,
  { address, email, credential, code }: Joiner,
): Promise<{ session: PracticeSession; login: ReturnType<typeof loginOf> }> => {
  const cloud = await openCloud(address)
  const login = loginOf(email)
  const { keys, memory } = await joinPractice(cloud, await readInvitation(cloud, words), login, credential)
  await confirm(cloud, memory, await code(memory))
  return { session: await signIn(cloud, login, keys, memory), login }
}
export interface Joiner {
  readonly address: string
  readonly email: string
  readonly credential: Credential | undefined
  readonly code: (memory: PracticeMemory) => Promise<string>
}

/** Somebody whom the owner invited and let in. */
export const newMember = async (owner: Practice, role: Role, joiner: Joiner) => {
  const { words, memberId } = await inviteMember(owner, role)
  const { session, login } = await comeBy(words, joiner)
  const invitation = (await listInvitations(owner)).find((each) => each.memberId === memberId)
  await acceptMember(owner, invitation?.invitationId ?? "")
  return { session, login, practice: await openPractice(session) }
}

/** The device at the start of the day. */
export const reopened = async (session: PracticeSession): Promise<Practice> =>
  openPractice({ ...session, memory: structuredClone(session.memory) })

import type { HcpAccounts, PatientAccounts } from "../../functions/domain/ports.ts"

export const confirmationCode = "123456"
const strong = (password: string) => password.length >= 12

/** The patients' pool in memory. */
export const memoryPatientAccounts = () => {
  const users = new Map<string, { email: string; password: string; confirmed: boolean }>()
  const accounts: PatientAccounts = {
    signUp: async (patientId, email, password) => {
      if (!strong(password)) return "password-too-weak"
      users.set(patientId, { email, password, confirmed: false })
      return "created"
    },
    confirm: async (patientId, code) => {
      const user = users.get(patientId)
      if (user === undefined) return "confirmation-code-wrong"
      if (user.confirmed) return "confirmed"
      if (code !== confirmationCode) return "confirmation-code-wrong"
      users.set(patientId, { ...user, confirmed: true })
      return "confirmed"
    },
    signIn: async (email, password) => {
      const found = [...users].find(([, user]) => user.confirmed && user.email === email && user.password === password)
      return found && { patientId: found[0], accessToken: `token of ${found[0]}`, expiresIn: 3600 }
    },
    remove: async (patientId) => {
      users.delete(patientId)
    },
  }
  return { accounts, snapshot: () => Object.fromEntries(users) }
}

/** The pool of temporary accounts in memory, two to a page. */
export const memoryHcpAccounts = () => {
  const users = new Map<string, { enabled: boolean }>()
  let sessions = 0
  const accounts: HcpAccounts = {
    openSession: async (account) => {
      users.set(account, { enabled: true })
      return { accessToken: `session ${++sessions} of ${account}`, expiresIn: 3600 }
    },
    list: async (after) => {
      const names = [...users.keys()].sort().filter((name) => after === undefined || name > after)
      const page = names.slice(0, 2)
      const accounts = page.map((account) => ({ account, enabled: users.get(account)?.enabled ?? false }))
      const last = page.at(-1)
      return names.length > page.length && last !== undefined ? { accounts, next: last } : { accounts }
    },
    disable: async (account) => {
      users.set(account, { enabled: false })
    },
    remove: async (account) => {
      users.delete(account)
    },
  }
  return { accounts, snapshot: () => Object.fromEntries(users) }
}

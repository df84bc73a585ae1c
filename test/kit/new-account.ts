import { confirmationCode } from "../fakes/accounts.ts"
import { type Account, openAccount } from "./people.ts"

/** An account in a cloud in memory, with an empty record and both consents. */
export const newAccount = (address: string, email: string): Promise<Account> =>
  openAccount(address, email, async () => confirmationCode)

/** Passwords: argon2id, so many at once at most, and the same work for a user that does not exist. */

import PQueue from 'p-queue'
import { newSecret } from './secrets.ts'

/** OWASP's second choice for argon2id: 19 MiB and two passes, some 50 ms of one core. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
/** A flood of logins must leave cores and memory for the shops. */
const atOnceMax = 2

export const passwordLengthMin = 12
export const passwordLengthMax = 200

export interface Passwords {
  hash(password: string): Promise<string>
  /** `stored` undefined: there is no such user; takes as long and is false. */
  matches(password: string, stored: string | undefined): Promise<boolean>
}

/** The same characters however a keyboard composes them. */
const canonical = (password: string) => password.normalize('NFKC')

export type PasswordFault = 'short' | 'long' | 'name'

/** What is wrong with a password that somebody wants; undefined when nothing is. */
export function faultOf(password: string, name: string): PasswordFault | undefined {
  const text = canonical(password)
  if (text.length < passwordLengthMin) return 'short'
  if (text.length > passwordLengthMax) return 'long'
  return text.toLowerCase() === canonical(name).toLowerCase() ? 'name' : undefined
}

export function createPasswords(): Passwords {
  const queue = new PQueue({ concurrency: atOnceMax })
  // Loaded with the first password: a server that nobody signs in to does without it.
  const argon2 = () => import('@node-rs/argon2')
  const hashed = (password: string) => queue.add(async () => (await argon2()).hash(canonical(password), cost))
  let nobodys: Promise<string> | undefined

  return {
    hash: hashed,
    async matches(password, stored) {
      nobodys ??= hashed(newSecret())
      const against = stored ?? (await nobodys)
      // No password that may be chosen is longer; a text of megabytes is not worth hashing.
      const given = canonical(password.slice(0, 2 * passwordLengthMax))
      const isRight = await queue.add(async () => (await argon2()).verify(against, given))
      return isRight && stored !== undefined
    },
  }
}

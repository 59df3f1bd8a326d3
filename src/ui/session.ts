/** Who may see the pages: a cookie that holds a signed time of expiry, and a brake on guessing. */

import { createHmac } from 'node:crypto'
import { sameSecret } from '../api/auth.ts'
import type { Clock } from '../clock.ts'

export const cookieName = 'onhand_session'
export const sessionMs = 12 * 3_600_000

/** `EXPIRY.SIGNATURE`: a new admin token ends every session. */
export function createSession(adminToken: string, clock: Clock) {
  const sign = (expiry: string) =>
    createHmac('sha256', adminToken).update(`onhand session ${expiry}`).digest('base64url')
  return {
    issue(): string {
      const expiry = String(clock.now() + sessionMs)
      return `${expiry}.${sign(expiry)}`
    },
    isValid(cookie: string | undefined): boolean {
      const [expiry = '', signature = ''] = (cookie ?? '').split('.')
      if (!/^\d{1,16}$/.test(expiry)) return false
      return sameSecret(signature, sign(expiry)) && Number(expiry) > clock.now()
    },
  }
}

const failuresMax = 10
const windowMs = 60_000
/** Callers remembered; beyond that the oldest is forgotten. */
const callersMax = 1000

/** Counts wrong tokens per caller and minute. */
export function createBrake(clock: Clock) {
  const failures = new Map<string, { count: number; until: number }>()
  return {
    isOn(caller: string): boolean {
      const known = failures.get(caller)
      return known !== undefined && known.until > clock.now() && known.count >= failuresMax
    },
    failed(caller: string): void {
      const known = failures.get(caller)
      const isRunning = known !== undefined && known.until > clock.now()
      failures.delete(caller)
      failures.set(
        caller,
        isRunning ? { ...known, count: known.count + 1 } : { count: 1, until: clock.now() + windowMs },
      )
      const oldest = failures.keys().next().value
      if (failures.size > callersMax && oldest !== undefined) failures.delete(oldest)
    },
  }
}

/** The auth host's side: codes from consent, access tokens that live a week, refresh tokens that renew them. */

import type { SandboxDeps } from '../shop.ts'
import { seconds } from './ids.ts'
import type { TiktokOptions } from './options.ts'

const codeLifeMs = 30 * 60_000

export interface TokenPair {
  readonly accessToken: string
  readonly accessExpiresAt: number
  readonly refreshToken: string
  readonly refreshExpiresAt: number
}

export interface Tokens {
  /** What the seller was issued last. */
  current(): TokenPair
  /** The seller agrees: a code that works once, for half an hour. */
  consent(): string
  redeem(code: string): TokenPair | undefined
  refresh(refreshToken: string): TokenPair | undefined
  /** The seller takes the consent back. */
  revokeAll(): void
  check(accessToken: string): 'ok' | 'expired' | 'unknown'
}

export function createTokens({ clock, random }: SandboxDeps, options: TiktokOptions): Tokens {
  const codes = new Map<string, number>()
  const access = new Map<string, number>()
  const refreshable = new Map<string, number>()
  const text = (prefix: string) => `${prefix}_${random.uuid().replaceAll('-', '')}${random.uuid().replaceAll('-', '')}`

  // The refresh token's end is the end of what the seller granted: a refresh does not move it.
  function issue(refreshExpiresAt: number): TokenPair {
    const pair = {
      accessToken: text('ROW'),
      accessExpiresAt: clock.now() + options.accessTokenLifeMs,
      refreshToken: text('ROW'),
      refreshExpiresAt,
    }
    access.set(pair.accessToken, pair.accessExpiresAt)
    refreshable.set(pair.refreshToken, refreshExpiresAt)
    return pair
  }

  let latest = issue(clock.now() + options.refreshTokenLifeMs)
  const isOver = (until: number | undefined) => until === undefined || clock.now() >= until

  return {
    current: () => latest,
    consent() {
      const code = text('TTP')
      codes.set(code, clock.now() + codeLifeMs)
      return code
    },
    redeem(code) {
      const until = codes.get(code)
      codes.delete(code)
      if (isOver(until)) return undefined
      latest = issue(clock.now() + options.refreshTokenLifeMs)
      return latest
    },
    refresh(refreshToken) {
      const until = refreshable.get(refreshToken)
      if (until === undefined || isOver(until)) return undefined
      if (options.refreshOnce) refreshable.delete(refreshToken)
      latest = issue(until)
      return latest
    },
    revokeAll() {
      codes.clear()
      access.clear()
      refreshable.clear()
    },
    check(accessToken) {
      const until = access.get(accessToken)
      if (until === undefined) return 'unknown'
      return isOver(until) ? 'expired' : 'ok'
    },
  }
}

/** The token answer's data; `*_expire_in` are instants, not durations. */
export const tokenData = (
  pair: TokenPair,
  seller: { openId: string; name: string; region: string; userType: number; scopes: readonly string[] },
) => ({
  access_token: pair.accessToken,
  access_token_expire_in: seconds(pair.accessExpiresAt),
  refresh_token: pair.refreshToken,
  refresh_token_expire_in: seconds(pair.refreshExpiresAt),
  open_id: seller.openId,
  seller_name: seller.name,
  seller_base_region: seller.region,
  user_type: seller.userType,
  granted_scopes: seller.scopes,
})

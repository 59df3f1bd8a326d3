/** TikTok Shop's tokens: the two grants of its token host, and what keeps the access token usable. */

import type { Secrets } from '../../src/channel.ts'
import type { Clock } from '../../src/clock.ts'
import { ChannelError } from '../../src/errors.ts'
import type { Http } from '../http.ts'
import { parseJson } from '../json.ts'
import { createRenewal, type Renewal } from '../renewal.ts'
import { isPassing, refusal } from './errors.ts'
import { type Credentials, envelope, tokens } from './types.ts'

export type TokenGrant =
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'refresh'; readonly refreshToken: string }

export interface TokenApp {
  readonly appKey: string
  readonly appSecret: string
}

/**
 * Asks the token host. Unsigned, secrets in the query: the URL is never put into a message.
 * A lost answer may be asked again: whether the old refresh token dies at once is not documented, and it is all there is.
 */
export async function requestTokens(http: Http, authOrigin: string, app: TokenApp, grant: TokenGrant, now: number) {
  const url = new URL(grant.kind === 'code' ? '/api/v2/token/get' : '/api/v2/token/refresh', authOrigin)
  url.searchParams.set('app_key', app.appKey)
  url.searchParams.set('app_secret', app.appSecret)
  if (grant.kind === 'code') url.searchParams.set('auth_code', grant.code)
  else url.searchParams.set('refresh_token', grant.refreshToken)
  // `authorized_code`, not `authorization_code`: TikTok's own spelling.
  url.searchParams.set('grant_type', grant.kind === 'code' ? 'authorized_code' : 'refresh_token')
  // An authorization code works once; a refresh may be repeated.
  const answer = await http({ method: 'GET', url: url.href, repeatable: grant.kind === 'refresh' })
  const parsed = envelope.safeParse(jsonOrUndefined(answer.text))
  if (!parsed.success) throw new ChannelError('transient', `The token host answered ${answer.status} without JSON.`)
  const { code, message } = parsed.data
  if (code !== 0) {
    const error = refusal({ code, message: message ?? '' }, { repeatable: true, now })
    if (isPassing(code)) throw error
    throw new ChannelError('auth', `${error.message} Connect the shop again.`)
  }
  const granted = tokens.safeParse(parsed.data.data)
  if (!granted.success) throw new ChannelError('transient', 'The token host answered without tokens.')
  return granted.data
}

function jsonOrUndefined(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

/** Renews this shop's access token; see `renewal.ts` for when and how often. */
export function createTokens(deps: {
  readonly secrets: Secrets<Credentials>
  readonly http: Http
  readonly clock: Clock
  readonly authOrigin: string
  readonly admit: () => Promise<void>
}): Renewal<Credentials> {
  const { clock } = deps
  return createRenewal({
    secrets: deps.secrets,
    admit: deps.admit,
    tokenOf: ({ accessToken }) => accessToken,
    leftMs: ({ accessTokenExpiresAt }) => accessTokenExpiresAt * 1000 - clock.now(),
    async renew(from) {
      if (from.refreshTokenExpiresAt * 1000 <= clock.now())
        throw new ChannelError('auth', 'The authorization by the seller has ended: connect the shop again.')
      const grant = { kind: 'refresh', refreshToken: from.refreshToken } as const
      const granted = await requestTokens(deps.http, deps.authOrigin, from, grant, clock.now())
      return {
        ...from,
        accessToken: granted.access_token,
        accessTokenExpiresAt: granted.access_token_expire_in,
        refreshToken: granted.refresh_token,
        refreshTokenExpiresAt: granted.refresh_token_expire_in,
      }
    },
  })
}

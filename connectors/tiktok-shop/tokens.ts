/** The access token: always a usable one, renewed a little early, by one request at a time. */

import type { Secrets } from '../../src/channel.ts'
import type { Clock } from '../../src/clock.ts'
import { ChannelError } from '../../src/errors.ts'
import type { Http } from '../http.ts'
import { parseJson } from '../json.ts'
import { isPassing, refusal } from './errors.ts'
import { type Credentials, envelope, tokens } from './types.ts'

const earlyMs = 5 * 60_000

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

export interface Tokens {
  /** Credentials whose access token is good for now. */
  usable(): Promise<Credentials>
  /** Credentials with another access token than the one that was refused. */
  renewed(refusedToken: string): Promise<Credentials>
}

export function createTokens(deps: {
  readonly secrets: Secrets<Credentials>
  readonly http: Http
  readonly clock: Clock
  readonly authOrigin: string
  readonly admit: () => Promise<void>
}): Tokens {
  const { secrets, clock } = deps
  let running: Promise<Credentials> | undefined
  /** Granted but not yet durable: the old refresh token may be dead, so these are kept and stored before anything else. */
  let unsaved: Credentials | undefined

  async function save(next: Credentials): Promise<Credentials> {
    unsaved = next
    try {
      await secrets.replace(next)
    } catch (cause) {
      throw new ChannelError('transient', 'The renewed access could not be stored, so it is not used yet.', { cause })
    }
    unsaved = undefined
    return next
  }

  async function refresh(from: Credentials): Promise<Credentials> {
    if (unsaved) return save(unsaved)
    if (from.refreshTokenExpiresAt * 1000 <= clock.now())
      throw new ChannelError('auth', 'The authorization by the seller has ended: connect the shop again.')
    await deps.admit()
    try {
      const grant = { kind: 'refresh', refreshToken: from.refreshToken } as const
      const granted = await requestTokens(deps.http, deps.authOrigin, from, grant, clock.now())
      return await save({
        ...from,
        accessToken: granted.access_token,
        accessTokenExpiresAt: granted.access_token_expire_in,
        refreshToken: granted.refresh_token,
        refreshTokenExpiresAt: granted.refresh_token_expire_in,
      })
    } catch (error) {
      // Another process may have renewed meanwhile, with the refresh token that is refused to us now.
      const current = secrets.current()
      if (current.accessToken !== from.accessToken && !unsaved) return current
      throw error
    }
  }

  /** All who ask while a refresh runs get its outcome. */
  function single(from: Credentials): Promise<Credentials> {
    running ??= refresh(from).finally(() => {
      running = undefined
    })
    return running
  }

  return {
    async usable() {
      const current = secrets.current()
      const leftMs = current.accessTokenExpiresAt * 1000 - clock.now()
      if (!unsaved && leftMs > earlyMs) return current
      try {
        return await single(current)
      } catch (error) {
        // Early means there is time: a hiccup of the token host must not stop calls that would still work.
        if (!unsaved && leftMs > 0 && error instanceof ChannelError && error.kind !== 'auth') return current
        throw error
      }
    },
    async renewed(refusedToken) {
      const current = secrets.current()
      if (current.accessToken !== refusedToken && !running) return current
      return single(current)
    },
  }
}

/** Access tokens: the permanent one of a custom app, and those of the OAuth grants, which expire on the shop's clock and rotate. */

import type { SandboxDeps } from '../shop.ts'
import type { ShopOptions } from './options.ts'

/** What one access token may do. */
export interface Grant {
  readonly scopes: ReadonlySet<string>
}

interface AccessToken extends Grant {
  readonly expiresAt: number
}

/** One consent: the refresh token that counts, and the one before until the newer has been used. */
interface Family {
  readonly scopes: readonly string[]
  current: string
  previous?: string
  expiresAt: number
  access: string
}

export interface TokenAnswer {
  readonly status: 200 | 400 | 401
  readonly body: Record<string, unknown>
}

export interface Tokens {
  readonly clientId: string
  readonly clientSecret: string
  /** The token of `connection()`. */
  readonly permanent: string
  check(accessToken: string | undefined): Grant | undefined
  /** A one-time code for what the merchant agreed to. */
  code(askedScopes: readonly string[]): string
  exchange(form: Readonly<Record<string, unknown>>): TokenAnswer
  /** The app is removed: nothing works any more. */
  revokeAll(): void
}

const codeLifeMs = 10 * 60_000
const clientTokenLifeMs = 86_399_000

/** That `write_x` lets an app read x as well is common practice. */
const withReads = (scopes: readonly string[]): ReadonlySet<string> =>
  new Set(scopes.flatMap((scope) => (scope.startsWith('write_') ? [scope, scope.replace('write_', 'read_')] : [scope])))

const refused = (status: 400 | 401, error: string, error_description: string): TokenAnswer => ({
  status,
  body: { error, error_description },
})

export function createTokens({ clock, random }: SandboxDeps, options: ShopOptions): Tokens {
  const hex = () => random.uuid().replaceAll('-', '')
  const clientId = hex()
  const permanent = `shpat_${hex()}`
  const clientSecret = `shpss_${hex()}`
  const access = new Map<string, AccessToken>()
  const families = new Set<Family>()
  const codes = new Map<string, { readonly scopes: readonly string[]; readonly expiresAt: number }>()
  access.set(permanent, { scopes: withReads(options.scopes), expiresAt: Number.POSITIVE_INFINITY })

  const granted = (asked: readonly string[]): readonly string[] =>
    asked.filter((scope) => options.grantedScopes?.includes(scope) ?? true)

  function issue(scopes: readonly string[], lifeMs: number): string {
    const token = `shpat_${hex()}`
    access.set(token, { scopes: withReads(scopes), expiresAt: clock.now() + lifeMs })
    return token
  }

  function pair(family: Family): TokenAnswer {
    return {
      status: 200,
      body: {
        access_token: family.access,
        expires_in: Math.floor(options.accessTokenLifeMs / 1000),
        refresh_token: family.current,
        refresh_token_expires_in: Math.floor((family.expiresAt - clock.now()) / 1000),
        scope: family.scopes.join(','),
      },
    }
  }

  function byCode(form: Readonly<Record<string, unknown>>): TokenAnswer {
    const code = String(form.code)
    const known = codes.get(code)
    codes.delete(code)
    if (!known || clock.now() >= known.expiresAt)
      return refused(400, 'invalid_request', 'The authorization code was not found or was already used')
    const { scopes } = known
    if (form.expiring !== '1' && form.expiring !== 1)
      return {
        status: 200,
        body: { access_token: issue(scopes, Number.POSITIVE_INFINITY), scope: scopes.join(',') },
      }
    const family: Family = {
      scopes,
      current: `shprt_${hex()}`,
      expiresAt: clock.now() + options.refreshTokenLifeMs,
      access: issue(scopes, options.accessTokenLifeMs),
    }
    families.add(family)
    return pair(family)
  }

  /**
   * Both tokens rotate. The previous refresh token stays good until the newer one has been used, so that an answer that
   * got lost can be asked for again; the pair that got lost then dies.
   */
  function byRefresh(form: Readonly<Record<string, unknown>>): TokenAnswer {
    const token = String(form.refresh_token)
    const family = [...families].find((one) => one.current === token || one.previous === token)
    if (!family || clock.now() >= family.expiresAt)
      return refused(400, 'invalid_grant', 'This request requires an active refresh_token')
    if (token === family.current) {
      family.previous = family.current
      if (options.oldTokenDies) access.delete(family.access)
    } else access.delete(family.access)
    family.current = `shprt_${hex()}`
    family.access = issue(family.scopes, options.accessTokenLifeMs)
    family.expiresAt = clock.now() + options.refreshTokenLifeMs
    return pair(family)
  }

  function byClient(): TokenAnswer {
    if (!options.ownStore)
      return refused(400, 'shop_not_permitted', 'The app and the shop are of different organizations')
    const scopes = granted(options.scopes)
    return {
      status: 200,
      body: { access_token: issue(scopes, clientTokenLifeMs), scope: scopes.join(','), expires_in: 86_399 },
    }
  }

  return {
    clientId,
    clientSecret,
    permanent,
    check(token) {
      const known = token === undefined ? undefined : access.get(token)
      return known && clock.now() < known.expiresAt ? known : undefined
    },
    code(asked) {
      const code = hex()
      codes.set(code, { scopes: granted(asked), expiresAt: clock.now() + codeLifeMs })
      return code
    },
    exchange(form) {
      if (form.client_id !== clientId || form.client_secret !== clientSecret)
        return refused(401, 'invalid_client', 'Client authentication failed')
      if (form.grant_type === 'refresh_token') return byRefresh(form)
      if (form.grant_type === 'client_credentials') return byClient()
      if (form.grant_type === undefined && form.code !== undefined) return byCode(form)
      return refused(400, 'unsupported_grant_type', 'The sandbox does not do this grant')
    },
    revokeAll() {
      access.clear()
      families.clear()
      codes.clear()
    },
  }
}

/** Access to one store: the grants of its token address, and the access token that is renewed before it ends. */

import { z } from 'zod'
import type { Secrets } from '../../src/channel.ts'
import type { Clock } from '../../src/clock.ts'
import { ChannelError } from '../../src/errors.ts'
import type { Http } from '../http.ts'
import { parseJson } from '../json.ts'
import { createRenewal, type Renewal } from '../renewal.ts'
import type { ShopifyCredentials } from './install.ts'

/*
 * Written by hand although @shopify/shopify-api has these requests: it sends them by a fetch that is set once for the whole process,
 * to https addresses of Shopify only. Here every request goes through the account's own door, with its limits and its origin.
 */

export type TokenGrant =
  /** What the consent page returns, single use. */
  | { readonly kind: 'code'; readonly code: string }
  /** A new pair for the last one. Its answer may be asked for again until the new pair has been used. */
  | { readonly kind: 'refresh'; readonly refreshToken: string }
  /** An app of the merchant's own organisation: good for a day, without a refresh token. */
  | { readonly kind: 'clientCredentials' }

export interface TokenApp {
  readonly clientId: string
  readonly clientSecret: string
}

const granted = z.looseObject({
  access_token: z.string().min(1),
  /** Seconds; absent for a token that does not end. */
  expires_in: z.number().positive().nullish(),
  refresh_token: z.string().min(1).nullish(),
  refresh_token_expires_in: z.number().positive().nullish(),
  scope: z.string().nullish(),
})
export type Granted = z.infer<typeof granted>

const fieldsOf = (grant: TokenGrant): Readonly<Record<string, string>> => {
  switch (grant.kind) {
    case 'code':
      // Without `expiring` Shopify still gives the old kind, which public apps may not use.
      return { code: grant.code, expiring: '1' }
    case 'refresh':
      return { grant_type: 'refresh_token', refresh_token: grant.refreshToken }
    case 'clientCredentials':
      return { grant_type: 'client_credentials' }
  }
}

/** Asks the store for tokens. `auth` when it will not give any: a person has to connect it again. */
export async function requestTokens(
  http: Http,
  shop: { readonly shop: string; readonly origin: string },
  app: TokenApp,
  grant: TokenGrant,
): Promise<Granted> {
  const answer = await http({
    method: 'POST',
    url: `${new URL(shop.origin).origin}/admin/oauth/access_token`,
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ client_id: app.clientId, client_secret: app.clientSecret, ...fieldsOf(grant) }),
    repeatable: grant.kind !== 'code',
  })
  if (answer.status === 423)
    throw new ChannelError('transient', `${shop.shop} is locked by Shopify for now (423). It will be tried again.`)
  // Which status stands for which refusal is not documented; none of these gets better by itself.
  if (answer.status >= 300)
    throw new ChannelError('auth', `${shop.shop} gives no access token (${answer.status}). Connect the store again.`)
  const read = granted.safeParse(jsonOrUndefined(answer.text))
  if (!read.success) throw new ChannelError('transient', `${shop.shop} answered without an access token.`)
  return read.data
}

function jsonOrUndefined(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

/** How this account's access can be renewed; undefined for a token that is all there is. */
function grantOf({ accessToken, clientId, refreshToken, expiresAt }: ShopifyCredentials): TokenGrant | undefined {
  if (!clientId) return undefined
  if (refreshToken) return { kind: 'refresh', refreshToken }
  return accessToken === undefined || expiresAt !== undefined ? { kind: 'clientCredentials' } : undefined
}

export function createTokens(deps: {
  readonly shop: { readonly shop: string; readonly origin: string }
  readonly secrets: Secrets<ShopifyCredentials>
  readonly http: Http
  readonly clock: Clock
  readonly admit: () => Promise<void>
}): Renewal<ShopifyCredentials> {
  const { clock, shop } = deps
  return createRenewal({
    secrets: deps.secrets,
    admit: deps.admit,
    tokenOf: ({ accessToken }) => accessToken,
    leftMs: ({ accessToken, expiresAt }) =>
      accessToken === undefined ? -1 : expiresAt === undefined ? Number.POSITIVE_INFINITY : expiresAt - clock.now(),
    async renew(from) {
      const grant = grantOf(from)
      const { clientId, clientSecret, refreshTokenExpiresAt } = from
      if (!grant || !clientId)
        throw new ChannelError('auth', `${shop.shop} refused the access token (401). Connect the store again.`)
      const startedAt = clock.now()
      if (grant.kind === 'refresh' && refreshTokenExpiresAt !== undefined && refreshTokenExpiresAt <= startedAt)
        throw new ChannelError('auth', `The access to ${shop.shop} was not renewed in time. Connect the store again.`)
      return renewedBy(from, await requestTokens(deps.http, shop, { clientId, clientSecret }, grant), startedAt)
    },
  })
}

/** Both tokens are replaced together: the old pair ends when the new one is used. */
function renewedBy(from: ShopifyCredentials, tokens: Granted, startedAt: number): ShopifyCredentials {
  const { accessToken: _a, expiresAt: _e, refreshToken: _r, refreshTokenExpiresAt: _x, ...rest } = from
  const until = (seconds: number) => startedAt + seconds * 1000
  return {
    ...rest,
    clientSecret: from.clientSecret,
    accessToken: tokens.access_token,
    ...(tokens.expires_in && { expiresAt: until(tokens.expires_in) }),
    ...(tokens.refresh_token && { refreshToken: tokens.refresh_token }),
    ...(tokens.refresh_token_expires_in && { refreshTokenExpiresAt: until(tokens.refresh_token_expires_in) }),
  }
}

/** How a merchant connects a TikTok Shop: the consent page, the code it returns, and the shops that were opened. */

import type { Clock, Fetch, Random } from '../../src/clock.ts'
import { ChannelError } from '../../src/errors.ts'
import { createHttp, type Http } from '../http.ts'
import { parseJson } from '../json.ts'
import { refusal } from './errors.ts'
import { sign } from './sign.ts'
import { requestTokens, type TokenApp } from './tokens.ts'
import { authorizedShops, type Credentials, envelope } from './types.ts'

export const apiOriginDefault = 'https://open-api.tiktokglobalshop.com'
export const authOriginDefault = 'https://auth.tiktok-shops.com'

/**
 * The page where the seller consents. US sellers have their own host. The address it returns to is fixed in
 * Partner Center; it brings `code`, single use and good for 30 minutes, and our `state` back.
 */
export function consentUrl(ask: {
  serviceId: string
  state: string
  market?: 'US' | 'other'
  /** Of a sandbox shop. */
  origin?: string
}): string {
  const host = ask.market === 'US' ? 'services.us.tiktokshop.com' : 'services.tiktokshop.com'
  const url = new URL('/open/authorize', ask.origin ?? `https://${host}`)
  url.searchParams.set('service_id', ask.serviceId)
  url.searchParams.set('state', ask.state)
  return url.href
}

export interface OpenedShop {
  /** The account's `shop`. */
  readonly shop: string
  readonly name: string
  readonly region?: string
  readonly credentials: Credentials
}

export interface InstallDeps {
  readonly fetch: Fetch
  readonly clock: Clock
  readonly random: Random
  readonly apiOrigin?: string
  readonly authOrigin?: string
}

/** Turns the code of the consent page into credentials, one set per shop: a cross-border seller opens several at once. */
export async function exchangeCode(app: TokenApp, code: string, deps: InstallDeps): Promise<OpenedShop[]> {
  const apiOrigin = deps.apiOrigin ?? apiOriginDefault
  const authOrigin = deps.authOrigin ?? authOriginDefault
  const http = createHttp({ ...deps, origins: [apiOrigin, authOrigin] })
  const granted = await requestTokens(http, authOrigin, app, { kind: 'code', code }, deps.clock.now())
  // 0 seller, 1 creator, 3 partner.
  if ((granted.user_type ?? 0) !== 0)
    throw new ChannelError('auth', 'This is not the account of a seller: log in at TikTok as the seller and try again.')

  const shops = await openedShops(http, app, granted.access_token, { api: apiOrigin, now: deps.clock.now() })
  if (shops.length === 0)
    throw new ChannelError('rejected', 'The seller has opened no shop to this app: choose one on the consent page.')
  return shops.map(({ id, name, region, cipher }) => ({
    shop: id,
    name: name ?? id,
    ...(region ? { region } : {}),
    credentials: {
      appKey: app.appKey,
      appSecret: app.appSecret,
      accessToken: granted.access_token,
      accessTokenExpiresAt: granted.access_token_expire_in,
      refreshToken: granted.refresh_token,
      refreshTokenExpiresAt: granted.refresh_token_expire_in,
      shopCipher: cipher,
    },
  }))
}

/** The shops that a token speaks for; none when the seller chose none. */
export async function openedShops(
  http: Http,
  app: TokenApp,
  accessToken: string,
  at: { readonly api: string; readonly now: number },
) {
  const path = '/authorization/202309/shops'
  const query = { app_key: app.appKey, timestamp: String(Math.floor(at.now / 1000)) }
  const url = new URL(path, at.api)
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  url.searchParams.set('sign', await sign({ path, query }, app.appSecret))
  const headers = { 'content-type': 'application/json', 'x-tts-access-token': accessToken }
  const answer = await http({ method: 'GET', url: url.href, headers, repeatable: true })
  return shopsIn(answer.text, at.now)
}

function shopsIn(text: string, now: number) {
  let value: unknown
  try {
    value = parseJson(text)
  } catch {
    throw new ChannelError('transient', 'TikTok Shop did not answer with its list of shops.')
  }
  const opened = envelope.safeParse(value)
  if (opened.success && opened.data.code !== 0)
    throw refusal({ code: opened.data.code, message: opened.data.message ?? '' }, { repeatable: true, now })
  const shops = authorizedShops.safeParse(opened.data?.data)
  if (!shops.success) throw new ChannelError('transient', 'TikTok Shop did not answer with its list of shops.')
  return shops.data.shops
}

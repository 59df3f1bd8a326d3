/** How a Shopify store is opened: by its own consent page, by the merchant's own app, or by a token that was pasted. */

import { z } from 'zod'
import { ChannelError } from '../../src/errors.ts'
import type {
  ConsentAddresses,
  Finished,
  Given,
  Install,
  InstallContext,
  InstallRefusal,
  OpenedShop,
  Started,
} from '../../src/install.ts'
import { digests } from '../digest.ts'
import { createHttp, type Http } from '../http.ts'
import { parseJson } from '../json.ts'
import { apiVersion, requestBody, whoIsIt } from './documents.ts'
import { scopesWanted } from './install.ts'
import { missingOf } from './scopes.ts'
import { type Granted, requestTokens, type TokenApp } from './tokens.ts'

const shopPattern = /^[a-z0-9][a-z0-9-]*\.myshopify\.com$/
const shopLengthMax = 100
/** Shopify's own library allows as much, either way. */
const skewSecondsMax = 90

/** `Store`, `store.myshopify.com`, or the address of its admin → `store.myshopify.com`. Undefined when it is none of them. */
export function shopName(typed: string): string | undefined {
  const text = typed
    .trim()
    .toLowerCase()
    .replace(/^https?:\/\//, '')
  const inAdmin = /^admin\.shopify\.com\/store\/([a-z0-9-]+)/.exec(text)?.[1]
  const host = inAdmin ?? text.split('/')[0] ?? ''
  const shop = /^[a-z0-9-]+$/.test(host) ? `${host}.myshopify.com` : host
  return shop.length <= shopLengthMax && shopPattern.test(shop) ? shop : undefined
}

const refused = (fault: InstallRefusal['fault'], more: Omit<InstallRefusal, 'ok' | 'fault'> = {}): InstallRefusal => ({
  ok: false,
  fault,
  ...more,
})

const httpTo = (shop: string, context: InstallContext): Http => createHttp({ ...context, origins: [`https://${shop}`] })

/** Hex HMAC-SHA256 with the app's secret over the sorted parameters without `hmac`; the previous secret counts while it is being replaced. */
async function isSigned(answer: Given, secrets: readonly string[]): Promise<boolean> {
  const hmac = answer.hmac ?? ''
  if (!/^[0-9a-f]{64}$/.test(hmac)) return false
  const mac = Uint8Array.from(hmac.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
  const query = new URLSearchParams(Object.entries(answer).filter(([name]) => name !== 'hmac'))
  query.sort()
  const message = new TextEncoder().encode(query.toString())
  const fits = await Promise.all(secrets.map(async (secret) => digests.isSigned(secret, mac, message)))
  return fits.includes(true)
}

const secretsOf = (app: Given): string[] =>
  [app.clientSecret, app.previousClientSecret].flatMap((secret) => (secret ? [secret] : []))

// ---------------------------------------------------------------- looking at what was opened

const aboutShop = z.looseObject({
  data: z.looseObject({
    shop: z.looseObject({ name: z.string(), myshopifyDomain: z.string(), currencyCode: z.string().nullish() }),
    currentAppInstallation: z.looseObject({ accessScopes: z.array(z.looseObject({ handle: z.string() })) }),
  }),
})

/** Tries the token before anybody keeps it: the store says who it is, and what it allows. */
async function look(
  shop: string,
  accessToken: string,
  http: Http,
): Promise<Omit<OpenedShop, 'credentials'> | InstallRefusal> {
  const answer = await http({
    method: 'POST',
    url: `https://${shop}/admin/api/${apiVersion}/graphql.json`,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      'x-shopify-access-token': accessToken,
    },
    body: requestBody(whoIsIt, {}),
    repeatable: true,
  })
  if (answer.status === 401 || answer.status === 403) return refused('keys', { detail: `${shop}: ${answer.status}` })
  if (answer.status === 404) return refused('notAShop', { field: 'shop', detail: `${shop}: 404` })
  const read = aboutShop.safeParse(jsonOrUndefined(answer.text))
  if (answer.status !== 200 || !read.success) return refused('notAShop', { detail: `${shop}: ${answer.status}` })
  const { shop: found, currentAppInstallation } = read.data.data
  if (found.myshopifyDomain.toLowerCase() !== shop) return refused('foreignShop', { detail: found.myshopifyDomain })
  const { currencyCode } = found
  return {
    shop,
    title: found.name,
    origin: `https://${shop}`,
    settings: currencyCode ? { currency: currencyCode } : {},
    missing: missingOf(currentAppInstallation.accessScopes.map(({ handle }) => handle)),
  }
}

function jsonOrUndefined(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

async function opened(
  shop: string,
  accessToken: string,
  credentials: OpenedShop['credentials'],
  http: Http,
): Promise<Finished> {
  const found = await look(shop, accessToken, http)
  return 'ok' in found ? found : { ok: true, shops: [{ ...found, credentials }] }
}

function credentialsOf(app: TokenApp, previous: string | undefined, granted: Granted, askedAt: number) {
  const until = (seconds: number) => askedAt + seconds * 1000
  return {
    clientId: app.clientId,
    clientSecret: app.clientSecret,
    ...(previous && { previousClientSecret: previous }),
    accessToken: granted.access_token,
    ...(granted.expires_in && { expiresAt: until(granted.expires_in) }),
    ...(granted.refresh_token && { refreshToken: granted.refresh_token }),
    ...(granted.refresh_token_expires_in && { refreshTokenExpiresAt: until(granted.refresh_token_expires_in) }),
  }
}

/** What went wrong on the way to the store, in the words of the port. */
async function guarded(auth: InstallRefusal['fault'], work: () => Promise<Finished>): Promise<Finished> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error
    return refused(error.kind === 'auth' ? auth : 'unreachable', { detail: error.message })
  }
}

// ---------------------------------------------------------------- the three ways

function consent(given: Given, at: ConsentAddresses, { app }: InstallContext): Started {
  const shop = shopName(given.shop ?? '')
  if (!shop) return refused('shop', { field: 'shop' })
  if (!app?.clientId || !app.clientSecret) return refused('app')
  const url = new URL(`https://${shop}/admin/oauth/authorize`)
  url.searchParams.set('client_id', app.clientId)
  url.searchParams.set('scope', scopesWanted.join(','))
  url.searchParams.set('redirect_uri', at.returnUrl)
  url.searchParams.set('state', at.state)
  return { ok: true, kind: 'consent', url: url.href, remember: { shop } }
}

async function ownApp(given: Given, context: InstallContext): Promise<Finished> {
  const shop = shopName(given.shop ?? '')
  if (!shop) return refused('shop', { field: 'shop' })
  const { clientId = '', clientSecret = '' } = given
  return await guarded('keys', async () => {
    const http = httpTo(shop, context)
    const askedAt = context.clock.now()
    const granted = await requestTokens(
      http,
      { shop, origin: `https://${shop}` },
      { clientId, clientSecret },
      {
        kind: 'clientCredentials',
      },
    )
    const kept = credentialsOf({ clientId, clientSecret }, undefined, granted, askedAt)
    return await opened(shop, granted.access_token, kept, http)
  })
}

async function pasted(given: Given, context: InstallContext): Promise<Finished> {
  const shop = shopName(given.shop ?? '')
  if (!shop) return refused('shop', { field: 'shop' })
  const { accessToken = '', clientSecret = '' } = given
  return await guarded('keys', async () =>
    opened(shop, accessToken, { accessToken, clientSecret }, httpTo(shop, context)),
  )
}

const asStarted = (done: Finished): Started => (done.ok ? { ...done, kind: 'opened' } : done)

/** Judged in this order: who signed it, when, about which shop; only then is the code worth a request. */
async function finish(answer: Given, remembered: Given, context: InstallContext): Promise<Finished> {
  const { app, clock } = context
  if (!app?.clientId || !app.clientSecret) return refused('app')
  if (!(await isSigned(answer, secretsOf(app)))) return refused('signature')
  const seconds = Number(answer.timestamp)
  if (!(Math.abs(clock.now() / 1000 - seconds) <= skewSecondsMax)) return refused('late')
  const { shop = '' } = remembered
  if (answer.shop !== shop || !shopPattern.test(shop)) return refused('foreignShop', { detail: shop })
  if (!answer.code) return refused('declined')
  const { code } = answer
  const { clientId, clientSecret, previousClientSecret } = app
  return await guarded('code', async () => {
    const http = httpTo(shop, context)
    const askedAt = clock.now()
    const granted = await requestTokens(
      http,
      { shop, origin: `https://${shop}` },
      { clientId, clientSecret },
      {
        kind: 'code',
        code,
      },
    )
    const kept = credentialsOf({ clientId, clientSecret }, previousClientSecret, granted, askedAt)
    return await opened(shop, granted.access_token, kept, http)
  })
}

export const install: Install = {
  appFields: [
    { name: 'clientId', kind: 'text' },
    { name: 'clientSecret', kind: 'secret' },
    { name: 'previousClientSecret', kind: 'secret', isOptional: true },
  ],
  ways: [
    { name: 'consent', needsApp: true, fields: [{ name: 'shop', kind: 'text' }] },
    {
      name: 'ownApp',
      needsApp: false,
      fields: [
        { name: 'shop', kind: 'text' },
        { name: 'clientId', kind: 'text' },
        { name: 'clientSecret', kind: 'secret' },
      ],
    },
    {
      name: 'keys',
      needsApp: false,
      fields: [
        { name: 'shop', kind: 'text' },
        { name: 'accessToken', kind: 'secret' },
        { name: 'clientSecret', kind: 'secret' },
      ],
    },
  ],
  stateName: 'state',
  answersBy: 'browser',
  keeps: [],
  async start(way, given, at, context) {
    if (way === 'consent') return consent(given, at, context)
    return asStarted(await (way === 'ownApp' ? ownApp(given, context) : pasted(given, context)))
  },
  finish,
  endsAt: ({ refreshTokenExpiresAt }) =>
    typeof refreshTokenExpiresAt === 'number' ? refreshTokenExpiresAt : undefined,
  withApp(credentials, { clientId, clientSecret, previousClientSecret }) {
    if (credentials.clientId !== clientId || !clientSecret) return undefined
    const { previousClientSecret: _old, ...rest } = credentials
    return { ...rest, clientSecret, ...(previousClientSecret ? { previousClientSecret } : {}) }
  },
}

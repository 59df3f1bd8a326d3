/** How TikTok Shops are opened: the service link, the code that comes back, and the shops that the seller's consent is for. */

import { ChannelError } from '../../src/errors.ts'
import type {
  ConsentAddresses,
  Finished,
  Given,
  Install,
  InstallContext,
  InstallRefusal,
  Started,
} from '../../src/install.ts'
import { createHttp } from '../http.ts'
import { apiOriginDefault, authOriginDefault, consentUrl, openedShops } from './install.ts'
import { requestTokens } from './tokens.ts'

const refused = (fault: InstallRefusal['fault'], detail?: string): InstallRefusal => ({
  ok: false,
  fault,
  ...(detail === undefined ? {} : { detail }),
})

/** Without these nothing works. Other names are not documented well enough to refuse a shop for their absence: calls will tell. */
const scopesNeeded = ['seller.order.info', 'seller.product.basic'] as const

/** TikTok's code for an authorisation code that was used, has ended, or never was. */
const badCode = /\b36004004\b/

function start(given: Given, at: ConsentAddresses, { app }: InstallContext): Started {
  if (!app?.appKey || !app.appSecret || !app.serviceId) return refused('app')
  const url = consentUrl({
    serviceId: app.serviceId,
    state: at.state,
    market: given.market === 'US' ? 'US' : 'other',
    ...(app.consentOrigin && { origin: app.consentOrigin }),
  })
  return { ok: true, kind: 'consent', url, remember: { appKey: app.appKey } }
}

/** Nobody signs what comes back: the state says that we asked, and TikTok's own answer says which shops it is. */
async function finish(answer: Given, remembered: Given, context: InstallContext): Promise<Finished> {
  const { app, clock, random } = context
  if (!app?.appKey || !app.appSecret || app.appKey !== remembered.appKey) return refused('app')
  if (answer.app_key !== undefined && answer.app_key !== app.appKey) return refused('foreignShop')
  if (!answer.code) return refused('declined')
  const keys = { appKey: app.appKey, appSecret: app.appSecret }
  const api = app.apiOrigin || apiOriginDefault
  const auth = app.authOrigin || authOriginDefault
  const http = createHttp({ ...context, origins: [api, auth] })
  try {
    const granted = await requestTokens(http, auth, keys, { kind: 'code', code: answer.code }, clock.now())
    // 0 seller, 1 creator, 3 partner.
    if ((granted.user_type ?? 0) !== 0) return refused('notSeller')
    const shops = await openedShops(http, keys, granted.access_token, { api, now: clock.now() })
    if (shops.length === 0) return refused('noShops')
    const scopes = granted.granted_scopes ?? []
    const missing = scopes.length === 0 ? [] : scopesNeeded.filter((scope) => !scopes.includes(scope))
    const grant = random.uuid()
    return {
      ok: true,
      shops: shops.map(({ id, name, region, seller_type: sellerType, cipher }) => ({
        shop: id,
        title: name ?? id,
        origin: api,
        ...(region ? { region } : {}),
        ...(sellerType ? { sellerType } : {}),
        credentials: {
          ...keys,
          accessToken: granted.access_token,
          accessTokenExpiresAt: granted.access_token_expire_in,
          refreshToken: granted.refresh_token,
          refreshTokenExpiresAt: granted.refresh_token_expire_in,
          shopCipher: cipher,
          grant,
        },
        settings: { authOrigin: auth, ...(region?.length === 2 ? { region } : {}) },
        missing,
      })),
    }
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error
    if (error.kind !== 'auth') return refused('unreachable', error.message)
    return refused(badCode.test(error.message) ? 'code' : 'app', error.message)
  }
}

export const install: Install = {
  appFields: [
    { name: 'appKey', kind: 'text' },
    { name: 'appSecret', kind: 'secret' },
    { name: 'serviceId', kind: 'text' },
  ],
  ways: [{ name: 'consent', needsApp: true, fields: [{ name: 'market', kind: 'choice', choices: ['other', 'US'] }] }],
  stateName: 'state',
  answersBy: 'browser',
  keeps: [],
  shared: {
    by: 'grant',
    names: ['accessToken', 'accessTokenExpiresAt', 'refreshToken', 'refreshTokenExpiresAt'],
  },
  start: async (_way, given, at, context) => start(given, at, context),
  finish,
  endsAt: ({ refreshTokenExpiresAt: seconds }) => (typeof seconds === 'number' ? seconds * 1000 : undefined),
  withApp: (credentials, { appKey, appSecret }) =>
    credentials.appKey === appKey && appSecret ? { ...credentials, appSecret } : undefined,
}

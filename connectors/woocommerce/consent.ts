/** How a WooCommerce shop is opened: by its own approval page, which sends us a key, or by a key that was made by hand. */

import type { ChannelAccount, ChannelDeps } from '../../src/channel.ts'
import { asId } from '../../src/domain.ts'
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
import { createClient } from './client.ts'
import { approvalUrl, homeUrl, readApproval } from './install.ts'
import { type Credentials, type Settings, settings, systemStatus } from './types.ts'

const refused = (fault: InstallRefusal['fault'], more: Omit<InstallRefusal, 'ok' | 'fault'> = {}): InstallRefusal => ({
  ok: false,
  fault,
  ...more,
})

/** Nothing waits for its turn while a person does. */
const noPace: ChannelDeps<Credentials>['pace'] = {
  admit: async () => undefined,
  learn: () => undefined,
  throttled: () => undefined,
  accepted: () => undefined,
}

/** Addresses that only mean something to the machine itself or its hoster: no shop is there. */
const neverAShop = /^(169\.254\.|0\.)|^\[?(::|fe80:)/i

function shopOf(typed: string): string | undefined {
  const shop = homeUrl(typed)
  return shop === undefined || neverAShop.test(new URL(shop).hostname) ? undefined : shop
}

/** Tries the keys before anybody keeps them: one read, and one write of nothing at all. */
async function tried(
  shop: string,
  credentials: Credentials,
  context: InstallContext,
  chosen: Settings,
): Promise<Finished> {
  const account: ChannelAccount<Settings> = { id: probeId, shop, origin: shop, settings: chosen, webhookUrl: '' }
  const client = createClient(account, { ...context, pace: noPace, secrets: fixed(credentials) })
  try {
    const read = await client.get('system_status', client.fresh())
    if (!read.ok)
      return refused(read.status === 401 || read.status === 403 ? 'keys' : 'notAShop', { detail: read.message })
    const write = await client.send('POST', 'products/batch', '{}', { repeatable: true })
    if (!write.ok && write.status === 401) return refused('readOnly', { detail: write.message })
    const status = systemStatus.safeParse(read.data)
    if (!status.success) return refused('notAShop')
    const home = homeUrl(status.data.environment?.home_url ?? '') ?? shop
    return {
      ok: true,
      shops: [
        {
          shop: home,
          title: new URL(shop).host,
          origin: shop,
          credentials,
          settings: chosen,
          missing: [],
        },
      ],
    }
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error
    if (error.kind === 'auth') return refused('keys', { detail: error.message })
    return refused(error.kind === 'rejected' ? 'notAShop' : 'unreachable', { detail: error.message })
  }
}

/** No account: the answers of a probe are kept nowhere. */
const probeId = asId<'account'>('probe')

const fixed = (credentials: Credentials): ChannelDeps<Credentials>['secrets'] => ({
  current: () => credentials,
  replace: async () => undefined,
})

/** Shops post keys to https addresses only, and not to private ones. */
function isReachable(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol === 'https:' && !/^(localhost$|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|\[)/.test(hostname)
}

function consent(given: Given, at: ConsentAddresses): Started {
  const shop = shopOf(given.shop ?? '')
  if (!shop) return refused('shop', { field: 'shop' })
  if (!isReachable(at.keysUrl)) return refused('publicUrl', { detail: at.keysUrl })
  const url = approvalUrl({ shop, state: at.state, returnUrl: at.returnUrl, callbackUrl: at.keysUrl })
  return { ok: true, kind: 'consent', url, remember: { shop } }
}

/** The shop is the one that was asked, whatever posts the keys: keys of another one are not accepted there. */
async function finish(answer: Given, { shop = '' }: Given, context: InstallContext): Promise<Finished> {
  const approval = readApproval(JSON.stringify(answer))
  if (!approval.ok)
    return refused(answer.key_permissions === undefined ? 'keys' : 'readOnly', { detail: approval.reason })
  return await tried(shop, approval.credentials, context, settings.parse({}))
}

async function pasted(given: Given, context: InstallContext): Promise<Started> {
  const shop = shopOf(given.shop ?? '')
  if (!shop) return refused('shop', { field: 'shop' })
  const { consumerKey = '', consumerSecret = '' } = given
  if (!/^ck_\w+$/.test(consumerKey)) return refused('keys', { field: 'consumerKey' })
  if (!/^cs_\w+$/.test(consumerSecret)) return refused('keys', { field: 'consumerSecret' })
  const credentials = { consumerKey, consumerSecret }
  const done = await tried(shop, credentials, context, settings.parse({}))
  if (done.ok || done.fault !== 'keys' || !shop.startsWith('https:'))
    return done.ok ? { ...done, kind: 'opened' } : done
  // Some hosts strip the header: then the keys must go where access logs see them, and the account remembers that.
  const inQuery = await tried(shop, credentials, context, settings.parse({ keysInQuery: true }))
  return inQuery.ok ? { ...inQuery, kind: 'opened' } : done
}

export const install: Install = {
  appFields: [],
  ways: [
    { name: 'consent', needsApp: false, fields: [{ name: 'shop', kind: 'text' }] },
    {
      name: 'keys',
      needsApp: false,
      fields: [
        { name: 'shop', kind: 'text' },
        { name: 'consumerKey', kind: 'secret' },
        { name: 'consumerSecret', kind: 'secret' },
      ],
    },
  ],
  stateName: 'user_id',
  answersBy: 'shop',
  // The shop's webhooks stay signed with it.
  keeps: ['webhookSecret'],
  start: async (way, given, at, context) => (way === 'consent' ? consent(given, at) : await pasted(given, context)),
  finish,
}

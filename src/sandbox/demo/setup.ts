/** Opens the three sandbox shops on loopback ports and connects them to Onhand, the way a merchant would. */

import { serve } from '@hono/node-server'
import { type Fetch, seededRandom, systemClock } from '../../clock.ts'
import type { HookChaos, SandboxShop } from '../shop.ts'
import { shopifySandbox } from '../shopify/index.ts'
import { tiktokSandbox } from '../tiktok-shop/index.ts'
import { wooSandbox } from '../woocommerce/index.ts'
import type { Api } from './api.ts'
import { bundle, prepared, products, type ShopName, shopNames } from './script.ts'
import type { Watch } from './watch.ts'

export interface OpenShop {
  readonly name: ShopName
  readonly shop: SandboxShop
  readonly origin: string
  close(): void
}

export type Shops = Readonly<Record<ShopName, OpenShop>>

/** Webhooks as the world delivers them: a second late in the middle, some much later, three in a thousand never, one in a hundred twice. */
const chaos: HookChaos = { medianDelayMs: 600, spread: 0.8, lost: 0.003, doubled: 0.01 }

/** The remorse hour of TikTok, in demo time. */
export const holdMs = 8_000

/** Its buyers pay at once, so that a checkout of theirs is dead sooner than Onhand takes for granted elsewhere. */
const checkoutMinutes = 1

/** `deliver` carries the shops' webhooks; `watch` sees them, and every request that the shops answer. */
export async function openShops(
  seed: number,
  deliver: Fetch = (request) => fetch(request),
  watch?: Watch,
): Promise<Shops> {
  const deps = (name: ShopName, offset: number) => ({
    clock: systemClock,
    random: seededRandom(seed + offset),
    fetch: watch ? watch.hooksOf(name, deliver) : deliver,
    chaos,
  })
  // A merchant with such evenings is on a plan with this bucket.
  const shopify = await listen(
    'shopify',
    shopifySandbox(deps('shopify', 1), { plan: { capacity: 20_000, restorePerSecond: 1000 } }),
    watch,
  )
  const woocommerce = await listen('woocommerce', wooSandbox(deps('woocommerce', 2), { requestsPerSecond: 40 }), watch)
  const tiktok = await listen(
    'tiktok-shop',
    tiktokSandbox(deps('tiktok-shop', 3), { holdMs, requestsPerSecond: 50 }),
    watch,
  )
  const shops = { shopify, woocommerce, 'tiktok-shop': tiktok }
  for (const { shop } of Object.values(shops)) {
    for (const product of products) shop.addProduct({ ...product, quantity: 0 })
    shop.addProduct({ sku: bundle.sku, title: bundle.title, price: bundle.price, quantity: 0 })
  }
  return shops
}

async function listen(name: ShopName, shop: SandboxShop, watch: Watch | undefined): Promise<OpenShop> {
  const answer = watch ? watch.requestsOf(name, shop.app.fetch) : shop.app.fetch
  const server = serve({ fetch: answer, hostname: '127.0.0.1', port: 0 })
  await new Promise<void>((resolve) => server.once('listening', resolve))
  const address = server.address()
  if (!address || typeof address !== 'object') throw new Error(`The ${name} sandbox has no address.`)
  return {
    name,
    shop,
    origin: `http://127.0.0.1:${address.port}`,
    close() {
      server.close()
      if ('closeAllConnections' in server) server.closeAllConnections()
    },
  }
}

export interface Wish {
  /** How numbers are decided; left out, as Onhand does by itself. */
  readonly policy?: 'mirror'
  /** Shopify ships what the others sell. */
  readonly ships: boolean
}

/** Connects, imports, links and stocks. Resolves with the account ids. */
export async function connect(
  api: Api,
  shops: Shops,
  { policy, ships }: Wish = { ships: true },
): Promise<Readonly<Record<ShopName, string>>> {
  if (policy) await api.put('/rules', { name: 'policy', value: policy })
  const ids = new Map<ShopName, string>()
  for (const name of shopNames) {
    const { shop, origin } = shops[name]
    const { shop: identity, credentials, settings } = shop.connection()
    const account = await api.post<{ id: string }>('/accounts', {
      platform: name,
      title: name,
      shop: name === 'woocommerce' ? origin : identity,
      origin,
      credentials,
      settings: { ...settings, ...settingsOf(name, origin) },
    })
    ids.set(name, account.id)
  }
  const idOf = (name: ShopName) => ids.get(name) ?? ''
  for (const name of ships ? (['woocommerce', 'tiktok-shop'] as const) : [])
    await api.patch(`/accounts/${idOf(name)}`, { fulfilledBy: idOf('shopify') })
  for (const { sku, title, quantity } of products) {
    await api.post('/skus', { sku, title })
    await api.post(`/skus/${sku}/adjust`, { kind: 'receive', units: quantity, reason: 'opening stock' })
  }
  if (!policy)
    for (const { shop, sku, name, value } of prepared)
      await api.put('/rules', { account: idOf(shop), sku, name, value, until: liveEndsAt() })
  for (const name of shopNames) {
    await api.post(`/accounts/${idOf(name)}/subscribe`)
    await api.post(`/accounts/${idOf(name)}/import?wait=true`)
  }
  await api.post('/listings/automatch', { dryRun: false })
  const components = Object.entries(bundle.components).map(([sku, units]) => ({ sku, units }))
  for (const listing of await api.all<{ account: string; listing: string; sku: string | null }>('/listings')) {
    if (listing.sku === bundle.sku)
      await api.post('/listings/link', { account: listing.account, listing: listing.listing, components })
  }
  return { shopify: idOf('shopify'), woocommerce: idOf('woocommerce'), 'tiktok-shop': idOf('tiktok-shop') }
}

const liveEndsAt = () => new Date(systemClock.now() + 3_600_000).toISOString()

function settingsOf(name: ShopName, origin: string): Record<string, unknown> {
  if (name === 'tiktok-shop') return { authOrigin: origin }
  return name === 'shopify' ? { checkoutMinutes } : {}
}

/** Resolves when every shop shows its first number. */
export async function waitForFirstNumbers(shops: Shops): Promise<void> {
  const isReady = () => Object.values(shops).every(({ shop }) => [...shop.shelf().values()].every((units) => units > 0))
  for (let i = 0; i < 300 && !isReady(); i++) await systemClock.sleep(200)
  if (!isReady()) throw new Error('The shops did not show their stock within a minute.')
}

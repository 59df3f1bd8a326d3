/** A WooCommerce shop to try things on: wc/v3 over HTTP, a storefront, and the webhooks that follow. */

import type { SandboxDeps, SandboxMerchant, SandboxShop } from '../shop.ts'
import { createDoor } from './door.ts'
import { merchant } from './merchant.ts'
import { type ApiKey, defaultOptions, type WooOptions } from './options.ts'
import { orderRoutes } from './order-routes.ts'
import { parcelRoutes } from './parcel-routes.ts'
import { productRoutes } from './product-routes.ts'
import { shopRoutes } from './shop-routes.ts'
import { createState } from './state.ts'
import {
  addProduct,
  buy,
  cancel,
  counter,
  nextTickAt,
  orders,
  setStockByHand,
  shelf,
  ship,
  tick,
} from './storefront.ts'
import { variationRoutes } from './variation-routes.ts'
import { addApproval } from './wc-auth.ts'
import { createWebhooks } from './webhooks.ts'

export type { ApiKey, WooOptions } from './options.ts'

/** `home` may be a function for a port that is known only once it listens. */
export type WooSandboxOptions = Partial<Omit<WooOptions, 'home'>> & { readonly home?: string | (() => string) }

/** Keys as the shop makes them: a prefix and forty hex digits. */
function issueKey(uuid: () => string): ApiKey {
  const hex = () => `${uuid()}${uuid()}`.replaceAll('-', '').slice(0, 40)
  return { consumerKey: `ck_${hex()}`, consumerSecret: `cs_${hex()}`, permissions: 'read_write' }
}

function withHome({ home = defaultOptions.home, ...options }: WooSandboxOptions): WooOptions {
  const read = typeof home === 'string' ? () => home : home
  return {
    ...defaultOptions,
    ...options,
    get home() {
      return read().replace(/\/+$/, '')
    },
  }
}

export function wooSandbox(deps: SandboxDeps, options: WooSandboxOptions = {}): SandboxShop & SandboxMerchant {
  const state = createState(deps, withHome(options))
  const key = issueKey(deps.random.uuid)
  const webhooks = createWebhooks(state)
  const routes = [
    ...productRoutes(state),
    ...variationRoutes(state),
    ...orderRoutes(state),
    ...parcelRoutes(state),
    ...shopRoutes(state, webhooks),
  ]
  const keys = [key, ...state.options.keys]
  const door = createDoor(state, routes, () => keys)
  addApproval(door.app, {
    make(permissions) {
      const made = { ...issueKey(deps.random.uuid), permissions }
      keys.push(made)
      return { id: keys.length, ...made }
    },
    takeBack: ({ consumerKey }) =>
      void keys.splice(
        keys.findIndex((one) => one.consumerKey === consumerKey),
        1,
      ),
    fetch: deps.fetch,
  })
  return {
    ...merchant(state, webhooks),
    platform: 'woocommerce',
    app: door.app,
    connection: () => ({
      shop: state.options.home,
      credentials: { consumerKey: key.consumerKey, consumerSecret: key.consumerSecret },
      settings: {},
    }),
    addProduct: (product) => addProduct(state, product),
    buy: (lines) => buy(state, lines),
    cancel: (order) => cancel(state, order),
    ship: (order, tracking) => ship(state, order, tracking),
    setStockByHand: (sku, quantity) => setStockByHand(state, sku, quantity),
    shelf: () => shelf(state),
    counter: (sku) => counter(state, sku),
    orders: () => orders(state),
    tick: () => tick(state),
    nextTickAt: () => nextTickAt(state),
    setDark(dark) {
      door.dark = dark
      if (dark) webhooks.hooks.hold()
      else webhooks.hooks.release()
    },
    stats: () => ({ ...door.counts, webhooksSent: webhooks.hooks.sent, webhooksLost: webhooks.hooks.lost }),
    hooksUnderway: () => webhooks.hooks.underway(),
  }
}

/** The Shopify connector: wires its parts together and states what a store allows. */

import type { Channel, ChannelAccount, ChannelDeps, Connector } from '../../src/channel.ts'
import { compose, rowsPerCallMax } from './calls.ts'
import { createClient } from './client.ts'
import { install } from './consent.ts'
import {
  bulkAboveDefault,
  checkoutMinutesDefault,
  credentials,
  type ShopifyCredentials,
  type ShopifySettings,
  settings,
} from './install.ts'
import { createLocation } from './location.ts'
import { interpret } from './mapping.ts'
import { privacyOf } from './privacy.ts'
import { createReads } from './reads.ts'
import { createScopes } from './scopes.ts'
import { createSubscriptions } from './subscriptions.ts'
import { shopOf, verifyWebhook } from './webhooks.ts'
import { createWrite } from './write.ts'

/** The Standard plan's rate, the lowest there is; the real bucket is learned from every answer. */
const limits: Channel['limits'] = {
  bucket: { capacity: 1000, restorePerSecond: 100 },
  discovered: false,
  callsInFlight: 4,
  itemsPerStockCall: rowsPerCallMax,
  itemsPerFetch: 50,
  typicalCallCost: 10,
}

const abilitiesOf = ({ checkoutMinutes = checkoutMinutesDefault }: ShopifySettings): Channel['abilities'] => ({
  relativeWrites: true,
  compareAndSet: true,
  idempotencyKeys: true,
  moves: true,
  zeroWritable: 'yes',
  returnsRestock: true,
  writesWholeGroup: false,
  createsOrders: true,
  createdOrdersTakeStock: true,
  countsOnHand: true,
  cancelsWithoutRestock: true,
  // Checkouts that are paying show up nowhere; how long they live is not documented.
  checkouts: { diesAfterMs: checkoutMinutes * 60_000, areVisible: false },
  orderListLags: true,
  needsProvider: false,
  polls: ['orders', 'parcels', 'listings', 'stock'],
})

function open(account: ChannelAccount<ShopifySettings>, deps: ChannelDeps<ShopifyCredentials>): Channel {
  const client = createClient(account, deps)
  const scopes = createScopes(client, deps.clock)
  const reads = createReads({
    client,
    scopes,
    clock: deps.clock,
    admit: (cost) => deps.pace.admit(cost, 'bulk'),
    location: createLocation(account.shop, account.settings, client),
    bulkAbove: account.settings.bulkAbove ?? bulkAboveDefault,
  })
  return {
    account: account.id,
    limits,
    abilities: abilitiesOf(account.settings),
    verify: (raw) => verifyWebhook(account.shop, deps.secrets.current(), raw),
    interpret: (delivery) => interpret(account.settings, delivery),
    fetch: reads.fetch,
    poll: reads.poll,
    write: createWrite(client),
    compose: (ops, newKey) => compose(account.settings, ops, newKey),
    subscriptions: createSubscriptions(client, scopes, account.webhookUrl, (cost) => deps.pace.admit(cost, 'normal')),
  }
}

export const shopify: Connector<ShopifyCredentials, ShopifySettings> = {
  platform: 'shopify',
  title: 'Shopify',
  credentials,
  settings,
  open,
  shopOf,
  install,
  privacyOf,
  async verifyForApp(raw, { clientSecret, previousClientSecret }) {
    const shop = shopOf(raw)
    if (!shop || !clientSecret) return { ok: false, status: 401, reason: 'The webhook names no shop.' }
    return await verifyWebhook(shop, { clientSecret, previousClientSecret }, raw)
  },
}

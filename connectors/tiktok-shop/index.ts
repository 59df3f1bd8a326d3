/** TikTok Shop as a channel: its limits and abilities, and the wiring of its parts. */

import { trackingCallIn } from '../../mappings/index.ts'
import type { Abilities, Channel, Connector, Limits } from '../../src/channel.ts'
import { createClient } from './client.ts'
import { compose, rowsPerCallMax } from './compose.ts'
import { install } from './consent.ts'
import { interpret } from './mapping.ts'
import { createReads } from './reads.ts'
import { createSubscriptions } from './subscriptions.ts'
import { type Credentials, credentials, type Settings, settings } from './types.ts'
import { shopOf, verifyWebhook } from './webhooks.ts'
import { createWrite } from './write.ts'

/** TikTok publishes no numbers: a cautious start that grows while answers are accepted. One request costs 1. */
const limits: Limits = {
  bucket: { capacity: 20, restorePerSecond: 10 },
  discovered: true,
  callsInFlight: 5,
  itemsPerStockCall: rowsPerCallMax,
  itemsPerFetch: 50,
  typicalCallCost: 1,
}

const abilities: Abilities = {
  relativeWrites: false,
  compareAndSet: false,
  idempotencyKeys: false,
  moves: false,
  // The documented range is 1…99,999; other connectors send 0. A refusal settles it per shop.
  zeroWritable: 'unknown',
  returnsRestock: false,
  writesWholeGroup: true,
  createsOrders: false,
  createdOrdersTakeStock: false,
  countsOnHand: false,
  cancelsWithoutRestock: false,
  // Orders take stock when they are made, unpaid ones too.
  checkouts: { diesAfterMs: 0, areVisible: true },
  orderListLags: true,
  needsProvider: true,
  polls: ['orders', 'listings', 'stock'],
}

const firstCall = ({ trackingBy, region }: Settings) =>
  trackingBy === 'auto' ? trackingCallIn('tiktok-shop', region) : trackingBy

export const tiktokShop: Connector<Credentials, Settings> = {
  platform: 'tiktok-shop',
  title: 'TikTok Shop',
  credentials,
  settings,
  shopOf,
  install,
  async verifyForApp(raw, { appKey = '', appSecret = '' }) {
    return await verifyWebhook(raw, { appKey, appSecret, shop: shopOf(raw) ?? '' })
  },
  open(account, deps): Channel {
    const chosen = settings.parse(account.settings)
    const client = createClient(deps, { api: account.origin, auth: chosen.authOrigin })
    const reads = createReads(client, deps.clock)
    return {
      account: account.id,
      limits,
      abilities,
      verify: (raw) => {
        const { appKey, appSecret } = deps.secrets.current()
        return verifyWebhook(raw, { appKey, appSecret, shop: account.shop })
      },
      interpret: (delivery) => interpret(delivery, chosen.region),
      fetch: reads.fetch,
      poll: reads.poll,
      write: createWrite(client, firstCall(chosen)),
      compose: (ops, newKey) => compose(ops, newKey, chosen.cancelReason),
      subscriptions: createSubscriptions(client, account.webhookUrl),
    }
  },
}

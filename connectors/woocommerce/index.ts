/** WooCommerce behind the port: wires the parts of this folder and states what such a shop can do. */

import type {
  Abilities,
  Call,
  CallResult,
  Channel,
  ChannelAccount,
  ChannelDeps,
  Connector,
  Delivery,
  Limits,
  Ops,
  Reading,
  Wanted,
} from '../../src/channel.ts'
import { ChannelError } from '../../src/errors.ts'
import { parseJson } from '../json.ts'
import { createClient } from './client.ts'
import { install } from './consent.ts'
import { createDiagnosis } from './diagnosis.ts'
import { orderReadings } from './mapping.ts'
import { cancelOrder, composeOrder, createOrder } from './order-writes.ts'
import { createOrderReader } from './orders.ts'
import { productReadings } from './product-mapping.ts'
import { createProductReader } from './products.ts'
import { composeStock, rowsPerBatch, writeStock } from './stock-writes.ts'
import { createSubscriptions } from './subscriptions.ts'
import { composeTracking, writeTracking } from './tracking.ts'
import { type Credentials, credentials, type Settings, settings } from './types.ts'
import { verify, webhookReadings } from './webhooks.ts'

/** WooCommerce has no limit of its own; hosts have, and do not publish them. */
const limits: Limits = {
  bucket: { capacity: 10, restorePerSecond: 5 },
  discovered: true,
  callsInFlight: 3,
  itemsPerStockCall: rowsPerBatch,
  itemsPerFetch: 50,
  typicalCallCost: 1,
}

const abilities: Abilities = {
  // `inventory_delta` exists, undocumented, but loses updates when two calls meet: 24 parallel -1 took 6 to 9.
  relativeWrites: false,
  compareAndSet: false,
  idempotencyKeys: false,
  moves: false,
  zeroWritable: 'yes',
  // Restocking is the merchant's choice per refund; the order's lines tell which it was.
  returnsRestock: false,
  writesWholeGroup: false,
  createsOrders: true,
  createdOrdersTakeStock: true,
  countsOnHand: false,
  cancelsWithoutRestock: false,
  // Unpaid orders hold their units for `woocommerce_hold_stock_minutes`, an hour by default, and are listed as pending.
  checkouts: { diesAfterMs: 3_600_000, areVisible: true },
  orderListLags: false,
  needsProvider: false,
  polls: ['orders', 'listings', 'stock'],
}

export const woocommerce: Connector<Credentials, Settings> = {
  platform: 'woocommerce',
  title: 'WooCommerce',
  credentials,
  settings,
  open: openChannel,
  shopOf: (raw) => raw.headers['x-wc-webhook-source']?.replace(/\/+$/, '') || undefined,
  install,
}

function openChannel(account: ChannelAccount<Settings>, deps: ChannelDeps<Credentials>): Channel {
  const client = createClient(account, deps)
  const orders = createOrderReader(client, deps, account.settings)
  const products = createProductReader(client, deps)
  return {
    account: account.id,
    limits,
    abilities,
    verify: (raw) => verify(raw, deps.secrets.current().webhookSecret),
    interpret: (delivery) => interpret(delivery, account.settings),
    async fetch(wanted: Wanted) {
      switch (wanted.kind) {
        case 'orders':
          return orders.byIds(wanted.ids, false)
        case 'parcels':
          return orders.byIds(wanted.ids, true)
        case 'references':
          return orders.byReference(wanted.ids)
        case 'listings':
        case 'stock':
          return products.fetch(wanted.kind, wanted.ids)
        case 'providers':
          throw new ChannelError('rejected', 'WooCommerce has no list of carriers to choose from.')
        default:
          return wanted satisfies never
      }
    },
    poll(topic, cursor) {
      if (topic === 'orders') return orders.poll(cursor.since)
      if (topic === 'listings') return products.pollListings(cursor)
      if (topic === 'stock') return products.pollStock()
      throw new ChannelError('rejected', 'WooCommerce has no list of parcels: they come with their orders.')
    },
    compose: (ops, newKey) => compose(ops, newKey, account.settings),
    async write(call: Call): Promise<CallResult> {
      if (call.kind === 'stock') return writeStock(client, call)
      if (call.kind === 'tracking') return writeTracking(client, call, account.settings)
      return call.method === 'orders.create' ? createOrder(client, call) : cancelOrder(client, call)
    },
    subscriptions: createSubscriptions(account, deps, client),
    diagnose: createDiagnosis(account, deps, client),
  }
}

function compose(ops: Ops, newKey: () => string, settings: Settings) {
  switch (ops.kind) {
    case 'stock':
      return composeStock(ops.ops, newKey)
    case 'order':
      return composeOrder(ops.op, newKey, settings)
    case 'tracking':
      return composeTracking(ops.op, newKey, settings)
    default:
      return ops satisfies never
  }
}

/** Never throws: whatever comes is kept and shown, not lost. */
function interpret(delivery: Delivery, settings: Settings): Reading[] {
  try {
    if (delivery.source === 'webhook') return webhookReadings(delivery.topic, delivery.body)
    const readings = [...polledReadings(delivery.topic, parseJson(delivery.body), settings)]
    return readings.length ? readings : [{ kind: 'ignored', reason: 'nothing in it is sold or counted by itself' }]
  } catch (cause) {
    return [{ kind: 'unreadable', reason: cause instanceof Error ? cause.message : String(cause) }]
  }
}

function polledReadings(topic: string, body: unknown, settings: Settings): readonly Reading[] {
  switch (topic) {
    case 'orders':
      return orderReadings(body, undefined, settings)
    case 'parcels': {
      const { order, fulfillments } = withParcels(body)
      return orderReadings(order, fulfillments, settings)
    }
    case 'listings':
    case 'stock':
      return productReadings(body, topic)
    case 'gone': {
      const { of, id } = goneBody(body)
      return [{ kind: 'gone', of, id }]
    }
    default:
      return [{ kind: 'unreadable', reason: `no delivery of ours has the topic "${topic}"` }]
  }
}

/** The shape that the order reader gives to an order read with its fulfilments. */
const withParcels = (body: unknown): { order?: unknown; fulfillments?: unknown } =>
  typeof body === 'object' && body !== null ? body : {}

function goneBody(body: unknown): { of: 'order' | 'listing'; id: string } {
  if (typeof body !== 'object' || body === null || !('of' in body) || !('id' in body))
    throw new Error('an empty "gone"')
  if (typeof body.id !== 'string' || (body.of !== 'order' && body.of !== 'listing'))
    throw new Error('a "gone" that names nothing')
  return { of: body.of, id: body.id }
}

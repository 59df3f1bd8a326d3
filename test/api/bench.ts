/** The HTTP side over real books and a running engine, with one small shop that lives in memory. */

import { Hono } from 'hono'
import { z } from 'zod'
import { markets } from '../../mappings/markets.ts'
import { orderStateTable } from '../../mappings/order-states.ts'
import { createAccounts } from '../../src/accounts/accounts.ts'
import { createVault } from '../../src/accounts/vault.ts'
import { createApi, createProbes } from '../../src/api/index.ts'
import type { Channel, Connector, RawDelivery, Reading } from '../../src/channel.ts'
import { seededRandom } from '../../src/clock.ts'
import { createPacer } from '../../src/dispatcher/pacer.ts'
import { asId, type ListingSnapshot, type OrderSnapshot, type StockLevel } from '../../src/domain.ts'
import { ChannelError } from '../../src/errors.ts'
import { silentLog } from '../../src/log.ts'
import { calmRhythm, createEngine } from '../../src/loops.ts'
import { createMetrics } from '../../src/metrics.ts'
import { virtualClock } from '../../src/sandbox/virtual-clock.ts'
import { openStore } from '../../src/store/index.ts'
import { createIdentity } from '../../src/users/identity.ts'
import { connectingParts } from '../support/connecting.ts'

export const adminToken = 'a-token-for-these-tests'
const secretKey = new Uint8Array(32).fill(7)

/** What the shop has on its shelves and how it behaves. */
export interface Shop {
  readonly listings: ListingSnapshot[]
  readonly shelves: Map<string, number>
  isDown: boolean
  /** Refuses every write with this text. */
  refuses: string | undefined
  repaired: number
}

export const listing = (id: string, extra: Partial<ListingSnapshot> = {}): ListingSnapshot => ({
  id: asId(id),
  register: asId(`reg-${id}`),
  title: `Listing ${id}`,
  state: 'active',
  counting: 'counted',
  updatedAt: 1,
  ...extra,
})

export const order = (id: string, listingId: string, units: number, extra: Partial<OrderSnapshot> = {}) =>
  ({
    id: asId(id),
    name: `#${id}`,
    phase: 'ready',
    status: 'open',
    createdAt: Date.UTC(2026, 5, 15, 17),
    updatedAt: Date.UTC(2026, 5, 15, 17, 30),
    fulfilment: 'seller',
    currency: 'EUR',
    address: { name: 'Ada Secret', line1: 'Hidden street 1', postalCode: '1011AA', city: 'Amsterdam', country: 'NL' },
    lines: [
      {
        id: asId(`${id}-1`),
        listing: asId(listingId),
        title: 'A thing',
        quantity: units,
        takenUnits: units,
        shippedUnits: 0,
      },
    ],
    ...extra,
  }) satisfies OrderSnapshot

export const delivery = (key: string, reading: Reading): RawDelivery => ({
  source: 'webhook',
  topic: reading.kind,
  key,
  body: JSON.stringify(reading),
})

/** Its deliveries are readings as JSON: this shop is about the API, not about a platform. */
function channelOf(id: string, shop: Shop, now: () => number): Channel {
  const answer = (reading: Reading, key: string): RawDelivery => ({
    ...delivery(key, reading),
    source: 'fetch',
    fetchStartedAt: now(),
  })
  const upOrThrow = () => {
    if (shop.isDown) throw new ChannelError('transient', 'nobody answers.')
  }
  const levels = (ids: readonly string[]): StockLevel[] =>
    ids.map((register) => ({ register: asId(register), availableUnits: shop.shelves.get(register) ?? 0 }))
  let fetches = 0
  return {
    account: asId(id),
    limits: {
      bucket: { capacity: 100, restorePerSecond: 100 },
      discovered: false,
      callsInFlight: 3,
      itemsPerStockCall: 50,
      itemsPerFetch: 50,
      typicalCallCost: 1,
    },
    abilities: {
      relativeWrites: false,
      compareAndSet: false,
      idempotencyKeys: false,
      moves: false,
      zeroWritable: 'yes',
      returnsRestock: false,
      writesWholeGroup: false,
      createsOrders: true,
      createdOrdersTakeStock: false,
      countsOnHand: false,
      cancelsWithoutRestock: true,
      checkouts: { diesAfterMs: 0, areVisible: true },
      orderListLags: false,
      needsProvider: false,
      polls: ['listings'],
    },
    verify: async () => ({ ok: false, status: 401, reason: 'unsigned' }),
    interpret({ body }) {
      // Safe: every delivery of this shop is made in this file or is written as one by a test.
      const reading = JSON.parse(body) as Reading
      return [reading]
    },
    async fetch(wanted) {
      upOrThrow()
      fetches++
      if (wanted.kind !== 'stock') return []
      return levels(wanted.ids).map((level) =>
        answer({ kind: 'stock', level }, `stock-${level.register}-${now()}-${fetches}`),
      )
    },
    async *poll() {
      upOrThrow()
      for (const one of shop.listings)
        yield { ...answer({ kind: 'listing', listing: one }, `listing-${one.id}-${one.updatedAt}`), source: 'poll' }
    },
    async write(call) {
      upOrThrow()
      if (shop.refuses !== undefined)
        return { rows: [{ ok: false, kind: 'rejected', code: 'no', message: shop.refuses }] }
      if (call.kind !== 'stock') return { rows: [{ ok: true, id: '1' }] }
      const op: unknown = JSON.parse(call.body)
      const { register, to } = z.object({ register: z.string(), to: z.number() }).parse(op)
      shop.shelves.set(register, to)
      return { rows: [{ ok: true }] }
    },
    compose(ops, newKey) {
      const one = ops.kind === 'stock' ? ops.ops : [ops.op]
      return one.map((op, at) => ({
        call: {
          key: newKey(),
          kind: ops.kind,
          method: ops.kind,
          body: JSON.stringify(op),
          rows: 1,
          cost: 1,
          repeatable: true,
        },
        positions: [at],
      }))
    },
    subscriptions: {
      wanted: () => ['orders'],
      audit: async () => ({ found: shop.repaired > 0 ? ['orders'] : [], missing: [], broken: [] }),
      async repair() {
        shop.repaired++
      },
    },
  }
}

export async function createBench(databaseUrl = 'sqlite::memory:') {
  const clock = virtualClock()
  const random = seededRandom(1)
  const shops = new Map<string, Shop>()
  const connector: Connector = {
    platform: 'corner-shop',
    title: 'Corner shop',
    credentials: z.object({ key: z.string() }),
    settings: z.looseObject({}),
    open({ id, shop }) {
      const found = shops.get(shop) ?? newShop()
      shops.set(shop, found)
      return channelOf(id, found, clock.now)
    },
    shopOf: () => undefined,
  }
  const store = await openStore(databaseUrl, { clock, random })
  const vault = await createVault(secretKey)
  const identity = createIdentity({ store, clock, adminToken, secretKey })
  const accounts = createAccounts({
    store,
    vault,
    connectors: new Map([[connector.platform, connector]]),
    clock,
    random,
    fetch: () => Promise.reject(new Error('no network here')),
    publicUrl: () => 'https://onhand.example',
    newPacer: () => createPacer(clock),
  })
  const log = silentLog
  const engine = createEngine({
    store,
    accounts,
    clock,
    random,
    log,
    carriers: { carriers: [], refusals: [] },
    life: { states: orderStateTable, markets },
    rhythm: calmRhythm,
  })
  const metrics = createMetrics()
  let stopping = false
  const connecting = connectingParts({ store, vault, accounts, engine, clock })
  const deps = {
    store,
    accounts,
    ...connecting,
    engine,
    clock,
    metrics,
    identity,
    vault,
    log,
    isStopping: () => stopping,
  }
  const app = new Hono().route('/', createProbes(deps)).route('/api', createApi(deps))

  async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const response = await app.request(`/api${path}`, {
      method,
      headers: { authorization: `Bearer ${adminToken}`, ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const json: Json = z.record(z.string(), z.unknown()).parse(await response.json())
    return { status: response.status, json, headers: response.headers }
  }

  return {
    app,
    deps,
    clock,
    engine,
    store,
    shop(name: string): Shop {
      const found = shops.get(name) ?? newShop()
      shops.set(name, found)
      return found
    },
    call,
    get: (path: string) => call('GET', path),
    post: (path: string, body?: unknown, headers?: Record<string, string>) => call('POST', path, body, headers),
    patch: (path: string, body: unknown) => call('PATCH', path, body),
    stopping() {
      stopping = true
    },
    /** Connects a shop of this name and returns its account's id. */
    async connect(name: string): Promise<string> {
      const { json } = await call('POST', '/accounts', {
        platform: 'corner-shop',
        title: name,
        shop: name,
        origin: 'https://shop.example',
        credentials: { key: 'a-shop-secret' },
      })
      return z.string().parse(json.id)
    },
    /** Lets the shop say something, and the books take it in. */
    async say(account: string, key: string, reading: Reading) {
      const [id] = await engine.inbox.append(asId(account), [delivery(key, reading)])
      await engine.ledger.drain()
      await engine.planner.drain()
      return id ?? ''
    },
    /** Lets everything that is due happen, with the time it takes. */
    async settle() {
      let isDone = false
      const work = engine.settle().finally(() => {
        isDone = true
      })
      for (let turn = 0; turn < 1000 && !isDone; turn++) await clock.advance(50)
      await work
    },
    async close() {
      await engine.stop()
      await store.close()
    },
  }
}

export type Bench = Awaited<ReturnType<typeof createBench>>

export type Json = Readonly<Record<string, unknown>>

/** The items of a list's answer. */
export const itemsOf = (json: Json): Json[] =>
  z.object({ items: z.array(z.record(z.string(), z.unknown())) }).parse(json).items

const newShop = (): Shop => ({
  listings: [],
  shelves: new Map(),
  isDown: false,
  refuses: undefined,
  repaired: 0,
})

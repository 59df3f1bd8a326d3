/** The connector against the sandbox shop, which was written from the platform's contract alone. */

import { describe, expect, test } from 'vitest'
import { shopify } from '../../../connectors/shopify/index.ts'
import type { Channel, Ops, OrderOp, RawRequest, StockOp, Wanted } from '../../../src/channel.ts'
import { seededRandom } from '../../../src/clock.ts'
import { asId, type OrderSnapshot } from '../../../src/domain.ts'
import { calmHooks } from '../../../src/sandbox/shop.ts'
import { shopifySandbox } from '../../../src/sandbox/shopify/index.ts'
import { virtualClock } from '../../../src/sandbox/virtual-clock.ts'
import { asDelivery, collect, interpretAll } from './store.ts'

function connected(quantity = 5) {
  const clock = virtualClock()
  const webhooks: RawRequest[] = []
  const shop = shopifySandbox({
    clock,
    random: seededRandom(7),
    chaos: calmHooks,
    fetch: async (request) => {
      const headers = Object.fromEntries(request.headers)
      webhooks.push({ method: 'POST', path: '/', headers, body: new Uint8Array(await request.arrayBuffer()) })
      return new Response('')
    },
  })
  for (const sku of ['MUG', 'POT']) shop.addProduct({ sku, title: `Item ${sku}`, price: '12.50', quantity })
  const given = shop.connection()
  const credentials = shopify.credentials.parse(given.credentials)
  const costs: number[] = []
  const charged: [asked: number, charged: number][] = []
  const channel = shopify.open(
    {
      id: asId('shop-a'),
      shop: given.shop,
      origin: `https://${given.shop}`,
      settings: shopify.settings.parse(given.settings),
      webhookUrl: 'https://onhand.example/webhooks/shop-a',
    },
    {
      fetch: async (request) => {
        const isQuery = (await request.clone().text()).startsWith('{"query":"query')
        const answer = await shop.app.fetch(request)
        const { extensions } = await answer.clone().json()
        // Whoever asks for less than the shop charges is throttled in the end; for much more, waits for nothing.
        if (isQuery && extensions) charged.push([costs.at(-1) ?? 0, extensions.cost.requestedQueryCost])
        return answer
      },
      clock,
      random: seededRandom(8),
      // The real pacer waits for the bucket; here time passes until what is asked for is surely back.
      pace: {
        admit: async (cost) => {
          costs.push(cost)
          await clock.advance(10_000)
        },
        learn: () => undefined,
        throttled: () => undefined,
        accepted: () => undefined,
      },
      secrets: { current: () => credentials, replace: async () => undefined },
    },
  )
  return { clock, shop, channel, webhooks, charged }
}

let keys = 0
async function write(channel: Channel, ops: Ops) {
  const rows = []
  for (const { call } of channel.compose(ops, () => `key-${++keys}`)) rows.push(...(await channel.write(call)).rows)
  return rows
}

const fetched = async (channel: Channel, wanted: Wanted) => interpretAll(channel, await channel.fetch(wanted))

async function orderOf(channel: Channel, id: string): Promise<OrderSnapshot> {
  const [reading] = await fetched(channel, { kind: 'orders', ids: [asId(id)] })
  if (reading?.kind !== 'order') throw new Error(JSON.stringify(reading))
  return reading.order
}

async function listingOf(channel: Channel, sku: string) {
  const readings = interpretAll(channel, await collect(channel.poll('listings', { since: 0 })))
  const found = readings.flatMap((each) => (each.kind === 'listing' && each.listing.sku === sku ? [each.listing] : []))
  const [listing] = found
  if (!listing?.register) throw new Error(JSON.stringify(readings))
  return { id: listing.id, register: listing.register, counting: listing.counting }
}

async function stockOf(channel: Channel, register: Awaited<ReturnType<typeof listingOf>>['register']) {
  const [reading] = await fetched(channel, { kind: 'stock', ids: [register] })
  return reading?.kind === 'stock' ? [reading.level.availableUnits, reading.level.committedUnits] : reading
}

const bought = (purchase: ReturnType<ReturnType<typeof connected>['shop']['buy']>): string => {
  if (!purchase.ok) throw new Error(purchase.reason)
  return purchase.order
}
const taken = ({ lines }: OrderSnapshot) => lines.map(({ takenUnits, shippedUnits }) => [takenUnits, shippedUnits])

describe('a sale', () => {
  test('takes stock, is cancelled and gives it back', async () => {
    const { shop, channel } = connected()
    const mug = await listingOf(channel, 'MUG')
    expect(mug.counting).toBe('counted')
    const id = bought(shop.buy([{ sku: 'MUG', quantity: 2 }]))
    const order = await orderOf(channel, id)
    expect([order.phase, taken(order), order.lines[0]?.listing]).toEqual(['ready', [[2, 0]], mug.id])
    expect(await stockOf(channel, mug.register)).toEqual([3, 2])
    shop.cancel(id)
    const cancelled = await orderOf(channel, id)
    expect([cancelled.phase, taken(cancelled)]).toEqual(['cancelled', [[0, 0]]])
    expect(await stockOf(channel, mug.register)).toEqual([5, 0])
  })

  test('ships, and its parcel is found by id and by poll', async () => {
    const { shop, channel } = connected()
    const id = bought(shop.buy([{ sku: 'MUG', quantity: 1 }]))
    shop.ship(id, { carrier: 'PostNL', number: '3SABCD1234567' })
    const order = await orderOf(channel, id)
    expect([order.phase, taken(order)]).toEqual(['shipped', [[1, 1]]])
    const parcel = { order: id, carrier: 'PostNL', numbers: ['3SABCD1234567'], lines: [{ units: 1 }] }
    expect(await fetched(channel, { kind: 'parcels', ids: [asId(id)] })).toMatchObject([{ shipment: parcel }])
    const polled = interpretAll(channel, await collect(channel.poll('parcels', { since: 0 })))
    expect(polled).toMatchObject([{ shipment: parcel }])
  })

  test('is told by a signed webhook that leads to the order', async () => {
    const { clock, shop, channel, webhooks } = connected()
    await channel.subscriptions.repair()
    expect(await channel.subscriptions.audit()).toMatchObject({ missing: [], broken: [] })
    const id = bought(shop.buy([{ sku: 'POT', quantity: 1 }]))
    await clock.advance(60_000)
    const hints = []
    for (const raw of webhooks) {
      const verdict = await channel.verify(raw)
      if (!verdict.ok || !verdict.stored) throw new Error(JSON.stringify(verdict))
      const body = new TextDecoder().decode(raw.body)
      hints.push(...channel.interpret(asDelivery({ source: 'webhook', topic: verdict.topic, key: verdict.key, body })))
    }
    expect(hints).toContainEqual({ kind: 'hint', wanted: { kind: 'orders', ids: [id] } })
    expect(hints).toContainEqual({ kind: 'hint', wanted: { kind: 'stock', ids: [expect.stringContaining('@')] } })
    expect(hints.filter(({ kind }) => kind === 'unreadable')).toEqual([])
  })

  test('is found by poll from its time on, and what was asked of the rate limit is what is charged', async () => {
    const { clock, shop, channel, charged } = connected(100)
    for (let n = 0; n < 25; n++) shop.buy([{ sku: 'MUG', quantity: 1 }])
    await clock.advance(60_000)
    const since = clock.now()
    await clock.advance(1000)
    const late = bought(shop.buy([{ sku: 'POT', quantity: 1 }]))
    expect(await collect(channel.poll('orders', { since: 0 }))).toHaveLength(26)
    const news = interpretAll(channel, await collect(channel.poll('orders', { since })))
    expect(news).toMatchObject([{ kind: 'order', order: { id: late } }])
    await listingOf(channel, 'POT')
    await collect(channel.poll('stock', { since: 0 }))
    await collect(channel.poll('parcels', { since: 0 }))
    await fetched(channel, { kind: 'parcels', ids: [asId(late)] })
    shop.cancel(late)
    await orderOf(channel, late)
    expect(charged.length).toBeGreaterThan(10)
    for (const [asked, wasCharged] of charged) {
      expect(asked).toBeGreaterThanOrEqual(wasCharged)
      expect(asked).toBeLessThanOrEqual(wasCharged + 10)
    }
  })
})

describe('a write', () => {
  test('of every kind reaches the shelf and says so', async () => {
    const { shop, channel } = connected()
    const { register } = await listingOf(channel, 'MUG')
    const one = async (op: StockOp) => (await write(channel, { kind: 'stock', ops: [op] }))[0]
    expect(await one({ register, kind: 'adjust', by: -2 })).toEqual({ ok: true, confirmedUnits: 3 })
    expect(await one({ register, kind: 'set', to: 8 })).toEqual({ ok: true, confirmedUnits: 8 })
    expect(await one({ register, kind: 'cas', from: 7, to: 1 })).toMatchObject({ ok: false, kind: 'stale' })
    expect(await one({ register, kind: 'cas', from: 8, to: 6 })).toEqual({ ok: true, confirmedUnits: 6 })
    const out = { register, kind: 'move', by: 4, from: 'available', to: 'safety_stock' } as const
    expect(await one(out)).toMatchObject({ ok: true })
    expect(shop.shelf().get('MUG')).toBe(2)
    expect(await one({ ...out, by: 1, from: 'safety_stock', to: 'available' })).toMatchObject({ ok: true })
    expect(shop.shelf().get('MUG')).toBe(3)
    expect(await one({ register, kind: 'set', to: 0 })).toMatchObject({ ok: true })
    expect(shop.shelf().get('MUG')).toBe(0)
  })

  test('sent twice acts once', async () => {
    const { shop, channel } = connected()
    const { register } = await listingOf(channel, 'MUG')
    const ops: Ops = { kind: 'stock', ops: [{ register, kind: 'adjust', by: -2 }] }
    const [composed] = channel.compose(ops, () => 'one-key')
    if (!composed) throw new Error('nothing composed')
    await channel.write(composed.call)
    expect((await channel.write(composed.call)).rows).toMatchObject([{ ok: true }])
    expect(shop.shelf().get('MUG')).toBe(3)
  })

  test('with one stale row leaves the other row undone and says so', async () => {
    const { shop, channel } = connected()
    const [mug, pot] = [await listingOf(channel, 'MUG'), await listingOf(channel, 'POT')]
    const ops: StockOp[] = [
      { register: mug.register, kind: 'cas', from: 5, to: 1 },
      { register: pot.register, kind: 'cas', from: 4, to: 1 },
    ]
    expect(await write(channel, { kind: 'stock', ops })).toMatchObject([{ kind: 'again' }, { kind: 'stale' }])
    expect([...shop.shelf().values()]).toEqual([5, 5])
  })
})

describe('an order of another shop', () => {
  const exported = (listing: Awaited<ReturnType<typeof listingOf>>): OrderOp => ({
    kind: 'create',
    reference: 'onhand:tiktok:577087614418520388',
    name: '577087614418520388',
    placedAt: Date.UTC(2026, 5, 15, 17),
    currency: 'EUR',
    lines: [{ listing: listing.id, title: 'Mug', units: 2, unitPrice: { amount: '12.50', currency: 'EUR' } }],
    shippingPrice: { amount: '4.95', currency: 'EUR' },
    address: {
      name: 'Jan van der Berg',
      line1: 'Keizersgracht 1',
      postalCode: '1015 CJ',
      city: 'Amsterdam',
      country: 'NL',
    },
  })

  test('is created, takes stock, is found by its reference, shipped once and read back', async () => {
    const { clock, shop, channel } = connected()
    const mug = await listingOf(channel, 'MUG')
    const [made] = await write(channel, { kind: 'order', op: exported(mug) })
    if (!made?.ok || !made.id) throw new Error(JSON.stringify(made))
    await clock.advance(600_000)
    expect(await stockOf(channel, mug.register)).toEqual([3, 2])
    const references: Wanted = { kind: 'references', ids: ['onhand:tiktok:577087614418520388', 'onhand:tiktok:5770'] }
    expect(await fetched(channel, references)).toMatchObject([
      { kind: 'order', order: { id: made.id, phase: 'ready', ourReference: 'onhand:tiktok:577087614418520388' } },
    ])
    const op = {
      order: asId<'order'>(made.id),
      shipment: asId<'shipment'>('1'),
      carrier: 'postnl',
      number: '3SABCD1234567',
    }
    const [first] = await write(channel, { kind: 'tracking', op })
    const [second] = await write(channel, { kind: 'tracking', op })
    expect(first).toMatchObject({ ok: true })
    expect(second).toEqual(first)
    expect(shop.orders().find(({ id }) => id === made.id)).toMatchObject({
      shipped: true,
      tracking: [{ carrier: 'PostNL', number: '3SABCD1234567' }],
    })
    expect(await stockOf(channel, mug.register)).toEqual([3, 0])
  })

  test.each([
    [true, 5, [[0, 0]]],
    [false, 3, [[2, 2]]],
  ])('is cancelled with restock %s, and again without harm', async (restock, shelf, units) => {
    const { clock, shop, channel } = connected()
    const [made] = await write(channel, { kind: 'order', op: exported(await listingOf(channel, 'MUG')) })
    if (!made?.ok || !made.id) throw new Error(JSON.stringify(made))
    const op: OrderOp = { kind: 'cancel', order: asId(made.id), restock, reason: 'Cancelled on TikTok Shop' }
    expect(await write(channel, { kind: 'order', op })).toEqual([{ ok: true }])
    await clock.advance(600_000)
    expect(await write(channel, { kind: 'order', op })).toMatchObject([{ ok: true }])
    expect(shop.shelf().get('MUG')).toBe(shelf)
    const order = await orderOf(channel, made.id)
    expect([order.phase, taken(order)]).toEqual(['cancelled', units])
  })
})

describe('a shop in trouble', () => {
  test('that is dark fails for now; one that removed the app refuses', async () => {
    const { shop, channel } = connected()
    shop.setDark(true)
    await expect(channel.fetch({ kind: 'orders', ids: [asId('1')] })).rejects.toMatchObject({ kind: 'transient' })
    shop.setDark(false)
    expect(await fetched(channel, { kind: 'orders', ids: [asId('1')] })).toEqual([
      { kind: 'gone', of: 'order', id: '1' },
    ])
    shop.uninstall()
    await expect(channel.fetch({ kind: 'orders', ids: [asId('1')] })).rejects.toMatchObject({ kind: 'auth' })
  })
})

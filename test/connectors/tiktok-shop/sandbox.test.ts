/** The connector against the sandbox shop, which was written from the platform's contract alone. */

import { describe, expect, test } from 'vitest'
import { tiktokShop } from '../../../connectors/tiktok-shop/index.ts'
import { exchangeCode } from '../../../connectors/tiktok-shop/install.ts'
import type { Channel, Ops, OrderOp, RawRequest, Reading } from '../../../src/channel.ts'
import { seededRandom } from '../../../src/clock.ts'
import { asId, type OrderSnapshot } from '../../../src/domain.ts'
import { calmHooks } from '../../../src/sandbox/shop.ts'
import { type TiktokOptions, tiktokSandbox } from '../../../src/sandbox/tiktok-shop/index.ts'
import { virtualClock } from '../../../src/sandbox/virtual-clock.ts'
import { api, auth, collect, keys, readings } from './support.ts'

const holdMs = 3_600_000

function connected(options: Partial<TiktokOptions> = {}) {
  const clock = virtualClock()
  const webhooks: RawRequest[] = []
  const shop = tiktokSandbox(
    {
      clock,
      random: seededRandom(7),
      chaos: calmHooks,
      fetch: async (request) => {
        const headers = Object.fromEntries(request.headers)
        webhooks.push({ method: 'POST', path: '/', headers, body: new Uint8Array(await request.arrayBuffer()) })
        return new Response('')
      },
    },
    { requestsPerSecond: 1000, ...options },
  )
  for (const sku of ['MUG', 'POT']) shop.addProduct({ sku, title: `Item ${sku}`, price: '12.50', quantity: 5 })
  const given = shop.connection()
  let credentials = tiktokShop.credentials.parse(given.credentials)
  const fetchBy = async (request: Request) => shop.app.fetch(request)
  const channel = tiktokShop.open(
    {
      id: asId('tiktok'),
      shop: given.shop,
      origin: api,
      settings: tiktokShop.settings.parse(given.settings),
      webhookUrl: 'https://onhand.example/webhooks/tiktok-shop',
    },
    {
      fetch: fetchBy,
      clock,
      random: seededRandom(8),
      pace: {
        admit: async () => undefined,
        learn: () => undefined,
        throttled: () => undefined,
        accepted: () => undefined,
      },
      secrets: {
        current: () => credentials,
        replace: async (next) => {
          credentials = next
        },
      },
    },
  )
  return { clock, shop, channel, webhooks, fetchBy, credentials: () => credentials }
}

const listingsOf = async (channel: Channel) =>
  readings(channel, await collect(channel.poll('listings', { since: 0 }))).flatMap((each) =>
    each.kind === 'listing' ? [each.listing] : [],
  )

async function registersOf(channel: Channel, sku: string) {
  const found = (await listingsOf(channel)).filter((each) => each.sku === sku)
  return found.flatMap(({ register }) => register ?? [])
}

async function orderOf(channel: Channel, id: string): Promise<OrderSnapshot> {
  const [reading] = readings(channel, await channel.fetch({ kind: 'orders', ids: [asId(id)] }))
  if (reading?.kind !== 'order') throw new Error(JSON.stringify(reading))
  return reading.order
}

const levelsOf = (found: Reading[]) =>
  found.flatMap((each) => (each.kind === 'stock' ? [[each.level.availableUnits, each.level.committedUnits]] : []))

async function send(channel: Channel, ops: Ops) {
  const results = []
  for (const { call } of channel.compose(ops, keys())) results.push(...(await channel.write(call)).rows)
  return results
}

describe('stock', () => {
  test('what is listed can be read and written, in every warehouse', async () => {
    const { channel, shop } = connected({ warehouses: 2 })
    const listings = await listingsOf(channel)
    expect(listings.map(({ sku, state }) => [sku, state])).toEqual([
      ['MUG', 'active'],
      ['MUG', 'active'],
      ['POT', 'active'],
      ['POT', 'active'],
    ])
    const registers = await registersOf(channel, 'MUG')
    expect(levelsOf(readings(channel, await channel.fetch({ kind: 'stock', ids: registers })))).toEqual([
      [5, 0],
      [0, 0],
    ])
    const ops = registers.map((register, at) => ({ kind: 'set' as const, register, to: at === 0 ? 0 : 3 }))
    expect(await send(channel, { kind: 'stock', ops })).toEqual([{ ok: true }, { ok: true }])
    expect(shop.shelf().get('MUG')).toBe(3)
    const [first] = ops
    if (!first) throw new Error('no register')
    expect(await send(channel, { kind: 'stock', ops: [first] }), 'half a sku').toMatchObject([
      { ok: false, kind: 'stale', code: '12019028' },
    ])
    expect(levelsOf(readings(channel, await collect(channel.poll('stock', { since: 0 }))))).toHaveLength(4)
  })

  test('zero that is refused is told apart from every other refusal', async () => {
    const { channel } = connected({ refuseZero: true })
    const [register = asId<'register'>('')] = await registersOf(channel, 'MUG')
    expect(await send(channel, { kind: 'stock', ops: [{ kind: 'set', register, to: 0 }] })).toMatchObject([
      { ok: false, kind: 'zeroRefused', code: '12052055' },
    ])
  })

  test.each([
    ['FREEZE', 'frozen'],
    ['DELETED', 'deleted'],
    ['SELLER_DEACTIVATED', 'inactive'],
  ] as const)('a product that becomes %s is %s', async (status, state) => {
    const { channel, shop } = connected()
    const [listing] = await listingsOf(channel)
    if (!listing) throw new Error('no listing')
    shop.setProductStatus('MUG', status)
    const found = readings(channel, await channel.fetch({ kind: 'listings', ids: [listing.id] }))
    expect(found).toMatchObject([{ kind: 'listing', listing: { id: listing.id, state } }])
  })
})

describe('orders', () => {
  test('hold stock from the first moment and are told again at every step', async () => {
    const { channel, shop, clock } = connected({ unpaidMs: 60_000 })
    const bought = shop.buy([{ sku: 'MUG', quantity: 2 }])
    if (!bought.ok) throw new Error(bought.reason)
    const taken = async () => {
      const { phase, lines } = await orderOf(channel, bought.order)
      return [phase, lines[0]?.takenUnits, lines[0]?.shippedUnits]
    }
    expect(await taken()).toEqual(['unpaid', 2, 0])
    expect((await orderOf(channel, bought.order)).lines[0]?.listing).toBe((await registersOf(channel, 'MUG'))[0])
    await clock.advance(60_000)
    expect(await taken()).toEqual(['on_hold', 2, 0])
    await clock.advance(holdMs)
    expect(await taken()).toEqual(['ready', 2, 0])
    const polled = readings(channel, await collect(channel.poll('orders', { since: 0 })))
    expect(polled).toMatchObject([{ kind: 'order', order: { id: bought.order, phase: 'ready' } }])
    const [registers] = await registersOf(channel, 'MUG')
    const stock = await channel.fetch({ kind: 'stock', ids: registers ? [registers] : [] })
    expect(levelsOf(readings(channel, stock))).toEqual([[3, 2]])
    // From here on the seller has to agree: a request alone gives nothing back.
    expect(shop.cancel(bought.order)).toBe(false)
    expect(await taken()).toEqual(['ready', 2, 0])
    expect(readings(channel, await channel.fetch({ kind: 'orders', ids: [asId('999')] }))).toEqual([
      { kind: 'gone', of: 'order', id: '999' },
    ])
  })

  test('a buyer who cancels in the first hour gives everything back', async () => {
    const { channel, shop } = connected()
    const bought = shop.buy([{ sku: 'MUG', quantity: 2 }])
    if (!bought.ok) throw new Error(bought.reason)
    expect(shop.cancel(bought.order)).toBe(true)
    expect(await orderOf(channel, bought.order)).toMatchObject({
      phase: 'cancelled',
      lines: [{ quantity: 0, takenUnits: 0 }],
    })
  })

  async function ready(options: Partial<TiktokOptions> = {}) {
    const shop = connected(options)
    const bought = shop.shop.buy([
      { sku: 'MUG', quantity: 2 },
      { sku: 'POT', quantity: 1 },
    ])
    if (!bought.ok) throw new Error(bought.reason)
    await shop.clock.advance(holdMs)
    const order = await orderOf(shop.channel, bought.order)
    const found = await shop.channel.fetch({
      kind: 'providers',
      ids: order.deliveryOption ? [order.deliveryOption] : [],
    })
    const [list] = readings(shop.channel, found)
    const postnl = list?.kind === 'providers' ? list.providers.find(({ name }) => /postnl/i.test(name)) : undefined
    if (!postnl) throw new Error('no provider')
    const parcel = {
      order: order.id,
      shipment: asId<'shipment'>('s'),
      carrier: 'PostNL',
      provider: postnl.id,
      number: '3SABCD1234567',
    }
    return { ...shop, order, parcel }
  }

  test.each(['mark', 'ship'] as const)(
    'a parcel is told in a market that takes %s, and telling it again does no harm',
    async (market) => {
      const { channel, shop, order, parcel } = await ready({ market })
      expect(await send(channel, { kind: 'tracking', op: parcel })).toMatchObject([
        { ok: true, id: expect.any(String) },
      ])
      expect(shop.orders()[0]?.tracking.map(({ number }) => number)).toEqual(['3SABCD1234567'])
      expect((await orderOf(channel, order.id)).lines.map(({ shippedUnits }) => shippedUnits)).toEqual([2, 1])
      expect(await send(channel, { kind: 'tracking', op: parcel })).toMatchObject([{ ok: true }])
      const parcels = readings(channel, await channel.fetch({ kind: 'parcels', ids: [order.id] }))
      expect(parcels).toMatchObject([{ kind: 'shipment', shipment: { numbers: ['3SABCD1234567'], cancelled: false } }])
      const other = await send(channel, { kind: 'tracking', op: { ...parcel, number: '3SABCD7654321' } })
      expect(other).toMatchObject([{ ok: false, kind: 'rejected' }])
    },
  )

  test('an order in two parcels', async () => {
    const { channel, order, parcel } = await ready()
    const [mug, pot] = order.lines
    if (!mug || !pot) throw new Error('no lines')
    const one = { ...parcel, lines: [{ line: mug.id, units: 1 }] }
    expect(await send(channel, { kind: 'tracking', op: one })).toMatchObject([{ ok: true }])
    const partly = await orderOf(channel, order.id)
    expect([partly.phase, ...partly.lines.map(({ shippedUnits }) => shippedUnits)]).toEqual(['partly_shipped', 1, 0])
    expect(await send(channel, { kind: 'tracking', op: one }), 'again').toMatchObject([{ ok: true }])
    const rest = {
      ...parcel,
      number: '3SABCD7654321',
      lines: [
        { line: mug.id, units: 1 },
        { line: pot.id, units: 1 },
      ],
    }
    expect(await send(channel, { kind: 'tracking', op: rest })).toMatchObject([{ ok: true }])
    expect((await orderOf(channel, order.id)).lines.map(({ shippedUnits }) => shippedUnits)).toEqual([2, 1])
  })

  test('carries the request of a buyer who wants to cancel, until it is answered', async () => {
    const { channel, clock, shop } = connected()
    const { order: id } = shop.buy([{ sku: 'MUG', quantity: 1 }]) as { order: string }
    await clock.advance(2 * holdMs)
    expect(shop.cancel(id)).toBe(false)
    const { cancelRequest } = await orderOf(channel, id)
    const polled = readings(channel, await collect(channel.poll('orders', { since: clock.now() - 1000 })))
    expect(polled).toMatchObject([{ kind: 'order', order: { id, cancelRequest } }])
    const op: OrderOp = { kind: 'approveCancel', order: asId(id), request: cancelRequest ?? '' }
    expect(await send(channel, { kind: 'order', op })).toMatchObject([{ ok: true }])
    const after = await orderOf(channel, id)
    expect(after).toMatchObject({ phase: 'cancelled', lines: [{ takenUnits: 0 }] })
    expect(after).not.toHaveProperty('cancelRequest')
  })

  test('is cancelled, and gives back what it took', async () => {
    const { channel, shop, order } = await ready()
    const op: OrderOp = { kind: 'cancel', order: order.id, restock: true, reason: 'Sold out' }
    expect(await send(channel, { kind: 'order', op })).toMatchObject([{ ok: true, id: expect.any(String) }])
    expect((await orderOf(channel, order.id)).lines.map(({ takenUnits }) => takenUnits)).toEqual([0, 0])
    expect(shop.shelf().get('MUG')).toBe(5)
  })
})

describe('the connection', () => {
  test('webhooks are put right, verified and understood', async () => {
    const { channel, shop, webhooks, clock } = connected()
    expect((await channel.subscriptions.audit()).missing).toEqual(channel.subscriptions.wanted())
    await channel.subscriptions.repair()
    expect(await channel.subscriptions.audit()).toMatchObject({ missing: [], broken: [] })
    const bought = shop.buy([{ sku: 'MUG', quantity: 1 }])
    await clock.advance(1000)
    const [hook] = webhooks
    if (!hook || !bought.ok) throw new Error('no webhook')
    expect(tiktokShop.shopOf(hook)).toBe(shop.connection().shop)
    const verdict = await channel.verify(hook)
    expect(verdict).toMatchObject({ ok: true, stored: true, topic: 'type-1' })
    const body = new TextDecoder().decode(hook.body)
    const found = readings(channel, [{ source: 'webhook', topic: 'type-1', key: 'k', body }])
    expect(found).toEqual([{ kind: 'hint', wanted: { kind: 'orders', ids: [bought.order] } }])
    const forged = { ...hook, body: new TextEncoder().encode(body.replace(bought.order, '1')) }
    expect(await channel.verify(forged)).toMatchObject({ ok: false, status: 401 })
  })

  test('an expired token is renewed on the way, once', async () => {
    const { channel, clock, credentials } = connected()
    const before = credentials()
    await clock.advance(8 * 24 * holdMs)
    await Promise.all([listingsOf(channel), listingsOf(channel)])
    expect(credentials().accessToken).not.toBe(before.accessToken)
    expect(credentials().refreshToken).not.toBe(before.refreshToken)
  })

  test('a seller consents and the shop opens', async () => {
    const { shop, fetchBy, clock } = connected()
    const { appKey, appSecret } = tiktokShop.credentials.parse(shop.connection().credentials)
    const deps = { fetch: fetchBy, clock, random: seededRandom(9), apiOrigin: api, authOrigin: auth }
    const opened = await exchangeCode({ appKey, appSecret }, shop.consent(), deps)
    expect(opened.map((each) => each.shop)).toEqual([shop.connection().shop])
  })

  test('the hourly limit and a dark shop', async () => {
    const { channel, shop } = connected({ sandboxPerHour: 2 })
    const ask = () => channel.fetch({ kind: 'orders', ids: [asId('999')] })
    await ask()
    await ask()
    await expect(ask()).rejects.toMatchObject({ kind: 'throttled', retryAfterMs: holdMs })
    shop.setDark(true)
    await expect(ask()).rejects.toMatchObject({ kind: 'transient' })
  })
})

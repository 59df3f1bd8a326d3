/** The connector on the sandbox shop, which other hands wrote from the same contract. */

import { describe, expect, it } from 'vitest'
import { woocommerce } from '../../../connectors/woocommerce/index.ts'
import type { Channel, Ops, Reading, Topic, Verdict } from '../../../src/channel.ts'
import { seededRandom } from '../../../src/clock.ts'
import { asId } from '../../../src/domain.ts'
import { calmHooks } from '../../../src/sandbox/shop.ts'
import { virtualClock } from '../../../src/sandbox/virtual-clock.ts'
import { type WooSandboxOptions, wooSandbox } from '../../../src/sandbox/woocommerce/index.ts'
import { all, kept, newKey } from './shop.ts'

function connect(options: WooSandboxOptions = {}, settings: Record<string, unknown> = {}) {
  const clock = virtualClock()
  const random = seededRandom(3)
  const mail: { verdict: Verdict; readings: Reading[] }[] = []
  let channel: Channel | undefined
  const shop = wooSandbox(
    {
      clock,
      random,
      chaos: calmHooks,
      fetch: async (request) => {
        const body = new Uint8Array(await request.arrayBuffer())
        const headers = Object.fromEntries(request.headers)
        const verdict = (await channel?.verify({ method: 'POST', path: '/webhooks/woo', headers, body })) ?? {
          ok: false,
          status: 401,
          reason: 'not open',
        }
        const text = new TextDecoder().decode(body)
        const stored = verdict.ok && verdict.stored ? verdict : undefined
        const readings = stored
          ? (channel?.interpret(kept({ source: 'webhook', topic: stored.topic, key: stored.key, body: text })) ?? [])
          : []
        mail.push({ verdict, readings })
        return new Response(null, { status: verdict.ok ? 200 : verdict.status })
      },
    },
    options,
  )
  const connection = shop.connection()
  let credentials = woocommerce.credentials.parse(connection.credentials)
  channel = woocommerce.open(
    {
      id: asId<'account'>('woo'),
      shop: connection.shop,
      origin: connection.shop,
      settings: woocommerce.settings.parse(settings),
      webhookUrl: 'https://onhand.example/webhooks/woo',
    },
    {
      fetch: async (request) => shop.app.fetch(request),
      clock,
      random,
      pace: { admit: async () => {}, learn: () => {}, throttled: () => {}, accepted: () => {} },
      secrets: {
        current: () => credentials,
        replace: async (next) => {
          credentials = next
        },
      },
    },
  )
  const open = channel
  const poll = async (topic: Topic, since = 0) =>
    (await all(open.poll(topic, { since }))).flatMap((raw) => open.interpret(kept(raw)))
  const fetched = async (...wanted: Parameters<Channel['fetch']>) =>
    (await open.fetch(...wanted)).flatMap((raw) => open.interpret(kept(raw)))
  async function write(ops: Ops) {
    const rows = []
    for (const { call } of open.compose(ops, newKey)) rows.push(...(await open.write(call)).rows)
    return rows
  }
  const order = async (id: string) => {
    const found = (await fetched({ kind: 'orders', ids: [asId<'order'>(id)] })).find(
      (reading) => reading.kind === 'order',
    )
    if (found?.kind !== 'order') throw new Error(`no order ${id}`)
    return found.order
  }
  return { shop, clock, channel: open, mail, poll, fetched, write, order }
}

const mug = { sku: 'MUG', title: 'Blue mug', price: '9.95', quantity: 10 }
const registerOf = (readings: Reading[], sku: string) => {
  const found = readings.find((reading) => reading.kind === 'listing' && reading.listing.sku === sku)
  if (found?.kind !== 'listing' || !found.listing.register) throw new Error(`no register of ${sku}`)
  return { listing: found.listing.id, register: found.listing.register }
}

describe.each([
  ['over http with OAuth', { home: 'http://shop.example' }],
  ['over https with Basic', { home: 'https://shop.example' }],
  ['in a zone behind UTC', { home: 'https://shop.example', utcOffsetMinutes: -480 }],
])('a shop %s', (_name, options) => {
  it('is listed, counted and set', async () => {
    const { shop, poll, fetched, write } = connect(options)
    shop.addProduct(mug)
    shop.addProduct({ ...mug, sku: 'CUP', title: 'Cup', quantity: 4 })
    const listed = await poll('listings')
    expect(listed).toHaveLength(2)
    const { register } = registerOf(listed, 'MUG')
    expect(await fetched({ kind: 'stock', ids: [register] })).toEqual([
      { kind: 'stock', level: { register, availableUnits: 10 } },
    ])
    expect(
      await write({
        kind: 'stock',
        ops: [
          { register, kind: 'set', to: 3 },
          { register: asId('p99999'), kind: 'set', to: 1 },
        ],
      }),
    ).toMatchObject([
      { ok: true, confirmedUnits: 3 },
      { ok: false, kind: 'rejected' },
    ])
    expect(shop.shelf().get('MUG')).toBe(3)
    expect(
      (await poll('stock'))
        .flatMap((reading) => (reading.kind === 'stock' ? [reading.level.availableUnits] : []))
        .toSorted(),
    ).toEqual([3, 4])
    expect(await fetched({ kind: 'listings', ids: [asId('p99999')] })).toEqual([
      { kind: 'gone', of: 'listing', id: 'p99999' },
    ])
  })

  it('finds every change by time, and only what changed', async () => {
    const { shop, clock, poll } = connect(options)
    shop.addProduct({ ...mug, quantity: 500 })
    for (let i = 0; i < 60; i++) {
      shop.buy([{ sku: 'MUG', quantity: 1 }])
      await clock.advance(i % 3 ? 0 : 1000)
    }
    expect(
      new Set((await poll('orders')).flatMap((reading) => (reading.kind === 'order' ? [reading.order.id] : []))).size,
    ).toBe(60)
    await clock.advance(60_000)
    const since = clock.now()
    await clock.advance(1000)
    shop.buy([{ sku: 'MUG', quantity: 2 }])
    expect(await poll('orders', since)).toMatchObject([
      { kind: 'order', order: { phase: 'ready', lines: [{ quantity: 2, takenUnits: 2, shippedUnits: 0 }] } },
    ])
  })

  it('sends webhooks that pass the door and ask for the right things', async () => {
    const { shop, clock, channel, mail, poll } = connect(options)
    await channel.subscriptions.repair()
    expect(await channel.subscriptions.audit()).toMatchObject({ missing: [], broken: [] })
    await clock.advance(1000)
    expect(mail.every(({ verdict }) => verdict.ok && !verdict.stored)).toBe(true)
    mail.length = 0
    shop.addProduct(mug)
    await clock.advance(60_000)
    const { listing, register } = registerOf(await poll('listings'), 'MUG')
    const bought = shop.buy([{ sku: 'MUG', quantity: 1 }])
    await clock.advance(60_000)
    expect(mail.every(({ verdict }) => verdict.ok && verdict.stored)).toBe(true)
    const wanted = mail.flatMap(({ readings }) => readings)
    expect(wanted).toContainEqual({ kind: 'hint', wanted: { kind: 'stock', ids: [register] } })
    expect(wanted).toContainEqual({ kind: 'hint', wanted: { kind: 'listings', ids: [listing] } })
    expect(wanted).toContainEqual({ kind: 'hint', wanted: { kind: 'orders', ids: [bought.ok ? bought.order : ''] } })
  })
})

describe('orders of other shops in the sandbox', () => {
  const create = (listing: string) =>
    ({
      kind: 'create',
      reference: 'onhand:tiktok:576',
      name: 'TikTok 576',
      placedAt: 0,
      currency: 'EUR',
      lines: [
        {
          listing: asId<'listing'>(listing),
          title: 'Blue mug',
          units: 2,
          unitPrice: { amount: '9.95', currency: 'EUR' },
        },
      ],
      shippingPrice: { amount: '4.95', currency: 'EUR' },
      address: { name: 'Jan van der Berg', line1: 'Damrak 1', postalCode: '1012 LG', city: 'Amsterdam', country: 'NL' },
    }) as const

  it('are created, found by reference, shipped by the merchant, and read with their parcel', async () => {
    const { shop, poll, fetched, write, order } = connect()
    shop.addProduct(mug)
    const { listing } = registerOf(await poll('listings'), 'MUG')
    const [made] = await write({ kind: 'order', op: create(listing) })
    const id = made?.ok ? (made.id ?? '') : ''
    expect(await fetched({ kind: 'references', ids: ['onhand:tiktok:576'] })).toMatchObject([
      {
        kind: 'order',
        order: {
          id,
          phase: 'ready',
          ourReference: 'onhand:tiktok:576',
          lines: [{ listing, takenUnits: 2 }],
          address: { name: 'Jan van der Berg' },
        },
      },
    ])
    expect(await fetched({ kind: 'references', ids: ['onhand:tiktok:57'] })).toEqual([])
    expect(shop.shelf().get('MUG')).toBe(8)
    expect(shop.orders().find((one) => one.id === id)).toMatchObject({ reference: 'onhand:tiktok:576' })
    shop.ship(id, { carrier: 'PostNL', number: '3SABCD1234567' })
    expect(await order(id)).toMatchObject({ lines: [{ takenUnits: 2, shippedUnits: 2 }] })
    const parcels = await fetched({ kind: 'parcels', ids: [asId<'order'>(id)] })
    expect(parcels).toContainEqual({
      kind: 'shipment',
      shipment: expect.objectContaining({ order: id, carrier: 'PostNL', numbers: ['3SABCD1234567'] }),
    })
    expect(
      await write({ kind: 'order', op: { kind: 'cancel', order: asId(id), restock: true, reason: 'x' } }),
    ).toMatchObject([{ ok: false, code: 'not_cancellable' }])
  })

  it('are cancelled once, with their stock back', async () => {
    const { shop, poll, write, order } = connect()
    shop.addProduct(mug)
    const { listing } = registerOf(await poll('listings'), 'MUG')
    const [made] = await write({ kind: 'order', op: create(listing) })
    const op = {
      kind: 'cancel',
      order: asId<'order'>(made?.ok ? (made.id ?? '') : ''),
      restock: true,
      reason: 'x',
    } as const
    for (const _ of [1, 2]) expect(await write({ kind: 'order', op })).toMatchObject([{ ok: true }])
    expect(await order(op.order)).toMatchObject({ phase: 'cancelled', lines: [{ takenUnits: 0 }] })
    expect(shop.shelf().get('MUG')).toBe(10)
  })

  it('leave nothing behind when a product is unknown', async () => {
    const { shop, poll, fetched, write } = connect()
    shop.addProduct(mug)
    const op = create(registerOf(await poll('listings'), 'MUG').listing)
    const lines = [...op.lines, { ...op.lines[0], listing: asId<'listing'>('p99999') }]
    expect(await write({ kind: 'order', op: { ...op, lines } })).toMatchObject([
      { ok: false, kind: 'rejected', message: expect.stringContaining('99999') },
    ])
    expect(shop.shelf().get('MUG')).toBe(10)
    expect(await fetched({ kind: 'references', ids: [op.reference] })).toEqual([])
  })
})

describe.each([
  ['meta', {}],
  ['fulfillments', { fulfillments: true }],
  ['fulfillments', { fulfillments: false }],
  ['shipment-tracking', { shipmentTracking: true }],
])('tracking by %s with %o', (trackingBy, options) => {
  it('arrives once, however often it is told, and completes the order', async () => {
    const { shop, fetched, write, order } = connect(options, { trackingBy })
    shop.addProduct(mug)
    const bought = shop.buy([{ sku: 'MUG', quantity: 2 }])
    const id = asId<'order'>(bought.ok ? bought.order : '')
    const op = { order: id, shipment: asId<'shipment'>('s1'), carrier: 'PostNL', number: '3SABCD1234567' }
    for (const _ of [1, 2, 3]) expect(await write({ kind: 'tracking', op })).toMatchObject([{ ok: true }])
    const shipments = (await fetched({ kind: 'parcels', ids: [id] })).filter((reading) => reading.kind === 'shipment')
    expect(shipments).toMatchObject([{ shipment: { carrier: 'PostNL', numbers: ['3SABCD1234567'] } }])
    expect(await order(id)).toMatchObject({ phase: 'shipped', lines: [{ takenUnits: 2, shippedUnits: 2 }] })
  })

  it('is corrected: the right number stands alone, wherever the wrong one was', async () => {
    const { shop, fetched, write } = connect(options, { trackingBy })
    shop.addProduct(mug)
    const bought = shop.buy([{ sku: 'MUG', quantity: 2 }])
    const id = asId<'order'>(bought.ok ? bought.order : '')
    const op = { order: id, shipment: asId<'shipment'>('s1'), carrier: 'PostNL', number: '3SABCD1234567' }
    const corrected = { ...op, number: '3SABCD7654321', replaces: [op.number] }
    for (const each of [op, corrected, corrected])
      expect(await write({ kind: 'tracking', op: each })).toMatchObject([{ ok: true }])
    const shipments = (await fetched({ kind: 'parcels', ids: [id] })).filter((reading) => reading.kind === 'shipment')
    expect(shipments).toMatchObject([{ shipment: { carrier: 'PostNL', numbers: ['3SABCD7654321'] } }])
  })
})

/** What fetches and polls bring from a Shopify store. */

import { afterEach, describe, expect, test } from 'vitest'
import type { Channel, RawDelivery, Wanted } from '../../../src/channel.ts'
import { asId } from '../../../src/domain.ts'
import { collect, fixtureData, granted, interpretAll, openStore, settle, startedAt } from './store.ts'

afterEach(settle)

type Json = Record<string, unknown>
const order = await fixtureData('order')
const parcels = await fixtureData('parcels')
const variant = await fixtureData('variant')
const id = '820982911946154508'
const since = { since: Date.UTC(2026, 10, 22, 9, 0, 0, 400) }

const wantedOrders = (...ids: string[]): Wanted => ({ kind: 'orders', ids: ids.map((each) => asId<'order'>(each)) })
const { nodes: lines } = order.lineItems as { nodes: Json[] }
const page = (nodes: unknown[], endCursor?: string) => ({
  nodes,
  pageInfo: { hasNextPage: endCursor !== undefined, endCursor: endCursor ?? null },
})
/** Lines of one unit each, numbered. */
const manyLines = (from: number, count: number): Json[] =>
  Array.from({ length: count }, (_, n) => ({
    ...lines[0],
    id: `gid://shopify/LineItem/${from + n}`,
    quantity: 1,
    currentQuantity: 1,
    unfulfilledQuantity: 1,
  }))
const kinds = (channel: Channel, raws: RawDelivery[]) => interpretAll(channel, raws).map(({ kind }) => kind)
const lineCount = (channel: Channel, raws: RawDelivery[]) =>
  interpretAll(channel, raws).map((reading) => (reading.kind === 'order' ? reading.order.lines.length : reading.kind))

describe('orders by id', () => {
  test('come one per delivery, a missing one as gone, ids to the last digit', async () => {
    const store = openStore().answers({ nodes: [order, null] })
    const raws = await store.channel.fetch(wantedOrders(id, '9007199254740993'))
    expect(store.asked[0]?.variables).toEqual({
      ids: [`gid://shopify/Order/${id}`, 'gid://shopify/Order/9007199254740993'],
    })
    expect(raws).toEqual([
      {
        source: 'fetch',
        topic: 'order',
        key: expect.stringMatching(new RegExp(`^orders/${id}/[0-9a-f]{32}$`)),
        body: expect.stringContaining(id),
        shopTime: Date.UTC(2026, 10, 22, 9, 31, 10),
        fetchStartedAt: startedAt,
      },
      {
        source: 'fetch',
        topic: 'order',
        key: 'orders/9007199254740993/gone',
        body: '{"gone":"9007199254740993"}',
        fetchStartedAt: startedAt,
      },
    ])
    expect(interpretAll(store.channel, raws)).toMatchObject([
      { kind: 'order', order: { id, lines: [{ id: '487817672276298554' }, { id: '487817672276298555' }] } },
      { kind: 'gone', of: 'order', id: '9007199254740993' },
    ])
  })

  test('have the same key while they are the same, and another when anything changed', async () => {
    const store = openStore()
    const keyOf = async (changes: Json) => {
      store.answers({ nodes: [{ ...order, ...changes }] })
      return (await store.channel.fetch(wantedOrders(id)))[0]?.key
    }
    const key = await keyOf({})
    expect(await keyOf({})).toBe(key)
    expect(await keyOf({ displayFulfillmentStatus: 'FULFILLED' })).not.toBe(key)
  })

  test('are asked for in portions that Shopify’s cost limit takes', async () => {
    const store = openStore()
    for (let portion = 0; portion < 5; portion++) store.answers({ nodes: Array.from({ length: 10 }, () => null) })
    const ids = Array.from({ length: 50 }, (_, n) => `${n + 1}`)
    expect(await store.channel.fetch(wantedOrders(...ids))).toHaveLength(store.channel.limits.itemsPerFetch)
  })

  test('that are long come whole, over several requests', async () => {
    const long = { ...order, lineItems: page(manyLines(100, 10), 'c10') }
    const store = openStore()
      .answers({ nodes: [long] })
      .answers({ order: { ...long, lineItems: page(manyLines(110, 50), 'c60') } })
      .answers({ order: { ...long, lineItems: page(manyLines(160, 3)) } })
    const raws = await store.channel.fetch(wantedOrders(id))
    expect(lineCount(store.channel, raws)).toEqual([63])
    expect(store.asked.map(({ variables }) => variables.after)).toEqual([undefined, 'c10', 'c60'])
  })

  test('that change while they are read are read again from the start', async () => {
    const before = { ...order, lineItems: page(manyLines(100, 10), 'c10') }
    const after = { ...before, updatedAt: '2026-11-22T09:40:00Z' }
    const store = openStore()
      .answers({ nodes: [before] })
      .answers({ order: { ...after, lineItems: page(manyLines(110, 2)) } })
      .answers({ nodes: [after] })
      .answers({ order: { ...after, lineItems: page(manyLines(110, 1)) } })
    const raws = await store.channel.fetch(wantedOrders(id))
    expect(lineCount(store.channel, raws)).toEqual([11])
    expect(raws[0]?.shopTime).toBe(Date.UTC(2026, 10, 22, 9, 40))
  })

  test('that never hold still are unreadable and spoil no other', async () => {
    const restless = { ...order, lineItems: page(manyLines(100, 10), 'c10') }
    const calm = { ...order, id: 'gid://shopify/Order/2' }
    const store = openStore().answers({ nodes: [restless, calm] })
    for (let minute = 1; minute <= 3; minute++) {
      const updatedAt = `2026-11-22T09:5${minute}:00Z`
      store.answers({ order: { ...restless, updatedAt, lineItems: page([]) } }).answers({ nodes: [restless] })
    }
    const raws = await store.channel.fetch(wantedOrders(id, '2'))
    expect(kinds(store.channel, raws)).toEqual(['unreadable', 'order'])
  })

  const refundedLine = { ...lines[0], currentQuantity: 1, unfulfilledQuantity: 1 }
  const refunded = { ...order, lineItems: page([refundedLine]) }
  const refundLine = (quantity: number, restockType: string) => ({
    quantity,
    restockType,
    restocked: restockType !== 'NO_RESTOCK',
    lineItem: { id: lines[0]?.id },
  })
  const refund = (refundLineItems: unknown, n = 1) => ({ id: `gid://shopify/Refund/${n}`, refundLineItems })

  test('that lost units bring what became of them', async () => {
    const refunds = [refund(page([refundLine(1, 'CANCEL')])), refund(page([refundLine(1, 'NO_RESTOCK')]), 2)]
    const store = openStore()
      .answers({ nodes: [refunded] })
      .answers({ order: { ...refunded, refunds } })
    const raws = await store.channel.fetch(wantedOrders(id))
    expect(interpretAll(store.channel, raws)).toMatchObject([
      { kind: 'order', order: { lines: [{ quantity: 1, takenUnits: 2, shippedUnits: 1 }] } },
    ])
  })

  test('with a long refund bring all of it', async () => {
    const store = openStore()
      .answers({ nodes: [refunded] })
      .answers({ order: { ...refunded, refunds: [refund(page([refundLine(1, 'CANCEL')], 'r1'))] } })
      .answers({ refund: refund(page([refundLine(1, 'NO_RESTOCK')])) })
    const raws = await store.channel.fetch(wantedOrders(id))
    expect(interpretAll(store.channel, raws)).toMatchObject([{ kind: 'order', order: { lines: [{ takenUnits: 2 }] } }])
  })

  test('with more refunds than can be asked for are unreadable, not guessed', async () => {
    const refunds = Array.from({ length: 15 }, (_, n) => refund(page([]), n))
    const store = openStore()
      .answers({ nodes: [refunded] })
      .answers({ order: { ...refunded, refunds } })
    expect(kinds(store.channel, await store.channel.fetch(wantedOrders(id)))).toEqual(['unreadable'])
  })

  const denied = (path: (string | number)[]) => ({
    errors: [
      {
        message: 'This app is not approved to access the MailingAddress object.',
        path,
        extensions: { code: 'ACCESS_DENIED' },
      },
    ],
  })

  test('whose buyer this app may not see are still orders', async () => {
    const anonymous = { ...order, shippingAddress: null, email: null }
    const store = openStore().answers({ nodes: [anonymous] }, denied(['nodes', 0, 'shippingAddress']))
    expect(kinds(store.channel, await store.channel.fetch(wantedOrders(id)))).toEqual(['order'])
  })

  test('with a product this app may not see are refused: a line without its product would sell it twice', async () => {
    const store = openStore().answers({ nodes: [order] }, denied(['nodes', 0, 'lineItems', 'nodes', 0, 'variant']))
    await expect(store.channel.fetch(wantedOrders(id))).rejects.toMatchObject({ kind: 'auth' })
  })

  test('refuse an id that is not one before anything is asked', async () => {
    await expect(openStore().channel.fetch(wantedOrders('1) { id'))).rejects.toMatchObject({ kind: 'rejected' })
  })
})

describe('orders by our reference', () => {
  const references = (...ids: string[]): Wanted => ({ kind: 'references', ids })
  const found = (n: number, sourceIdentifier: string | null) => ({ id: `gid://shopify/Order/${n}`, sourceIdentifier })

  test('are compared to the letter and read afresh; none found brings nothing', async () => {
    const ours = { ...order, sourceIdentifier: 'onhand:tiktok:5770' }
    const store = openStore()
      .answers({ orders: { nodes: [found(1, 'onhand:tiktok:57701'), found(2, 'onhand:tiktok:5770'), found(3, null)] } })
      .answers({ orders: { nodes: [] } })
      .answers({ nodes: [ours] })
    const raws = await store.channel.fetch(references('onhand:tiktok:5770', 'onhand:tiktok:5771'))
    expect(store.asked.map(({ variables }) => variables)).toEqual([
      { query: 'source_identifier:"onhand:tiktok:5770"' },
      { query: 'source_identifier:"onhand:tiktok:5771"' },
      { ids: ['gid://shopify/Order/2'] },
    ])
    expect(interpretAll(store.channel, raws)).toMatchObject([
      { kind: 'order', order: { ourReference: 'onhand:tiktok:5770' } },
    ])
  })

  test('show a copy that was made twice', async () => {
    const ours = { ...order, sourceIdentifier: 'onhand:t:1' }
    const store = openStore()
      .answers({ orders: { nodes: [found(1, 'onhand:t:1'), found(2, 'onhand:t:1')] } })
      .answers({ nodes: [ours, { ...ours, id: 'gid://shopify/Order/2' }] })
    expect(await store.channel.fetch(references('onhand:t:1'))).toHaveLength(2)
  })

  test('cannot break out of the search', async () => {
    const store = openStore().answers({ orders: { nodes: [] } })
    await store.channel.fetch(references('onhand:t:1" OR name:"#1'))
    expect(store.asked[0]?.variables.query).toBe('source_identifier:"onhand:t:1\\" OR name:\\"#1"')
  })
})

describe('parcels', () => {
  const wanted: Wanted = { kind: 'parcels', ids: [asId<'order'>(id)] }
  const [parcel] = parcels.fulfillments as Json[]
  const numbered = (count: number) =>
    Array.from({ length: count }, (_, n) => ({ ...parcel, id: `gid://shopify/Fulfillment/${n + 1}` }))

  test('of an order come together', async () => {
    const store = openStore().answers({ nodes: [parcels] })
    const raws = await store.channel.fetch(wanted)
    expect(raws.map(({ key }) => key)).toEqual([expect.stringMatching(`^parcels/${id}/`)])
    expect(kinds(store.channel, raws)).toEqual(['shipment', 'shipment'])
  })

  test('that are many are read again with room for more; too many are unreadable', async () => {
    const many = openStore()
      .answers({ nodes: [{ ...parcels, fulfillments: numbered(5) }] })
      .answers({ nodes: [{ ...parcels, fulfillments: numbered(7) }] })
    expect(kinds(many.channel, await many.channel.fetch(wanted))).toHaveLength(7)

    const tooMany = openStore()
      .answers({ nodes: [{ ...parcels, fulfillments: numbered(5) }] })
      .answers({ nodes: [{ ...parcels, fulfillments: numbered(24) }] })
    expect(kinds(tooMany.channel, await tooMany.channel.fetch(wanted))).toEqual(['unreadable'])
  })

  test('with many lines come whole', async () => {
    const line = (n: number) => ({ quantity: 1, lineItem: { id: `gid://shopify/LineItem/${n}` } })
    const long = { ...parcel, fulfillmentLineItems: page([line(1), line(2)], 'l2') }
    const store = openStore()
      .answers({ nodes: [{ ...parcels, fulfillments: [long] }] })
      .answers({ fulfillment: { ...long, fulfillmentLineItems: page([line(3)]) } })
    const [reading] = interpretAll(store.channel, await store.channel.fetch(wanted))
    expect(reading).toMatchObject({ shipment: { lines: [{ line: '1' }, { line: '2' }, { line: '3' }] } })
  })

  test('of an order that is not there', async () => {
    const store = openStore().answers({ nodes: [null] })
    expect(interpretAll(store.channel, await store.channel.fetch(wanted))).toEqual([{ kind: 'gone', of: 'order', id }])
  })
})

describe('listings', () => {
  const wanted: Wanted = { kind: 'listings', ids: [asId<'listing'>('642667041472713922'), asId<'listing'>('2')] }
  const location = (n: number, name: string, isActive = true) => ({ id: `gid://shopify/Location/${n}`, name, isActive })

  test('come with the counter at the chosen location; a deleted one as gone', async () => {
    const store = openStore().answers({ nodes: [variant, null] })
    expect(interpretAll(store.channel, await store.channel.fetch(wanted))).toMatchObject([
      { kind: 'listing', listing: { id: '642667041472713922', register: '271878346596884015@77' } },
      { kind: 'gone', of: 'listing', id: '2' },
    ])
  })

  test('are counted at the only active location, which is asked for once', async () => {
    const store = openStore({ settings: {} })
      .answers({ locations: { nodes: [location(5, 'Warehouse'), location(6, 'Old', false)] } })
      .answers({ nodes: [variant, null] })
      .answers({ nodes: [variant, null] })
    for (let time = 0; time < 2; time++)
      expect(interpretAll(store.channel, await store.channel.fetch(wanted))[0]).toMatchObject({
        listing: { register: '271878346596884015@5' },
      })
  })

  test('of a store with several locations wait for a choice, and the sentence names them', async () => {
    const store = openStore({ settings: {} })
    store.answers({ locations: { nodes: [location(5, 'Warehouse'), location(6, 'Shop')] } })
    await expect(store.channel.fetch(wanted)).rejects.toMatchObject({
      kind: 'rejected',
      message: expect.stringMatching(/2 active locations \(Warehouse: 5, Shop: 6\).*settings/),
    })
    store.answers({ locations: { nodes: [] } })
    await expect(store.channel.fetch(wanted)).rejects.toMatchObject({ kind: 'rejected' })
  })
})

describe('stock', () => {
  const levels = (available: number) => ({
    inventoryLevel: {
      quantities: [
        { name: 'available', quantity: available },
        { name: 'committed', quantity: 1 },
      ],
    },
  })
  const item = (n: string, rest: Json) => ({
    __typename: 'InventoryItem',
    id: `gid://shopify/InventoryItem/${n}`,
    ...rest,
  })

  test('comes per location, one delivery a request, and two equal readings are two facts', async () => {
    const ids = ['9007199254740993@77', '2@77', '3@78', '4@77'].map((each) => asId<'register'>(each))
    const store = openStore()
      .answers({ nodes: [item('9007199254740993', levels(4)), item('2', { inventoryLevel: null }), null] })
      .answers({ nodes: [item('3', levels(0))] })
    const raws = await store.channel.fetch({ kind: 'stock', ids })
    expect(store.asked.map(({ variables }) => variables.locationId)).toEqual([
      'gid://shopify/Location/77',
      'gid://shopify/Location/78',
    ])
    expect(raws.map(({ key }) => key)).toEqual([
      expect.stringContaining(`stock/77/${startedAt}/`),
      expect.stringContaining(`stock/78/${startedAt}/`),
    ])
    expect(interpretAll(store.channel, raws)).toEqual([
      { kind: 'stock', level: { register: '9007199254740993@77', availableUnits: 4, committedUnits: 1 } },
      { kind: 'stock', level: { register: '2@77', availableUnits: 0, committedUnits: 0 } },
      { kind: 'gone', of: 'register', id: '4@77' },
      { kind: 'stock', level: { register: '3@78', availableUnits: 0, committedUnits: 1 } },
    ])
  })

  test('short answers fail: nobody knows which register a quantity is of', async () => {
    const ids = ['1@77', '2@77'].map((each) => asId<'register'>(each))
    const store = openStore().answers({ nodes: [item('2', levels(4))] })
    await expect(store.channel.fetch({ kind: 'stock', ids })).rejects.toMatchObject({ kind: 'transient' })
  })

  const few = { productVariantsCount: { count: 3, precision: 'EXACT' } }

  test('is walked page by page, whatever the cursor says', async () => {
    const level = (n: string, available: number) => ({
      item: { id: `gid://shopify/InventoryItem/${n}` },
      ...levels(available).inventoryLevel,
    })
    const at = (inventoryLevels: unknown) => ({ location: { id: 'gid://shopify/Location/77', inventoryLevels } })
    const store = openStore()
      .answers(few)
      .answers(at(page([level('1', 3), level('2', 0)], 'p1')))
      .answers(at(page([level('3', -1)])))
    const raws = await collect(store.channel.poll('stock', { since: startedAt }))
    expect(raws.map(({ source }) => source)).toEqual(['poll', 'poll'])
    expect(
      interpretAll(store.channel, raws).map((reading) => reading.kind === 'stock' && reading.level.availableUnits),
    ).toEqual([3, 0, -1])
  })

  test('of a location that is not there is refused in words', async () => {
    const store = openStore().answers(few).answers({ location: null })
    await expect(collect(store.channel.poll('stock', since))).rejects.toMatchObject({ kind: 'rejected' })
  })
})

describe('polls', () => {
  test('walk orders by their update time, oldest first, the second of the cursor included', async () => {
    const second = { ...order, id: 'gid://shopify/Order/2' }
    const store = openStore()
      .answers(granted())
      .answers({ orders: page([order], 'p1') })
      .answers({ orders: page([second]) })
    const raws = await collect(store.channel.poll('orders', since))
    const asked = store.asked.slice(1)
    expect(asked.map(({ variables }) => variables)).toEqual([
      { query: "updated_at:>='2026-11-22T09:00:00.000Z'", first: 10, after: null },
      { query: "updated_at:>='2026-11-22T09:00:00.000Z'", first: 10, after: 'p1' },
    ])
    expect(asked[0]?.query).toContain('sortKey: UPDATED_AT')
    expect(raws.map(({ source, topic }) => [source, topic])).toEqual([
      ['poll', 'order'],
      ['poll', 'order'],
    ])
    expect(kinds(store.channel, raws)).toEqual(['order', 'order'])
  })

  test('and a fetch of the same order are the same fact', async () => {
    const store = openStore()
      .answers(granted())
      .answers({ orders: page([order]) })
      .answers({ nodes: [order] })
    const [polled] = await collect(store.channel.poll('orders', since))
    const [fetched] = await store.channel.fetch(wantedOrders(id))
    expect(polled?.key).toBe(fetched?.key)
  })

  test('find parcels by their orders, and pass over orders without any', async () => {
    const bare = { ...parcels, id: 'gid://shopify/Order/2', fulfillments: [] }
    const store = openStore().answers({ orders: page([bare, parcels]) })
    const raws = await collect(store.channel.poll('parcels', since))
    expect(raws.map(({ key }) => key.split('/')[1])).toEqual([id])
    expect(kinds(store.channel, raws)).toEqual(['shipment', 'shipment'])
  })

  test('find listings by their products, all variants of a big one', async () => {
    const { product, ...bare } = variant
    const numbered = (n: number) => ({ ...bare, id: `gid://shopify/ProductVariant/${n}` })
    const big = { ...(product as Json), variants: page([numbered(1), numbered(2)], 'v2') }
    const store = openStore()
      .answers({ products: page([big]) })
      .answers({ product: { ...big, variants: page([numbered(3)]) } })
    const raws = await collect(store.channel.poll('listings', since))
    const ids = interpretAll(store.channel, raws).map((reading) => reading.kind === 'listing' && reading.listing.id)
    expect(ids).toEqual(['1', '2', '3'])
    expect(store.paced.filter((line) => line.startsWith('admit')).every((line) => line.endsWith('bulk'))).toBe(true)
  })

  test('stop at a cursor that goes nowhere', async () => {
    const store = openStore()
      .answers(granted())
      .answers({ orders: page([order], 'p1') })
      .answers({ orders: page([order], 'p1') })
    await expect(collect(store.channel.poll('orders', since))).rejects.toMatchObject({ kind: 'transient' })
  })
})

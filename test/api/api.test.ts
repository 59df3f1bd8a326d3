import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Reading } from '../../src/channel.ts'
import type { ListingSnapshot } from '../../src/domain.ts'
import { type FreshDatabase, onEveryDatabase } from '../support/databases.ts'
import { type Bench, createBench, itemsOf, listing, order } from './bench.ts'

let bench: Bench

const start = (fresh: FreshDatabase) => {
  beforeEach(async () => {
    bench = await createBench(await fresh())
  })
  afterEach(() => bench.close())
}

/** A shop with one listing that is linked to a sku of which ten are on hand. */
async function linkedShop(name = 'corner', sku = 'MUG') {
  const shop = bench.shop(name)
  shop.listings.push(listing('L1', { sku, title: 'Blue mug' }))
  shop.shelves.set('reg-L1', 10)
  const account = await bench.connect(name)
  await bench.post('/skus', { sku, title: 'Mug' })
  await bench.post(`/skus/${sku}/adjust`, { kind: 'receive', units: 10, reason: 'first delivery' })
  await bench.post(`/accounts/${account}/import`)
  await bench.post('/listings/link', { account, listing: 'L1', components: [{ sku, units: 1 }] })
  // Its number is told at once and in one step: what becomes of it is what is asked here.
  await bench.call('PUT', '/rules', { name: 'policy', value: 'mirror' })
  return { account, shop, sku }
}

onEveryDatabase((fresh) => {
  start(fresh)

  describe('accounts', () => {
    test('are connected without ever showing their credentials', async () => {
      const created = await bench.post('/accounts', {
        platform: 'corner-shop',
        title: 'Corner',
        shop: 'corner',
        origin: 'https://shop.example',
        credentials: { key: 'a-shop-secret' },
      })
      expect(created.status).toBe(201)
      expect(created.json).toMatchObject({ id: 'corner-shop-1', state: 'active', fulfilledBy: null })
      const shown = await bench.get('/accounts/corner-shop-1')
      const listed = await bench.get('/accounts')
      for (const { json } of [created, shown, listed]) expect(JSON.stringify(json)).not.toMatch(/secret|credential/)
      expect(itemsOf(listed.json)).toHaveLength(1)
    })

    test('are refused with the field that is wrong', async () => {
      const refused = await bench.post('/accounts', {
        platform: 'corner-shop',
        title: 'Corner',
        shop: 'corner',
        origin: 'https://shop.example',
        credentials: {},
      })
      expect(refused.status).toBe(422)
      expect(refused.json).toMatchObject({ errors: [{ field: 'credentials.key' }] })
      const twice = async () =>
        await bench.post('/accounts', {
          platform: 'corner-shop',
          title: 'Corner',
          shop: 'corner',
          origin: 'https://shop.example',
          credentials: { key: 'k' },
        })
      expect((await twice()).status).toBe(201)
      expect((await twice()).json).toMatchObject({ status: 422, errors: [{ field: 'shop' }] })
    })

    test('are changed, paused and resumed', async () => {
      const one = await bench.connect('one')
      const two = await bench.connect('two')
      const changed = await bench.patch(`/accounts/${one}`, { title: 'Renamed', fulfilledBy: two, state: 'paused' })
      expect(changed.json).toMatchObject({ title: 'Renamed', fulfilledBy: two, state: 'paused' })
      expect((await bench.post(`/accounts/${one}/resume`)).json).toMatchObject({ state: 'active' })
      expect((await bench.post(`/accounts/${one}/pause`)).json).toMatchObject({ state: 'paused' })
      expect((await bench.patch(`/accounts/${one}`, { fulfilledBy: null })).json).toMatchObject({ fulfilledBy: null })
      expect((await bench.patch(`/accounts/${one}`, { fulfilledBy: one })).status).toBe(422)
      expect((await bench.patch(`/accounts/${one}`, { fulfilledBy: 'nobody' })).json).toMatchObject({
        status: 422,
        errors: [{ field: 'fulfilledBy' }],
      })
      expect((await bench.patch(`/accounts/${one}`, { titel: 'typo' })).status).toBe(422)
    })

    test('import, observe and subscribe answer what they found', async () => {
      const { account, shop } = await linkedShop()
      expect((await bench.post(`/accounts/${account}/import`)).json).toMatchObject({
        listings: 1,
        linked: 1,
        registers: 1,
      })
      shop.shelves.set('reg-L1', 7)
      expect((await bench.post(`/accounts/${account}/observe`)).json).toEqual({
        compared: 1,
        drifted: 1,
        unsettled: 0,
        skus: ['MUG'],
      })
      expect((await bench.post(`/accounts/${account}/subscribe`)).json).toEqual({
        wanted: ['orders'],
        found: ['orders'],
        missing: [],
        broken: [],
      })
      expect(shop.repaired).toBe(1)
      shop.isDown = true
      expect((await bench.post(`/accounts/${account}/observe`)).json).toMatchObject({
        status: 502,
        detail: expect.stringContaining('nobody answers'),
      })
    })

    test('come in pages', async () => {
      for (const name of ['a', 'b', 'c']) await bench.connect(name)
      const first = await bench.get('/accounts?limit=2')
      const second = await bench.get(`/accounts?limit=2&after=${first.json.next}`)
      expect([...itemsOf(first.json), ...itemsOf(second.json)].map(({ title }) => title)).toEqual(['a', 'b', 'c'])
      expect(second.json.next).toBeNull()
    })
  })

  describe('skus', () => {
    test('are added once, listed in pages and shown', async () => {
      for (const sku of ['A', 'B', 'C'])
        expect((await bench.post('/skus', { sku, title: `Thing ${sku}` })).status).toBe(201)
      expect((await bench.post('/skus', { sku: 'A', title: 'Again' })).status).toBe(409)
      const first = await bench.get('/skus?limit=2')
      const second = await bench.get(`/skus?limit=2&after=${first.json.next}`)
      expect([...itemsOf(first.json), ...itemsOf(second.json)].map(({ sku }) => sku)).toEqual(['A', 'B', 'C'])
      expect((await bench.get('/skus/B')).json).toMatchObject({
        title: 'Thing B',
        onHand: 0,
        available: 0,
        listings: [],
      })
      expect((await bench.patch('/skus/B', { safetyUnits: 3 })).json).toMatchObject({ safetyUnits: 3 })
      expect((await bench.post('/skus', { sku: 'D', title: 'D', gtin: 'abc', safetyUnits: -1 })).json).toMatchObject({
        status: 422,
        errors: [{ field: 'gtin' }, { field: 'safetyUnits' }],
      })
    })

    test('are received and corrected; the same key counts once', async () => {
      await bench.post('/skus', { sku: 'MUG', title: 'Mug' })
      const key = { 'idempotency-key': 'pallet-7' }
      const first = await bench.post('/skus/MUG/adjust', { kind: 'receive', units: 12, reason: 'pallet 7' }, key)
      const again = await bench.post('/skus/MUG/adjust', { kind: 'receive', units: 12, reason: 'pallet 7' }, key)
      expect(first.json).toMatchObject({ sku: 'MUG', onHand: 12, available: 12 })
      expect(again.json).toEqual(first.json)
      expect(again.headers.get('idempotency-replayed')).toBe('true')
      const less = await bench.post('/skus/MUG/adjust', { kind: 'adjust', units: -2, reason: 'broken' })
      expect(less.json).toMatchObject({ onHand: 10 })
      expect((await bench.post('/skus/MUG/adjust', { kind: 'receive', units: -2 })).status).toBe(422)
      expect((await bench.post('/skus/MUG/adjust', { kind: 'adjust', units: 1.5 })).status).toBe(422)
    })

    test('show what each shop was told, and explain it', async () => {
      const { account, shop } = await linkedShop()
      await bench.post('/skus/MUG/adjust', { kind: 'adjust', units: -4, reason: 'count' })
      await bench.settle()
      expect(shop.shelves.get('reg-L1')).toBe(6)
      await bench.say(account, 'o-1', { kind: 'order', order: order('1001', 'L1', 2) })
      const { json } = await bench.get('/skus/MUG')
      expect(json).toMatchObject({ onHand: 6, reserved: 2, available: 4 })
      expect(json.listings).toMatchObject([
        { account, listing: 'L1', register: 'reg-L1', unitsPerSale: 1, believedUnits: 4, lastTold: { units: 6 } },
      ])
      const why = await bench.get('/skus/MUG/explain')
      expect(why.json).toMatchObject({
        onHand: 6,
        reserved: 2,
        available: 4,
        reservedBy: [{ account, order: '1001', name: '#1001', phase: 'ready', units: 2 }],
        shops: [
          {
            account,
            believedUnits: 4,
            target: { units: 6, terms: { policy: 'mirror', components: [{ sku: 'MUG', onHand: 6, reserved: 0 }] } },
            publications: [{ units: 6, terms: { policy: 'mirror' } }],
          },
        ],
      })
      expect(why.json.movements).toMatchObject([
        { kind: 'reserve', reservedDelta: 2, order: '1001' },
        { kind: 'adjust', onHandDelta: -4, reason: 'count' },
        { kind: 'receive', onHandDelta: 10 },
      ])
      expect(await bench.get('/skus/MUG/explain?at=2026-01-01')).toMatchObject({
        status: 404,
        json: { detail: expect.stringContaining('it was added at') },
      })
      expect(await bench.get('/skus/MUG/explain?at=2126-01-01')).toMatchObject({
        status: 422,
        json: { errors: [{ field: 'at' }] },
      })
    })
  })

  describe('listings', () => {
    test('are listed by account and by whether they are linked', async () => {
      const { account, shop } = await linkedShop()
      shop.listings.push(listing('L2'))
      await bench.post(`/accounts/${account}/import`)
      const all = itemsOf((await bench.get(`/listings?account=${account}`)).json)
      expect(all).toMatchObject([
        { listing: 'L1', sku: 'MUG', links: [{ sku: 'MUG', units: 1 }] },
        { listing: 'L2', links: [] },
      ])
      expect(itemsOf((await bench.get('/listings?linked=false')).json)).toMatchObject([{ listing: 'L2' }])
      expect(itemsOf((await bench.get('/listings?linked=true')).json)).toMatchObject([{ listing: 'L1' }])
      const first = await bench.get('/listings?limit=1')
      expect(itemsOf((await bench.get(`/listings?limit=1&after=${first.json.next}`)).json)).toMatchObject([
        { listing: 'L2' },
      ])
    })

    test('are linked to known skus only, and unlinked', async () => {
      const { account } = await linkedShop()
      const link = (id: string, components: unknown) =>
        bench.post('/listings/link', { account, listing: id, components })
      expect((await link('L9', [{ sku: 'MUG', units: 1 }])).status).toBe(404)
      expect((await link('L1', [{ sku: 'NOPE', units: 1 }])).json).toMatchObject({
        status: 422,
        errors: [{ field: 'components.0.sku' }],
      })
      expect((await link('L1', [])).status).toBe(422)
      expect(
        (
          await link('L1', [
            { sku: 'MUG', units: 1 },
            { sku: 'MUG', units: 2 },
          ])
        ).status,
      ).toBe(422)
      expect((await link('L1', [{ sku: 'MUG', units: 2 }])).json).toMatchObject({ links: [{ sku: 'MUG', units: 2 }] })
      expect((await bench.post('/listings/unlink', { account, listing: 'L1' })).json).toMatchObject({ links: [] })
      expect((await bench.post('/listings/unlink', { account, listing: 'L9' })).status).toBe(404)
    })

    test('are matched by sku and GTIN; doubts are listed and left alone', async () => {
      const shop = bench.shop('corner')
      shop.listings.push(
        listing('by-sku', { sku: ' MUG ' }),
        listing('by-gtin', { gtin: '08712345678906' }),
        listing('twice-1', { sku: 'CUP' }),
        listing('twice-2', { sku: 'CUP' }),
        listing('nothing'),
      )
      const account = await bench.connect('corner')
      for (const sku of ['MUG', 'CUP']) await bench.post('/skus', { sku, title: sku })
      await bench.post('/skus', { sku: 'BOWL', title: 'Bowl', gtin: '8712345678906' })
      await bench.post(`/accounts/${account}/import`)
      const dry = await bench.post('/listings/automatch', { dryRun: true })
      expect(dry.json).toMatchObject({
        dryRun: true,
        matches: [
          { listing: 'by-gtin', sku: 'BOWL', by: 'gtin' },
          { listing: 'by-sku', sku: 'MUG', by: 'sku' },
        ],
        doubts: [
          { listing: 'twice-1', candidates: ['CUP'] },
          { listing: 'twice-2', candidates: ['CUP'] },
        ],
        unknown: 1,
      })
      expect(itemsOf((await bench.get('/listings?linked=true')).json)).toEqual([])
      expect((await bench.post('/listings/automatch')).json).toMatchObject({ dryRun: false })
      expect(itemsOf((await bench.get('/listings?linked=true')).json).map((one) => one.listing)).toEqual([
        'by-gtin',
        'by-sku',
      ])
      expect((await bench.post('/listings/automatch', { account: 'nobody' })).status).toBe(404)
    })

    test('are audited', async () => {
      const shop = bench.shop('corner')
      shop.listings.push(
        listing('endless', { counting: 'endless' }),
        listing('untracked', { counting: 'untracked', register: undefined }),
        listing('one'),
        listing('two'),
      )
      const account = await bench.connect('corner')
      await bench.post('/skus', { sku: 'MUG', title: 'Mug' })
      await bench.post(`/accounts/${account}/import`)
      for (const id of ['one', 'two'])
        await bench.post('/listings/link', { account, listing: id, components: [{ sku: 'MUG', units: 1 }] })
      expect((await bench.get(`/listings/audit?account=${account}`)).json).toMatchObject({
        unlinked: [{ listing: 'endless' }, { listing: 'untracked' }],
        untracked: [{ listing: 'untracked' }],
        endless: [{ listing: 'endless' }],
        doubled: [{ listing: 'one' }, { listing: 'two' }],
      })
    })
  })

  describe('orders and shipments', () => {
    test('are listed by account and phase; address only when asked for', async () => {
      const { account } = await linkedShop()
      await bench.say(account, 'o-1', { kind: 'order', order: order('1001', 'L1', 2) })
      await bench.say(account, 'o-2', { kind: 'order', order: order('gid://x/1002', 'L1', 1, { phase: 'unpaid' }) })
      expect(itemsOf((await bench.get('/orders')).json)).toHaveLength(2)
      expect(itemsOf((await bench.get(`/orders?account=${account}&phase=ready`)).json)).toMatchObject([
        { order: '1001', name: '#1001', unlinkedLines: 0 },
      ])
      const first = await bench.get('/orders?limit=1')
      const second = await bench.get(`/orders?limit=1&after=${first.json.next}`)
      expect(itemsOf(second.json)).not.toEqual(itemsOf(first.json))
      const one = await bench.get(`/orders/${account}/1001`)
      expect(one.json).toMatchObject({
        lines: [{ listing: 'L1', takenUnits: 2, parts: [{ sku: 'MUG', units: 1 }] }],
        movements: [{ kind: 'reserve', reservedDelta: 2 }],
        copy: null,
        tracking: [],
      })
      expect(JSON.stringify(one.json)).not.toContain('Secret')
      expect(JSON.stringify((await bench.get(`/orders/${account}/1001?personal=true`)).json)).toContain('Ada Secret')
      expect((await bench.get(`/orders/${account}/${encodeURIComponent('gid://x/1002')}`)).status).toBe(200)
      expect((await bench.get(`/orders/${account}/1`)).status).toBe(404)
    })

    test('show the copy, its parcel and whether the selling shop knows it', async () => {
      const { account } = await linkedShop('seller')
      const shipper = await bench.connect('shipper')
      bench.shop('shipper').listings.push(listing('S1'))
      await bench.post(`/accounts/${shipper}/import`)
      await bench.post('/listings/link', { account: shipper, listing: 'S1', components: [{ sku: 'MUG', units: 1 }] })
      await bench.patch(`/accounts/${account}`, { fulfilledBy: shipper })
      // Nothing is written to it: the copy below is what it tells by itself.
      await bench.post(`/accounts/${shipper}/pause`)
      await bench.say(account, 'o-1', { kind: 'order', order: order('1001', 'L1', 1) })
      const reference = `onhand:${account}:1001`
      await bench.say(shipper, 'c-1', { kind: 'order', order: order('77', 'S1', 1, { ourReference: reference }) })
      await bench.say(shipper, 'p-1', {
        kind: 'shipment',
        shipment: {
          id: order('P1', 'S1', 1).id as never,
          order: order('77', 'S1', 1).id,
          updatedAt: Date.UTC(2026, 5, 15, 18),
          cancelled: false,
          carrier: 'Pigeon',
          numbers: ['3STEST'],
          lines: [],
        },
      })
      await bench.settle()
      const { json } = await bench.get(`/orders/${account}/1001`)
      expect(json.copy).toMatchObject({ account: shipper, order: '77', state: 'due' })
      expect(json.tracking).toMatchObject([
        {
          shipment: 'P1',
          carrier: 'Pigeon',
          numbers: ['3STEST'],
          state: 'parked',
          reason: expect.stringContaining('Pigeon'),
        },
      ])
      expect(itemsOf((await bench.get(`/orders?account=${shipper}`)).json)).toMatchObject([{ copyOf: reference }])
      expect(itemsOf((await bench.get(`/shipments?order=77`)).json)).toMatchObject([
        { account: shipper, shipment: 'P1', order: '77', cancelled: false, numbers: ['3STEST'] },
      ])
    })
  })

  describe('problems', () => {
    test('an order with an unlinked line goes on once its listing is linked', async () => {
      const { account, shop } = await linkedShop()
      shop.listings.push(listing('L2', { title: 'Loose thing' }))
      await bench.post(`/accounts/${account}/import`)
      await bench.say(account, 'o-1', { kind: 'order', order: order('1001', 'L2', 3) })
      const [problem] = itemsOf((await bench.get('/problems')).json)
      expect(problem).toMatchObject({
        kind: 'order',
        account,
        subject: '#1001',
        reason: expect.stringContaining('listing L2'),
        meaning: expect.stringContaining('Link the listing'),
      })
      expect((await bench.get(`/problems/${problem?.id}`)).json).toEqual(problem)
      expect((await bench.post(`/problems/${problem?.id}/retry`)).json).toMatchObject({ isSolved: false })
      expect((await bench.post(`/problems/${problem?.id}/dismiss`)).status).toBe(409)
      expect((await bench.get('/skus/MUG')).json).toMatchObject({ reserved: 0 })
      await bench.post('/listings/link', { account, listing: 'L2', components: [{ sku: 'MUG', units: 2 }] })
      expect((await bench.get('/skus/MUG')).json).toMatchObject({ reserved: 6, available: 4 })
      expect(itemsOf((await bench.get('/problems')).json)).toEqual([])
      expect((await bench.post(`/problems/${problem?.id}/retry`)).status).toBe(404)
    })

    test('a parked copy is retried, or dismissed', async () => {
      const { account } = await linkedShop('seller')
      const shipper = await bench.connect('shipper')
      await bench.patch(`/accounts/${account}`, { fulfilledBy: shipper })
      await bench.say(account, 'o-1', { kind: 'order', order: order('1001', 'L1', 1) })
      await bench.settle()
      const [parked] = itemsOf((await bench.get('/problems')).json)
      expect(parked).toMatchObject({
        kind: 'receipt',
        account: shipper,
        subject: `order ${account}/1001`,
        reason: expect.stringContaining('no listing linked to MUG'),
        meaning: expect.stringContaining('shop that ships'),
        verbs: ['retry', 'dismiss'],
      })
      expect((await bench.get(`/orders/${account}/1001`)).json).toMatchObject({
        copy: { state: 'parked', order: null },
      })
      expect((await bench.post(`/problems/${parked?.id}/retry`)).json).toMatchObject({ verb: 'retry' })
      await bench.settle()
      expect(itemsOf((await bench.get('/problems')).json)).toMatchObject([{ id: parked?.id }])
      expect((await bench.post(`/problems/${parked?.id}/dismiss`)).json).toMatchObject({ isSolved: true })
      await bench.settle()
      expect(itemsOf((await bench.get('/problems')).json)).toEqual([])
      expect((await bench.get(`/orders/${account}/1001`)).json).toMatchObject({ copy: { state: 'dismissed' } })
    })

    test('a parked number is told once it is retried', async () => {
      const { account, shop } = await linkedShop()
      shop.refuses = 'this product is frozen'
      await bench.post('/skus/MUG/adjust', { kind: 'adjust', units: -1 })
      await bench.settle()
      const [parked] = itemsOf((await bench.get('/problems')).json)
      expect(parked).toMatchObject({ account, subject: 'stock reg-L1', reason: expect.stringContaining('frozen') })
      shop.refuses = undefined
      await bench.post(`/problems/${parked?.id}/retry`)
      await bench.settle()
      expect(shop.shelves.get('reg-L1')).toBe(9)
      expect(itemsOf((await bench.get('/problems')).json)).toEqual([])
    })

    test('an unreadable delivery is read again however old it is, or dismissed', async () => {
      const account = await bench.connect('corner')
      const id = await bench.say(account, 'd-1', { kind: 'unreadable', reason: 'Nobody can read this.' })
      await bench.clock.advance(3_600_000)
      const [problem] = itemsOf((await bench.get('/problems')).json)
      expect(problem).toMatchObject({ id: `delivery.${id}`, kind: 'delivery', reason: 'Nobody can read this.' })
      expect((await bench.post(`/problems/${problem?.id}/retry`)).json).toMatchObject({ isSolved: true })
      const [copy] = itemsOf((await bench.get('/problems')).json)
      expect(copy).toMatchObject({ kind: 'delivery', reason: 'Nobody can read this.' })
      expect(copy?.id).not.toBe(problem?.id)
      expect((await bench.get(`/deliveries/${id}`)).json).toMatchObject({
        outcome: 'dismissed',
        reason: expect.stringContaining('Read again as'),
      })
      await bench.post(`/problems/${copy?.id}/dismiss`)
      expect(itemsOf((await bench.get('/problems')).json)).toEqual([])
    })

    test('a broken account is taken up again', async () => {
      const account = await bench.connect('corner')
      await bench.say(account, 'c-1', { kind: 'connection', event: 'uninstalled', message: 'The app was removed.' })
      const [problem] = itemsOf((await bench.get('/problems')).json)
      expect(problem).toMatchObject({ id: `account.${account}`, reason: 'The app was removed.', verbs: ['retry'] })
      await bench.post(`/problems/${problem?.id}/retry`)
      expect((await bench.get(`/accounts/${account}`)).json).toMatchObject({ state: 'active', reason: null })
    })

    test('what a shop warns of is shown while it goes on, until a person has read it', async () => {
      const account = await bench.connect('corner')
      await bench.say(account, 'c-1', { kind: 'connection', event: 'expiring', message: 'Access ends in May.' })
      const [problem] = itemsOf((await bench.get('/problems')).json)
      expect(problem).toMatchObject({
        id: `account.${account}`,
        reason: 'Access ends in May.',
        meaning: expect.stringContaining('still read and told'),
        verbs: ['dismiss'],
      })
      expect((await bench.get('/status')).json).toMatchObject({ totals: { problems: { account: 1 } } })
      expect((await bench.post(`/problems/${problem?.id}/retry`)).status).toBe(409)
      expect((await bench.post(`/problems/${problem?.id}/dismiss`)).json).toMatchObject({ isSolved: true })
      expect((await bench.get(`/accounts/${account}`)).json).toMatchObject({ state: 'active', reason: null })
    })

    test('a counter that joins linked ones is shown until it is linked, and there is nothing to retry', async () => {
      const account = await bench.connect('corner')
      const counter = (id: string, more: Partial<ListingSnapshot> = {}): Reading => ({
        kind: 'listing',
        listing: listing(id, { group: 'mug', ...more }),
      })
      await bench.say(account, 'w-1', counter('mug@1'))
      expect(itemsOf((await bench.get('/problems')).json)).toEqual([])
      await bench.post('/skus', { sku: 'MUG', title: 'Mug' })
      const link = (id: string) =>
        bench.post('/listings/link', { account, listing: id, components: [{ sku: 'MUG', units: 1 }] })
      await link('mug@1')
      await bench.say(account, 'w-2', counter('mug@2'))
      await bench.say(account, 'w-3', counter('mug@3', { state: 'deleted' }))
      await bench.say(account, 'w-4', counter('pot', { group: 'pot' }))
      const [problem, ...others] = itemsOf((await bench.get('/problems')).json)
      expect(others).toEqual([])
      expect(problem).toMatchObject({
        kind: 'listing',
        account,
        reason: expect.stringMatching(/^A warehouse was added.*mug@2/),
        verbs: [],
      })
      expect((await bench.get(`/problems/${problem?.id}`)).json).toEqual(problem)
      expect((await bench.post(`/problems/${problem?.id}/retry`)).status).toBe(409)
      await link('mug@2')
      expect(itemsOf((await bench.get('/problems')).json)).toEqual([])
    })

    test('come in pages, across their kinds', async () => {
      const account = await bench.connect('corner')
      await bench.say(account, 'c-1', { kind: 'connection', event: 'uninstalled', message: 'Removed.' })
      for (const id of ['1', '2', '3']) {
        await bench.say(account, `o-${id}`, { kind: 'order', order: order(id, 'L9', 1) })
        await bench.say(account, `d-${id}`, { kind: 'unreadable', reason: `Broken ${id}.` })
      }
      const ids: unknown[] = []
      let after = ''
      for (let page = 0; page < 10; page++) {
        const { json } = await bench.get(`/problems?limit=2${after}`)
        ids.push(...itemsOf(json).map(({ id }) => id))
        if (json.next === null) break
        after = `&after=${json.next}`
      }
      expect(ids).toHaveLength(7)
      expect(new Set(ids).size).toBe(7)
      expect((await bench.get('/problems/order.garbage')).status).toBe(404)
      expect((await bench.get('/problems/nonsense')).status).toBe(404)
    })
  })

  describe('deliveries', () => {
    test('are listed without bodies and read again', async () => {
      const { account } = await linkedShop()
      const id = await bench.say(account, 'o-1', { kind: 'order', order: order('1001', 'L1', 2) })
      const listed = await bench.get(`/deliveries?account=${account}&outcome=posted`)
      expect(itemsOf(listed.json)[0]).toMatchObject({ id, source: 'webhook', topic: 'order', outcome: 'posted' })
      expect(JSON.stringify(listed.json)).not.toContain('Ada')
      expect((await bench.get(`/deliveries/${id}`)).json).not.toHaveProperty('body')
      expect((await bench.get(`/deliveries/${id}?personal=true`)).json.body).toContain('Ada Secret')
      const replayed = await bench.post(`/deliveries/${id}/replay`)
      expect(replayed.json).toMatchObject({ outcome: 'posted' })
      expect(replayed.json.delivery).not.toBe(id)
      expect((await bench.get('/skus/MUG')).json).toMatchObject({ reserved: 2 })
      expect((await bench.post('/deliveries/nothing/replay')).status).toBe(404)
      expect((await bench.get('/deliveries/nothing')).status).toBe(404)
    })

    test("a person's entry is never counted twice", async () => {
      await bench.post('/skus', { sku: 'MUG', title: 'Mug' })
      const { json } = await bench.post('/skus/MUG/adjust', { kind: 'receive', units: 5 })
      expect((await bench.post(`/deliveries/${json.delivery}/replay`)).status).toBe(409)
      expect((await bench.get('/skus/MUG')).json).toMatchObject({ onHand: 5 })
    })
  })

  describe('status and reports', () => {
    test('status says what waits and how late the shops were told', async () => {
      const { account } = await linkedShop()
      await bench.post('/skus/MUG/adjust', { kind: 'adjust', units: -4 })
      await bench.settle()
      await bench.say(account, 'd-1', { kind: 'unreadable', reason: 'Nobody can read this.' })
      await bench.say(account, 'o-1', { kind: 'order', order: order('1001', 'L1', 1) })
      const { json } = await bench.get('/status')
      expect(json).toMatchObject({
        schema: 1,
        isStopping: false,
        totals: {
          accounts: 1,
          skus: 1,
          parked: 1,
          problems: { account: 0, order: 0, receipt: 0, delivery: 1, listing: 0 },
        },
      })
      expect(json.accounts).toMatchObject([
        { id: account, state: 'active', parked: 1, orders: { ready: 1 }, latency: { publications: 1 } },
      ])
    })

    test('sales are counted per shop and sku by the day they were placed', async () => {
      const { account } = await linkedShop()
      await bench.say(account, 'o-1', { kind: 'order', order: order('1', 'L1', 2) })
      await bench.say(account, 'o-2', { kind: 'order', order: order('2', 'L1', 3) })
      await bench.say(account, 'o-3', {
        kind: 'order',
        order: order('3', 'L1', 4, { createdAt: Date.UTC(2026, 5, 16, 0) }),
      })
      const report = await bench.get('/reports/sales?from=2026-06-15&to=2026-06-16')
      expect(report.json).toEqual({
        from: '2026-06-15T00:00:00.000Z',
        to: '2026-06-16T00:00:00.000Z',
        accounts: [{ account, orders: 2, skus: [{ sku: 'MUG', orders: 2, units: 5 }] }],
      })
      expect((await bench.get('/reports/sales?from=2026-06-15&to=2026-06-15')).status).toBe(422)
      expect((await bench.get('/reports/sales?from=yesterday')).json).toMatchObject({
        errors: [{ field: 'from' }, { field: 'to' }],
      })
    })
  })
})

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { withCompany } from '../../src/api/go-live.ts'
import { asId } from '../../src/domain.ts'
import { type Bench, createBench, itemsOf, listing } from './bench.ts'

let bench: Bench
let account = ''

/** A shop as an install leaves it: read, and not written to. */
beforeEach(async () => {
  bench = await createBench()
  const shop = bench.shop('corner')
  shop.listings.push(listing('L1'), listing('L2'), listing('L3'), listing('L4'))
  for (const [register, units] of [
    ['reg-L1', 50],
    ['reg-L2', 0],
    ['reg-L3', 7],
    ['reg-L4', 5],
  ] as const)
    shop.shelves.set(register, units)
  const connected = await bench.deps.accounts.connect({
    platform: 'corner-shop',
    title: 'Corner',
    shop: 'corner',
    origin: 'https://shop.example',
    credentials: { key: 'k' },
    settings: {},
  })
  account = connected.ok ? connected.account.id : ''
  for (const sku of ['MUG', 'CAP', 'NEW']) await bench.post('/skus', { sku, title: sku })
  await bench.post('/skus/MUG/adjust', { kind: 'receive', units: 8 })
  await bench.post('/skus/CAP/adjust', { kind: 'receive', units: 12 })
  await bench.post(`/accounts/${account}/import`)
  for (const [one, sku] of [
    ['L1', 'MUG'],
    ['L2', 'CAP'],
    ['L4', 'NEW'],
  ])
    await bench.post('/listings/link', { account, listing: one, components: [{ sku, units: 1 }] })
})
afterEach(() => bench.close())

const shelves = () => Object.fromEntries(bench.shop('corner').shelves)
const settleLong = async () => {
  for (let turn = 0; turn < 5; turn++) {
    await bench.settle()
    await bench.post(`/accounts/${account}/observe`)
    await bench.clock.advance(60_000)
  }
}

describe('a dry run', () => {
  test('shows every change of a shop that is not live, the riskiest first, and writes none of them', async () => {
    await settleLong()
    const { status, json } = await bench.get(`/accounts/${account}/dry-run`)
    expect(status).toBe(200)
    expect(json).toMatchObject({ live: 'no', writes: 2, totals: { up: 1, unlinked: 1, uncounted: 1 } })
    const items = itemsOf(json)
    expect(items.map(({ listings, change, nowUnits }) => [listings, change, nowUnits])).toEqual([
      [['L1'], 'down', 50],
      [['L2'], 'up', 0],
      [['L4'], 'uncounted', 5],
      [['L3'], 'unlinked', 7],
    ])
    expect(items[0]?.why).toContain('More is promised than there is. MUG: 8 on hand.')
    expect(z.number().parse(items[0]?.wantedUnits)).toBeLessThanOrEqual(8)
    expect(z.number().parse(items[1]?.wantedUnits)).toBeGreaterThan(0)
    expect(shelves()).toEqual({ 'reg-L1': 50, 'reg-L2': 0, 'reg-L3': 7, 'reg-L4': 5 })
  })

  test('keeps what such a shop shows charged: nobody else is raised by it', async () => {
    bench.shop('other').listings.push(listing('O1'))
    const other = await bench.connect('other')
    await bench.post(`/accounts/${other}/import`)
    await bench.post('/listings/link', { account: other, listing: 'O1', components: [{ sku: 'MUG', units: 1 }] })
    await settleLong()
    expect(bench.shop('other').shelves.get('reg-O1') ?? 0).toBe(0)
    expect((await bench.get('/exposure')).json).toMatchObject({ exposedUnits: 42 })
  })

  test('speaks Dutch, has a limit that leaves the totals alone, and knows no other account', async () => {
    const { json } = await bench.get(`/accounts/${account}/dry-run?lang=nl&limit=1`)
    expect(itemsOf(json)).toMatchObject([{ why: expect.stringContaining('Er is meer toegezegd dan er is.') }])
    expect(json).toMatchObject({ totals: { unlinked: 1 } })
    expect((await bench.get('/accounts/nobody/dry-run')).status).toBe(404)
  })
})

describe('going live', () => {
  const goLive = (body?: object) => bench.post(`/accounts/${account}/go-live`, body)

  test('writes what the dry run said, and keeps the shelf as it was', async () => {
    await settleLong()
    const said = itemsOf((await bench.get(`/accounts/${account}/dry-run`)).json)
    expect((await goLive()).json).toMatchObject({ live: 'all', keptRegisters: 4 })
    await settleLong()
    for (const one of said.filter(({ isWritten }) => isWritten === true)) {
      const register = z.string().parse(one.register)
      expect([register, bench.shop('corner').shelves.get(register)]).toEqual([register, one.wantedUnits])
    }
    expect(shelves()).toMatchObject({ 'reg-L3': 7, 'reg-L4': 5 })
    const kept = itemsOf((await bench.get(`/accounts/${account}/kept-shelf`)).json)
    expect(kept).toMatchObject([
      { register: 'reg-L1', units: 50, nowUnits: shelves()['reg-L1'] },
      { register: 'reg-L2', units: 0 },
      { register: 'reg-L3', units: 7 },
      { register: 'reg-L4', units: 5 },
    ])
    expect((await bench.get('/audit')).json).toMatchObject({
      items: expect.arrayContaining([expect.objectContaining({ what: 'shop.live', subject: account })]),
    })
    expect((await goLive()).status).toBe(409)
  })

  test('of a part writes that part only, and the rest with a second word', async () => {
    await settleLong()
    expect((await goLive({ skus: ['CAP'] })).json).toMatchObject({ live: 'part', listings: ['L2'], keptRegisters: 1 })
    await settleLong()
    expect(shelves()['reg-L1']).toBe(50)
    expect(shelves()['reg-L2']).toBeGreaterThan(0)
    const { json } = await bench.get(`/accounts/${account}/dry-run`)
    expect(json).toMatchObject({ live: 'part', writes: 1 })
    expect(itemsOf(json)[0]).toMatchObject({ listings: ['L1'], change: 'down' })
    expect((await goLive()).json).toMatchObject({ live: 'all', keptRegisters: 3 })
    await settleLong()
    expect(shelves()['reg-L1']).toBeLessThanOrEqual(8)
    expect(itemsOf((await bench.get('/rules')).json)).toEqual([])
  })

  test('takes the listings of the same counter along, and knows what is not there', async () => {
    bench.shop('corner').listings.push(listing('L5', { register: asId('reg-L1') }))
    await bench.clock.advance(400_000)
    await bench.post(`/accounts/${account}/import`)
    expect((await goLive({ listings: ['L9'], skus: ['NOPE'] })).json).toMatchObject({
      status: 422,
      errors: [{ field: 'listings' }, { field: 'skus' }],
    })
    expect((await bench.get(`/accounts/${account}`)).json).toMatchObject({ state: 'paused', liveAt: null })
    expect((await goLive({ listings: ['L1'] })).json).toMatchObject({ listings: ['L1', 'L5'] })
  })

  test('of a sku that only a deleted listing sold is refused', async () => {
    await bench.say(account, 'gone', { kind: 'listing', listing: listing('L2', { state: 'deleted', updatedAt: 2 }) })
    expect((await goLive({ skus: ['CAP'] })).json).toMatchObject({ status: 422, errors: [{ field: 'skus' }] })
    expect((await bench.get(`/accounts/${account}`)).json).toMatchObject({ state: 'paused' })
  })

  test('changes nothing while the shop does not answer, and is not passed by with resume', async () => {
    bench.shop('corner').isDown = true
    expect((await goLive()).status).toBe(502)
    bench.shop('corner').isDown = false
    expect((await bench.post(`/accounts/${account}/resume`)).status).toBe(409)
    expect((await bench.patch(`/accounts/${account}`, { state: 'active' })).status).toBe(409)
    expect((await bench.get(`/accounts/${account}`)).json).toMatchObject({ state: 'paused', liveAt: null })
    expect(itemsOf((await bench.get(`/accounts/${account}/kept-shelf`)).json)).toEqual([])
  })

  test('is paused and resumed as any shop, and keeps its first shelf', async () => {
    await goLive()
    await settleLong()
    expect((await bench.post(`/accounts/${account}/pause`)).json).toMatchObject({ state: 'paused' })
    await bench.post('/skus/CAP/adjust', { kind: 'receive', units: 500 })
    const before = shelves()
    await settleLong()
    expect(shelves()).toEqual(before)
    expect((await bench.post(`/accounts/${account}/resume`)).json).toMatchObject({ state: 'active' })
    await settleLong()
    expect(shelves()['reg-L2']).toBeGreaterThan(before['reg-L2'] ?? 0)
    expect(itemsOf((await bench.get(`/accounts/${account}/kept-shelf`)).json)[1]).toMatchObject({ units: 0 })
  })
})

describe('a part of a shop', () => {
  const all = (
    [
      ['a1', 'ra', 'product-a'],
      ['a2', 'rb', 'product-a'],
      ['a3', null, 'product-a'],
      ['b1', 'ra', 'product-b'],
      ['b2', 'rc', 'product-b'],
      ['c1', null, null],
    ] as const
  ).map(([one, register, group]) => ({ listing: asId<'listing'>(one), register, group }))

  test.each([
    ['is what was named', ['a2'], false, ['a2']],
    ['has the other listings of a counter', ['a1'], false, ['a1', 'b1']],
    ['has whole products where the platform takes them whole', ['b2'], true, ['a1', 'a2', 'a3', 'b1', 'b2']],
    ['has nothing along that has neither counter nor product', ['c1'], true, ['c1']],
  ])('%s', (_name, named, isGrouped, expected) => {
    expect(withCompany(all, new Set(named), isGrouped).map(({ listing: one }) => one)).toEqual(expected)
  })

  test('that is too large is refused in words', async () => {
    for (let at = 0; at < 501; at++) bench.shop('corner').listings.push(listing(`X${at}`, { register: asId('reg-L1') }))
    await bench.clock.advance(400_000)
    await bench.post(`/accounts/${account}/import`)
    const refused = await bench.post(`/accounts/${account}/go-live`, { listings: ['L1'] })
    expect(refused.json).toMatchObject({ status: 422, detail: expect.stringContaining('500 at most') })
    expect((await bench.get(`/accounts/${account}`)).json).toMatchObject({ state: 'paused' })
  })
})

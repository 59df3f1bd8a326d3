import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
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

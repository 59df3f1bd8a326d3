import { afterEach, beforeEach, expect, test } from 'vitest'
import { readDrifts } from '../../src/api/read/drift.ts'
import { plansOf, watchedStore } from '../bench/query-plans.ts'
import { type Bench, createBench, itemsOf, listing, order } from './bench.ts'

let bench: Bench
let account = ''
beforeEach(async () => {
  bench = await createBench()
  bench.shop('corner').listings.push(listing('L1'))
  bench.shop('corner').shelves.set('reg-L1', 10)
  account = await bench.connect('corner')
  await bench.post('/skus', { sku: 'MUG', title: 'Mug' })
  await bench.post('/skus/MUG/adjust', { kind: 'receive', units: 10 })
  await bench.post(`/accounts/${account}/import`)
  await bench.post('/listings/link', { account, listing: 'L1', components: [{ sku: 'MUG', units: 1 }] })
  await bench.clock.advance(600_000)
})
afterEach(() => bench.close())

const drifts = async (query = '') => itemsOf((await bench.get(`/drift${query}`)).json)
async function found(units: number) {
  await bench.clock.advance(1000)
  bench.shop('corner').shelves.set('reg-L1', units)
  await bench.post(`/accounts/${account}/observe`)
}
const sale = { createdAt: 0, updatedAt: 0 }
const sold = (id: string, units: number, at: number) =>
  bench.say(account, id, { kind: 'order', order: order(id, 'L1', units, { ...sale, updatedAt: at, createdAt: at }) })

test('a quiet shelf that somebody changed is named, with what was done', async () => {
  await found(13)
  expect(await drifts()).toMatchObject([
    {
      ...{ account, register: 'reg-L1', skus: ['MUG'], byUnits: 3, verdict: 'raised' },
      what: '3 more on the shelf than known',
      likely: expect.stringContaining('by hand or with another app'),
    },
  ])
  expect(await drifts('?lang=nl')).toMatchObject([{ what: '3 meer op het schap dan bekend' }])
  expect((await bench.get('/exposure')).json).toMatchObject({
    ...{ isProtected: false, exposedUnits: 3, promisedUnits: 13, exposedSkus: 1 },
    items: [{ sku: 'MUG', limitUnits: 10, promisedUnits: 13, exposedUnits: 3, policy: 'strict' }],
  })
  await bench.settle()
  expect(await drifts()).toMatchObject([{ done: expect.stringMatching(/^Counted as it was found/) }])
})

test('a little less on a busy shelf waits; a late order explains it, a second look names it', async () => {
  const now = bench.clock.now()
  await sold('1', 1, now)
  await found(7)
  const waiting = await drifts()
  expect(waiting).toMatchObject([{ byUnits: -2, verdict: 'waiting' }])
  // Placed before the look, told after it.
  await bench.clock.advance(1000)
  await sold('2', 2, now)
  expect(await drifts()).toMatchObject([{ byUnits: -2, verdict: 'order', likely: expect.stringContaining('late') }])
})

test('a second look that finds the same confirms it', async () => {
  await sold('1', 1, bench.clock.now())
  await found(7)
  expect(await drifts()).toMatchObject([{ verdict: 'waiting' }])
  await bench.clock.advance(60_000)
  await found(7)
  expect(await drifts()).toMatchObject([{ byUnits: -2, verdict: 'lowered' }])
})

test('are found by time, in pages, by an index', async () => {
  for (const units of [12, 14, 16]) await found(units)
  const first = await bench.get('/drift?limit=2')
  expect(itemsOf(first.json)).toHaveLength(2)
  expect(itemsOf((await bench.get(`/drift?limit=2&after=${first.json.next}`)).json)).toHaveLength(1)
  expect(await drifts(`?since=${new Date(bench.clock.now() + 1).toISOString()}`)).toEqual([])
  const { store, statements } = watchedStore(bench.store)
  await readDrifts(store.db, { limit: 10, since: 1 })
  const plans = await plansOf(bench.store, statements.values())
  expect(plans.join('\n')).toContain('rights_change_drift')
  expect(plans.filter((plan) => /\bSCAN\b/.test(plan))).toEqual([])
})

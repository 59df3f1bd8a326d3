/** The readiness report: each kind of work is found, and only it. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { countShortcomings, listShortcoming } from '../../src/catalog/readiness.ts'
import { type Bench, createBench, itemsOf, listing } from '../api/bench.ts'
import { openBooks } from '../support/books.ts'
import { onPostgresOnly } from '../support/databases.ts'

describe('over the API', () => {
  let bench: Bench
  beforeEach(async () => {
    bench = await createBench()
  })
  afterEach(() => bench.close())

  test('is what there is to do, with the listings in pages', async () => {
    bench
      .shop('corner')
      .listings.push(
        listing('good', { sku: 'MUG' }),
        listing('endless', { counting: 'endless' }),
        listing('same-1', { sku: 'CUP' }),
        listing('same-2', { sku: 'CUP' }),
        listing('gone', { state: 'deleted' }),
      )
    const account = await bench.connect('corner')
    await bench.post('/skus', { sku: 'MUG', title: 'Mug' })
    await bench.post(`/accounts/${account}/import`)
    await bench.post('/listings/link', { account, listing: 'good', components: [{ sku: 'MUG', units: 1 }] })
    const { json } = await bench.get('/readiness')
    const { work, isReady } = json as { work: { kind: string; count: number }[]; isReady: boolean }
    expect(isReady).toBe(false)
    expect(Object.fromEntries(work.map(({ kind, count }) => [kind, count]))).toEqual({
      unlinked: 3,
      untracked: 0,
      endless: 1,
      doubled: 0,
      repeated: 2,
    })
    const first = (await bench.get('/readiness/unlinked?limit=2')).json as { next: string }
    const second = (await bench.get(`/readiness/unlinked?limit=2&after=${first.next}`)).json
    expect([...itemsOf(first), ...itemsOf(second)].map((one) => one.listing)).toEqual(['endless', 'same-1', 'same-2'])
    expect(itemsOf((await bench.get(`/readiness/unlinked?account=nobody`)).json)).toEqual([])
    expect((await bench.get('/readiness/unheard')).status).toBe(404)
  })
})

function doubled(databaseUrl: () => Promise<string>): void {
  test('doubled is what shows the same from two counters of one shop', async () => {
    const books = await openBooks({ url: await databaseUrl() })
    await books.sku('MUG', 'POT')
    for (const account of ['one', 'two']) await books.connect(account)
    await books.listing('one', 'a', { MUG: 1 })
    await books.listing('one', 'b', { MUG: 1 })
    await books.listing('one', 'pack', { MUG: 6 })
    await books.listing('one', 'set', { MUG: 1, POT: 1 })
    await books.listing('two', 'a', { MUG: 1 })
    expect(await countShortcomings(books.store.db)).toMatchObject({ doubled: 2, unlinked: 0 })
    const found = await listShortcoming(books.store.db, 'doubled', { limit: 10 })
    expect(found.map(({ account, listing: id }) => [account, id])).toEqual([
      ['one', 'a'],
      ['one', 'b'],
    ])
    await books.close()
  })
}

doubled(async () => 'sqlite::memory:')
onPostgresOnly((fresh) => doubled(fresh))

import { afterEach, beforeEach, expect, test } from 'vitest'
import { watchExposure } from '../../src/api/read/exposure.ts'
import { onEveryDatabase } from '../support/databases.ts'
import { type Bench, createBench, itemsOf, listing } from './bench.ts'

onEveryDatabase((fresh) => {
  let bench: Bench
  let account = ''
  beforeEach(async () => {
    bench = await createBench(await fresh())
    const shop = bench.shop('corner')
    shop.listings.push(listing('L1'), listing('PACK'))
    shop.shelves.set('reg-L1', 8)
    shop.shelves.set('reg-PACK', 2)
    account = await bench.connect('corner')
    await bench.post('/skus', { sku: 'MUG', title: 'Mug' })
    await bench.post('/skus/MUG/adjust', { kind: 'receive', units: 10 })
    await bench.post(`/accounts/${account}/import`)
    await bench.post('/listings/link', { account, listing: 'L1', components: [{ sku: 'MUG', units: 1 }] })
  })
  afterEach(() => bench.close())

  const exposure = async () => (await bench.get('/exposure')).json
  const metric = async (name: string) => {
    const headers = { authorization: 'Bearer a-token-for-these-tests' }
    const text = await (await bench.app.request('/metrics', { headers })).text()
    return text.split('\n').find((one) => one.startsWith(name))
  }

  test('counts a bundle as often as it takes the sku, and is over when the stock is', async () => {
    expect(await exposure()).toMatchObject({ isProtected: true, skus: 1, promisedUnits: 8, exposedUnits: 0, items: [] })
    await bench.post('/listings/link', { account, listing: 'PACK', components: [{ sku: 'MUG', units: 3 }] })
    expect(await exposure()).toMatchObject({
      ...{ isProtected: false, promisedUnits: 14, exposedUnits: 4, byPolicy: { strict: 4, mirror: 0 }, exposedSkus: 1 },
      items: [{ sku: 'MUG', policy: 'strict', limitUnits: 10, promisedUnits: 14, exposedUnits: 4 }],
    })
    expect(await metric('onhand_exposed_units{policy="strict"}')).toBe('onhand_exposed_units{policy="strict"} 4')
    // An allowance is a limit that somebody raised on purpose.
    await bench.call('PUT', '/rules', { name: 'allowance', value: 4, sku: 'MUG' })
    expect(await exposure()).toMatchObject({ isProtected: true, exposedUnits: 0 })
    await bench.call('DELETE', '/rules?name=allowance&sku=MUG')
    await bench.call('PUT', '/rules', { name: 'policy', value: 'mirror', sku: 'MUG' })
    expect(await exposure()).toMatchObject({ byPolicy: { strict: 0, mirror: 4 } })
    expect(await metric('# TYPE onhand_rights_breaches_total')).toBe('# TYPE onhand_rights_breaches_total counter')
  })

  test('ends when the shops were lowered; a write in flight counts as far as it may have gone', async () => {
    await bench.settle()
    const op = { call: 'c', op: { register: 'reg-L1', kind: 'set', to: 5 }, ceiling: 13, sendBy: 1 }
    const { db } = bench.store
    await db
      .updateTable('rights')
      .set({ op: JSON.stringify(op) })
      .where('register', '=', 'reg-L1')
      .execute()
    expect(await exposure()).toMatchObject({ promisedUnits: 13, exposedUnits: 3 })
    await db.updateTable('rights').set({ op: null }).where('register', '=', 'reg-L1').execute()
    await bench.post('/skus/MUG/adjust', { kind: 'adjust', units: -6 })
    expect((await exposure()).exposedUnits).toBeGreaterThanOrEqual(4)
    for (let round = 0; round < 3; round++) {
      await bench.settle()
      await bench.clock.advance(30_000)
      await bench.post(`/accounts/${account}/observe`)
    }
    expect(await exposure()).toMatchObject({ isProtected: true, exposedUnits: 0 })
  })

  test('that is asked for every few seconds is not summed anew every time', async () => {
    const watch = watchExposure(bench.store, bench.clock)
    const first = await watch()
    expect(await watch()).toBe(first)
    await bench.post('/skus/MUG/adjust', { kind: 'adjust', units: -6 })
    await bench.clock.advance(2001)
    expect(await watch()).toMatchObject({ exposedUnits: 4 })
  })

  test('rules and drift are kept and found on this database, too', async () => {
    const body = { name: 'pause', value: 'on', account, listing: 'L1', until: '2126-01-01' }
    await bench.call('PUT', '/rules', body)
    expect(itemsOf((await bench.get('/rules')).json)).toMatchObject([{ name: 'pause', value: 'on', state: 'on' }])
    // What was under way before the pause ends, and is looked at.
    await bench.settle()
    await bench.clock.advance(30_000)
    await bench.post(`/accounts/${account}/observe`)
    const { shelves } = bench.shop('corner')
    await bench.clock.advance(600_000)
    shelves.set('reg-L1', (shelves.get('reg-L1') ?? 0) + 4)
    await bench.post(`/accounts/${account}/observe`)
    expect(itemsOf((await bench.get('/drift')).json)).toMatchObject([{ byUnits: 4, verdict: 'raised' }])
    const explained = (await bench.get('/skus/MUG/explain')).json
    expect(explained).toMatchObject({ shops: [{ listing: 'L1', notes: ['It is paused: nothing is written to it.'] }] })
  })
})

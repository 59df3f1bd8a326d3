import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { explain as readExplanation } from '../../src/api/read/explain.ts'
import { asId } from '../../src/domain.ts'
import { plansOf, watchedStore } from '../bench/query-plans.ts'
import { type Bench, createBench, type Json, listing, order } from './bench.ts'

let bench: Bench
let account = ''
let addedAt = 0
beforeEach(async () => {
  bench = await createBench()
  const shop = bench.shop('corner')
  shop.listings.push(listing('L1'), listing('PACK'))
  shop.shelves.set('reg-L1', 4)
  shop.shelves.set('reg-PACK', 1)
  account = await bench.connect('corner')
  await bench.post('/skus', { sku: 'MUG', title: 'Mug' })
  await bench.post('/skus', { sku: 'LID', title: 'Lid' })
  addedAt = bench.clock.now()
  await bench.clock.advance(1000)
  await bench.post('/skus/MUG/adjust', { kind: 'receive', units: 12, reason: 'pallet 7' })
  await bench.clock.advance(1000)
  await bench.post(`/accounts/${account}/import`)
  await bench.post('/listings/link', { account, listing: 'L1', components: [{ sku: 'MUG', units: 1 }] })
  const pack = [
    { sku: 'MUG', units: 3 },
    { sku: 'LID', units: 1 },
  ]
  await bench.post('/listings/link', { account, listing: 'PACK', components: pack })
  await bench.clock.advance(1000)
})
afterEach(() => bench.close())

const shops = z.array(
  z.looseObject({
    register: z.string(),
    believedUnits: z.number().nullable(),
    unitsPerSale: z.number(),
    terms: z.array(z.object({ term: z.string(), label: z.string(), units: z.number(), why: z.string() })),
    notes: z.array(z.string()),
    shown: z.string(),
    publications: z.array(
      z.looseObject({ callKey: z.string().nullable(), delivery: z.string().nullable(), units: z.number() }),
    ),
  }),
)
const explain = async (query = '') => (await bench.get(`/skus/MUG/explain${query}`)).json
const at = (instant: number) => `?at=${new Date(instant).toISOString()}`
const shopsOf = (json: Json) => shops.parse(json.shops)
const unitsOf = (json: Json, register: string) => {
  const shop = shopsOf(json).find((one) => one.register === register)
  return Object.fromEntries((shop?.terms ?? []).map(({ term, units }) => [term, units]))
}

function mustAddUp(json: Json): void {
  for (const { terms, believedUnits, unitsPerSale } of shopsOf(json))
    expect(terms.reduce((sum, { units }) => sum + units, 0)).toBe((believedUnits ?? 0) * unitsPerSale)
}

describe('an explanation', () => {
  test('adds up for every counter, with a sentence for every term', async () => {
    await bench.say(account, 'o-1', { kind: 'order', order: order('1001', 'L1', 2) })
    await bench.call('PUT', '/rules', { name: 'allowance', value: 1, sku: 'MUG' })
    await bench.patch('/skus/MUG', { safetyUnits: 2 })
    const json = await explain()
    mustAddUp(json)
    expect(json).toMatchObject({ isPast: false, policy: 'strict', onHand: 12, reserved: 2, safetyUnits: 2 })
    expect(unitsOf(json, 'reg-L1')).toEqual({
      ...{ onHand: 12, reserved: -2, safety: -2, allowance: 1 },
      // The pack holds one sale of three; the counter itself had four and sold two of them.
      ...{ heldForOthers: -3, doubt: 0, pool: -4 },
    })
    const [first, pack] = shopsOf(json)
    expect(first?.terms.map(({ why }) => why)).toEqual([
      expect.stringMatching(/^Counted\. The last change was \+12, received, at .* \(pallet 7\)\.$/),
      'Sold and not shipped, in one order: #1001 (2).',
      expect.stringMatching(/^Never offered anywhere, as .* said at /),
      expect.stringMatching(/^May be sold beyond what is there, as /),
      `May still be sold elsewhere, sales that we have not heard of yet included: ${account} 3.`,
      '',
      'Kept in the middle for whichever counter sells next.',
    ])
    expect(pack?.notes).toEqual(['A sale takes LID as well; the scarcest of them limits it.'])
    expect(json.rules).toMatchObject([{ name: 'allowance' }, { name: 'safety' }])
  })

  test('speaks Dutch to who asks for it', async () => {
    const [first] = shopsOf(await explain('?lang=nl'))
    expect(first?.terms[0]).toMatchObject({ label: 'op voorraad', why: expect.stringContaining('ontvangen') })
    expect((await bench.get('/skus/MUG/explain?lang=tlh')).status).toBe(422)
  })

  test('of a past instant is what it was, whatever came since', async () => {
    const { clock } = bench
    const before = clock.now()
    const past = await explain(at(before))
    await clock.advance(1000)
    await bench.say(account, 'o-1', { kind: 'order', order: order('1001', 'L1', 2) })
    await clock.advance(1000)
    await bench.patch('/skus/MUG', { safetyUnits: 5 })
    await bench.post('/listings/unlink', { account, listing: 'PACK' })
    await bench.settle()
    const after = await explain()
    expect(unitsOf(after, 'reg-L1')).toMatchObject({ reserved: -2, safety: -5, heldForOthers: 0 })
    expect(shopsOf(after)).toHaveLength(1)
    expect(await explain(at(before))).toEqual(past)
    expect(past).toMatchObject({ isPast: true, onHand: 12, reserved: 0, safetyUnits: 0, reservedBy: [] })
    expect(shopsOf(past).map(({ register }) => register)).toEqual(['reg-L1', 'reg-PACK'])
    const empty = await explain(at(addedAt))
    expect(empty).toMatchObject({ onHand: 0, movements: [], shops: [] })
  })

  test('names the call that told the shop, and the delivery behind it', async () => {
    await bench.call('PUT', '/rules', { name: 'cap', value: 0, account, listing: 'L1' })
    await bench.settle()
    const json = await explain()
    mustAddUp(json)
    const first = shopsOf(json).find(({ register }) => register === 'reg-L1')
    expect(first?.publications).toMatchObject([{ units: 0, callKey: expect.any(String) }])
    const delivery = first?.publications[0]?.delivery ?? ''
    expect((await bench.get(`/deliveries/${delivery}`)).json).toMatchObject({ source: 'manual' })
    expect(first?.notes).toEqual(['It shows 0 at most.'])
    // An absolute write may have brought back what was sold just before it: that is in doubt until a look.
    expect(unitsOf(json, 'reg-L1').doubt).toBe(-4)
    expect(first?.terms.find(({ term }) => term === 'doubt')?.why).toMatch(/^4: The last write was acknowledged/)
  })

  test('of what nobody counted says so, and calls nothing exposed', async () => {
    bench.shop('corner').listings.push(listing('NEW'))
    bench.shop('corner').shelves.set('reg-NEW', 6)
    await bench.post(`/accounts/${account}/import`)
    await bench.post('/skus', { sku: 'NEW', title: 'New' })
    await bench.post('/listings/link', { account, listing: 'NEW', components: [{ sku: 'NEW', units: 1 }] })
    const { json } = await bench.get('/skus/NEW/explain')
    mustAddUp(json)
    expect(json).toMatchObject({ onHand: 0, promisedUnits: 6, exposedUnits: 0 })
    expect(shopsOf(json)[0]?.terms.at(-1)?.why).toContain('Nobody has counted it yet')
    expect((await bench.get('/exposure')).json).toMatchObject({ isProtected: true, uncountedSkus: 2 })
  })

  test('of a counter that was never looked at says so', async () => {
    const { store } = bench
    await store.db.deleteFrom('rights_change').where('register', '=', 'reg-PACK').execute()
    const pack = shopsOf(await explain()).find(({ register }) => register === 'reg-PACK')
    expect(pack).toMatchObject({ believedUnits: null, terms: [], shown: expect.stringContaining('not been looked at') })
  })

  test('finds its way by indexes', async () => {
    await bench.say(account, 'o-1', { kind: 'order', order: order('1001', 'L1', 2) })
    await bench.settle()
    const { store, statements } = watchedStore(bench.store)
    await readExplanation(store.db, { sku: 'MUG', at: bench.clock.now(), isPast: true, language: 'en' })
    const plans = await plansOf(bench.store, statements.values())
    expect(plans.length).toBeGreaterThan(10)
    expect(plans.join('\n')).toContain('COVERING INDEX movement_sku')
    expect(plans.join('\n')).toContain('COVERING INDEX taking_register')
    // What is grouped already may be walked; no table is.
    expect(plans.filter((plan) => /\bSCAN (?!holding)/.test(plan))).toEqual([])
  })
})

test('a sku of that name may contain anything', async () => {
  await bench.post('/skus', { sku: 'A/B "c" %', title: 'Odd' })
  const { json } = await bench.get(`/skus/${encodeURIComponent('A/B "c" %')}/explain`)
  expect(json).toMatchObject({ sku: asId('A/B "c" %'), shops: [] })
})

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { rulesInForce, rulesToCome } from '../../src/api/read/rules.ts'
import type { RuleTable } from '../../src/store/tables.ts'
import { type Bench, createBench, itemsOf, type Json, listing } from './bench.ts'

let bench: Bench
let account = ''
beforeEach(async () => {
  bench = await createBench()
  const shop = bench.shop('corner')
  shop.listings.push(listing('L1'), listing('L2'))
  shop.shelves.set('reg-L1', 10)
  shop.shelves.set('reg-L2', 0)
  account = await bench.connect('corner')
  await bench.post('/skus', { sku: 'MUG', title: 'Mug' })
  await bench.post('/skus', { sku: 'LID', title: 'Lid' })
  await bench.post('/skus/MUG/adjust', { kind: 'receive', units: 10 })
  await bench.post(`/accounts/${account}/import`)
  await bench.post('/listings/link', { account, listing: 'L1', components: [{ sku: 'MUG', units: 1 }] })
  await bench.post('/listings/link', { account, listing: 'L2', components: [{ sku: 'MUG', units: 1 }] })
})
afterEach(() => bench.close())

/** Until every shelf shows what it should: an absolute write is settled by a look at the shelf. */
async function settle(): Promise<void> {
  for (let round = 0; round < 4; round++) {
    await bench.settle()
    await bench.clock.advance(30_000)
    await bench.post(`/accounts/${account}/observe`)
  }
  await bench.settle()
}

const put = (body: unknown) => bench.call('PUT', '/rules', body)
const remove = (query: Record<string, string>) => bench.call('DELETE', `/rules?${new URLSearchParams(query)}`)
const inForce = async (query = '') => itemsOf((await bench.get(`/rules${query}`)).json)
const shelf = (register: string) => bench.shop('corner').shelves.get(register)
const fields = ({ json }: { json: Json }) =>
  z
    .array(z.object({ field: z.string() }))
    .parse(json.errors)
    .map(({ field }) => field)
const inAnHour = () => new Date(bench.clock.now() + 3_600_000).toISOString()

describe('a rule', () => {
  test('is set, listed, changes what a shop shows, and is taken back', async () => {
    await settle()
    const set = await put({ name: 'cap', value: 0, account, listing: 'L1' })
    expect(set).toMatchObject({ status: 200, json: { name: 'cap', value: '0', account, listing: 'L1', sku: null } })
    await settle()
    expect(shelf('reg-L1')).toBe(0)
    expect(await inForce()).toMatchObject([{ name: 'cap', value: '0', state: 'on', by: expect.any(String) }])
    expect((await remove({ name: 'cap', account, listing: 'L1' })).json).toMatchObject({ name: 'cap', value: null })
    await settle()
    expect(shelf('reg-L1')).toBeGreaterThan(0)
    expect(await inForce()).toEqual([])
    const history = itemsOf((await bench.get('/rules/history?name=cap')).json)
    expect(history).toMatchObject([{ value: null }, { value: '0' }])
    expect(await remove({ name: 'cap', account, listing: 'L1' })).toMatchObject({ status: 404 })
  })

  test('of a shop is overruled by one of its listing; the newest word of a scope holds', async () => {
    await put({ name: 'cap', value: '4', account })
    await put({ name: 'cap', value: '3', account, listing: 'L1' })
    await put({ name: 'cap', value: '1', account, listing: 'L1' })
    await settle()
    expect(shelf('reg-L1')).toBe(1)
    expect(shelf('reg-L2')).toBe(4)
    expect(await inForce('?name=cap')).toMatchObject([
      { listing: 'L1', value: '1' },
      { listing: null, value: '4' },
    ])
    expect(await inForce('?limit=1')).toHaveLength(1)
    const first = await bench.get('/rules?limit=1')
    expect(await inForce(`?limit=1&after=${first.json.next}`)).toMatchObject([{ value: '4' }])
  })

  test('pauses one listing, and nothing is told to it until it is taken back', async () => {
    await settle()
    const before = shelf('reg-L1')
    expect(await put({ name: 'pause', value: 'on', account, listing: 'L1' })).toMatchObject({ status: 200 })
    await bench.post('/skus/MUG/adjust', { kind: 'receive', units: 90 })
    await settle()
    expect(shelf('reg-L1')).toBe(before)
    await remove({ name: 'pause', account, listing: 'L1' })
    await settle()
    expect(shelf('reg-L1')).toBeGreaterThan(before ?? 0)
  })

  test('that begins later is scheduled, holds for its time, and gives back what held before', async () => {
    await put({ name: 'cap', value: '5', sku: 'MUG' })
    const from = new Date(bench.clock.now() + 3_600_000).toISOString()
    const until = new Date(bench.clock.now() + 7_200_000).toISOString()
    await put({ name: 'cap', value: '1', sku: 'MUG', from, until })
    const states = async () => (await inForce()).map(({ value, state }) => [value, state])
    expect(await states()).toEqual([
      ['1', 'scheduled'],
      ['5', 'on'],
    ])
    await bench.clock.advance(3_600_001)
    expect(await states()).toEqual([['1', 'on']])
    await bench.clock.advance(3_600_001)
    expect(await states()).toEqual([['5', 'on']])
  })

  test.each<[string, () => Record<string, unknown>, string[]]>([
    ['no number', () => ({ name: 'cap', value: 'many', account }), ['value']],
    ['half a unit', () => ({ name: 'cap', value: 1.5, account }), ['value']],
    ['less than none', () => ({ name: 'min', value: -1, account }), ['value']],
    ['an endless allowance', () => ({ name: 'allowance', value: 100_001, sku: 'MUG' }), ['value']],
    ['more than all', () => ({ name: 'percentage', value: 101 }), ['value']],
    ['another policy', () => ({ name: 'policy', value: 'hopeful' }), ['value']],
    ['a policy of a shop', () => ({ name: 'policy', value: 'mirror', account }), ['account']],
    [
      'an allowance of a listing',
      () => ({ name: 'allowance', value: 1, account, listing: 'L1' }),
      ['account', 'listing'],
    ],
    ['a lock without end', () => ({ name: 'lock', value: 5, account }), ['until']],
    ['what is over', () => ({ name: 'lock', value: 5, account, until: '2020-01-01T00:00:00Z' }), ['until']],
    ['an end before its begin', () => ({ name: 'cap', value: 5, from: '2090-01-02', until: '2090-01-01' }), ['until']],
    ['no time', () => ({ name: 'cap', value: 5, from: 'tomorrow' }), ['from']],
    ['a listing of no shop', () => ({ name: 'cap', value: 5, listing: 'L1' }), ['account']],
    ['an unknown shop', () => ({ name: 'cap', value: 5, account: 'nobody' }), ['account']],
    ['an unknown listing', () => ({ name: 'cap', value: 5, account, listing: 'L9' }), ['listing']],
    ['an unknown sku', () => ({ name: 'cap', value: 5, sku: 'NOPE' }), ['sku']],
    [
      'a listing that does not sell it',
      () => ({ name: 'cap', value: 5, account, listing: 'L1', sku: 'LID' }),
      ['listing'],
    ],
    ['an unknown name', () => ({ name: 'luck', value: 5 }), ['name']],
    ['a safety stock of all', () => ({ name: 'safety', value: 5 }), ['sku']],
    ['a safety stock for a while', () => ({ name: 'safety', value: 5, sku: 'MUG', until: inAnHour() }), ['until']],
  ])('of %s is refused with the field that is wrong', async (_what, body, wrong) => {
    const refused = await put(body())
    expect(refused.status).toBe(422)
    expect(fields(refused)).toEqual(wrong)
    expect(itemsOf((await bench.get('/rules/history')).json)).toEqual([])
  })

  test('named safety is the safety stock of the sku, with its history', async () => {
    expect(await put({ name: 'safety', value: 3, sku: 'MUG' })).toMatchObject({ json: { name: 'safety', value: '3' } })
    expect((await bench.get('/skus/MUG')).json).toMatchObject({ safetyUnits: 3 })
    await bench.patch('/skus/MUG', { safetyUnits: 2 })
    expect(await inForce('?sku=MUG')).toMatchObject([{ name: 'safety', value: '2' }])
    expect(await remove({ name: 'safety', sku: 'MUG' })).toMatchObject({ status: 200 })
    expect((await bench.get('/skus/MUG')).json).toMatchObject({ safetyUnits: 0 })
    expect(await inForce()).toEqual([])
    expect(await remove({ name: 'safety', sku: 'MUG' })).toMatchObject({ status: 404 })
    await bench.post('/skus', { sku: 'TRAY', title: 'Tray', safetyUnits: 4 })
    expect(await inForce('?sku=TRAY')).toMatchObject([{ name: 'safety', value: '4' }])
  })

  test('is in the audit, and the policy is for who may change the settings', async () => {
    await put({ name: 'cap', value: 5, sku: 'MUG' })
    const { json } = await bench.get('/audit')
    expect(itemsOf(json)).toContainEqual(expect.objectContaining({ what: 'rule.set', subject: 'cap' }))
    const made = await bench.post('/tokens', { title: 'stock only', scopes: ['read', 'stock'] })
    const headers = { authorization: `Bearer ${made.json.token}` }
    expect(await bench.call('PUT', '/rules', { name: 'cap', value: 6, sku: 'MUG' }, headers)).toMatchObject({
      status: 200,
    })
    const policy = await bench.call('PUT', '/rules', { name: 'policy', value: 'mirror' }, headers)
    expect(policy).toMatchObject({ status: 403, json: { detail: expect.stringContaining('settings') } })
    const reader = await bench.post('/tokens', { title: 'reader', scopes: ['read'] })
    const reading = { authorization: `Bearer ${reader.json.token}` }
    expect((await bench.call('PUT', '/rules', { name: 'cap', value: 6 }, reading)).status).toBe(403)
  })
})

describe('of several rows', () => {
  const row = (id: string, more: Partial<RuleTable>): RuleTable => ({
    ...{ id, merchant: 'main', account: null, listing: null, sku: null, name: 'cap', value: '1' },
    ...{ from_at: null, until_at: null, made_by: 'Anna', made_at: 0 },
    ...more,
  })
  const ids = (rows: readonly RuleTable[]) => rows.map(({ id }) => id)

  test.each<[string, RuleTable[], string[], string[]]>([
    ['the newest holds', [row('1', {}), row('2', {})], ['2'], []],
    ['each scope has its own', [row('1', {}), row('2', { sku: 'A' })], ['1', '2'], []],
    ['one that was taken back holds no more', [row('1', {}), row('2', { value: null })], [], []],
    ['one that is over gives way', [row('1', {}), row('2', { until_at: 100 })], ['1'], []],
    ['one to come waits', [row('1', {}), row('2', { from_at: 200 })], ['1'], ['2']],
    ['a newer word cancels one to come', [row('1', { from_at: 200 }), row('2', { value: null })], [], []],
    ['a newer word that ends before does not', [row('1', { from_at: 200 }), row('2', { until_at: 150 })], ['2'], ['1']],
  ])('%s', (_what, rows, now, later) => {
    expect(ids(rulesInForce(rows, 100))).toEqual(now)
    expect(ids(rulesToCome(rows, 100))).toEqual(later)
  })
})

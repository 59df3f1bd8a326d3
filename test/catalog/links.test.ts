/** Linking many listings over the API: proposals, a file out and in, and taking the last of it back. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { adminToken, type Bench, createBench, itemsOf, listing } from '../api/bench.ts'

let bench: Bench
let account: string
beforeEach(async () => {
  bench = await createBench()
  bench
    .shop('corner')
    .listings.push(
      listing('L1', { sku: 'MUG', title: '=HYPERLINK("http://evil.example")' }),
      listing('L2', { sku: 'po-t' }),
      listing('L3', { sku: 'CUP' }),
      listing('L4', { sku: 'CUP' }),
      listing('L5', { title: 'Gift box' }),
    )
  account = await bench.connect('corner')
  for (const sku of ['MUG', 'POT', 'CUP', '-BOX']) await bench.post('/skus', { sku, title: sku })
  await bench.post('/skus', { sku: 'GIFT', title: 'gift BOX' })
  await bench.post(`/accounts/${account}/import`)
})
afterEach(() => bench.close())

const linked = async () =>
  Object.fromEntries(
    itemsOf((await bench.get('/listings?linked=true')).json).map((one) => [
      one.listing,
      (one.links as { sku: string; units: number }[]).map(({ sku, units }) => `${sku}:${units}`).join('+'),
    ]),
  )

const csv = (...lines: string[]) => ['account;listing;sku;units', ...lines].join('\r\n')
const send = (text: string, more: object = {}) => bench.post('/listings/csv', { csv: text, ...more })

describe('proposals', () => {
  test('say why and how sure they are, refuse what is ambiguous, and link nothing by themselves', async () => {
    const found = (await bench.get('/listings/proposals')).json
    expect(found).toMatchObject({ counts: { match: 2, doubt: 2, unknown: 1 }, next: null })
    expect(itemsOf(found)).toMatchObject([
      { listing: 'L1', sku: 'MUG', by: 'sku', confidence: 1, reason: expect.any(String) },
      { listing: 'L2', sku: 'POT', by: 'normalised', confidence: 0.8 },
    ])
    const doubts = itemsOf((await bench.get('/listings/proposals?kind=doubt')).json)
    expect(doubts.map((one) => one.listing)).toEqual(['L3', 'L4'])
    expect(itemsOf((await bench.get('/listings/proposals?kind=unknown')).json)).toMatchObject([
      { listing: 'L5', hint: 'GIFT' },
    ])
    expect(await linked()).toEqual({})
  })

  test('come in pages', async () => {
    const first = (await bench.get('/listings/proposals?limit=1')).json as { next: string }
    const second = (await bench.get(`/listings/proposals?limit=1&after=${first.next}`)).json
    expect([...itemsOf(first), ...itemsOf(second)].map((one) => one.listing)).toEqual(['L1', 'L2'])
    expect(second).toMatchObject({ next: null })
  })

  test('are linked when a person confirms them: all or none', async () => {
    const links = [
      { account, listing: 'L1', sku: 'MUG' },
      { account, listing: 'L2', sku: 'POT' },
    ]
    const wrong = await bench.post('/listings/confirm', { links: [...links, { account, listing: 'L5', sku: 'NONE' }] })
    expect(wrong).toMatchObject({ status: 409, json: { errors: [{ field: 'links.2.sku' }] } })
    expect(await linked()).toEqual({})
    expect((await bench.post('/listings/confirm', { links })).json).toEqual({ linked: 2 })
    expect(await linked()).toEqual({ L1: 'MUG:1', L2: 'POT:1' })
    expect((await bench.post('/listings/confirm', { links })).status).toBe(409)
  })
})

describe('a file', () => {
  test('makes bundles and packs, as Dutch Excel writes it', async () => {
    const text = csv(`${account};L1;MUG;6`, `${account};L5;MUG;1`, `${account};L5;'-BOX;2`)
    const file = Buffer.from(`\uFEFF${text}`).toString('base64')
    expect((await bench.post('/listings/csv', { base64: file, dryRun: true })).json).toEqual({
      dryRun: true,
      lines: 3,
      listings: 2,
      changed: 0,
    })
    expect(await linked()).toEqual({})
    expect((await bench.post('/listings/csv', { base64: file })).json).toMatchObject({ changed: 2 })
    expect(await linked()).toEqual({ L1: 'MUG:6', L5: '-BOX:2+MUG:1' })
  })

  test('with a bad line changes nothing, and names the line and the column', async () => {
    const taken = await send(
      csv(
        `${account};L1;MUG;1`,
        `${account};L9;MUG;1`,
        `${account};L2;NONE;1`,
        `${account};L3;CUP;1,5`,
        `${account};4,61E+13;CUP;1`,
        `${account};L4;CUP;1`,
        `${account};L4;CUP;2`,
        `nobody;L1;MUG;1`,
      ),
    )
    expect(taken.status).toBe(422)
    const errors = (taken.json as { errors: { field: string; reason: string }[] }).errors
    expect(errors.map(({ field }) => field)).toEqual([
      'line 3, listing',
      'line 4, sku',
      'line 5, units',
      'line 6, listing',
      'line 8, sku',
      'line 9, listing',
    ])
    expect(errors[3]?.reason).toContain('spreadsheet')
    expect(await linked()).toEqual({})
  })

  test('goes out with everything, holds no formula, and changes nothing when it comes back', async () => {
    await send(csv(`${account};L1;MUG;6`, `${account};L5;MUG;1`, `${account};L5;-BOX;2`))
    const response = await bench.app.request('/api/listings.csv?separator=semicolon', {
      headers: { authorization: `Bearer ${adminToken}` },
    })
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    const text = await response.text()
    expect(text.split('\r\n')[0]?.replace('\uFEFF', '')).toBe('account;listing;title;shop_sku;gtin;state;sku;units')
    expect(text).toContain(`"'=HYPERLINK(""http://evil.example"")"`)
    expect(text.split('\r\n')).toHaveLength(8)
    expect((await send(text)).json).toMatchObject({ lines: 6, listings: 5, changed: 0 })
    expect((await bench.app.request('/api/listings.csv')).status).toBe(401)
  })

  test('unlinks what it names without a sku', async () => {
    await send(csv(`${account};L1;MUG;1`, `${account};L2;POT;1`))
    await send(csv(`${account};L1;;`))
    expect(await linked()).toEqual({ L2: 'POT:1' })
  })
})

describe('the last linking', () => {
  test('is taken back whole, then the one before it', async () => {
    await bench.post('/listings/link', { account, listing: 'L1', components: [{ sku: 'CUP', units: 3 }] })
    await send(csv(`${account};L1;MUG;1`, `${account};L2;POT;1`))
    expect((await bench.get('/listings/last-action')).json).toMatchObject({ what: 'file', listings: 2 })
    expect((await bench.post('/listings/undo')).json).toMatchObject({ what: 'file', listings: 2 })
    expect(await linked()).toEqual({ L1: 'CUP:3' })
    expect((await bench.post('/listings/undo')).json).toMatchObject({ what: 'link', listings: 1 })
    expect(await linked()).toEqual({})
    expect((await bench.post('/listings/undo')).status).toBe(409)
    expect((await bench.get('/listings/last-action')).status).toBe(404)
  })

  test('is what the numbers and their history follow', async () => {
    await bench.post('/skus/MUG/adjust', { kind: 'receive', units: 5 })
    await send(csv(`${account};L1;MUG;1`))
    await bench.clock.advance(1000)
    await bench.post('/listings/undo')
    const changes = await bench.store.db.selectFrom('link_change').select(['sku', 'units']).orderBy('at').execute()
    expect(changes).toEqual([
      { sku: 'MUG', units: 1 },
      { sku: 'MUG', units: 0 },
    ])
  })

  test('stays when a listing of it was linked anew since, and the refusal names it', async () => {
    await send(csv(`${account};L1;MUG;1`, `${account};L2;POT;1`))
    await bench.store.db.updateTable('link').set({ units: 4 }).where('listing', '=', 'L2').execute()
    const refused = await bench.post('/listings/undo')
    expect(refused).toMatchObject({ status: 409, json: { errors: [{ field: `${account}/L2` }] } })
    expect(await linked()).toEqual({ L1: 'MUG:1', L2: 'POT:4' })
  })
})

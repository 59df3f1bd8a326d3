import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { asId, type OrderReturn, type OrderSnapshot } from '../../src/domain.ts'
import { onEveryDatabase } from '../support/databases.ts'
import { type Bench, createBench, itemsOf, listing, order } from './bench.ts'

onEveryDatabase((fresh) => {
  let bench: Bench
  let seller = ''
  let keys = 0

  beforeEach(async () => {
    bench = await createBench(await fresh())
    seller = await bench.connect('seller')
    bench.shop('seller').listings.push(listing('L1'))
    await bench.post(`/accounts/${seller}/import`)
    await bench.post('/skus', { sku: 'MUG', title: 'Mug' })
    await bench.post('/skus/MUG/adjust', { kind: 'receive', units: 10, reason: 'delivery' })
    await bench.post('/listings/link', { account: seller, listing: 'L1', components: [{ sku: 'MUG', units: 1 }] })
  })
  afterEach(() => bench.close())

  const goods: OrderReturn = {
    id: 'R/1',
    status: 'RETURN_OR_REFUND_REQUEST_PENDING',
    reason: 'buyer_refund_does_not_suit_me',
    cause: 'change_of_mind',
    lines: [{ line: asId('1001-1'), units: 2 }],
  }
  async function shipped(more: Partial<OrderSnapshot> = {}) {
    const sold = order('1001', 'L1', 2, { phase: 'shipped', returns: [goods], ...more })
    const lines = sold.lines.map((line) => ({ ...line, shippedUnits: line.takenUnits }))
    await bench.say(seller, `o-${++keys}`, { kind: 'order', order: { ...sold, lines } })
  }
  const inspect = (body: unknown, headers?: Record<string, string>, id = 'R/1') =>
    bench.post(`/returns/${seller}/${encodeURIComponent(id)}/inspect`, body, headers)
  const finding = (units: number, verdict = 'sellable') => ({ line: '1001-1', units, verdict })
  const onHand = async () => (await bench.get('/skus/MUG')).json.onHand
  const shown = async () => itemsOf((await bench.get('/returns')).json)

  describe('returns', () => {
    test('are listed with the shop’s own words and ours', async () => {
      expect(await shown()).toEqual([])
      await shipped()
      expect(await shown()).toMatchObject([
        {
          account: seller,
          return: 'R/1',
          orderName: '#1001',
          status: goods.status,
          reason: goods.reason,
          cause: 'change_of_mind',
          state: 'open',
          why: null,
          lines: [{ line: '1001-1', units: 2, sellableUnits: 0, damagedUnits: 0, lostUnits: 0 }],
          inspections: [],
        },
      ])
      expect(await onHand()).toBe(8)
      expect(itemsOf((await bench.get('/returns?account=other')).json)).toEqual([])
    })

    test('with a reason that nobody knows, or none, count as other', async () => {
      const { reason: _, cause: __, ...silent } = goods
      await shipped({
        returns: [
          { ...goods, reason: 'moon', cause: 'other' },
          { ...silent, id: 'R2' },
        ],
      })
      expect((await shown()).map(({ reason, cause }) => [reason, cause])).toEqual([
        ['moon', 'other'],
        [null, 'other'],
      ])
    })
  })

  describe('an inspection', () => {
    test('makes stock of the sellable units and is kept with who said it', async () => {
      await shipped()
      const { status, json } = await inspect({ lines: [finding(1), finding(1, 'damaged')], note: 'wet', by: 'Anna' })
      expect(status).toBe(200)
      expect(json.return).toMatchObject({
        state: 'inspected',
        lines: [{ sellableUnits: 1, damagedUnits: 1, lostUnits: 0 }],
        inspections: [{ by: expect.stringMatching(/^Anna \(entered by /), note: 'wet' }, { verdict: 'damaged' }],
      })
      expect(await onHand()).toBe(9)
      const audit = await bench.store.db
        .selectFrom('audit')
        .selectAll()
        .where('what', '=', 'return.inspected')
        .execute()
      expect(audit).toMatchObject([{ subject: `${seller}/R/1`, detail: expect.stringContaining('damaged') }])
    })

    test('that is sent again with its key counts once', async () => {
      await shipped()
      const key = { 'idempotency-key': 'same' }
      const first = await inspect({ lines: [finding(2)] }, key)
      const second = await inspect({ lines: [finding(2)] }, key)
      expect([first.status, second.status, second.json]).toEqual([200, 200, first.json])
      expect(await onHand()).toBe(10)
    })

    test('beyond the units of the return is refused, and leaves no problem behind', async () => {
      await shipped()
      expect(await inspect({ lines: [finding(3)] })).toMatchObject({
        status: 409,
        json: { detail: expect.stringMatching(/is about 2 of .*Nothing was changed/) },
      })
      await inspect({ lines: [finding(2)] })
      expect((await inspect({ lines: [finding(1)] })).status).toBe(409)
      expect(await onHand()).toBe(10)
      expect(itemsOf((await bench.get('/problems')).json)).toEqual([])
    })

    test('by two people at once counts the goods once', async () => {
      await shipped()
      const answers = await Promise.all([inspect({ lines: [finding(2)] }), inspect({ lines: [finding(2)] })])
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
      expect(await onHand()).toBe(10)
    })

    test('of what the platform sent itself is refused, and the list says why', async () => {
      await shipped({ fulfilment: 'platform' })
      expect(await shown()).toMatchObject([{ state: 'elsewhere', why: expect.stringContaining('own warehouse') }])
      expect(await inspect({ lines: [finding(1)] })).toMatchObject({
        status: 409,
        json: { detail: expect.stringContaining('They never touch your stock.') },
      })
      expect(await onHand()).toBe(10)
    })

    test.each([
      ['no lines', { lines: [] }, 422],
      ['half a unit', { lines: [finding(0.5)] }, 422],
      ['a verdict that nobody knows', { lines: [finding(1, 'fine')] }, 422],
    ])('with %s is refused', async (_, body, status) => {
      await shipped()
      expect((await inspect(body)).status).toBe(status)
      expect(await onHand()).toBe(8)
    })

    test('of a return that nobody knows is not found', async () => {
      expect((await inspect({ lines: [finding(1)] }, {}, 'R9')).status).toBe(404)
    })
  })
})

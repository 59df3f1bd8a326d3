import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { asId, type OrderLine, type OrderReturn, type OrderSnapshot } from '../../src/domain.ts'
import { PEOPLE } from '../../src/ledger/manual.ts'
import type { Inspection } from '../../src/ledger/returns.ts'
import { type Books, line, openBooks, orderReading } from '../support/books.ts'
import { onEveryDatabase } from '../support/databases.ts'

onEveryDatabase((fresh) => {
  let books: Books
  beforeEach(async () => {
    books = await openBooks({ url: await fresh() })
    await books.connect('shop')
    await books.sku('MUG', 'SPOON')
    await books.listing('shop', 'mug', { MUG: 1 })
    await books.listing('shop', 'set', { MUG: 1, SPOON: 2 })
    await books.receive('MUG', 10)
    await books.receive('SPOON', 20)
  })
  afterEach(() => books.close())

  const returned = (units: number, more: Partial<OrderReturn> = {}): OrderReturn => ({
    id: 'R1',
    status: 'RETURN_OR_REFUND_REQUEST_PENDING',
    lines: [{ line: asId('a'), units }],
    ...more,
  })

  let versions = 0
  const tell = (lines: readonly OrderLine[], more: Partial<OrderSnapshot> = {}) =>
    books.tell('shop', orderReading('1', lines, { updatedAt: 1000 + ++versions, ...more }))

  /** Enters what somebody found; the sentence it was parked with, if it was. */
  async function inspect(lines: Inspection['lines'], more: Partial<Inspection> = {}, key = books.store.newId()) {
    const entry: Inspection = { kind: 'inspect', account: 'shop', return: 'R1', lines, by: 'Anna', note: '', ...more }
    const deliveries = [{ source: 'manual', topic: 'return', key, body: JSON.stringify(entry) }] as const
    await books.append(PEOPLE, deliveries)
    await books.ledger.drain()
    const parked = await books.store.db
      .selectFrom('reading_receipt')
      .select('reason')
      .where('outcome', '=', 'parked')
      .orderBy('posted', 'desc')
      .executeTakeFirst()
    return parked?.reason ?? undefined
  }
  const found = (units: number, verdict: Inspection['lines'][number]['verdict'] = 'sellable', of = 'a') => ({
    line: of,
    units,
    verdict,
  })
  const onHand = async (sku = 'MUG') => (await books.balance(sku))?.on_hand
  const cases = () => books.store.db.selectFrom('return_case').selectAll().execute()
  const inspections = () =>
    books.store.db.selectFrom('return_inspection').select(['line_id', 'units', 'verdict']).execute()
  const shipped = [line('a', 'mug', 2, { shippedUnits: 2 })]

  describe('a return that a shop tells of', () => {
    it('is kept in the shop’s own words, and moves nothing', async () => {
      await tell(shipped, { returns: [returned(2, { reason: 'buyer_return_of_2027', cause: 'other' })] })
      expect(await cases()).toMatchObject([
        {
          return_id: 'R1',
          order_id: '1',
          status: 'RETURN_OR_REFUND_REQUEST_PENDING',
          reason: 'buyer_return_of_2027',
          cause: 'other',
        },
      ])
      expect(await books.balance('MUG')).toEqual({ on_hand: 8, reserved: 0, shipped: 2 })
      await tell(shipped, { returns: [returned(2, { status: 'COMPLETE' })] })
      await tell(shipped)
      expect(await cases()).toMatchObject([{ return_id: 'R1', status: 'COMPLETE', reason: null }])
      expect(await books.balance('MUG')).toEqual({ on_hand: 8, reserved: 0, shipped: 2 })
    })
  })

  describe('an inspection', () => {
    it('makes stock of what is sellable, and of nothing else', async () => {
      await tell([line('a', 'mug', 3, { shippedUnits: 3 })], { returns: [returned(3)] })
      expect(await inspect([found(1), found(1, 'damaged'), found(1, 'lost')], { note: 'box was wet' })).toBeUndefined()
      expect(await onHand()).toBe(8)
      expect(await inspections()).toHaveLength(3)
      const movement = await books.store.db.selectFrom('movement').selectAll().where('kind', '=', 'return').execute()
      expect(movement).toMatchObject([
        { sku: 'MUG', on_hand_delta: 1, reason: 'Return R1 of order #1, inspected by Anna: box was wet' },
      ])
    })

    it('is not undone, and not repeated, by what the shop tells afterwards', async () => {
      await tell(shipped, { returns: [returned(2)] })
      await inspect([found(2)])
      await tell(shipped, { returns: [returned(2, { status: 'COMPLETE' })] })
      await tell([line('a', 'mug', 0)], { returns: [returned(2, { status: 'COMPLETE' })] })
      expect(await books.balance('MUG')).toMatchObject({ on_hand: 10, reserved: 0 })
      expect((await books.sums()).MUG).toEqual({ on_hand: 10, reserved: 0 })
    })

    it('after the shop has taken the units back counts them once', async () => {
      await tell(shipped, { returns: [returned(2)] })
      await tell([line('a', 'mug', 0)], { returns: [returned(2)] })
      expect(await onHand()).toBe(8)
      expect(await inspect([found(2)])).toBeUndefined()
      expect(await onHand()).toBe(10)
    })

    it('may be made unit by unit, and ends with the units of the return', async () => {
      await tell(shipped, { returns: [returned(2)] })
      expect(await inspect([found(1)])).toBeUndefined()
      expect(await inspect([found(1, 'damaged')])).toBeUndefined()
      expect(await inspect([found(1)])).toContain('is about 2 of "mug", and 2 of them have been inspected')
      expect(await onHand()).toBe(9)
    })

    it('that is entered twice under one key counts once', async () => {
      await tell(shipped, { returns: [returned(2)] })
      await inspect([found(1)], {}, 'same')
      await inspect([found(1)], {}, 'same')
      expect(await onHand()).toBe(9)
      expect(await inspections()).toHaveLength(1)
    })

    it('of more than was announced, in one go or in parts of one entry, changes nothing', async () => {
      await tell([line('a', 'mug', 5, { shippedUnits: 5 })], { returns: [returned(2)] })
      expect(await inspect([found(3)])).toContain('is about 2')
      expect(await inspect([found(1), found(2, 'lost')])).toContain('is about 2')
      expect(await onHand()).toBe(5)
      expect(await inspections()).toEqual([])
    })

    it('of more than ever left changes nothing, over all returns of the order', async () => {
      await tell([line('a', 'mug', 3, { shippedUnits: 2 })], { returns: [returned(2), returned(2, { id: 'R2' })] })
      expect(await inspect([found(2)])).toBeUndefined()
      expect(await inspect([found(1)], { return: 'R2' })).toContain('Only 2 of "mug" left with order #1')
      expect(await onHand()).toBe(10)
    })

    it('gives every part of a bundle back', async () => {
      await tell([line('a', 'set', 2, { shippedUnits: 2 })], { returns: [returned(1)] })
      expect(await inspect([found(1)])).toBeUndefined()
      expect([await onHand('MUG'), await onHand('SPOON')]).toEqual([9, 18])
    })

    it('gives every part of a bundle back that the platform took apart', async () => {
      await books.listing('shop', 'spoon', { SPOON: 1 })
      const components = [
        { listing: asId<'listing'>('mug'), units: 1 },
        { listing: asId<'listing'>('spoon'), units: 4 },
      ]
      await tell([line('a', 'combo', 2, { components, shippedUnits: 2 })], { returns: [returned(2)] })
      expect(await inspect([found(1)])).toBeUndefined()
      expect([await onHand('MUG'), await onHand('SPOON')]).toEqual([9, 16])
    })

    it.each<[string, string, () => Promise<unknown>, Partial<Inspection>]>([
      [
        'what the platform sent from its own warehouse',
        'platform’s own warehouse',
        () => tell(shipped, { fulfilment: 'platform', returns: [returned(2)] }),
        {},
      ],
      [
        'our copy of an order',
        'copy of an order that another shop sold',
        () => tell(shipped, { ourReference: 'onhand:shop:9', returns: [returned(2)] }),
        {},
      ],
      ['goods that nobody names', 'names no goods', () => tell(shipped, { returns: [returned(2, { lines: [] })] }), {}],
      [
        'a line it does not have',
        'no line x',
        () => tell(shipped, { returns: [returned(2)] }),
        { lines: [found(1, 'sellable', 'x')] },
      ],
      [
        'what is linked to no sku',
        'linked to no sku',
        () => tell([line('a', 'ghost', 2, { shippedUnits: 2 })], { returns: [returned(2)] }),
        {},
      ],
      ['a return that nobody knows', 'There is no return R9', () => tell(shipped), { return: 'R9' }],
    ])('of %s changes nothing, and says why', async (_, sentence, given, more) => {
      await given()
      const before = await books.balance('MUG')
      expect(await inspect(more.lines ?? [found(1)], more)).toContain(sentence)
      expect(await books.balance('MUG')).toEqual(before)
      expect(await inspections()).toEqual([])
    })
  })

  describe('where a shop’s own count is the stock', () => {
    beforeEach(() => books.store.db.updateTable('account').set({ counts_stock: 1 }).where('id', '=', 'shop').execute())

    it('what that shop puts back onto its shelf is stock again, once', async () => {
      await tell(shipped)
      await tell([line('a', 'mug', 1, { shippedUnits: 1 })])
      expect(await books.balance('MUG')).toEqual({ on_hand: 9, reserved: 0, shipped: 1 })
      await tell([line('a', 'mug', 1, { shippedUnits: 1 })])
      expect(await books.balance('MUG')).toEqual({ on_hand: 9, reserved: 0, shipped: 1 })
    })

    it('an inspection is kept and moves nothing', async () => {
      await tell(shipped, { returns: [returned(2)] })
      expect(await inspect([found(2)])).toBeUndefined()
      expect(await onHand()).toBe(8)
      await tell([line('a', 'mug', 0)], { returns: [returned(2)] })
      expect(await onHand()).toBe(10)
      expect(await inspections()).toEqual([{ line_id: 'a', units: 2, verdict: 'sellable' }])
    })

    it('what another shop takes back stays out', async () => {
      await books.store.db.updateTable('account').set({ counts_stock: 0 }).execute()
      await books.connect('authority')
      await books.store.db.updateTable('account').set({ counts_stock: 1 }).where('id', '=', 'authority').execute()
      await tell(shipped)
      await tell([line('a', 'mug', 0)])
      expect(await books.balance('MUG')).toEqual({ on_hand: 8, reserved: 0, shipped: 2 })
    })
  })
})

/** What the transitions of the rights promise one by one, and what they promise together among adversarial shops. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StockOp } from '../../src/channel.ts'
import { asId } from '../../src/domain.ts'
import * as transitions from '../../src/planner/rights.ts'
import {
  acknowledged,
  believedUnits,
  booked,
  ceilingOf,
  chargeOf,
  inDoubt,
  type Look,
  landsWithinMs,
  looked,
  moved,
  opToward,
  type Rights,
  refused,
  rightsUnits,
} from '../../src/planner/rights.ts'
import { diesAfterMsOf, play, shopsMax, strangersOf, unitsMax } from './model/play.ts'

const register = asId<'register'>('r')
const set = (to: number): StockOp => ({ register, kind: 'set', to })
const adjust = (by: number): StockOp => ({ register, kind: 'adjust', by })

const units = fc.integer({ min: 0, max: 20 })
const signed = fc.integer({ min: -20, max: 20 })
const instant = fc.integer({ min: 0, max: 200_000 })

const ops: fc.Arbitrary<StockOp> = fc.oneof(
  units.map(set),
  signed.map(adjust),
  fc.tuple(units, units).map(([from, to]): StockOp => ({ register, kind: 'cas', from, to })),
  units.map((by): StockOp => ({ register, kind: 'move', by, from: 'available', to: 'safety_stock' })),
  units.map((by): StockOp => ({ register, kind: 'move', by, from: 'safety_stock', to: 'available' })),
)

const atRest: fc.Arbitrary<Rights> = fc
  .record({
    entitlement: signed,
    hold: fc.oneof(fc.constant(0), units),
    until: instant,
    pend: fc.option(fc.record({ acknowledgedAt: instant, likely: signed }), { nil: undefined }),
  })
  .map(({ entitlement, hold, until, pend }) => ({
    entitlement,
    hold,
    holdUntil: hold === 0 ? null : until,
    ...(pend && { pend }),
  }))

const checkouts = fc.record({ diesAfterMs: fc.constantFrom(0, 60_000), areVisible: fc.boolean() })

const looks: fc.Arbitrary<Look> = fc
  .record({
    shownUnits: signed,
    startedAt: instant,
    least: signed,
    width: fc.integer({ min: 0, max: 3 }),
    heldUnits: units,
    isComplete: fc.boolean(),
  })
  .map(({ least, width, ...look }) => ({ ...look, takenUnitsMin: least, takenUnitsMax: least + width }))

const write = (rights: Rights, op: StockOp): Rights => booked(rights, op, 'call', 1_000)

describe('a write', () => {
  it('raises T by its charge when it is booked, and by nothing later', () => {
    fc.assert(
      fc.property(atRest, ops, signed, instant, checkouts, (rights, op, taken, now, shop) => {
        const under = write(rights, op)
        expect(chargeOf(rights, op)).toBeGreaterThanOrEqual(0)
        expect(ceilingOf(under)).toBe(ceilingOf(rights) + chargeOf(rights, op))
        expect(ceilingOf(inDoubt(under, now))).toBe(ceilingOf(under))
        expect(ceilingOf(acknowledged(under, taken, now, shop))).toBe(ceilingOf(under))
        expect(ceilingOf(acknowledged(inDoubt(under, now), taken, now, shop))).toBe(ceilingOf(under))
      }),
    )
  })

  it('leaves everything as it was when it is refused', () => {
    fc.assert(
      fc.property(atRest, ops, (rights, op) => {
        expect(refused(write(rights, op))).toEqual(rights)
      }),
    )
  })

  it('stays in doubt since the moment it was first', () => {
    fc.assert(
      fc.property(atRest, ops, (rights, op) => {
        const once = inDoubt(write(rights, op), 5_000)
        expect(inDoubt(once, 9_000)).toEqual(once)
        expect(once.op?.unknownSince).toBe(5_000)
        expect(inDoubt(rights, 5_000)).toEqual(rights)
      }),
    )
  })

  it.each([
    ['a decrease costs nothing', adjust(-3), 0],
    ['a raise costs what no held unit gives room for', adjust(5), 3],
    ['a raise within what is held costs nothing', adjust(2), 0],
    ['writing 0 costs nothing', set(0), 0],
    ['an absolute write costs all that it writes', set(4), 4],
  ])('%s', (_, op, charge) => {
    expect(chargeOf({ entitlement: 7, hold: 2, holdUntil: 9_000 }, op)).toBe(charge)
  })

  it('has the kind that the shop can do', () => {
    expect(opToward(register, 4, 4, { relativeWrites: true })).toBeUndefined()
    expect(opToward(register, 4, 6, { relativeWrites: true })).toEqual(adjust(-2))
    expect(opToward(register, 4, 6, { relativeWrites: false })).toEqual(set(4))
  })

  it('is believed to show what it wrote less what was sold since, though T allows more', () => {
    const rights = acknowledged(write({ entitlement: 10, hold: 0, holdUntil: null }, set(6)), 4, 2_000, shopify)
    expect(believedUnits(rights, 4)).toBe(6)
    expect(believedUnits(rights, 5)).toBe(5)
    expect(rightsUnits(rights, 4)).toBe(12)
  })
})

const shopify = { diesAfterMs: 60_000, areVisible: false }
const woo = { diesAfterMs: 60_000, areVisible: true }
const seen = (shownUnits: number, takenUnits: number, startedAt: number, heldUnits = 0): Look => ({
  shownUnits,
  startedAt,
  takenUnitsMin: takenUnits,
  takenUnitsMax: takenUnits,
  heldUnits,
  isComplete: true,
})

describe('a decrease', () => {
  const rights = acknowledged(write({ entitlement: 9, hold: 0, holdUntil: null }, adjust(-4)), 1, 2_000, shopify)

  it('frees nothing before checkouts that nobody sees are dead', () => {
    expect(rights).toEqual({ entitlement: 5, hold: 4, holdUntil: 62_000 })
    expect(looked(rights, seen(4, 1, 61_999), shopify)).toEqual({ verdict: 'explained', rights })
    const after = looked(rights, seen(4, 1, 62_000), shopify)
    expect(after).toEqual({ verdict: 'explained', rights: { entitlement: 5, hold: 0, holdUntil: null } })
  })

  it('frees at once what no checkout that can be seen may claim', () => {
    const after = looked(rights, seen(4, 1, 3_000, 6), woo)
    expect(after).toEqual({ verdict: 'explained', rights: { entitlement: 5, hold: 2, holdUntil: 62_000 } })
  })

  it('that comes as a copy of an order does the same while another write is under way', () => {
    const under = write({ entitlement: 5, hold: 0, holdUntil: null }, adjust(3))
    const after = acknowledged(moved(under, -2, 2_000, shopify), 0, 3_000, shopify)
    expect(after).toEqual({ entitlement: 6, hold: 2, holdUntil: 62_000 })
  })
})

describe('units that came back with a copy which somebody else cancelled', () => {
  it('are counted at once, whatever is under way', () => {
    const under = write({ entitlement: 5, hold: 2, holdUntil: 9_000 }, adjust(3))
    expect(ceilingOf(moved(under, 2, 2_000, shopify))).toBe(ceilingOf(under) + 2)
    expect(ceilingOf(acknowledged(moved(under, 2, 2_000, shopify), 0, 3_000, shopify))).toBe(ceilingOf(under) + 2)
    expect(ceilingOf(refused(moved(under, 2, 2_000, shopify)))).toBe(9)
  })
})

describe('a look', () => {
  it('taken twice tells nothing new, and raises T only for what a stranger did', () => {
    fc.assert(
      fc.property(atRest, fc.option(ops), instant, looks, checkouts, (rest, op, now, look, shop) => {
        const rights = op ? inDoubt(write(rest, op), now) : rest
        const found = looked(rights, look, shop)
        if (found.verdict === 'open') return
        if (found.verdict === 'explained' || found.byUnits < 0)
          expect(ceilingOf(found.rights)).toBeLessThanOrEqual(ceilingOf(rights))
        expect(looked(found.rights, look, shop)).toEqual({ verdict: 'explained', rights: found.rights })
      }),
    )
  })

  it('says nothing while a write is under way or may still land', () => {
    const under = write({ entitlement: 5, hold: 0, holdUntil: null }, adjust(3))
    expect(looked(under, seen(8, 0, 90_000), shopify)).toEqual({ verdict: 'open' })
    const lost = inDoubt(under, 500)
    expect(looked(lost, seen(8, 0, 1_000 + landsWithinMs - 1), shopify)).toEqual({ verdict: 'open' })
    expect(looked(lost, seen(8, 0, 1_000 + landsWithinMs), shopify).verdict).toBe('explained')
  })

  it('settles an absolute write by what was sold and what is shown', () => {
    const rights = acknowledged(write({ entitlement: 5, hold: 0, holdUntil: null }, set(4)), 2, 2_000, woo)
    expect(ceilingOf(rights)).toBe(9)
    expect(looked(rights, seen(3, 4, 2_000), woo)).toEqual({ verdict: 'open' })
    expect(looked(rights, { ...seen(3, 4, 2_001), isComplete: false }, woo)).toEqual({ verdict: 'open' })
    expect(looked(rights, seen(3, 4, 2_001), woo)).toEqual({
      verdict: 'explained',
      rights: { entitlement: 7, hold: 0, holdUntil: null },
    })
  })

  it('counts all that a stranger put on the shelf', () => {
    const rights = { entitlement: 5, hold: 0, holdUntil: null }
    expect(looked(rights, seen(9, 2, 1_000), shopify)).toEqual({
      verdict: 'drift',
      byUnits: 6,
      rights: { entitlement: 11, hold: 0, holdUntil: null },
    })
    // A cancellation that is not in the list yet looks the same.
    expect(looked(rights, { ...seen(9, 2, 1_000), isComplete: false }, shopify).verdict).toBe('explained')
  })

  it('holds what a stranger took down until the checkouts that were open are dead', () => {
    const found = looked({ entitlement: 5, hold: 0, holdUntil: null }, seen(1, 2, 1_000), shopify)
    const holdUntil = 1_000 + landsWithinMs + shopify.diesAfterMs
    expect(found).toEqual({ verdict: 'drift', byUnits: -2, rights: { entitlement: 3, hold: 2, holdUntil } })
  })
})

describe('among shops, buyers and wires that do their worst', () => {
  const shop = fc.record({
    relativeWrites: fc.boolean(),
    areVisible: fc.boolean(),
    diesAfterMs: fc.constantFrom(0, ...diesAfterMsOf),
    unitsPerSale: fc.constantFrom(1, 1, 2),
  })
  const start = fc.record({
    units: fc.integer({ min: 0, max: unitsMax }),
    reserve: fc.integer({ min: 0, max: 2 }),
    shops: fc.array(shop, { minLength: 1, maxLength: shopsMax }),
    shown: fc.array(fc.integer({ min: 0, max: 5 }), { minLength: shopsMax, maxLength: shopsMax }),
    strangers: fc.constantFrom(...strangersOf),
  })
  const byte = fc.nat(255)
  const steps = fc.array(fc.tuple(fc.nat(1023), byte, byte, byte), { size: 'max', maxLength: 200 })

  it('no shop passes its rights, no rights pass the stock, and at rest nothing stays held', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(start, steps, (from, all) => {
        expect(play(from, all, transitions)).toBeUndefined()
      }),
      { numRuns: 4_000 },
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asId } from '../../src/domain.ts'
import { type ComponentStock, mirror } from '../../src/planner/policy.ts'
import { believedUnits, entitlementAfter, opToward } from '../../src/planner/rights.ts'

const stock = (onHand: number, reserved = 0, safetyUnits = 0, unitsPerSale = 1): ComponentStock => ({
  sku: asId('MUG'),
  onHand,
  reserved,
  safetyUnits,
  unitsPerSale,
})
const register = asId<'register'>('r')

describe('the mirror policy', () => {
  it.each([
    ['what is there', [stock(10)], 10],
    ['less what is reserved and kept back', [stock(10, 3, 2)], 5],
    ['whole sales only', [stock(10, 0, 0, 3)], 3],
    ['the scarcest part of a bundle', [stock(10, 0, 0, 1), stock(9, 0, 0, 2)], 4],
    ['never less than nothing', [stock(1, 5)], 0],
    ['nothing of nothing', [], 0],
  ])('shows %s', (_, components, expected) => {
    expect(mirror(components).units).toBe(expected)
  })

  it('never offers more sales than every part allows, and one more never fits', () => {
    const component = fc
      .tuple(
        fc.integer({ min: -5, max: 200 }),
        fc.integer({ min: 0, max: 50 }),
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 1, max: 7 }),
      )
      .map(([onHand, reserved, safety, units]) => stock(onHand, reserved, safety, units))
    fc.assert(
      fc.property(fc.array(component, { minLength: 1, maxLength: 4 }), (components) => {
        const { units, terms } = mirror(components)
        const fits = (sales: number) =>
          components.every((each) => each.onHand - each.reserved - each.safetyUnits >= sales * each.unitsPerSale)
        expect(units).toBeGreaterThanOrEqual(0)
        expect(units === 0 || fits(units)).toBe(true)
        expect(fits(units + 1)).toBe(false)
        expect(Math.min(...terms.components.map(({ sellable }) => sellable))).toBe(units)
      }),
    )
  })
})

describe('rights', () => {
  const units = fc.integer({ min: -50, max: 500 })

  it('after the write that leads to the target, the target is believed; then there is nothing to write', () => {
    fc.assert(
      fc.property(
        units,
        units,
        fc.integer({ min: 0, max: 500 }),
        fc.boolean(),
        (entitlement, taken, target, relative) => {
          const abilities = { relativeWrites: relative }
          const op = opToward(register, target, believedUnits({ entitlement }, taken), abilities)
          const after = op ? entitlementAfter({ entitlement }, op, taken).entitlement : entitlement
          expect(believedUnits({ entitlement: after }, taken)).toBe(target)
          expect(opToward(register, target, believedUnits({ entitlement: after }, taken), abilities)).toBeUndefined()
        },
      ),
    )
  })

  it('a relative write keeps sales seen meanwhile; only an absolute one is not exact', () => {
    const before = { entitlement: 10 }
    expect(entitlementAfter(before, { register, kind: 'adjust', by: -4 }, 7)).toEqual({ entitlement: 6, isExact: true })
    expect(entitlementAfter(before, { register, kind: 'cas', from: 3, to: 8 }, 7)).toEqual({
      entitlement: 15,
      isExact: true,
    })
    expect(entitlementAfter(before, { register, kind: 'set', to: 4 }, 7)).toEqual({ entitlement: 11, isExact: false })
    const move = (from: string, to: string) => ({ register, kind: 'move', by: 2, from, to }) as const
    expect(entitlementAfter(before, move('available', 'damaged'), 0).entitlement).toBe(8)
    expect(entitlementAfter(before, move('damaged', 'available'), 0).entitlement).toBe(12)
    expect(entitlementAfter(before, move('damaged', 'reserved'), 0).entitlement).toBe(10)
  })

  it('a sale moves the belief and never the entitlement', () => {
    fc.assert(
      fc.property(units, units, fc.nat(20), (entitlement, taken, sold) => {
        expect(believedUnits({ entitlement }, taken + sold)).toBe(believedUnits({ entitlement }, taken) - sold)
      }),
    )
  })
})

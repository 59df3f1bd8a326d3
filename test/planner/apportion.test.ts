import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { apportion, type Claim } from '../../src/planner/apportion.ts'
import { poissonBound, tails } from '../../src/planner/poisson.ts'

const claim = (weight: number, more: Partial<Claim> = {}): Claim => ({
  weight,
  firstUnits: 0,
  minUnits: 0,
  capUnits: Number.POSITIVE_INFINITY,
  stepUnits: 1,
  ...more,
})

describe('apportion', () => {
  it.each<[string, number, Claim[], number[]]>([
    ['by weight', 10, [claim(4), claim(2), claim(4)], [4, 2, 4]],
    ['what is left over by largest remainder', 10, [claim(1), claim(1), claim(1.2)], [3, 3, 4]],
    ['an equal remainder to the earlier of equal weights', 1, [claim(1), claim(1)], [1, 0]],
    ['nobody less than its minimum', 10, [claim(98, { minUnits: 1 }), claim(1, { minUnits: 1 }), claim(1)], [9, 1, 0]],
    ['nobody more than its cap', 10, [claim(9, { capUnits: 2 }), claim(1)], [2, 8]],
    ['no more than all caps', 10, [claim(1, { capUnits: 2 }), claim(1, { capUnits: 3 })], [2, 3]],
    [
      'too little by weight',
      2,
      [claim(1, { minUnits: 1 }), claim(3, { minUnits: 1 }), claim(2, { minUnits: 1 })],
      [0, 1, 1],
    ],
    ['what is owed before minimums', 3, [claim(9, { minUnits: 2 }), claim(1, { firstUnits: 2, minUnits: 1 })], [1, 2]],
    ['whole packs', 5, [claim(1, { stepUnits: 2 }), claim(1, { stepUnits: 2 })], [2, 2]],
    ['the odd unit to whom it fits', 5, [claim(3, { stepUnits: 2 }), claim(1)], [4, 1]],
    ['without weights evenly', 4, [claim(0), claim(0)], [2, 2]],
    ['nothing of nothing', -3, [claim(1, { minUnits: 1 })], [0]],
    ['nothing to nobody', 3, [], []],
  ])('gives %s', (_, total, claims, expected) => {
    expect(apportion(total, claims)).toEqual(expected)
  })

  const claims = (steps: readonly number[]) =>
    fc.array(
      fc
        .record({
          weight: fc.oneof(fc.constant(0), fc.constant(1), fc.double({ min: 0.001, max: 100, noNaN: true })),
          first: fc.constantFrom(0, 0, 0, 3),
          min: fc.nat(4),
          cap: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.nat(30)),
          step: fc.constantFrom(...steps),
        })
        .map(({ weight, first, min, cap, step }) =>
          claim(weight, { firstUnits: first * step, minUnits: min * step, capUnits: cap * step, stepUnits: step }),
        ),
      { minLength: 1, maxLength: 5 },
    )
  const sum = (units: readonly number[]) => units.reduce((all, one) => all + one, 0)
  const leastOf = ({ firstUnits, minUnits, capUnits }: Claim) => Math.min(capUnits, Math.max(firstUnits, minUnits))

  it('gives all there is, up to the caps, and nobody less than its minimum while that is possible', () => {
    fc.assert(
      fc.property(fc.nat(300), claims([1]), (total, each) => {
        const given = apportion(total, each)
        expect(sum(given)).toBe(Math.min(total, sum(each.map(({ capUnits }) => capUnits))))
        const fits = sum(each.map(leastOf)) <= total
        each.forEach((one, at) => {
          expect(given[at]).toBeLessThanOrEqual(one.capUnits)
          expect(given[at]).toBeGreaterThanOrEqual(fits ? leastOf(one) : 0)
        })
      }),
      { numRuns: 2000 },
    )
  })

  it('gives whole steps only, never more than there is, and leaves less than fits anywhere', () => {
    fc.assert(
      fc.property(fc.nat(300), claims([1, 2, 3, 7]), (total, each) => {
        const given = apportion(total, each)
        const left = total - sum(given)
        expect(left).toBeGreaterThanOrEqual(0)
        const fits = sum(each.map(leastOf)) <= total
        each.forEach((one, at) => {
          const units = given[at] ?? 0
          expect(units % one.stepUnits).toBe(0)
          expect(units).toBeGreaterThanOrEqual(fits ? leastOf(one) : 0)
          if (fits && units + one.stepUnits <= one.capUnits) expect(left).toBeLessThan(one.stepUnits)
        })
      }),
      { numRuns: 2000 },
    )
  })

  it('gives the heavier of two like claims no less', () => {
    fc.assert(
      fc.property(fc.nat(300), claims([1]), (total, each) => {
        const alike = each.map(({ weight }) => claim(weight, { minUnits: 1 }))
        const given = apportion(total, alike)
        alike.forEach((one, at) => {
          alike.forEach((other, place) => {
            if (one.weight > other.weight) expect(given[at]).toBeGreaterThanOrEqual(given[place] ?? 0)
          })
        })
      }),
      { numRuns: 1000 },
    )
  })
})

describe('the Poisson bound', () => {
  /** The least k with P(X > k) ≤ tail, summed from the top of the distribution downwards by logarithms. */
  function exact(mean: number, tail: number): number {
    let logTerm = -mean
    let below = Math.exp(logTerm)
    let k = 0
    while (1 - below > tail) {
      k += 1
      logTerm += Math.log(mean) - Math.log(k)
      below += Math.exp(logTerm)
    }
    return k
  }
  const means = [
    ...Array.from({ length: 600 }, (_, at) => (at + 1) / 10),
    ...Array.from({ length: 500 }, (_, at) => 45 + at * 1.3),
  ]

  it.each(Object.entries(tails))('of a %s is never below the exact quantile, and two above it at most', (_, tail) => {
    for (const mean of means) {
      const over = poissonBound(mean, tail) - exact(mean, tail.probability)
      expect(over, `mean ${mean}`).toBeGreaterThanOrEqual(0)
      expect(over, `mean ${mean}`).toBeLessThanOrEqual(2)
    }
  })

  it('is nothing where nothing is sold, and never falls as the mean grows', () => {
    expect(poissonBound(0, tails.tenth)).toBe(0)
    expect(poissonBound(-1, tails.tenth)).toBe(0)
    const bounds = means.toSorted((one, other) => one - other).map((mean) => poissonBound(mean, tails.fiftieth))
    expect(bounds).toEqual(bounds.toSorted((one, other) => one - other))
  })
})

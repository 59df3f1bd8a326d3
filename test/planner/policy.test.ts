import { describe, expect, it } from 'vitest'
import type { ComponentFacts, Decision, PolicyFacts, RegisterFacts } from '../../src/planner/facts.ts'
import { plan } from '../../src/planner/policy.ts'
import { booked, type Rights } from '../../src/planner/rights.ts'
import {
  component,
  decisionFor,
  facts,
  now,
  register,
  settledAfter,
  settledRights,
  untilQuiet,
} from './policy-facts.ts'

/** What is decided for each register, in the order of the facts: `raise 0>5`, `lower 9>3`, or `3` for what stays. */
const words = (given: PolicyFacts): string[] => {
  const made = plan(given)
  return given.registers.map((each) => wordsOf(decisionFor(made, each)))
}
function wordsOf(decision: Decision | undefined): string {
  if (!decision) return '-'
  if (decision.change === 'none') return `${decision.shownUnits}`
  return `${decision.change} ${decision.shownUnits}>${decision.toUnits}`
}
const targets = (given: PolicyFacts) => {
  const made = plan(given)
  return given.registers.map((each) => decisionFor(made, each)?.targetUnits)
}
const mug = (onHand: number, more: Partial<ComponentFacts> = {}) => component('MUG', onHand, more)
const rightsWith = (entitlement: number, more: Partial<Rights>): Rights => ({ ...settledRights(entitlement), ...more })

describe('the mirror', () => {
  const mirror = { policy: 'mirror' } as const
  it.each<[string, ComponentFacts[], Record<string, number>, number]>([
    ['what is there', [mug(10, mirror)], { MUG: 1 }, 10],
    ['less what is reserved and kept back', [mug(10, { ...mirror, reserved: 3, safetyUnits: 2 })], { MUG: 1 }, 5],
    ['whole sales only', [mug(10, mirror)], { MUG: 3 }, 3],
    ['the scarcest part of a bundle', [mug(10, mirror), component('BOX', 9, mirror)], { MUG: 1, BOX: 2 }, 4],
    ['never less than nothing', [mug(1, { ...mirror, reserved: 5 })], { MUG: 1 }, 0],
    ['less a fixed buffer', [mug(10, { ...mirror, bufferUnits: 5 })], { MUG: 1 }, 5],
    ['a percentage of what is available', [mug(11, { ...mirror, reserved: 1, percentage: 65 })], { MUG: 1 }, 6],
    ['a percentage less a buffer', [mug(10, { ...mirror, percentage: 50, bufferUnits: 2 })], { MUG: 2 }, 1],
  ])('shows %s', (_, components, parts, expected) => {
    const registers = [register('a', 'delta', { parts, shows: 99 }), register('b', 'set', { parts, shows: 99 })]
    expect(words(facts(components, registers))).toEqual([`lower 99>${expected}`, `lower 99>${expected}`])
  })

  it('raises too, stays when it shows its number, and waits for the write in flight', () => {
    const rights = rightsWith(4, {})
    const op = { register: register('a', 'set').register, kind: 'set', to: 10 } as const
    const registers = [
      register('a', 'set', { shows: 4 }),
      register('b', 'set', { shows: 10 }),
      register('c', 'set', { rights: booked(rights, op, 'c', now) }),
      register('d', 'set', { rights: { ...rights, pend: { acknowledgedAt: now, likely: 4 } } }),
      register('e', 'set', { shows: 4, isOnline: false }),
      register('f', 'set', { shows: 4, rules: { isPaused: true } }),
      register('g', 'set', { shows: 4, rules: { capUnits: 6 } }),
    ]
    expect(words(facts([mug(10, mirror)], registers))).toEqual([
      'raise 4>10',
      '10',
      '4',
      'raise 4>10',
      '4',
      '4',
      'raise 4>6',
    ])
  })

  it('does not bind a bundle whose other part is strict to units of a mirrored one', () => {
    const registers = [
      register('a', 'delta', { shows: 10 }),
      register('b', 'delta', { shows: 10 }),
      register('c', 'delta', { parts: { MUG: 1, BOX: 1 } }),
    ]
    const given = facts([mug(10, mirror), component('BOX', 3)], registers)
    expect(words(given)).toEqual(['10', '10', 'raise 0>2'])
  })
})

describe('strict targets', () => {
  const three = (words: Parameters<typeof register>[2][] = []) =>
    (['a', 'b', 'c'] as const).map((name, at) => register(name, 'delta', words[at]))

  it.each<[string, number, Parameters<typeof register>[2][], number[]]>([
    ['all of the last units, one each', 3, [], [1, 1, 1]],
    ['one each while there is one for each', 4, [], [1, 1, 1]],
    ['half while there are some', 60, [], [10, 10, 10]],
    ['a third while there are plenty', 300, [], [30, 30, 30]],
    ['too few to the heaviest', 1, [{}, { rules: { share: 2 } }], [0, 1, 0]],
    ['nothing of nothing', 0, [], [0, 0, 0]],
    ['nothing of less than nothing', -5, [], [0, 0, 0]],
    ['more to who sells more', 60, [{ pace: { meanPerSecond: 0.1 } }], [27, 2, 1]],
    ['a cover to a hot register', 150, [{ pace: { meanPerSecond: 5 } }], [122, 1, 1]],
    ['more to a greater share', 60, [{ rules: { share: 3 } }], [18, 6, 6]],
    ['no more than a cap', 60, [{ rules: { capUnits: 4 } }], [4, 13, 13]],
    ['no less than a minimum', 60, [{ rules: { minUnits: 20 } }], [20, 5, 5]],
    ['exactly what is fixed', 60, [{ rules: { fixedUnits: 20 } }], [20, 10, 10]],
    ['a fixed number no part in the division', 23, [{ rules: { fixedUnits: 20 } }], [20, 1, 1]],
    ['what is locked', 60, [{ rules: { lock: { units: 40, until: now + 1 } } }], [40, 5, 5]],
    ['a lock against a cap', 60, [{ rules: { capUnits: 1, lock: { units: 40, until: now + 1 } } }], [40, 5, 5]],
    [
      'a share like any other once the lock is over',
      60,
      [{ rules: { lock: { units: 40, until: now } } }],
      [10, 10, 10],
    ],
  ])('give %s', (_, onHand, each, expected) => {
    expect(targets(facts([mug(onHand)], three(each)))).toEqual(expected)
  })

  it('cover two hot registers within their shares', () => {
    const hot = (name: string, meanPerSecond: number) => register(name, 'delta', { pace: { meanPerSecond } })
    expect(targets(facts([mug(70)], [hot('a', 0.5), hot('b', 2)]))).toEqual([14, 53])
  })

  it('leave to a register that does not answer, or is paused, what it has', () => {
    const registers = three([
      { shows: 7, isOnline: false },
      { shows: 3, rules: { isPaused: true } },
    ])
    expect(targets(facts([mug(20)], registers))).toEqual([7, 3, 5])
    expect(targets(facts([mug(8)], registers))).toEqual([7, 3, 0])
  })

  it('count reserved, safety stock and an allowance', () => {
    const given = mug(60, { reserved: 20, safetyUnits: 13, allowanceUnits: 3 })
    expect(targets(facts([given], three()))).toEqual([5, 5, 5])
  })

  it('divide among packs and single pieces what they share', () => {
    const registers = [register('a', 'delta', { parts: { MUG: 2 } }), register('b', 'delta')]
    expect(targets(facts([mug(3)], registers))).toEqual([1, 1])
    expect(targets(facts([mug(1)], registers))).toEqual([0, 1])
  })

  it('give a pack the pieces of as many sales as a single piece', () => {
    const registers = [register('a', 'delta', { parts: { MUG: 2 } }), register('b', 'delta')]
    expect(targets(facts([mug(60)], registers))).toEqual([10, 10])
  })

  it('hold a bundle to what the mirror shows of its other part', () => {
    const registers = [register('a', 'delta', { parts: { MUG: 1, BOX: 1 } })]
    expect(targets(facts([mug(1, { policy: 'mirror' }), component('BOX', 10)], registers))).toEqual([1])
  })

  it('leave to others what a bundle cannot use', () => {
    const registers = [
      register('a', 'delta', { parts: { MUG: 1, BOX: 1 }, rules: { share: 9 } }),
      register('b', 'delta'),
    ]
    expect(targets(facts([mug(2), component('BOX', 0)], registers))).toEqual([0, 2])
    expect(targets(facts([mug(40), component('BOX', 3)], registers))).toEqual([2, 18])
  })
})

describe('strict raises', () => {
  it('take from what is free, the thinnest register first', () => {
    const registers = [
      register('a', 'delta', { shows: 3, pace: { meanPerSecond: 0.1 } }),
      register('b', 'delta', { shows: 0 }),
      register('c', 'set', { shows: 9 }),
    ]
    const given = facts([mug(14, {})], registers)
    expect(words(given)).toEqual(['3', 'raise 0>1', '9'])
    expect(plan(given).decisions.map(({ account }) => account)).toEqual(['b', 'a', 'c'])
  })

  it('serve the thinnest register where there is not enough for all', () => {
    const registers = [
      register('a', 'delta', { shows: 1, rules: { minUnits: 2 } }),
      register('b', 'delta'),
      register('c', 'delta', { shows: 3 }),
    ]
    expect(words(facts([mug(5)], registers))).toEqual(['1', 'raise 0>1', 'lower 3>2'])
  })

  it('charge an absolute write on top of all that may be sold already', () => {
    const cold = { meanPerSecond: 0 }
    const set = (shows: number) => register('a', 'set', { shows, pace: cold })
    expect(words(facts([mug(30)], [set(0)]))).toEqual(['raise 0>15'])
    // 26 are free: the target of 15 fits.
    expect(words(facts([mug(30)], [set(4)]))).toEqual(['raise 4>15'])
    // 4 are free beside 3 shown: no more than 4 can be written.
    expect(words(facts([mug(7)], [register('a', 'set', { shows: 3, rules: { minUnits: 6 } })]))).toEqual(['raise 3>4'])
    // 3 are free beside 4 shown: nothing that would be more.
    expect(words(facts([mug(7)], [register('a', 'set', { shows: 4, rules: { minUnits: 6 } })]))).toEqual(['4'])
  })

  it('put units that are held for old checkouts back to use', () => {
    const rights = rightsWith(0, { hold: 4, holdUntil: now + 60_000 })
    expect(words(facts([mug(4)], [register('a', 'delta', { rights })]))).toEqual(['raise 0>2'])
    expect(words(facts([mug(4)], [register('a', 'delta', { rights, rules: { minUnits: 9 } })]))).toEqual(['raise 0>4'])
  })

  it('leave a register alone that shows more than half of its share and lasts until a top-up', () => {
    const shows = (units: number, meanPerSecond = 0) =>
      register('a', 'delta', { shows: units, pace: { meanPerSecond } })
    expect(words(facts([mug(20)], [shows(6)]))).toEqual(['6'])
    expect(words(facts([mug(20)], [shows(5)]))).toEqual(['raise 5>10'])
    // In one of ten cases nine or more are sold within the three seconds until a top-up.
    expect(words(facts([mug(20)], [shows(8, 2)]))).toEqual(['raise 8>20'])
  })

  it('refill early what sells out before a top-up arrives', () => {
    const shows = (units: number) =>
      register('a', 'delta', { shows: units, pace: { meanPerSecond: 2, seeMs: 4_000, pushMs: 1_000 } })
    expect(words(facts([mug(20)], [shows(14)]))).toEqual(['raise 14>20'])
    expect(words(facts([mug(20)], [shows(15)]))).toEqual(['15'])
  })

  it('keep a minimum and a fixed number up without waiting for the half', () => {
    const registers = [
      register('a', 'delta', { shows: 9, rules: { minUnits: 10 } }),
      register('b', 'delta', { shows: 11, rules: { fixedUnits: 12 } }),
    ]
    expect(words(facts([mug(100)], registers))).toEqual(['raise 9>44', 'raise 11>12'])
  })

  it('do not happen while anything is promised beyond what is there', () => {
    const registers = [register('a', 'delta', { shows: 9, isOnline: false }), register('b', 'delta')]
    expect(words(facts([mug(8)], registers))).toEqual(['9', '0'])
  })

  it('do not happen within held units either, as long as something is missing', () => {
    const rights = rightsWith(0, { hold: 4, holdUntil: now + 60_000 })
    const registers = [register('a', 'delta', { rights }), register('b', 'delta', { shows: 5 })]
    expect(words(facts([mug(9)], registers))).toEqual(['raise 0>3', '5'])
    expect(words(facts([mug(8)], registers))).toEqual(['0', '5'])
  })

  it('bind both components of a bundle, and both registers of a component', () => {
    const registers = [
      register('a', 'delta', { parts: { MUG: 1, BOX: 2 } }),
      register('b', 'delta', { shows: 0 }),
      register('c', 'delta', { parts: { BOX: 1 }, shows: 2 }),
    ]
    expect(words(facts([mug(2), component('BOX', 4)], registers))).toEqual(['raise 0>1', 'raise 0>1', '2'])
  })
})

describe('strict lowers', () => {
  it('bring every register to its share when more is promised than there is', () => {
    const registers = [
      register('a', 'delta', { shows: 10 }),
      register('b', 'set', { shows: 10 }),
      register('c', 'set', { shows: 10, leastUnits: 1 }),
      register('d', 'set', { shows: 10, floorUnits: 4 }),
      register('e', 'set', { shows: 10, floorUnits: 6 }),
    ]
    const given = facts([mug(10)], registers)
    expect(words(given)).toEqual(['lower 10>0', 'lower 10>0', 'lower 10>1', 'lower 10>4', '10'])
    const lowered = plan(given).decisions.flatMap((one) => (one.change === 'lower' ? [one.why] : []))
    expect(lowered).toEqual(['overcommitted', 'overcommitted', 'overcommitted', 'overcommitted'])
  })

  it('are not repeated while enough is on its way back', () => {
    const rights = rightsWith(4, { hold: 6, holdUntil: now + 600_000 })
    const registers = [register('a', 'delta', { rights }), register('b', 'delta', { shows: 5 })]
    const given = facts([mug(10)], registers)
    expect(words(given)).toEqual(['4', '5'])
    expect(plan(given).wakeAt).toBe(now + 600_000)
  })

  it('take back from who shows most beyond its share what a thin register lacks', () => {
    const registers = [register('a', 'delta', { shows: 9 }), register('b', 'delta', { shows: 3 }), register('c', 'set')]
    expect(words(facts([mug(12)], registers))).toEqual(['lower 9>7', '3', '0'])
    const quiet = [register('a', 'set', { shows: 9 }), register('b', 'delta', { shows: 3 }), register('c', 'set')]
    const given = facts([mug(12)], quiet)
    expect(words(given)).toEqual(['lower 9>0', '3', '0'])
    // Nothing is free before it is settled; then both get their share at once.
    const settled = settledAfter(given, plan(given))
    expect(words(settled)).toEqual(['raise 0>2', '3', 'raise 0>2'])
  })

  const thin = register('c', 'delta')
  it.each<[string, RegisterFacts, string]>([
    ['what is lacking', register('a', 'delta', { shows: 6 }), 'lower 6>5'],
    ['more when more is lacking', register('a', 'delta', { shows: 6, rules: { share: 0.001 } }), 'lower 6>4'],
    ['nothing within the cool-down', register('a', 'delta', { shows: 6, reclaimedAt: now - 4_999 }), '6'],
    ['something after the cool-down', register('a', 'delta', { shows: 6, reclaimedAt: now - 5_000 }), 'lower 6>5'],
    [
      'nothing while it is in flight or unsettled',
      register('a', 'delta', { rights: rightsWith(6, { pend: { acknowledgedAt: now, likely: 6 } }) }),
      '6',
    ],
    [
      'nothing that it sells sooner than a move takes',
      register('a', 'delta', { shows: 6, pace: { meanPerSecond: 0.5 } }),
      '6',
    ],
    [
      'nothing that is locked',
      register('a', 'delta', { shows: 6, rules: { lock: { units: 6, until: now + 1 } } }),
      '6',
    ],
    ['all but the least, which must fit', register('a', 'set', { shows: 6, leastUnits: 1 }), '6'],
  ])('take %s', (_, given, expected) => {
    expect(words(facts([mug(6)], [given, thin]))[0]).toBe(expected)
  })

  it('leave it where checkouts live long while anything sells, and take it when nothing does', () => {
    const invisible = { checkoutsDieAfterMs: 600_000, areCheckoutsVisible: false }
    const given = (meanPerSecond: number) => [
      register('a', 'delta', { shows: 4, ...invisible }),
      register('b', 'delta', { shows: 1, pace: { meanPerSecond } }),
      register('c', 'delta', { shows: 0 }),
    ]
    expect(words(facts([mug(5)], given(0)))).toEqual(['lower 4>3', '1', '0'])
    expect(words(facts([mug(5)], given(0.01)))).toEqual(['4', '1', '0'])
  })

  const until = now + 600_000
  it.each<[string, number, RegisterFacts[], string[]]>([
    [
      'nothing from a register whose older checkouts may still claim',
      7,
      [register('a', 'delta', { rights: rightsWith(6, { hold: 1, holdUntil: until }) }), register('c', 'delta')],
      ['6', '0'],
    ],
    [
      'nothing while enough is on its way back',
      9,
      [
        register('a', 'delta', { shows: 5 }),
        register('b', 'delta', { rights: rightsWith(1, { hold: 3, holdUntil: until }) }),
        register('c', 'delta'),
      ],
      ['5', 'raise 1>2', '0'],
    ],
    [
      'more when what one gives up for good is not enough',
      11,
      [
        register('a', 'set', { shows: 6 }),
        register('b', 'delta', { shows: 5 }),
        register('c', 'delta', { rules: { minUnits: 6 } }),
      ],
      ['lower 6>0', 'lower 5>4', '0'],
    ],
    [
      'the whole number that an absolute write is charged, whatever it shows',
      12,
      [register('a', 'delta', { shows: 10 }), register('c', 'set', { shows: 2, rules: { minUnits: 6 } })],
      ['lower 10>4', '2'],
    ],
    [
      'all but what it may sell itself, however fast the other one sells',
      30,
      [
        register('a', 'delta', { shows: 30, checkoutsDieAfterMs: 600_000, areCheckoutsVisible: false }),
        register('c', 'delta', { pace: { meanPerSecond: 2 } }),
      ],
      ['lower 30>13', '0'],
    ],
  ])('take %s', (_, onHand, registers, expected) => {
    expect(words(facts([mug(onHand)], registers))).toEqual(expected)
  })

  it('do not count on what a shop that does not answer may give back', () => {
    const rights = rightsWith(0, { hold: 3, holdUntil: until })
    const registers = [register('a', 'delta', { rights, isOnline: false }), register('b', 'delta', { shows: 5 })]
    expect(words(facts([mug(7)], registers))).toEqual(['0', 'lower 5>2'])
  })

  it('take nothing from a register that another plan decides', () => {
    const registers = [
      register('a', 'delta', { parts: { MUG: 1, ELSEWHERE: 1 }, shows: 6, isDecidable: false }),
      register('b', 'delta', { shows: 5 }),
      register('c', 'delta'),
    ]
    expect(words(facts([mug(11)], registers))).toEqual(['-', 'lower 5>3', '0'])
  })

  it('see a register below nothing as a debt, not as units that come back', () => {
    const rights = rightsWith(-2, { hold: 5, holdUntil: until })
    const registers = [register('a', 'delta', { rights }), register('b', 'delta', { shows: 5 })]
    expect(words(facts([mug(4)], registers))).toEqual(['-2', 'lower 5>1'])
  })

  it('break a pack where a single piece is lacking', () => {
    const registers = [register('a', 'delta', { parts: { MUG: 2 }, shows: 3 }), register('b', 'delta')]
    const given = facts([mug(6)], registers)
    expect(words(given)).toEqual(['lower 3>2', '0'])
    expect(words(settledAfter(given, plan(given)))).toEqual(['2', 'raise 0>1'])
  })

  it('take a cap and a fixed number at their word', () => {
    const registers = [
      register('a', 'delta', { shows: 9, rules: { capUnits: 4 } }),
      register('b', 'delta', { shows: 9, rules: { fixedUnits: 5 } }),
      register('c', 'set', { shows: 9, rules: { capUnits: 4 } }),
      register('d', 'delta', { shows: 9, rules: { capUnits: 4, lock: { units: 7, until: now + 5 } } }),
    ]
    const made = plan(facts([mug(100)], registers))
    expect(made.decisions.map(wordsOf)).toEqual(['lower 9>4', 'lower 9>5', 'lower 9>0', 'lower 9>7'])
    expect(made.decisions.every((one) => one.change === 'lower' && one.why === 'rule')).toBe(true)
    expect(made.wakeAt).toBe(now + 5)
  })

  it('come once the cool-down is over, at the latest', () => {
    const given = facts(
      [mug(6)],
      [register('a', 'delta', { shows: 6, reclaimedAt: now - 1_000 }), register('b', 'delta')],
    )
    expect(plan(given).wakeAt).toBe(now + 4_000)
    expect(words({ ...given, now: now + 4_000 })).toEqual(['lower 6>5', '0'])
  })
})

describe('from everything everywhere to a share each', () => {
  it('lowers first, raises when it is settled, and then rests', () => {
    const registers = [
      register('shopify', 'delta', { shows: 50, pace: { meanPerSecond: 0.02 } }),
      register('tiktok', 'set', { shows: 50, pace: { meanPerSecond: 0.04 } }),
      register('woo', 'set', { shows: 50 }),
    ]
    const rest = untilQuiet(plan, facts([mug(50)], registers), 5)
    expect(rest.plan.decisions.map(({ shownUnits, targetUnits }) => [shownUnits, targetUnits])).toEqual([
      [8, 8],
      [15, 15],
      [2, 2],
    ])
  })
})

import { describe, expect, test } from 'vitest'
import { asId } from '../../src/domain.ts'
import { type DryRunCounter, dryRun } from '../../src/planner/dry-run.ts'
import type { Decision } from '../../src/planner/facts.ts'

const counter = (register: string, nowUnits: number | null, extra: Partial<DryRunCounter> = {}): DryRunCounter => ({
  register: asId(register),
  title: register,
  listings: [asId(`listing-${register}`)],
  nowUnits,
  isCountable: true,
  isLinked: true,
  decision: undefined,
  ...extra,
})

const change = (
  shownUnits: number,
  targetUnits: number,
  more: { change: 'none' } | { change: 'raise' | 'lower'; toUnits: number; why: 'refill' | 'overcommitted' },
  poolUnits = 10,
): Decision => ({
  account: asId('a-1'),
  register: asId('r'),
  targetUnits,
  shownUnits,
  terms: {
    policy: 'strict',
    targetUnits,
    components: [
      {
        sku: asId('MUG'),
        unitsPerSale: 1,
        onHand: 20,
        reserved: 0,
        safetyUnits: 0,
        allowanceUnits: 0,
        heldForOthers: 0,
        doubtUnits: 0,
        poolUnits,
      },
    ],
  },
  ...more,
})
const lower = (shown: number, target: number, toUnits: number) =>
  change(shown, target, { change: 'lower', toUnits, why: 'overcommitted' })
const raise = (shown: number, toUnits: number) => change(shown, toUnits, { change: 'raise', toUnits, why: 'refill' })

describe('one counter of a dry run', () => {
  test.each<[string, DryRunCounter, object]>([
    [
      'goes to nothing',
      counter('r', 9, { decision: lower(9, 0, 0) }),
      { change: 'zero', wantedUnits: 0, viaUnits: null },
    ],
    [
      'goes down at once',
      counter('r', 9, { decision: lower(9, 4, 4) }),
      { change: 'down', wantedUnits: 4, viaUnits: null },
    ],
    [
      'goes down by way of nothing where only absolute numbers are taken',
      counter('r', 9, { decision: lower(9, 4, 0) }),
      { change: 'down', wantedUnits: 4, viaUnits: 0 },
    ],
    ['goes up', counter('r', 2, { decision: raise(2, 5) }), { change: 'up', wantedUnits: 5, reason: 'refill' }],
    ['stays', counter('r', 3, { decision: change(3, 4, { change: 'none' }) }), { change: 'stays', wantedUnits: 3 }],
    [
      'waits while nothing is free',
      counter('r', 0, { decision: change(0, 4, { change: 'none' }, 0) }),
      { change: 'waits', wantedUnits: 0 },
    ],
    ['is linked to nothing', counter('r', 3, { isLinked: false }), { change: 'unlinked', wantedUnits: 3 }],
    ['sells what nobody counted', counter('r', 3), { change: 'uncounted', wantedUnits: 3 }],
    ['was never read', counter('r', null), { change: 'unseen', wantedUnits: null }],
    ['is not counted by its shop', counter('r', 3, { isCountable: false }), { change: 'uncountable' }],
  ])('%s', (_name, given, row) => {
    expect(dryRun([given]).rows).toMatchObject([row])
  })
})

test('the riskiest come first, and the totals are those of all rows', () => {
  const found = dryRun([
    counter('stays', 3, { decision: change(3, 4, { change: 'none' }) }),
    counter('up-a-bit', 4, { decision: raise(4, 5) }),
    counter('unlinked', 7, { isLinked: false }),
    counter('down-a-bit', 10, { decision: lower(10, 9, 9) }),
    counter('from-nothing', 0, { decision: raise(0, 2) }),
    counter('zero', 1, { decision: lower(1, 0, 0) }),
    counter('down-most', 8, { decision: lower(8, 1, 1) }),
    counter('zero-of-many', 50, { decision: lower(50, 0, 0) }),
  ])
  expect(found.rows.map(({ title }) => title)).toEqual([
    'zero-of-many',
    'zero',
    'down-most',
    'down-a-bit',
    'from-nothing',
    'up-a-bit',
    'unlinked',
    'stays',
  ])
  expect(found.totals).toMatchObject({ zero: 2, down: 2, up: 2, unlinked: 1, stays: 1, uncounted: 0 })
  expect([found.nowUnits, found.wantedUnits]).toEqual([73, 17])
})

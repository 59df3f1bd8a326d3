import { describe, expect, it } from 'vitest'
import { type DriftFacts, type DriftVerdict, judgeDrift } from '../../src/planner/explain-drift.ts'

const quiet: DriftFacts = {
  at: 1_000_000,
  byUnits: -2,
  believedUnits: 20,
  soldLatelyUnits: 0,
  wroteAt: null,
  lateUnits: 0,
  laterUnits: 0,
  lookedAt: null,
  nearby: 1,
}
const busy: DriftFacts = { ...quiet, soldLatelyUnits: 5 }

describe('a shelf that was not as believed', () => {
  it.each<[string, DriftFacts, DriftVerdict]>([
    ['more than known was raised by somebody, busy or not', { ...busy, byUnits: 1 }, 'raised'],
    ['less on a register that nobody buys from was lowered by somebody', quiet, 'lowered'],
    ['a little less while it sells waits for the next look', busy, 'waiting'],
    ['a little less just after a write waits, too', { ...quiet, wroteAt: quiet.at - 60_000 }, 'waiting'],
    ['a write of long ago excuses nothing', { ...quiet, wroteAt: quiet.at - 600_000 }, 'lowered'],
    ['the next look confirms it', { ...busy, lookedAt: busy.at + 1 }, 'lowered'],
    ['the look that found it confirms nothing', { ...busy, lookedAt: busy.at - 1 }, 'waiting'],
    ['much less is said at once', { ...busy, byUnits: -9 }, 'lowered'],
    ['a tenth of a large shelf is little', { ...busy, byUnits: -9, believedUnits: 90 }, 'waiting'],
    ['an order that was listed late explains it', { ...busy, lateUnits: 2, lookedAt: busy.at + 1 }, 'order'],
    ['one that is too small does not', { ...busy, lateUnits: 1, lookedAt: busy.at + 1 }, 'lowered'],
    ['a late order never explains more on the shelf', { ...busy, byUnits: 2, lateUnits: 2 }, 'raised'],
    ['what came back was no loss', { ...quiet, laterUnits: 2 }, 'passed'],
    ['four within an hour are a program', { ...quiet, nearby: 4 }, 'program'],
    ['but not those that orders explain', { ...quiet, nearby: 9, lateUnits: 2 }, 'order'],
  ])('%s', (_what, facts, verdict) => {
    expect(judgeDrift(facts)).toBe(verdict)
  })
})

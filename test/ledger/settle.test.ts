import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asId, type SkuId } from '../../src/domain.ts'
import {
  type Holding,
  holdingOf,
  isNewer,
  type LineNow,
  type MovementDraft,
  settleLine,
} from '../../src/ledger/settle.ts'

const mug = asId<'sku'>('MUG')
const one = [{ sku: mug, units: 1 }]

/** What is held after the drafts were posted. */
function apply(posted: ReadonlyMap<SkuId, Holding>, drafts: readonly MovementDraft[]): Map<SkuId, Holding> {
  const after = new Map(posted)
  for (const { sku, onHandDelta, reservedDelta } of drafts) {
    const before = after.get(sku) ?? { reserved: 0, shipped: 0 }
    after.set(sku, { reserved: before.reserved + reservedDelta, shipped: before.shipped - onHandDelta })
  }
  return after
}

const short = (drafts: readonly MovementDraft[]) =>
  drafts.map(({ kind, onHandDelta, reservedDelta }) => `${kind} ${onHandDelta}/${reservedDelta}`)

describe('settling one line', () => {
  const table: [string, LineNow, Holding, string[]][] = [
    ['a sale reserves', { takenUnits: 2, shippedUnits: 0 }, { reserved: 0, shipped: 0 }, ['reserve 0/2']],
    ['nothing taken, nothing posted', { takenUnits: 0, shippedUnits: 0 }, { reserved: 0, shipped: 0 }, []],
    ['unchanged', { takenUnits: 2, shippedUnits: 0 }, { reserved: 2, shipped: 0 }, []],
    ['unchanged and shipped', { takenUnits: 2, shippedUnits: 2 }, { reserved: 0, shipped: 2 }, []],
    ['more is ordered', { takenUnits: 3, shippedUnits: 0 }, { reserved: 2, shipped: 0 }, ['reserve 0/1']],
    ['a cancellation releases', { takenUnits: 0, shippedUnits: 0 }, { reserved: 2, shipped: 0 }, ['release 0/-2']],
    ['part is cancelled', { takenUnits: 1, shippedUnits: 0 }, { reserved: 3, shipped: 0 }, ['release 0/-2']],
    ['a parcel leaves', { takenUnits: 2, shippedUnits: 2 }, { reserved: 2, shipped: 0 }, ['ship -2/-2']],
    ['half a parcel leaves', { takenUnits: 2, shippedUnits: 1 }, { reserved: 2, shipped: 0 }, ['ship -1/-1']],
    [
      'shipped before it was seen',
      { takenUnits: 2, shippedUnits: 2 },
      { reserved: 0, shipped: 0 },
      ['reserve 0/2', 'ship -2/-2'],
    ],
    [
      'the rest is cancelled while part leaves',
      { takenUnits: 1, shippedUnits: 1 },
      { reserved: 3, shipped: 0 },
      ['ship -1/-1', 'release 0/-2'],
    ],
    ['cancelled after it left: still out', { takenUnits: 0, shippedUnits: 0 }, { reserved: 0, shipped: 2 }, []],
    [
      'cancelled with one of three out',
      { takenUnits: 0, shippedUnits: 0 },
      { reserved: 2, shipped: 1 },
      ['release 0/-2'],
    ],
    [
      'a fulfilment is taken back',
      { takenUnits: 2, shippedUnits: 0 },
      { reserved: 0, shipped: 2 },
      ['reserve 0/2', 'return 2/0'],
    ],
    [
      'more shipped than taken counts as taken',
      { takenUnits: 1, shippedUnits: 5 },
      { reserved: 1, shipped: 0 },
      ['ship -1/-1'],
    ],
    [
      'a shop that says less than nothing',
      { takenUnits: -2, shippedUnits: 0 },
      { reserved: 1, shipped: 0 },
      ['release 0/-1'],
    ],
  ]
  it.each(table)('%s', (_, now, posted, expected) => {
    expect(short(settleLine(now, one, new Map([[mug, posted]])))).toEqual(expected)
  })

  it('counts in units of the part', () => {
    expect(short(settleLine({ takenUnits: 2, shippedUnits: 1 }, [{ sku: mug, units: 6 }], new Map()))).toEqual([
      'reserve 0/12',
      'ship -6/-6',
    ])
  })
})

const lineNow = fc
  .record({ takenUnits: fc.integer({ min: 0, max: 20 }), shippedUnits: fc.integer({ min: 0, max: 20 }) })
  .map(({ takenUnits, shippedUnits }) => ({ takenUnits, shippedUnits: Math.min(takenUnits, shippedUnits) }))
const parts = fc
  .uniqueArray(fc.constantFrom('A', 'B', 'C'), { minLength: 1 })
  .chain((skus) =>
    fc.tuple(
      ...skus.map((sku) => fc.record({ sku: fc.constant(asId<'sku'>(sku)), units: fc.integer({ min: 1, max: 5 }) })),
    ),
  )

describe('whatever the snapshots', () => {
  it('ends at what the last one holds, as long as nothing that left comes back', () => {
    fc.assert(
      fc.property(fc.array(lineNow, { minLength: 1, maxLength: 12 }), parts, (snapshots, components) => {
        // A shop that never takes a parcel back: what has left only grows, and is never less than what is taken.
        let out = 0
        let posted = new Map<SkuId, Holding>()
        const story = snapshots.map(({ takenUnits, shippedUnits }) => {
          out = Math.max(out, shippedUnits)
          return { takenUnits: Math.max(takenUnits, out), shippedUnits: out }
        })
        for (const now of story) posted = apply(posted, settleLine(now, components, posted))
        const last = story.at(-1) ?? { takenUnits: 0, shippedUnits: 0 }
        for (const part of components)
          expect(posted.get(part.sku) ?? { reserved: 0, shipped: 0 }).toEqual(holdingOf(last, part))
      }),
    )
  })

  it('never ships less, never holds less than nothing, and the same snapshot again posts nothing', () => {
    fc.assert(
      fc.property(fc.array(lineNow, { maxLength: 12 }), parts, (snapshots, components) => {
        let posted = new Map<SkuId, Holding>()
        for (const now of snapshots) {
          const before = posted
          const drafts = settleLine(now, components, before)
          posted = apply(before, drafts)
          expect(settleLine(now, components, posted)).toEqual([])
          for (const part of components) {
            const was = before.get(part.sku) ?? { reserved: 0, shipped: 0 }
            const is = posted.get(part.sku) ?? { reserved: 0, shipped: 0 }
            expect(is.reserved).toBeGreaterThanOrEqual(0)
            expect(is.shipped).toBeGreaterThanOrEqual(0)
            // A cancellation (fewer taken than have left) brings no goods back.
            if (now.takenUnits * part.units < was.shipped) expect(is.shipped).toBe(was.shipped)
          }
        }
      }),
    )
  })

  it('moves goods out only with the reservation they empty', () => {
    fc.assert(
      fc.property(fc.array(lineNow, { maxLength: 8 }), parts, (snapshots, components) => {
        let posted = new Map<SkuId, Holding>()
        for (const now of snapshots) {
          for (const draft of settleLine(now, components, posted)) {
            posted = apply(posted, [draft])
            expect(posted.get(draft.sku)?.reserved).toBeGreaterThanOrEqual(0)
            if (draft.kind === 'ship') expect(draft.onHandDelta).toBe(draft.reservedDelta)
          }
        }
      }),
    )
  })
})

describe('which version is newer', () => {
  const last = { versionAt: 10, fetchedAt: 100 }
  it.each([
    [undefined, { versionAt: 1, fetchedAt: 1 }, true],
    [last, { versionAt: 11, fetchedAt: 1 }, true],
    [last, { versionAt: 9, fetchedAt: 999 }, false],
    [last, { versionAt: 10, fetchedAt: 100 }, true],
    [last, { versionAt: 10, fetchedAt: 101 }, true],
    [last, { versionAt: 10, fetchedAt: 99 }, false],
  ])('%o then %o: %s', (before, next, expected) => {
    expect(isNewer(next, before)).toBe(expected)
  })
})

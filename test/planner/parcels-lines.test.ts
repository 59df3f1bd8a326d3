import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asId } from '../../src/domain.ts'
import { type Contents, type SoldLine, shareOf } from '../../src/planner/parcels-lines.ts'

const sold = (id: string, units: number, parts: Readonly<Record<string, number>>): SoldLine => ({
  id: asId(id),
  units,
  parts: new Map(Object.entries(parts)),
})
const box = (contents: Readonly<Record<string, number>>): Contents => new Map(Object.entries(contents))
const shares = (lines: readonly SoldLine[], boxes: readonly Contents[]) =>
  boxes.map((_, at) => {
    const share = shareOf(lines, boxes, at)
    return typeof share === 'string' ? share : share.map(({ line, units }) => `${line}×${units}`).join(' ')
  })

const mugs = sold('m', 3, { MUG: 1 })
const sets = sold('s', 2, { MUG: 1, SPOON: 2 })
const packs = sold('p', 2, { PEN: 6 })

describe('a parcel stands for', () => {
  it.each<[string, readonly SoldLine[], readonly Contents[], readonly string[]]>([
    ['the whole order', [mugs], [box({ MUG: 3 })], ['whole']],
    ['its units', [mugs], [box({ MUG: 1 }), box({ MUG: 2 })], ['m×1', 'm×2']],
    ['the line it is of', [mugs, packs], [box({ PEN: 12 }), box({ MUG: 3 })], ['p×2', 'm×3']],
    ['a bundle of which it has a part', [sets], [box({ SPOON: 1 }), box({ SPOON: 3, MUG: 2 })], ['s×1', 's×1']],
    ['no bundle that was told before', [sets], [box({ MUG: 2 }), box({ SPOON: 4 })], ['whole', 'nothing']],
    ['a pack that was begun', [packs], [box({ PEN: 1 }), box({ PEN: 5 }), box({ PEN: 6 })], ['p×1', 'nothing', 'p×1']],
    ['nothing that was not sold', [mugs], [box({ GIFT: 1 }), box({ MUG: 3 })], ['nothing', 'whole']],
    ['no more than was sold', [mugs], [box({ MUG: 9 }), box({ MUG: 1 })], ['whole', 'nothing']],
    ['the order, where nobody says what is in it', [mugs], [undefined, box({ MUG: 1 })], ['whole', 'nothing']],
    ['the order, where nobody knows what it consists of', [sold('x', 1, {})], [box({ MUG: 1 })], ['whole']],
  ])('%s', (_, lines, boxes, expected) => {
    expect(shares(lines, boxes)).toEqual(expected)
  })

  it('together what was sold, never more, however it is packed', () => {
    const skus = ['A', 'B', 'C']
    const line = fc.tuple(
      fc.integer({ min: 1, max: 4 }),
      fc.dictionary(fc.constantFrom(...skus), fc.integer({ min: 1, max: 3 }), { minKeys: 1 }),
    )
    const order = fc.array(line, { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(order, fc.infiniteStream(fc.nat({ max: 3 })), (given, cuts) => {
        const lines = given.map(([units, parts], at) => sold(`l${at}`, units, parts))
        const left = new Map<string, number>()
        for (const { units, parts } of lines)
          for (const [sku, perUnit] of parts) left.set(sku, (left.get(sku) ?? 0) + units * perUnit)
        const boxes: Contents[] = []
        while ([...left.values()].some((units) => units > 0)) {
          const contents = new Map<string, number>()
          for (const [sku, units] of left) {
            const taken = Math.min(units, cuts.next().value ?? 1)
            if (taken > 0) contents.set(sku, taken)
            left.set(sku, units - taken)
          }
          boxes.push(contents)
        }
        const told = new Map<string, number>()
        for (const [at] of boxes.entries()) {
          const share = shareOf(lines, boxes, at)
          if (share === 'whole') for (const { id, units } of lines) told.set(id, (told.get(id) ?? 0) + units)
          else if (share !== 'nothing')
            for (const { line: id, units } of share) told.set(id, (told.get(id) ?? 0) + units)
        }
        expect(Object.fromEntries(told)).toEqual(Object.fromEntries(lines.map(({ id, units }) => [id, units])))
      }),
      { numRuns: 500 },
    )
  })
})

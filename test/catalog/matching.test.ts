/** Which sku a listing could be: with the reason, how sure that is, and a refusal wherever there are two answers. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type MatchLink, type MatchListing, matchListings } from '../../src/catalog/matching.ts'
import { asId } from '../../src/domain.ts'

const listing = (id: string, more: Partial<MatchListing> = {}): MatchListing => ({
  account: asId('shop'),
  id: asId(id),
  title: `Listing ${id}`,
  sku: null,
  gtin: null,
  register: `reg-${id}`,
  group: null,
  ...more,
})

const sku = (code: string, gtin: string | null = null, title = code) => ({ sku: asId<'sku'>(code), gtin, title })

const skus = [
  sku('MUG-BLUE', '8712345678906', 'Blue mug'),
  sku('POT', '8712345678913', 'Tea pot'),
  sku('A.1'),
  sku('A-1'),
  sku('CUP-S', '4006381333931'),
  sku('CUP-M', '4006381333931'),
]

const judged = (one: Partial<MatchListing>, links: readonly MatchLink[] = []) => {
  const { matches, doubts, unknown } = matchListings([listing('l', one)], skus, links)
  const [match] = matches
  if (match) return [match.sku, match.by, match.confidence]
  return doubts[0] ? [...doubts[0].candidates] : (unknown[0]?.hint ?? 'unknown')
}

describe('a listing', () => {
  it.each<[string, Partial<MatchListing>, unknown]>([
    ['with the same sku', { sku: 'MUG-BLUE' }, ['MUG-BLUE', 'sku', 1]],
    ['with spaces around it', { sku: ' MUG-BLUE ' }, ['MUG-BLUE', 'sku', 1]],
    ['with the same sku and GTIN', { sku: 'MUG-BLUE', gtin: '08712345678906' }, ['MUG-BLUE', 'sku', 1]],
    ['with the same GTIN', { gtin: '8712345678906' }, ['MUG-BLUE', 'gtin', 0.95]],
    ['with a GTIN of fourteen digits', { gtin: '0871 2345 678906' }, ['MUG-BLUE', 'gtin', 0.95]],
    ['with the same sku but for spelling', { sku: 'mug blue' }, ['MUG-BLUE', 'normalised', 0.8]],
    ['with that and the same GTIN', { sku: 'mug_blue', gtin: '8712345678906' }, ['MUG-BLUE', 'normalised', 1]],
    ['whose sku and GTIN name different ones', { sku: 'MUG-BLUE', gtin: '8712345678913' }, ['MUG-BLUE', 'POT']],
    ['whose spelling fits two', { sku: 'a1' }, ['A.1', 'A-1']],
    ['whose spelling fits two, one of them exactly', { sku: 'A-1' }, ['A-1', 'sku', 1]],
    ['whose GTIN two have', { gtin: '4006381333931' }, ['CUP-S', 'CUP-M']],
    ['whose GTIN two have, with the sku of one', { sku: 'CUP-M', gtin: '4006381333931' }, ['CUP-M', 'sku', 1]],
    ['with the same title only', { title: 'Mug, blue' }, 'MUG-BLUE'],
    ['that says nothing known', { sku: 'NEW', gtin: '123' }, 'unknown'],
    ['with an empty sku', { sku: ' ' }, 'unknown'],
    ['whose sku is another one plus a letter', { sku: 'POTS' }, 'unknown'],
  ])('%s', (_what, one, expected) => {
    expect(judged(one)).toEqual(expected)
  })

  it('is refused when another counter of its shop sells the same already, and not when it is the same counter', () => {
    const sold = (counter: string) => [{ account: 'shop', sku: 'POT', listing: 'old', counter }]
    expect(judged({ sku: 'POT' }, sold('reg-old'))).toEqual(['POT'])
    expect(judged({ sku: 'POT' }, sold('reg-l'))).toEqual(['POT', 'sku', 1])
  })
})

it('two of one shop that claim the same are refused with the list of both; two of two shops are not', () => {
  const { matches, doubts } = matchListings(
    [listing('a', { sku: 'POT' }), listing('b', { sku: 'pot' }), listing('c', { sku: 'POT', account: asId('other') })],
    skus,
  )
  expect(matches.map(({ listing: { id } }) => id)).toEqual(['c'])
  expect(doubts.map(({ listing: { id } }) => id)).toEqual(['a', 'b'])
  for (const { reason } of doubts) expect(reason).toMatch(/a, b/)
})

it('every listing has exactly one outcome, and no counter of a shop ever shares a sku with another', () => {
  const code = fc.constantFrom('A-1', 'A.1', 'a1', 'POT', 'pot ', 'MUG-BLUE', 'mugblue', '', 'X')
  const gtin = fc.constantFrom('8712345678906', '8712345678913', '4006381333931', null)
  const rows = fc.array(fc.record({ sku: code, gtin, account: fc.constantFrom('s', 't') }), { maxLength: 12 })
  fc.assert(
    fc.property(rows, (given) => {
      const listings = given.map((one, at) => listing(`l${at}`, { ...one, account: asId(one.account) }))
      const { matches, doubts, unknown } = matchListings(listings, skus)
      const all = [...matches, ...doubts, ...unknown].map((one) => one.listing.id)
      expect(all.toSorted()).toEqual(listings.map(({ id }) => id).toSorted())
      const sold = matches.map((one) => `${one.listing.account}/${one.sku}`)
      expect(new Set(sold).size).toBe(sold.length)
      for (const one of doubts) expect(one.candidates.length).toBeGreaterThan(0)
    }),
  )
})

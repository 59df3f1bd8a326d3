import { describe, expect, it } from 'vitest'
import { carrierBook, carrierNamed, trackingCallIn } from '../../mappings/index.ts'

const { carriers, refusals } = carrierBook
const plain = (text: string) => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '')

describe('the carriers', () => {
  it('have one id and one owner of every spelling', () => {
    const spellings = carriers.flatMap(({ id, title, spellings: more }) =>
      [...new Set([id, title, ...more].map(plain))].map((spelling) => ({ spelling, id })),
    )
    const shared = [...Map.groupBy(spellings, ({ spelling }) => spelling)].filter(([, owners]) => owners.length > 1)
    expect(shared).toEqual([])
  })

  it.each(carriers.map((carrier) => [carrier.title, carrier] as const))(
    '%s can be named and is told by name',
    (_, carrier) => {
      for (const spelling of [carrier.title, ...carrier.spellings]) expect(carrierNamed(spelling)).toBe(carrier)
      expect(carrier.names['tiktok-shop']).toMatch(/\S/)
      for (const { pattern, source } of carrier.formats) {
        expect(pattern).toMatch(/^\^.*\$$/)
        expect(source).toMatch(/\S/)
        expect(new RegExp(pattern).test('')).toBe(false)
      }
    },
  )

  it('that are refused somewhere exist', () => {
    const ids = new Set(carriers.map(({ id }) => id))
    for (const rule of refusals) for (const id of rule.carriers) expect(ids).toContain(id)
  })

  it('whose number is telling write it like nobody else', () => {
    const telling = carriers.flatMap(({ id, formats }) =>
      formats.filter(({ distinct }) => distinct).map(({ pattern }) => ({ id, pattern })),
    )
    const samples = { postnl: '3SABCD1234567', ups: '1Z5R89390357567127', packeta: 'Z1234567892' }
    for (const [owner, sample] of Object.entries(samples))
      expect(telling.filter(({ pattern }) => new RegExp(pattern).test(sample)).map(({ id }) => id)).toEqual([owner])
  })
})

describe('the call for a tracking number', () => {
  it.each([
    ['DE', 'mark'],
    ['GB', 'mark'],
    ['NL', 'mark'],
    ['PL', 'mark'],
    ['VN', 'ship'],
  ])('in %s is %s', (market, way) => {
    expect(trackingCallIn('tiktok-shop', market)).toBe(way)
  })

  it('is unknown of a platform that nobody wrote about', () => {
    expect(() => trackingCallIn('elsewhere', 'NL')).toThrow('tracking-calls.json')
  })
})

/** Deadlines as a table: country, when it was placed, what is due, and why it is due then. */

import { describe, expect, it } from 'vitest'
import { marketBook, markets } from '../../mappings/markets.ts'
import type { Milestone } from '../../src/domain.ts'
import { createHolidays } from '../../src/planner/holidays.ts'
import {
  type Clocked,
  type Deadline,
  deadlinesOf,
  type MarketBook,
  openDeadlines,
  promiseConflicts,
  ruleOn,
  warningOf,
  warningTimes,
} from '../../src/planner/sla.ts'
import { type HolidaysOf, workingDaysAfter } from '../../src/planner/working-days.ts'
import { instantOf, localTime } from '../../src/planner/zones.ts'

const holidaysOf = createHolidays()

const platform = 'tiktok-shop'
const hourMs = 3_600_000
const iso = (at: number | undefined) => at !== undefined && new Date(at).toISOString()
const order = (market: string, placed: string, more: Partial<Clocked> = {}): Clocked => ({
  createdAt: Date.parse(placed),
  fulfilment: 'seller',
  market,
  ...more,
})
const due = (of: Clocked, milestone: Milestone, book: MarketBook = markets) =>
  deadlinesOf(of, platform, book, holidaysOf).find((deadline) => deadline.milestone === milestone)

/** Country, placed, what, due, why. Every offset is written out, so that summer time is part of what is expected. */
const table: readonly (readonly [string, string, Milestone, string, string])[] = [
  ['NL', '2026-11-23T10:00:00+01:00', 'ready', '2026-11-25T23:59:59+01:00', 'Monday + 2 working days'],
  ['NL', '2026-11-23T10:00:00+01:00', 'transit', '2026-11-26T23:59:59+01:00', 'Monday + 3 working days'],
  ['NL', '2026-11-23T10:00:00+01:00', 'delivered', '2026-11-30T23:59:59+01:00', 'Monday + 5, a weekend between'],
  ['NL', '2026-11-23T10:00:00+01:00', 'cancel', '2026-11-30T23:59:59+01:00', '7 days of the calendar'],
  ['NL', '2026-11-20T18:00:00+01:00', 'ready', '2026-11-24T23:59:59+01:00', 'Friday: Monday is 1, Tuesday 2'],
  ['NL', '2026-11-21T09:00:00+01:00', 'ready', '2026-11-24T23:59:59+01:00', 'Saturday is day 0 like Friday'],
  ['NL', '2026-11-22T23:59:00+01:00', 'ready', '2026-11-24T23:59:59+01:00', 'the last minute of Sunday'],
  ['NL', '2026-11-23T00:00:00+01:00', 'ready', '2026-11-25T23:59:59+01:00', 'a minute later it is Monday'],
  ['NL', '2026-11-23T22:59:59Z', 'ready', '2026-11-25T23:59:59+01:00', 'in UTC still Monday, and so in Amsterdam'],
  ['NL', '2026-11-23T23:00:00Z', 'ready', '2026-11-26T23:59:59+01:00', 'in UTC still Monday, in Amsterdam Tuesday'],
  ['NL', '2026-04-24T12:00:00+02:00', 'ready', '2026-04-29T23:59:59+02:00', "King's Day is Monday 27 April"],
  ['NL', '2026-04-27T23:59:00+02:00', 'ready', '2026-04-29T23:59:59+02:00', "placed on King's Day at 23:59"],
  ['NL', '2025-04-25T12:00:00+02:00', 'ready', '2025-04-29T23:59:59+02:00', 'the 27th a Sunday: kept on Saturday 26'],
  ['NL', '2026-04-02T10:00:00+02:00', 'ready', '2026-04-07T23:59:59+02:00', 'Good Friday is worked, Easter Monday not'],
  ['NL', '2026-04-02T10:00:00+02:00', 'transit', '2026-04-08T23:59:59+02:00', 'the same with one day more'],
  ['NL', '2026-05-04T10:00:00+02:00', 'ready', '2026-05-06T23:59:59+02:00', '5 May is worked outside lustrum years'],
  ['NL', '2026-04-30T10:00:00+02:00', 'ready', '2026-05-04T23:59:59+02:00', '1 May is worked in the Netherlands'],
  ['NL', '2026-05-13T10:00:00+02:00', 'ready', '2026-05-18T23:59:59+02:00', 'Ascension Thursday, the Friday is worked'],
  ['NL', '2026-05-22T10:00:00+02:00', 'ready', '2026-05-27T23:59:59+02:00', 'Whit Monday'],
  ['NL', '2026-12-24T20:00:00+01:00', 'ready', '2026-12-29T23:59:59+01:00', 'both Christmas days, one a Saturday'],
  [
    'NL',
    '2026-12-31T23:59:00+01:00',
    'ready',
    '2027-01-05T23:59:59+01:00',
    "over New Year into another year's calendar",
  ],
  ['NL', '2026-03-27T23:30:00+01:00', 'ready', '2026-03-31T23:59:59+02:00', 'summer time begins between'],
  [
    'NL',
    '2026-03-29T01:59:00+01:00',
    'ready',
    '2026-03-31T23:59:59+02:00',
    'a minute before the hour that is not there',
  ],
  ['NL', '2026-10-23T12:00:00+02:00', 'ready', '2026-10-27T23:59:59+01:00', 'summer time ends between'],
  ['NL', '2026-10-25T02:30:00+01:00', 'ready', '2026-10-27T23:59:59+01:00', 'placed in the hour that comes twice'],
  ['NL', '2026-10-23T12:00:00+02:00', 'cancel', '2026-10-30T23:59:59+01:00', '7 days of which one has 25 hours'],

  ['BE', '2026-04-02T10:00:00+02:00', 'ready', '2026-04-07T23:59:59+02:00', 'Good Friday is worked in Belgium'],
  ['BE', '2026-04-30T10:00:00+02:00', 'ready', '2026-05-05T23:59:59+02:00', '1 May is free, unlike in the Netherlands'],
  ['BE', '2026-07-20T10:00:00+02:00', 'ready', '2026-07-23T23:59:59+02:00', 'national day, Tuesday 21 July'],
  ['BE', '2026-11-10T10:00:00+01:00', 'ready', '2026-11-13T23:59:59+01:00', 'Armistice, Wednesday 11 November'],
  ['BE', '2026-11-11T23:59:00+01:00', 'ready', '2026-11-13T23:59:59+01:00', 'placed on Armistice at 23:59'],
  [
    'BE',
    '2026-10-30T10:00:00+01:00',
    'ready',
    '2026-11-03T23:59:59+01:00',
    'All Saints falls on a Sunday: nothing changes',
  ],

  ['DE', '2026-04-02T10:00:00+02:00', 'ready', '2026-04-08T23:59:59+02:00', 'Good Friday and Easter Monday are free'],
  [
    'DE',
    '2026-04-01T10:00:00+02:00',
    'transit',
    '2026-04-08T23:59:59+02:00',
    'Thursday is 1, then Tuesday and Wednesday',
  ],
  ['DE', '2026-10-02T10:00:00+02:00', 'ready', '2026-10-06T23:59:59+02:00', 'Unity Day falls on a Saturday'],
  [
    'DE',
    '2026-06-03T10:00:00+02:00',
    'ready',
    '2026-06-05T23:59:59+02:00',
    'Corpus Christi is free in some states only',
  ],
  ['DE', '2026-12-23T10:00:00+01:00', 'ready', '2026-12-28T23:59:59+01:00', 'Christmas Eve is worked, the 25th not'],

  ['FR', '2026-04-02T10:00:00+02:00', 'ready', '2026-04-07T23:59:59+02:00', 'Good Friday is worked outside Alsace'],
  ['FR', '2026-05-07T10:00:00+02:00', 'ready', '2026-05-12T23:59:59+02:00', 'Victory Day, Friday 8 May'],
  ['FR', '2026-07-13T10:00:00+02:00', 'ready', '2026-07-16T23:59:59+02:00', 'Bastille Day, a Tuesday'],
  ['FR', '2026-05-13T10:00:00+02:00', 'ready', '2026-05-18T23:59:59+02:00', 'the bridge after Ascension is no holiday'],

  ['SE', '2026-06-18T10:00:00+02:00', 'ready', '2026-06-23T23:59:59+02:00', 'midsummer eve, Friday 19 June'],
  ['SE', '2026-06-19T23:59:00+02:00', 'ready', '2026-06-23T23:59:59+02:00', 'placed on midsummer eve at 23:59'],
  ['SE', '2026-04-02T10:00:00+02:00', 'ready', '2026-04-08T23:59:59+02:00', 'Good Friday is free'],
  ['SE', '2026-01-05T10:00:00+01:00', 'ready', '2026-01-08T23:59:59+01:00', 'Epiphany, Tuesday 6 January'],
  ['SE', '2026-05-22T10:00:00+02:00', 'ready', '2026-05-26T23:59:59+02:00', 'Whit Monday is worked in Sweden'],
  ['SE', '2026-12-23T10:00:00+01:00', 'ready', '2026-12-29T23:59:59+01:00', 'Christmas Eve is free as well'],

  ['PL', '2026-11-10T10:00:00+01:00', 'ready', '2026-11-13T23:59:59+01:00', 'Independence Day, Wednesday 11 November'],
  ['PL', '2026-11-11T23:59:00+01:00', 'ready', '2026-11-13T23:59:59+01:00', 'placed on it at 23:59'],
  ['PL', '2026-04-02T10:00:00+02:00', 'ready', '2026-04-07T23:59:59+02:00', 'Good Friday is worked in Poland'],
  ['PL', '2026-06-03T10:00:00+02:00', 'ready', '2026-06-08T23:59:59+02:00', 'Corpus Christi, Thursday 4 June'],
  ['PL', '2026-12-23T10:00:00+01:00', 'ready', '2026-12-29T23:59:59+01:00', 'Christmas Eve is free since 2025'],
  ['PL', '2026-04-30T10:00:00+02:00', 'ready', '2026-05-05T23:59:59+02:00', '1 May a Friday, 3 May a Sunday'],

  ['US', '2026-11-24T10:00:00-08:00', 'ready', '2026-11-27T23:59:59-08:00', 'Thanksgiving; the Friday after is worked'],
  ['US', '2026-11-25T10:00:00-08:00', 'ready', '2026-11-30T23:59:59-08:00', 'Friday is 1, Monday 2'],
  [
    'US',
    '2026-11-24T02:00:00-05:00',
    'ready',
    '2026-11-25T23:59:59-08:00',
    'Tuesday in New York, still Monday in California',
  ],
  ['US', '2026-07-02T10:00:00-07:00', 'ready', '2026-07-07T23:59:59-07:00', '4 July a Saturday: Friday 3 is free'],
  [
    'US',
    '2026-06-18T10:00:00-07:00',
    'transit',
    '2026-06-23T23:59:59-07:00',
    'Juneteenth, a Friday; in transit within 2',
  ],
  ['US', '2026-04-02T10:00:00-07:00', 'ready', '2026-04-06T23:59:59-07:00', 'neither Good Friday nor Easter Monday'],
  ['US', '2026-03-06T10:00:00-08:00', 'ready', '2026-03-10T23:59:59-07:00', 'daylight saving begins on 8 March'],
  ['US', '2026-10-30T10:00:00-07:00', 'ready', '2026-11-03T23:59:59-08:00', 'daylight saving ends on 1 November'],
  ['US', '2026-11-16T10:00:00-08:00', 'cancel', '2026-11-25T23:59:59-08:00', '7 business days'],
  ['US', '2026-11-20T10:00:00-08:00', 'delivered', '2026-12-01T23:59:59-08:00', '6 business days over Thanksgiving'],
]

describe('a deadline', () => {
  it.each(table)('in %s, placed %s: %s by %s (%s)', (market, placed, milestone, expected) => {
    const found = due(order(market, placed), milestone)
    expect(iso(found?.at)).toBe(iso(Date.parse(expected)))
    expect(found?.source).toBe('computed')
  })

  it('is the shop’s own where it states one, each by itself', () => {
    const told = Date.parse('2026-11-24T12:00:00Z')
    const of = order('NL', '2026-11-23T10:00:00+01:00', { deadlines: { ready: told } })
    expect(due(of, 'ready')).toEqual({ milestone: 'ready', at: told, source: 'platform' })
    expect(due(of, 'transit')?.source).toBe('computed')
  })

  it('asks no calendar where the shop states all of them', () => {
    const unasked: HolidaysOf = () => {
      throw new Error('asked')
    }
    const deadlines = { ready: 1, transit: 2, delivered: 3, cancel: 4 }
    const of = order('NL', '2026-11-23T10:00:00+01:00', { deadlines })
    expect(deadlinesOf(of, platform, markets, unasked).map(({ at }) => at)).toEqual([1, 2, 3, 4])
    expect(() => deadlinesOf({ ...of, deadlines: { ready: 1 } }, platform, markets, unasked)).toThrow('asked')
  })

  it('is none for a country that is not in the data, another platform, and what the platform ships', () => {
    const fi = order('FI', '2026-11-23T10:00:00+02:00')
    expect(deadlinesOf(fi, platform, markets, holidaysOf)).toEqual([])
    expect(deadlinesOf(order('NL', '2026-11-23T10:00:00Z'), 'shopify', markets, holidaysOf)).toEqual([])
    const byPlatform = order('NL', '2026-11-23T10:00:00Z', { fulfilment: 'platform' })
    expect(deadlinesOf(byPlatform, platform, markets, holidaysOf)).toEqual([])
    const { market: _, ...nowhere } = order('NL', '2026-11-23T10:00:00Z')
    expect(deadlinesOf({ ...nowhere, deadlines: { ready: 5 } }, platform, markets, holidaysOf)).toEqual([
      { milestone: 'ready', at: 5, source: 'platform' },
    ])
  })

  it('is none for what was placed before the first rule', () => {
    expect(deadlinesOf(order('NL', '2025-03-30T10:00:00Z'), platform, markets, holidaysOf)).toEqual([])
    expect(deadlinesOf(order('NL', '2025-03-30T22:30:00Z'), platform, markets, holidaysOf)).toHaveLength(4)
  })

  it('is never after a later order’s, whenever it is placed', () => {
    for (const market of Object.keys(markets.markets)) {
      let last = 0
      for (let at = Date.parse('2026-03-20T00:00:00Z'); at < Date.parse('2027-01-10T00:00:00Z'); at += 7 * hourMs) {
        const found = due(order(market, new Date(at).toISOString()), 'ready')?.at ?? 0
        expect(found).toBeGreaterThanOrEqual(last)
        expect(found).toBeGreaterThan(at)
        last = found
      }
    }
  })
})

/** The book with another market or rule, as data that went through the same check as the file. */
const extended = (change: (book: ReturnType<typeof structuredClone<typeof markets>>) => void): MarketBook => {
  const book = structuredClone(markets)
  change(book)
  return marketBook.parse(book)
}

describe('data alone', () => {
  it('adds a country', () => {
    const book = extended(({ markets: all }) => {
      all.FI = {
        title: 'Suomi',
        languages: ['fi', 'sv'],
        currency: 'EUR',
        timeZone: 'Europe/Helsinki',
        workingDays: ['mon', 'tue', 'wed', 'thu', 'fri'],
        holidays: { country: 'FI', types: ['public', 'bank'] },
        carriers: ['postnord'],
        rules: { 'tiktok-shop': 'tiktok-eu' },
      }
    })
    const ready = (placed: string) => iso(due(order('FI', placed), 'ready', book)?.at)
    // Ascension, then midsummer eve.
    expect(ready('2026-05-13T23:59:00+03:00')).toBe(iso(Date.parse('2026-05-18T23:59:59+03:00')))
    expect(ready('2026-06-18T10:00:00+03:00')).toBe(iso(Date.parse('2026-06-23T23:59:59+03:00')))
  })

  const cutOff = extended(({ rules }) => {
    for (const rule of rules['tiktok-eu'] ?? []) rule.cutOff = '14:00'
  })

  it.each([
    ['2026-11-23T13:59:59+01:00', '2026-11-25', 'before the cut-off Monday is day 0'],
    ['2026-11-23T14:00:00+01:00', '2026-11-26', 'from it on Tuesday is'],
    ['2026-11-20T14:00:00+01:00', '2026-11-25', 'Friday afternoon counts as Monday'],
    ['2026-11-21T09:00:00+01:00', '2026-11-25', 'so does Saturday morning'],
    ['2026-04-24T15:00:00+02:00', '2026-04-30', "Friday afternoon before King's Day counts as Tuesday"],
    ['2026-10-25T02:30:00+02:00', '2026-10-28', 'a Sunday of 25 hours counts as Monday'],
  ])('sets a cut-off: placed %s, ready on %s (%s)', (placed, expected) => {
    const found = due(order('NL', placed), 'ready', cutOff)?.at ?? 0
    expect(localTime(found, 'Europe/Amsterdam')).toEqual({ date: expected, time: '23:59:59' })
  })

  it('changes a rule from a day on, and leaves what was placed before', () => {
    const book = extended(({ rules }) => {
      const [first] = rules['tiktok-eu'] ?? []
      if (first) rules['tiktok-eu']?.unshift({ ...first, from: '2027-01-04', limits: { ready: { workingDays: 1 } } })
    })
    expect(iso(due(order('NL', '2027-01-03T23:59:00+01:00'), 'ready', book)?.at)).toBe('2027-01-05T22:59:59.000Z')
    expect(iso(due(order('NL', '2027-01-04T00:00:00+01:00'), 'ready', book)?.at)).toBe('2027-01-05T22:59:59.000Z')
    expect(due(order('NL', '2027-01-04T00:00:00+01:00'), 'transit', book)).toBeUndefined()
  })

  it('counts hours from the payment, and waits for it', () => {
    const book = extended(({ rules }) => {
      const [first] = rules['tiktok-eu'] ?? []
      rules['tiktok-eu'] = first ? [{ ...first, starts: 'paid', limits: { ready: { hours: 48 } } }] : []
    })
    const placed = '2026-10-24T12:00:00+02:00'
    expect(deadlinesOf(order('NL', placed), platform, book, holidaysOf)).toEqual([])
    const paidAt = Date.parse(placed) + hourMs
    expect(due(order('NL', placed, { paidAt }), 'ready', book)?.at).toBe(paidAt + 48 * hourMs)
  })

  it('makes a region of a country keep its own holidays', () => {
    const book = extended(({ markets: all }) => {
      if (all.DE) all.DE.holidays.region = 'BY'
    })
    expect(iso(due(order('DE', '2026-06-03T10:00:00+02:00'), 'ready', book)?.at)).toBe('2026-06-08T21:59:59.000Z')
  })

  it('sets days free, or not, against the calendar', () => {
    const book = extended(({ markets: all }) => {
      if (all.NL) all.NL.holidays = { ...all.NL.holidays, also: ['2026-11-24'], not: ['2026-04-27'] }
    })
    expect(iso(due(order('NL', '2026-11-23T10:00:00+01:00'), 'ready', book)?.at)).toBe('2026-11-26T22:59:59.000Z')
    expect(iso(due(order('NL', '2026-04-24T12:00:00+02:00'), 'ready', book)?.at)).toBe('2026-04-28T21:59:59.000Z')
  })

  it('says when a promise to buyers is longer than the marketplace allows', () => {
    const book = extended(({ markets: all }) => {
      if (all.NL)
        all.NL.promises = [
          { from: '2026-01-01', deliveredWorkingDays: 2 },
          { from: '2026-01-01', carrier: 'postnl', deliveredWorkingDays: 4 },
          { from: '2026-06-01', carrier: 'postnl', deliveredWorkingDays: 6 },
        ]
    })
    expect(promiseConflicts('NL', platform, '2026-05-31', book)).toEqual([])
    expect(promiseConflicts('NL', platform, '2026-06-01', book)).toEqual([
      { carrier: 'postnl', promisedDays: 6, allowedDays: 5 },
    ])
    expect(promiseConflicts('FI', platform, '2026-06-01', book)).toEqual([])
  })

  it('is refused where a calendar is not known', () => {
    const unknown = extended(({ markets: all }) => {
      if (all.NL) all.NL.holidays.country = 'QQ'
    })
    expect(() => due(order('NL', '2026-11-23T10:00:00Z'), 'ready', unknown)).toThrow('no holiday calendar for QQ')
  })
})

describe('warnings', () => {
  const at = Date.parse('2026-11-25T22:59:59Z')
  const ready: Deadline = { milestone: 'ready', at, source: 'computed' }
  const transit: Deadline = { milestone: 'transit', at: at + 24 * hourMs, source: 'computed' }
  const cancel: Deadline = { milestone: 'cancel', at: at + 100 * hourMs, source: 'platform' }

  it.each([
    [25, undefined],
    [24, 24],
    [12.001, 24],
    [12, 12],
    [4, 4],
    [0, 4],
    [-0.001, 0],
    [-200, 0],
  ])('%s hours before: %s', (hours, expected) => {
    expect(warningOf([cancel, transit, ready], at - hours * hourMs, markets)?.hoursLeft).toBe(expected)
  })

  it('for what a carrier does come late, and do not hide behind another that is not near', () => {
    const delivered: Deadline = { milestone: 'delivered', at: at - hourMs, source: 'computed' }
    expect(warningOf([delivered, ready], at - 6 * hourMs, markets)).toEqual({ deadline: ready, hoursLeft: 12 })
    expect(warningOf([delivered, ready], at - 5 * hourMs, markets)).toEqual({ deadline: delivered, hoursLeft: 4 })
    expect(warningTimes(delivered, markets)).toEqual([at - 5 * hourMs])
  })

  it('have their times, most patient first', () => {
    expect(warningTimes(ready, markets)).toEqual([at - 24 * hourMs, at - 12 * hourMs, at - 4 * hourMs])
    expect(warningOf([], at, markets)).toBeUndefined()
  })

  it('end with what they are about', () => {
    const all = [ready, transit, cancel]
    const names = (reached: Parameters<typeof openDeadlines>[1]) =>
      openDeadlines(all, reached).map(({ milestone }) => milestone)
    expect(names({ ready: false, transit: false, delivered: false })).toEqual(['ready', 'transit', 'cancel'])
    expect(names({ ready: true, transit: false, delivered: false })).toEqual(['transit', 'cancel'])
    expect(names({ ready: true, transit: true, delivered: false })).toEqual([])
  })
})

describe('wall clocks', () => {
  it.each([
    ['2026-03-29', '03:00:00', 'Europe/Amsterdam', '2026-03-29T01:00:00.000Z', 'the first moment of summer time'],
    ['2026-03-29', '02:30:00', 'Europe/Amsterdam', '2026-03-29T01:30:00.000Z', 'a time that never comes'],
    ['2026-10-25', '02:30:00', 'Europe/Amsterdam', '2026-10-25T01:30:00.000Z', 'of a time that comes twice the second'],
    ['2026-11-01', '01:30:00', 'America/Los_Angeles', '2026-11-01T09:30:00.000Z', 'the same in California'],
    ['2026-07-01', '00:00:00', 'Asia/Kolkata', '2026-06-30T18:30:00.000Z', 'half hours'],
    ['2026-12-31', '23:59:59', 'Pacific/Auckland', '2026-12-31T10:59:59.000Z', 'the other side of the world'],
  ])('%s %s in %s is %s (%s)', (date, time, zone, expected) => {
    expect(iso(instantOf(date, time, zone))).toBe(expected)
  })

  it('walks no further than a country can be closed', () => {
    const never = { workingDays: [], holidays: { country: 'NL', types: [] } }
    expect(() => workingDaysAfter('2026-01-01', 1, never, holidaysOf)).toThrow('No 1 working days')
  })

  it('take the newest rule, in whatever order they are written', () => {
    const [rule] = markets.rules['tiktok-eu'] ?? []
    if (!rule) throw new Error('no rule')
    const rules = [{ ...rule, from: '2027-01-01' }, { ...rule, from: '2026-01-01' }, rule]
    expect(ruleOn(rules, '2026-12-31', 'seller')?.from).toBe('2026-01-01')
    expect(ruleOn(rules, '2027-01-01', 'seller')?.from).toBe('2027-01-01')
    expect(ruleOn(rules, '2027-01-01', 'platform')).toBeUndefined()
  })
})

/** The countries that are sold in: language, money, time, holidays and carriers, and what their marketplaces demand since when. */

import { z } from 'zod'
import type { Fulfilment } from '../src/domain.ts'
import { readMapping } from './load.ts'
import data from './markets.json' with { type: 'json' }

const date = z.iso.date()
const hour = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day like 14:00')
const days = z.int().nonnegative()
const hours = z.array(z.number().positive()).min(1)

const limit = z.union([
  z.strictObject({ workingDays: days }),
  z.strictObject({ calendarDays: days }),
  z.strictObject({ hours: z.number().positive() }),
])

const fulfilment = z.enum(['seller', 'platform_label', 'platform']) satisfies z.ZodType<Fulfilment>

const rule = z.strictObject({
  /** For orders whose clock starts on this day or later, until the next rule; a day of the market's own calendar. */
  from: date,
  shipping: z.array(fulfilment).min(1),
  /** What starts the clock. */
  starts: z.enum(['placed', 'paid']),
  /** An order after this time of day, or on a day that is none of work, counts as one of the next working day. */
  cutOff: hour.optional(),
  limits: z.strictObject({
    ready: limit.optional(),
    transit: limit.optional(),
    delivered: limit.optional(),
    cancel: limit.optional(),
  }),
  source: z.string().min(1),
})

const timeZone = z.string().refine((name) => {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }))
  } catch {
    return false
  }
}, 'is no time zone that this machine knows')

const promise = z.strictObject({
  from: date,
  /** Absent: whatever carrier. */
  carrier: z.string().optional(),
  /** From the order to the buyer's door, as the merchant promises it. */
  deliveredWorkingDays: days,
})

export const market = z.strictObject({
  title: z.string().min(1),
  /** ISO 639-1, the first one is written to by default. */
  languages: z.array(z.string().length(2)).min(1),
  currency: z.string().length(3),
  timeZone,
  workingDays: z.array(z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])).min(1),
  holidays: z.strictObject({
    country: z.string().length(2),
    /** A part of the country with holidays of its own (`BY` of Germany). */
    region: z.string().optional(),
    /** `public` is law; `bank` holds days that nobody works either (Sweden's midsummer eve). */
    types: z.array(z.enum(['public', 'bank', 'optional', 'school', 'observance'])).min(1),
    /** Days that are free or not free whatever the calendar says. */
    also: z.array(date).optional(),
    not: z.array(date).optional(),
  }),
  carriers: z.array(z.string()),
  /** By platform, the rules it is sold under. A platform that is not named sets no times. */
  rules: z.record(z.string(), z.string()),
  promises: z.array(promise).optional(),
})

export const marketBook = z
  .strictObject({
    /** Before a time runs out, people are told this many hours ahead. What a carrier must do is told late: nobody here can hurry it. */
    warnHours: z.strictObject({ ready: hours, transit: hours, delivered: hours, cancel: hours }),
    rules: z.record(z.string(), z.array(rule).min(1)),
    markets: z.record(z.string().length(2), market),
  })
  .check(({ value: { markets, rules }, issues }) => {
    for (const [country, { rules: used }] of Object.entries(markets))
      for (const [platform, name] of Object.entries(used))
        if (!Object.hasOwn(rules, name))
          issues.push({
            code: 'custom',
            input: name,
            path: ['markets', country, 'rules', platform],
            message: `there are no rules called ${name}`,
          })
  })

export const markets = readMapping('mappings/markets.json', marketBook, data)

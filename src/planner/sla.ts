/** The clock of one order: by when it must be ready, under way, delivered or is cancelled, and how soon that is. Pure. */

import type { Fulfilment, Instant, Milestone, OrderSnapshot, Platform } from '../domain.ts'
import type { Reached } from './order-states.ts'
import { type HolidaysOf, isWorkingDay, type WorkingDays, workingDaysAfter } from './working-days.ts'
import { addDays, instantOf, type LocalDate, localTime } from './zones.ts'

type Limit = { readonly workingDays: number } | { readonly calendarDays: number } | { readonly hours: number }

export interface SlaRule {
  readonly from: LocalDate
  readonly shipping: readonly Fulfilment[]
  readonly starts: 'placed' | 'paid'
  readonly cutOff?: string | undefined
  readonly limits: { readonly [M in Milestone]?: Limit | undefined }
  readonly source: string
}

export interface Market extends WorkingDays {
  readonly timeZone: string
  readonly rules: Readonly<Record<Platform, string>>
  readonly promises?:
    | readonly {
        readonly from: LocalDate
        readonly carrier?: string | undefined
        readonly deliveredWorkingDays: number
      }[]
    | undefined
}

/** `mappings/markets.json` has this shape. A country that is not in it has no computed times. */
export interface MarketBook {
  /** How long before a time runs out people are told, and told again. */
  readonly warnHours: { readonly [M in Milestone]: readonly number[] }
  readonly rules: Readonly<Record<string, readonly SlaRule[]>>
  readonly markets: Readonly<Record<string, Market>>
}

export interface Deadline {
  readonly milestone: Milestone
  readonly at: Instant
  /** The shop's own time wins over one that is computed from its published rules. */
  readonly source: 'platform' | 'computed'
}

export const milestones: readonly Milestone[] = ['ready', 'transit', 'delivered', 'cancel']

/** What of an order starts and rules its clock. */
export type Clocked = Pick<OrderSnapshot, 'createdAt' | 'fulfilment'> &
  Partial<Pick<OrderSnapshot, 'paidAt' | 'market' | 'deadlines'>>

const rulesOf = (country: string | undefined, platform: Platform, book: MarketBook): readonly SlaRule[] => {
  const market = country !== undefined && Object.hasOwn(book.markets, country) ? book.markets[country] : undefined
  const name = market?.rules[platform]
  return (name !== undefined && Object.hasOwn(book.rules, name) ? book.rules[name] : undefined) ?? []
}

/** The newest rule that was in force on that day for that way of shipping. */
export const ruleOn = (rules: readonly SlaRule[], date: LocalDate, shipping: Fulfilment): SlaRule | undefined =>
  rules
    .filter((rule) => rule.from <= date && rule.shipping.includes(shipping))
    .toSorted((a, b) => a.from.localeCompare(b.from))
    .at(-1)

/** In the order of `milestones`; a milestone that neither the shop nor a rule has a time for is left out. */
export function deadlinesOf(
  order: Clocked,
  platform: Platform,
  book: MarketBook,
  holidaysOf: HolidaysOf,
): readonly Deadline[] {
  // The calendar is large, and loaded only when it is asked.
  const isToldAll = milestones.every((milestone) => order.deadlines?.[milestone] !== undefined)
  const computed = isToldAll ? {} : computedTimes(order, platform, book, holidaysOf)
  return milestones.flatMap((milestone): Deadline[] => {
    const told = order.deadlines?.[milestone]
    if (told !== undefined) return [{ milestone, at: told, source: 'platform' }]
    const at = computed[milestone]
    return at === undefined ? [] : [{ milestone, at, source: 'computed' }]
  })
}

function computedTimes(
  order: Clocked,
  platform: Platform,
  book: MarketBook,
  holidaysOf: HolidaysOf,
): { [M in Milestone]?: Instant } {
  const market = order.market === undefined ? undefined : book.markets[order.market]
  const rules = rulesOf(order.market, platform, book)
  if (!market || rules.length === 0) return {}
  const zone = market.timeZone
  const rule = ruleOn(rules, localTime(order.createdAt, zone).date, order.fulfilment)
  if (!rule) return {}
  const start = rule.starts === 'paid' ? order.paidAt : order.createdAt
  if (start === undefined) return {}
  const day = countedDay(start, rule, market, holidaysOf)
  const times: { [M in Milestone]?: Instant } = {}
  for (const milestone of milestones) {
    const limit = rule.limits[milestone]
    if (limit) times[milestone] = timeOf(limit, start, day, market, holidaysOf)
  }
  return times
}

/** Day 0. With a cut-off, what comes after it or on a free day counts as placed on the next working day. */
function countedDay(start: Instant, { cutOff }: SlaRule, market: Market, holidaysOf: HolidaysOf): LocalDate {
  const { date, time } = localTime(start, market.timeZone)
  if (cutOff === undefined) return date
  const isIn = isWorkingDay(date, market, holidaysOf) && time < `${cutOff}:00`
  return isIn ? date : workingDaysAfter(date, 1, market, holidaysOf)
}

/** Days end with their last second, on the market's own wall clock. */
function timeOf(limit: Limit, start: Instant, day: LocalDate, market: Market, holidaysOf: HolidaysOf): Instant {
  if ('hours' in limit) return start + limit.hours * hourMs
  const last =
    'workingDays' in limit
      ? workingDaysAfter(day, limit.workingDays, market, holidaysOf)
      : addDays(day, limit.calendarDays)
  return instantOf(last, '23:59:59', market.timeZone)
}

const hourMs = 3_600_000

/** The deadlines whose clock still runs. What a shop cancels for is over once a carrier has the goods. */
export const openDeadlines = (deadlines: readonly Deadline[], reached: Reached): readonly Deadline[] =>
  deadlines.filter(({ milestone }) => !reached[milestone === 'cancel' ? 'transit' : milestone])

export interface Warning {
  readonly deadline: Deadline
  /** The smallest of the warning times that has begun; 0 when the time is over. */
  readonly hoursLeft: number
}

/** How urgent it is now: of the open deadlines that are near, the one whose time runs out first. Undefined while none is near. */
export function warningOf(
  open: readonly Deadline[],
  now: Instant,
  { warnHours }: Pick<MarketBook, 'warnHours'>,
): Warning | undefined {
  for (const deadline of open.toSorted((a, b) => a.at - b.at)) {
    if (now > deadline.at) return { deadline, hoursLeft: 0 }
    const begun = warnHours[deadline.milestone].filter((hours) => now >= deadline.at - hours * hourMs)
    if (begun.length > 0) return { deadline, hoursLeft: Math.min(...begun) }
  }
  return undefined
}

/** When people are told of a deadline, most patient first. */
export const warningTimes = ({ milestone, at }: Deadline, { warnHours }: Pick<MarketBook, 'warnHours'>): Instant[] =>
  warnHours[milestone].map((hours) => at - hours * hourMs).toSorted((a, b) => a - b)

/** What the merchant promises buyers of a country but the marketplace's own limit does not allow. */
export function promiseConflicts(
  country: string,
  platform: Platform,
  on: LocalDate,
  book: MarketBook,
): { readonly carrier: string | undefined; readonly promisedDays: number; readonly allowedDays: number }[] {
  const limit = ruleOn(rulesOf(country, platform, book), on, 'seller')?.limits.delivered
  if (!limit || !('workingDays' in limit)) return []
  const valid = (book.markets[country]?.promises ?? []).filter(({ from }) => from <= on)
  const newest = new Map(valid.toSorted((a, b) => a.from.localeCompare(b.from)).map((one) => [one.carrier, one]))
  return [...newest.values()]
    .filter(({ deliveredWorkingDays }) => deliveredWorkingDays > limit.workingDays)
    .map(({ carrier, deliveredWorkingDays }) => ({
      carrier,
      promisedDays: deliveredWorkingDays,
      allowedDays: limit.workingDays,
    }))
}

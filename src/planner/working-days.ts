/** Counting days of work: weekends and holidays by data, a limit on how far it looks. Pure. */

import { addDays, type LocalDate, type Weekday, weekdayOf } from './zones.ts'

export interface HolidaySpec {
  readonly country: string
  readonly region?: string | undefined
  readonly types: readonly string[]
  /** Days that are free or not free whatever the calendar says. */
  readonly also?: readonly LocalDate[] | undefined
  readonly not?: readonly LocalDate[] | undefined
}

/** The free days of a country in a year, as `2026-04-27`. */
export type HolidaysOf = (spec: HolidaySpec, year: number) => ReadonlySet<LocalDate>

export interface WorkingDays {
  readonly workingDays: readonly Weekday[]
  readonly holidays: HolidaySpec
}

/** No country is closed for longer than this. */
const daysMax = 400

export const isWorkingDay = (
  date: LocalDate,
  { workingDays, holidays }: WorkingDays,
  holidaysOf: HolidaysOf,
): boolean => workingDays.includes(weekdayOf(date)) && !holidaysOf(holidays, Number(date.slice(0, 4))).has(date)

/** The nth working day after this day, which is day 0 whatever day it is; 0 gives the day itself. */
export function workingDaysAfter(date: LocalDate, days: number, work: WorkingDays, holidaysOf: HolidaysOf): LocalDate {
  let at = date
  for (let left = days, walked = 0; left > 0; walked++) {
    if (walked > daysMax) throw new Error(`No ${days} working days were found within ${daysMax} days of ${date}.`)
    at = addDays(at, 1)
    if (isWorkingDay(at, work, holidaysOf)) left--
  }
  return at
}

/** The free days of a country in a year, from `date-holidays`. Loaded late: only marketplace deadlines need it, and it takes 40 MB. */

import { createRequire } from 'node:module'
import type { HolidaySpec, HolidaysOf } from './working-days.ts'

type HolidaysClass = typeof import('date-holidays')['default']

/** Years times countries that are kept; more than an installation ever asks for. */
const kept = 200

export function createHolidays(): HolidaysOf {
  const known = new Map<string, ReadonlySet<string>>()
  let library: HolidaysClass | undefined
  return (spec, year) => {
    const key = JSON.stringify([spec, year])
    const found = known.get(key)
    if (found) return found
    library ??= load()
    const made = new Set(freeDays(library, spec, year))
    if (known.size >= kept) known.clear()
    known.set(key, made)
    return made
  }
}

/** By `require`, so that a deadline is computed in one go, within the turn that asks for it. The cast names what the package exports. */
const load = () => createRequire(import.meta.url)('date-holidays') as HolidaysClass

function freeDays(Holidays: HolidaysClass, { country, region, types, also = [], not = [] }: HolidaySpec, year: number) {
  const calendar = new Holidays()
  if (region === undefined) calendar.init(country)
  else calendar.init(country, region)
  const all = calendar.getHolidays(year) || []
  // Every country has some; an unknown one is answered with none.
  const isKnown = all.length > 0 && (region === undefined || Object.hasOwn(calendar.getStates(country) ?? {}, region))
  if (!isKnown)
    throw new Error(`There is no holiday calendar for ${country}${region === undefined ? '' : `-${region}`}.`)
  const days = all.filter(({ type }) => types.includes(type)).map(({ date }) => date.slice(0, 10))
  return [...days, ...also].filter((day) => !not.includes(day))
}

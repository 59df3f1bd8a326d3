/** Wall clocks: what time it is somewhere, and when a time of day will be. Offsets and summer time come from Intl. */

import type { Instant } from '../domain.ts'

/** A day as a calendar shows it: `2026-04-27`. Sorts as text. */
export type LocalDate = string

const formats = new Map<string, Intl.DateTimeFormat>()

/** Making a format costs a hundred times what using it does. */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone)
  if (known) return known
  const made = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  })
  formats.set(timeZone, made)
  return made
}

/** What the wall shows there. */
export function localTime(at: Instant, timeZone: string): { date: LocalDate; time: string } {
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  )
  const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? ''
  return {
    date: `${part('year')}-${part('month')}-${part('day')}`,
    time: `${part('hour')}:${part('minute')}:${part('second')}`,
  }
}

const asUtc = (date: LocalDate, time: string): Instant => Date.parse(`${date}T${time}Z`)

/** How far the wall is ahead of UTC at that moment. */
function offsetMs(at: Instant, timeZone: string): number {
  const { date, time } = localTime(at, timeZone)
  return asUtc(date, time) - Math.floor(at / 1000) * 1000
}

/**
 * When the wall there shows this. Of a time that comes twice (summer ends) the second, so that a deadline gives the whole day;
 * a time that never comes (summer begins) is as far after the gap as it lies in it.
 */
export function instantOf(date: LocalDate, time: string, timeZone: string): Instant {
  const wall = asUtc(date, time)
  const dayMs = 86_400_000
  const before = wall - offsetMs(wall - dayMs, timeZone)
  const after = wall - offsetMs(wall + dayMs, timeZone)
  const shows = (at: Instant) => at + offsetMs(at, timeZone) === wall
  const candidates = [before, after].filter(shows)
  return candidates.length > 0 ? Math.max(...candidates) : before
}

/** So many days later, on the calendar. */
export const addDays = (date: LocalDate, days: number): LocalDate =>
  new Date(asUtc(date, '00:00:00') + days * 86_400_000).toISOString().slice(0, 10)

const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const
export type Weekday = (typeof weekdays)[number]

export const weekdayOf = (date: LocalDate): Weekday => weekdays[new Date(asUtc(date, '00:00:00')).getUTCDay()] ?? 'sun'

/** Values as PHP and WordPress read them: loose numbers, decimal money, dates without a zone. */

export type Fields = Readonly<Record<string, unknown>>

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {})
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** Text of a scalar, '' for anything else. */
export const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''

/** PHP's `(int)`: "abc" and [] are 0, 1.5 is 1, "7 boxes" is 7, true is 1. */
export function phpInt(value: unknown): number {
  if (typeof value === 'number') return Math.trunc(value) || 0
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'string') return Math.trunc(Number.parseFloat(value)) || 0
  return 0
}

/** `wc_string_to_bool`. */
export const phpBool = (value: unknown): boolean =>
  value === true || value === 1 || (typeof value === 'string' && ['1', 'true', 'yes'].includes(value.toLowerCase()))

/** Cents of a decimal text or number, rounded half away from zero; 0 for what is no number. Never goes through a float. */
export function centsOf(value: unknown): number {
  const match = /^(-?)(\d*)(?:\.(\d*))?$/.exec(textOf(value).trim())
  if (!match) return 0
  const [, sign, whole = '', fraction = ''] = match
  const padded = `${fraction}000`
  const cents = Number(whole || '0') * 100 + Number(padded.slice(0, 2)) + (Number(padded.charAt(2)) >= 5 ? 1 : 0)
  return sign && cents ? -cents : cents
}

export function moneyOf(cents: number): string {
  const digits = String(Math.abs(cents)).padStart(3, '0')
  return `${cents < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
}

const isoSeconds = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 19)

/** `2026-11-22T17:00:45`: no zone in either; the first is shop time, the second UTC. */
export function dates(
  seconds: number | undefined,
  utcOffsetMinutes: number,
): { local: string | null; gmt: string | null } {
  if (seconds === undefined) return { local: null, gmt: null }
  return { local: isoSeconds(seconds + utcOffsetMinutes * 60), gmt: isoSeconds(seconds) }
}

const dateForm = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d)(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/i

/**
 * Seconds (UTC) that a date filter is compared with, or undefined for no date. A bare time is shop time, or UTC with
 * `dates_are_gmt`. A time with a zone is right without that flag; with it the zone is first turned into shop time and
 * that is then read as UTC: off by the shop's offset.
 */
export function filterSeconds(text: string, datesAreGmt: boolean, utcOffsetMinutes: number): number | undefined {
  const match = dateForm.exec(text.trim())
  if (!match) return undefined
  const [, day = '', time = '00:00:00', zone] = match
  const ms = Date.parse(
    `${day}T${time}${zone ? (zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase()) : 'Z'}`,
  )
  if (Number.isNaN(ms)) return undefined
  const seconds = Math.floor(ms / 1000)
  const offset = utcOffsetMinutes * 60
  if (zone) return datesAreGmt ? seconds + offset : seconds
  return datesAreGmt ? seconds : seconds - offset
}

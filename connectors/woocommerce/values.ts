/** The two values that go wrong easily: times without a zone, and money. */

import type { Instant } from '../../src/domain.ts'

const zoneless = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}$/

/** Reads a `…_gmt` time, which is UTC without saying so. Undefined when there is none. */
export function readGmt(text: string): Instant | undefined {
  if (!zoneless.test(text)) {
    const stated = /(Z|[+-]\d{2}:?\d{2})$/.test(text) ? Date.parse(text) : Number.NaN
    return Number.isNaN(stated) ? undefined : stated
  }
  const instant = Date.parse(`${text.replace(' ', 'T')}Z`)
  return Number.isNaN(instant) ? undefined : instant
}

/**
 * Reads a time in the shop's own zone, where only a pair of the same moment in both zones tells the offset.
 * (Fulfilments state shop time alone.) Across a clock change the offset is that of the pair.
 */
export function readShopTime(text: string, pair: { local: string; gmt: string }): Instant | undefined {
  const naive = readGmt(text)
  const local = readGmt(pair.local)
  const gmt = readGmt(pair.gmt)
  return naive === undefined || local === undefined || gmt === undefined ? undefined : naive - (local - gmt)
}

/**
 * Spells a time for `modified_after`: bare UTC, to be sent with `dates_are_gmt=true`. A bare time without that flag is shop
 * time, and `…Z` together with it is off by the zone: both silently lose changes.
 */
export const writeGmt = (instant: Instant): string => new Date(instant).toISOString().slice(0, 19)

interface Decimal {
  readonly units: bigint
  readonly scale: number
}

function decimal(text: string): Decimal | undefined {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text.trim())
  if (!match) return undefined
  const fraction = match[3] ?? ''
  const units = BigInt(`${match[2]}${fraction}`)
  return { units: match[1] ? -units : units, scale: fraction.length }
}

function print({ units, scale }: Decimal): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale)
  const fraction = digits.slice(digits.length - scale)
  return `${units < 0n ? '-' : ''}${whole}${scale ? `.${fraction}` : ''}`
}

/** `a + b` on decimal strings; undefined when one is no number. */
export function addMoney(a: string, b: string): string | undefined {
  const x = decimal(a)
  const y = decimal(b)
  if (!x || !y) return undefined
  const scale = Math.max(x.scale, y.scale)
  const at = (d: Decimal) => d.units * 10n ** BigInt(scale - d.scale)
  return print({ units: at(x) + at(y), scale })
}

/** `price × units` on a decimal string; undefined when it is no number. */
export function timesUnits(price: string, units: number): string | undefined {
  const x = decimal(price)
  return x && Number.isSafeInteger(units) ? print({ units: x.units * BigInt(units), scale: x.scale }) : undefined
}

/** `total ÷ units`, rounded half away from zero to the digits of the total; undefined when it makes no sense. */
export function perUnit(total: string, units: number): string | undefined {
  const x = decimal(total)
  if (!x || !Number.isSafeInteger(units) || units <= 0) return undefined
  const n = BigInt(units)
  const size = x.units < 0n ? -x.units : x.units
  const rounded = (2n * size + n) / (2n * n)
  return print({ units: x.units < 0n ? -rounded : rounded, scale: x.scale })
}

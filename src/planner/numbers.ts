/** Tracking numbers: how they are written, what they are made of, and whether their check digits are right. Pure. */

import { allCouriers, getTracking } from 'ts-tracking-number'

export type CheckName = 'ups' | 'fedex' | 'usps' | 's10' | 'dhl-express' | 'gs1' | 'identcode' | 'iso7064-mod37-36'

/** A number as carriers print it in bars: no spaces, dashes or dots, in capitals. */
export const normalNumber = (text: string): string =>
  text
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/[\s.\-_/]+/g, '')

/** The library's rules of one courier. */
function byLibrary(code: string): (number: string) => boolean {
  const couriers = allCouriers.filter(({ courier_code }) => courier_code === code)
  return (number) => getTracking(number, couriers) !== undefined
}

const digitsOf = (text: string) => [...text].map(Number)

/** GS1: from the right, the digits before the check digit weigh 3, 1, 3, 1 … */
function gs1(number: string): boolean {
  const digits = digitsOf(number)
  const last = digits.pop()
  const sum = digits.reverse().reduce((total, digit, at) => total + digit * (at % 2 === 0 ? 3 : 1), 0)
  return last === (10 - (sum % 10)) % 10
}

/** Deutsche Post: from the left, the eleven digits weigh 4, 9, 4, 9 … */
function identcode(number: string): boolean {
  const digits = digitsOf(number)
  const last = digits.pop()
  const sum = digits.reduce((total, digit, at) => total + digit * (at % 2 === 0 ? 4 : 9), 0)
  return last === (10 - (sum % 10)) % 10
}

/** ISO/IEC 7064 MOD 37,36: letters and digits with one check character. */
function iso7064(number: string): boolean {
  const body = number.slice(0, -1)
  let rest = 36
  for (const sign of body) {
    const sum = (rest + Number.parseInt(sign, 36)) % 36
    rest = ((sum === 0 ? 36 : sum) * 2) % 37
  }
  return Number.parseInt(number.slice(-1), 36) === (37 - rest) % 36
}

const checks: Readonly<Record<CheckName, (number: string) => boolean>> = {
  ups: byLibrary('ups'),
  fedex: byLibrary('fedex'),
  usps: byLibrary('usps'),
  s10: byLibrary('s10'),
  'dhl-express': byLibrary('dhl'),
  gs1,
  identcode,
  'iso7064-mod37-36': iso7064,
}

/** Whether the check digit of a number in normal form is right. */
export const isCheckRight = (check: CheckName, number: string): boolean => checks[check](number)

const signsMin = 5
const signsMax = 40
/** Letters that people put where a number has to stand. */
const placeholderWords = /^(?:TEST|DEMO|NONE|TBD|UNKNOWN|DUMMY|XXX)/
const countingUp = '1234567890'.repeat(4)

/** What no carrier prints: a word, one sign over and over, a count upwards. People type such things to get on. */
export const isPlaceholder = (number: string): boolean =>
  !/^[A-Z0-9]+$/.test(number) ||
  !/\d/.test(number) ||
  number.length < signsMin ||
  number.length > signsMax ||
  /^(.)\1+$/.test(number) ||
  placeholderWords.test(number) ||
  countingUp.startsWith(number)

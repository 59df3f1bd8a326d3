/** Times without a zone, and money without floats. */

import { describe, expect, it } from 'vitest'
import {
  addMoney,
  perUnit,
  readGmt,
  readShopTime,
  timesUnits,
  writeGmt,
} from '../../../connectors/woocommerce/values.ts'

describe('times without a zone', () => {
  it.each([
    ['2026-11-22T16:03:25', Date.UTC(2026, 10, 22, 16, 3, 25)],
    ['2026-11-22 16:03:25', Date.UTC(2026, 10, 22, 16, 3, 25)],
    ['2026-11-22T16:03:25Z', Date.UTC(2026, 10, 22, 16, 3, 25)],
    ['2026-11-22T17:03:25+01:00', Date.UTC(2026, 10, 22, 16, 3, 25)],
    ['', undefined],
    ['0000-00-00 00:00:00', undefined],
    ['yesterday', undefined],
  ])('reads "%s" as UTC', (text, instant) => expect(readGmt(text)).toBe(instant))

  it('reads shop time by the offset that a pair of times shows', () => {
    const pair = { local: '2026-11-22T17:21:09', gmt: '2026-11-22T16:21:09' }
    expect(readShopTime('2026-11-22 17:21:14', pair)).toBe(Date.UTC(2026, 10, 22, 16, 21, 14))
    expect(readShopTime('2026-11-22 17:21:14', { local: '', gmt: '' })).toBeUndefined()
    const kolkata = { local: '2026-11-22T21:51:09', gmt: '2026-11-22T16:21:09' }
    expect(readShopTime('2026-11-22 21:51:14', kolkata)).toBe(Date.UTC(2026, 10, 22, 16, 21, 14))
  })

  it('writes bare UTC', () => expect(writeGmt(Date.UTC(2026, 2, 29, 1, 30, 0, 999))).toBe('2026-03-29T01:30:00'))
})

describe('money without floats', () => {
  it.each([
    ['29.85', 3, '9.95'],
    ['10.00', 3, '3.33'],
    ['20.00', 3, '6.67'],
    ['0.05', 2, '0.03'],
    ['-0.05', 2, '-0.03'],
    ['10', 4, '3'],
    ['90071992547409.93', 1, '90071992547409.93'],
    ['10.00', 0, undefined],
    ['10.00', 1.5, undefined],
    ['', 1, undefined],
    ['1e3', 1, undefined],
  ])('%s over %d units is %s each', (total, units, each) => expect(perUnit(total, units)).toBe(each))

  it.each([
    ['9.95', 3, '29.85'],
    ['0.1', 3, '0.3'],
    ['19.999', 1000, '19999.000'],
    ['x', 1, undefined],
  ])('%s times %d is %s', (price, units, total) => expect(timesUnits(price, units)).toBe(total))

  it.each([
    ['0.1', '0.2', '0.3'],
    ['8.2231', '1.73', '9.9531'],
    ['5', '-5.00', '0.00'],
    ['', '1', undefined],
  ])('%s + %s = %s', (a, b, sum) => expect(addMoney(a, b)).toBe(sum))
})

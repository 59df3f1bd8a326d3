/** Every code of TikTok Shop's error tables, and what it means for a read and for a write. */

import { describe, expect, test } from 'vitest'
import { isRefusedToken, refusal } from '../../../connectors/tiktok-shop/errors.ts'
import type { ChannelErrorKind } from '../../../src/errors.ts'

/** A quarter to the hour. */
const now = Date.UTC(2026, 5, 15, 18, 45)

type Row = readonly [read: ChannelErrorKind, write: ChannelErrorKind, codes: readonly number[]]

const tables: Readonly<Record<string, Row>> = {
  'a person has to see to app, consent or shop': [
    'auth',
    'auth',
    [105002, 105005, 101000, 106001, 36004004, 36009033, 36009043, 36009044],
  ],
  'a rate limit': ['throttled', 'throttled', [36009002, 36009037, 12052109]],
  'trouble inside TikTok': [
    'transient',
    'unknownOutcome',
    [
      36009003, 36009007, 12001000, 33001002, 12052881, 10002014, 10002015, 10037002, 10037003, 10037004, 10006402,
      21001008, 21001011, 21001043, 21001055, 11001027, 11001031, 11006005, 11006026, 21008300, 21022029, 21022030,
    ],
  ],
  'a request that is wrong or too new': [
    'rejected',
    'rejected',
    [106013, 36009009, 36009010, 36009014, 36009021, 36009022, 36009023, 98001004, 11050001, 21001001],
  ],
  'products and stock': [
    'rejected',
    'rejected',
    [
      12019150, 12052032, 12052260, 12052034, 12052048, 12052901, 12052557, 12052036, 12052553, 12019024, 12052055,
      12019028, 12052037, 12052516, 12052533, 12052097, 12052530, 12052531, 12052532, 12052144, 12052382, 12052850,
      12052708, 12052921, 12052990, 12052393, 12052038, 12019045, 12052308, 12052371, 12052093, 12052700, 12052332,
      12052282, 12052287, 12052996, 12052180, 12019120, 12052141,
    ],
  ],
  'orders and parcels': [
    'rejected',
    'rejected',
    [
      21008111, 11028006, 21004012, 21004015, 21004016, 21011022, 21011025, 21034012, 21011026, 21011006, 21011020,
      21042056, 21008099, 21011007, 21011004, 21008025, 21008106, 21011048, 21011033, 21011046, 21011036, 21011041,
      21011042, 25001010, 21011043, 21011049, 21011050, 21011051, 21011052, 21011030, 21004019, 21004020,
    ],
  ],
}

const kindOf = (code: number, message: string, repeatable: boolean) =>
  refusal({ code, message }, { repeatable, now }).kind

describe.each(Object.entries(tables))('%s', (_what, [ofRead, ofWrite, codes]) => {
  test.each(codes)('%i', (code) => {
    expect([kindOf(code, 'no', true), kindOf(code, 'no', false)]).toEqual([ofRead, ofWrite])
  })
})

describe('36009004, told apart by its words', () => {
  test.each<[string, ChannelErrorKind, boolean]>([
    ['The access_token in the header is invalid', 'auth', true],
    ['x-tts-access-token header is invalid', 'auth', true],
    ['Invalid access token', 'auth', true],
    ['Invalid app_key', 'auth', false],
    ['invalid appkey', 'auth', false],
    ['Invalid timestamp', 'transient', false],
    ['The timestamp is more than 5 minutes behind', 'transient', false],
    ['Timestamp is more than 30 seconds ahead', 'transient', false],
    ['Missing sign', 'rejected', false],
    ['Unexpected identifier shop_cipher', 'rejected', false],
    ['Invalid shop_id', 'rejected', false],
    ['Invalid version', 'rejected', false],
    ['invalid param error', 'rejected', false],
    ['', 'rejected', false],
  ])('"%s" is %s', (message, kind, isToken) => {
    expect([kindOf(36009004, message, true), kindOf(36009004, message, false)]).toEqual([kind, kind])
    expect(isRefusedToken(36009004, message)).toBe(isToken)
  })
})

describe('what goes with a refusal', () => {
  test('only a token that has run out, or is none, is worth a renewal', () => {
    expect(isRefusedToken(105002, 'expired')).toBe(true)
    for (const code of [105005, 101000, 106001, 36009043]) expect(isRefusedToken(code, 'access_token')).toBe(false)
  })

  test('the hourly limit waits for the hour, others for what was said', () => {
    const waitMs = (code: number, retryAfterMs?: number) =>
      refusal({ code, message: '' }, { repeatable: true, now, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) })
        .retryAfterMs
    expect(waitMs(36009037)).toBe(15 * 60_000)
    expect(waitMs(36009002, 7000)).toBe(7000)
    expect(waitMs(36009002)).toBeUndefined()
  })

  test('its code, its words, and what to do', () => {
    const error = refusal({ code: 105005, message: 'x'.repeat(1000) }, { repeatable: true, now })
    expect(error.code).toBe(105005)
    expect(error.message).toContain('enable it in Partner Center')
    expect(error.message.length).toBeLessThan(500)
  })
})

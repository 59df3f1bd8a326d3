/** What TikTok Shop's error codes mean for a call: one table, and the two codes that are only told apart by their message. */

import type { ChannelErrorKind } from '../../src/errors.ts'
import { ChannelError } from '../../src/errors.ts'

/** A refusal that still knows its code, for callers that act on one. */
export class Refusal extends ChannelError {
  readonly code: number

  constructor(code: number, kind: ChannelErrorKind, message: string, retryAfterMs?: number) {
    super(kind, message, retryAfterMs === undefined ? {} : { retryAfterMs })
    this.code = code
  }
}

/** The access token is refused although the authorization may stand: worth one refresh. */
export const tokenExpired = 105002

/** The app, or the consent that the seller gave it, does not cover this request. */
export const scopeMissing = 105005

/** `internal` failed inside TikTok; `late` is its gateway's time-out, after which a write may have happened. */
type Meaning = 'auth' | 'throttled' | 'hourly' | 'rejected' | 'internal' | 'late'

const meanings = new Map<number, Meaning>([
  [tokenExpired, 'auth'],
  [scopeMissing, 'auth'],
  [101000, 'auth'],
  [106001, 'auth'],
  [36004004, 'auth'],
  [36009033, 'auth'],
  [36009002, 'throttled'],
  [12052109, 'throttled'],
  [36009037, 'hourly'],
  // Not the token's fault, but as final until a person has seen to it: nothing is refused for good meanwhile.
  [36009043, 'auth'],
  [36009044, 'auth'],
  [36009007, 'late'],
])
const internalCodes = [
  36009003, 12001000, 33001002, 12052881, 10002014, 10002015, 10037002, 10037003, 10037004, 10006402,
  // fulfilment's own system errors
  21001008, 21001011, 21001043, 21001055, 11001027, 11001031, 11006005, 11006026, 21008300, 21022029, 21022030,
]
for (const code of internalCodes) meanings.set(code, 'internal')

/** What people should do, where TikTok's own words do not say it. */
const advice = new Map<number, string>([
  [tokenExpired, 'The access token has expired and could not be renewed: connect the shop again.'],
  [scopeMissing, 'The app lacks a permission for this: enable it in Partner Center and connect the shop again.'],
  [101000, 'TikTok does not accept this authorization: connect the shop again.'],
  [106001, 'The signature is refused: check the app secret.'],
  [36009033, 'The address of this server is not on the allow list of the app in Partner Center.'],
  [36009043, 'The shop is not active at TikTok: nothing can be sent until TikTok reactivates it.'],
  [36009044, 'The seller account is not active at TikTok: nothing can be sent until TikTok reactivates it.'],
  [36009009, 'This path is gone at TikTok: Onhand needs an update.'],
  [36009010, 'This method is gone at TikTok: Onhand needs an update.'],
  [36009014, 'This API version has been withdrawn: Onhand needs an update.'],
])

/** 36009004 says nine different things; the words decide. Source: common-errors. */
function meaningOfInvalidParameter(message: string): { meaning: Meaning; isToken: boolean } {
  if (/access[_ -]?token/i.test(message)) return { meaning: 'auth', isToken: true }
  if (/timestamp/i.test(message)) return { meaning: 'internal', isToken: false }
  if (/app_?key/i.test(message)) return { meaning: 'auth', isToken: false }
  return { meaning: 'rejected', isToken: false }
}

export const isRefusedToken = (code: number, message: string): boolean =>
  code === tokenExpired || (code === 36009004 && meaningOfInvalidParameter(message).isToken)

/** A timestamp more than 5 minutes behind or 30 seconds ahead was never acted on, whatever the call. */
const isClockRefusal = (code: number, message: string): boolean => code === 36009004 && /timestamp/i.test(message)

const hourMs = 3_600_000
/** Development shops have so many requests an hour; short retries only use up the next one. */
export const restOfHourMs = (now: number): number => hourMs - (now % hourMs)

const messageCharsMax = 300

/** The error of an envelope whose `code` is not 0. */
export function refusal(
  answer: { readonly code: number; readonly message: string },
  call: { readonly repeatable: boolean; readonly now: number; readonly retryAfterMs?: number },
): Refusal {
  const { code } = answer
  const message = answer.message.slice(0, messageCharsMax)
  const meaning = code === 36009004 ? meaningOfInvalidParameter(message).meaning : (meanings.get(code) ?? 'rejected')
  const hint = advice.get(code)
  const words = `TikTok Shop answered ${code}: ${message || 'no message'}${hint ? ` (${hint})` : ''}`
  const fail = (kind: ChannelErrorKind, retryAfterMs?: number) => new Refusal(code, kind, words, retryAfterMs)
  switch (meaning) {
    case 'auth':
      return fail('auth')
    case 'throttled':
      return fail('throttled', call.retryAfterMs)
    case 'hourly':
      return fail('throttled', restOfHourMs(call.now))
    case 'internal':
      if (isClockRefusal(code, message))
        return new Refusal(code, 'transient', `${words} (The clock of this server is off: correct it.)`)
      return fail(call.repeatable ? 'transient' : 'unknownOutcome')
    case 'late':
      return fail(call.repeatable ? 'transient' : 'unknownOutcome')
    case 'rejected':
      return fail('rejected')
  }
}

/** Whether one row of an otherwise accepted batch was not done for a passing reason. */
export const isPassing = (code: number): boolean => {
  const meaning = meanings.get(code)
  return meaning === 'throttled' || meaning === 'hourly' || meaning === 'internal' || meaning === 'late'
}

/** Codes of the gateway in front of the services: about the call, the app or the shop, never about one id in it. */
export const isGatewayCode = (code: number): boolean =>
  (code >= 36_000_000 && code < 36_010_000) || (code >= 100_000 && code < 200_000)

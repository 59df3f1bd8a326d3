/** What a tracking input may look like. */

import type { Tracking } from './model.ts'
import { type UserError, userError } from './resolve.ts'

export interface TrackingInput {
  readonly company?: string | null
  readonly number?: string | null
  readonly numbers?: readonly string[] | null
  readonly url?: string | null
  readonly urls?: readonly string[] | null
}

/** A url needs its number, urls need numbers by position, and the two ways of writing are not mixed. */
export function readTracking(input: TrackingInput | null | undefined, field: readonly string[]): Tracking | UserError {
  const { company, number, numbers, url, urls } = input ?? {}
  if ((number != null || url != null) && (numbers?.length || urls?.length))
    return userError(field, 'Use either number and url, or numbers and urls.')
  if (url != null && number == null) return userError(field, 'A tracking url needs a tracking number.')
  if ((urls?.length ?? 0) > (numbers?.length ?? 0)) return userError(field, 'Tracking urls need tracking numbers.')
  return {
    company: company ?? undefined,
    numbers: numbers ?? (number == null ? [] : [number]),
    urls: urls ?? (url == null ? [] : [url]),
  }
}

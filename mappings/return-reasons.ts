/** Why buyers send things back: each platform's words, and ours beside them. */

import { z } from 'zod'
import type { Platform } from '../src/domain.ts'
import { readMapping } from './load.ts'
import data from './return-reasons.json' with { type: 'json' }

/**
 * Ours. A change of mind is nobody's fault and stays a reason of its own: some marketplaces judge a merchant by all the others.
 * `style` is a product as described that still disappoints; `ordered_wrong` is the buyer's own slip.
 */
const reason = z.enum([
  'change_of_mind',
  'too_big',
  'too_small',
  'ordered_wrong',
  'style',
  'not_as_described',
  'defective',
  'damaged',
  'wrong_item',
  'missing_parts',
  'not_received',
  'late',
  'counterfeit',
  'unauthorised',
  'spoiled',
  'other',
])
export type ReturnReason = z.infer<typeof reason>

export const returnReasons = z.record(
  z.string(),
  z.strictObject({
    source: z.string().min(1),
    /** The platform's word, verbatim. */
    reasons: z.record(z.string().min(1), reason),
  }),
)

const book = readMapping('mappings/return-reasons.json', returnReasons, data)

export interface ReadReason {
  readonly reason: ReturnReason
  /** What the shop said, as it said it; empty when it said nothing. */
  readonly verbatim: string
  /** False for a word that is not in the list: it counts as `other`, and its text is kept. */
  readonly isKnown: boolean
}

export function returnReasonOf(platform: Platform, verbatim: string | undefined): ReadReason {
  const reasons = Object.hasOwn(book, platform) ? book[platform]?.reasons : undefined
  const found = verbatim !== undefined && reasons && Object.hasOwn(reasons, verbatim) ? reasons[verbatim] : undefined
  return { reason: found ?? 'other', verbatim: verbatim ?? '', isKnown: found !== undefined }
}

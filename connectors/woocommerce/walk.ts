/** Where a walk through all products is, as the text that the core keeps and hands back. */

import { z } from 'zod'
import type { RawDelivery, WalkPoint } from '../../src/channel.ts'
import type { Instant } from '../../src/domain.ts'

/** Everything that changed before `since` has been brought: products go by the time of their change. */
const place = z.object({ since: z.number(), done: z.int().min(0) })

export const pointAt = (since: Instant, done: number, total: number | undefined): WalkPoint => ({
  resume: JSON.stringify({ since, done }),
  done,
  ...(total !== undefined && { total: Math.max(total, done) }),
})

/** Undefined for a walk from the beginning, and for words that are not ours. */
export function readPlace(resume: string | undefined): z.infer<typeof place> | undefined {
  try {
    return place.parse(JSON.parse(resume ?? ''))
  } catch {
    return undefined
  }
}

/** The last one carries the point: before it, what belongs to the page is not there whole. */
export async function* marked(
  deliveries: AsyncIterable<RawDelivery>,
  walk: WalkPoint | undefined,
): AsyncGenerator<RawDelivery> {
  let last: RawDelivery | undefined
  for await (const one of deliveries) {
    if (last) yield last
    last = one
  }
  if (last) yield walk ? { ...last, walk } : last
}

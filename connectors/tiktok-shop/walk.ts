/** Where a walk through all products is, as the text that the core keeps and hands back. */

import { z } from 'zod'
import type { WalkPoint } from '../../src/channel.ts'

/** Everything that changed before this second has been brought: windows of change go forward in time. */
const place = z.object({ second: z.int().min(0), done: z.int().min(0) })

export const pointAt = (second: number, done: number, total: number | undefined): WalkPoint => ({
  resume: JSON.stringify({ second, done }),
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

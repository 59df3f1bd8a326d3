/** Where a walk through all listings is, as the text that the core keeps and hands back. */

import { z } from 'zod'
import type { WalkPoint } from '../../src/channel.ts'

const counted = { done: z.int().min(0), total: z.int().min(0).optional() }

const place = z.discriminatedUnion('kind', [
  /** Pages go by time of change: everything before `since` has been brought. */
  z.object({ kind: z.literal('page'), since: z.number(), ...counted }),
  /** A file has no order, but stays as it is: its first `done` variants have been brought. */
  z.object({ kind: z.literal('file'), operation: z.string(), startedAt: z.number(), ...counted }),
])

export type Place = z.infer<typeof place>

export const pageAt = (updatedAt: unknown) => ({ kind: 'page' as const, since: Date.parse(String(updatedAt)) || 0 })

export const walkPoint = (at: Place): WalkPoint => ({
  resume: JSON.stringify(at),
  done: at.done,
  ...(at.total !== undefined && { total: Math.max(at.total, at.done) }),
})

/** Undefined for a walk from the beginning, and for words that are not ours. */
export function readPlace(resume: string | undefined): Place | undefined {
  try {
    return place.parse(JSON.parse(resume ?? ''))
  } catch {
    return undefined
  }
}

/** The shapes that the data files of this folder must have; checked when they are loaded. */

import { z } from 'zod'

export const orderPhase = z.enum([
  'draft',
  'unpaid',
  'on_hold',
  'ready',
  'partly_shipped',
  'shipped',
  'delivered',
  'closed',
  'cancelled',
])

export const orderStates = z.record(
  z.string(),
  z.strictObject({
    source: z.string(),
    /** What a status that nobody has heard of counts as: it holds stock and shows up for people. */
    unknown: orderPhase,
    phases: z.record(z.string(), orderPhase),
  }),
)

export const carriers = z.array(
  z.strictObject({
    id: z.string(),
    title: z.string(),
    /** How shops and people write it; compared without case, spaces and punctuation. */
    spellings: z.array(z.string()).min(1),
    /** The exact name or slug each platform wants. */
    names: z.record(z.string(), z.string()),
  }),
)

export type Carrier = z.infer<typeof carriers>[number]

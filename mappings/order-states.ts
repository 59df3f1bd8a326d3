/** How far orders can be: each platform's words for it, the moves it allows, and how long a state may last. */

import { z } from 'zod'
import type { Actor, OrderPhase, OrderState, Platform } from '../src/domain.ts'
import { readMapping } from './load.ts'
import data from './order-states.json' with { type: 'json' }

const phase = z.enum([
  'draft',
  'unpaid',
  'on_hold',
  'ready',
  'partly_shipped',
  'shipped',
  'delivered',
  'closed',
  'cancelled',
]) satisfies z.ZodType<OrderPhase>

const state = z.enum([
  'seen',
  'reserved',
  'ready',
  'exported',
  'shipping',
  'shipped',
  'delivered',
  'closed',
  'cancelled',
  'returned',
]) satisfies z.ZodType<OrderState>

const actor = z.enum(['shop', 'buyer', 'merchant', 'onhand', 'nobody']) satisfies z.ZodType<Actor>
const minutes = z.int().positive()

const platform = z.strictObject({
  /** Where the words are documented. */
  source: z.string().min(1),
  /** What a status that nobody has heard of counts as: it holds stock and shows up for people. */
  unknown: phase,
  phases: z.record(z.string(), phase),
  /** By the word for the money: phases that become another one, because the goods must not leave yet. */
  money: z.record(z.string(), z.partialRecord(phase, phase)),
  /** Who must act while an order is held. */
  waiting: z.strictObject({ unpaid: actor, on_hold: actor }),
  /** The shop follows its parcels and will say when they arrived. Elsewhere `shipped` is the last that is heard. */
  followsParcels: z.boolean(),
  /** Of the words for `shipped`, those that are said before a carrier has the parcel. */
  beforeCarrier: z.array(z.string()),
  /** By the word for a return: asked of the merchant, coming from the buyer, arriving at the merchant, done, or off. */
  returns: z.record(z.string(), z.enum(['asked', 'coming', 'arriving', 'done', 'off'])),
  /** What may follow what, one step at a time. Versions are skipped, so steps may be too; another move is shown as odd. */
  moves: z.record(state, z.array(state)),
})

export const orderStates = z.strictObject({
  platforms: z.record(z.string(), platform),
  /** The first row that fits says how long an order may wait for that actor in that state. `seen` has none: it holds no stock. */
  ageing: z.array(z.strictObject({ state, actor, platform: z.string().optional(), afterMinutes: minutes })),
  /** When the shop is asked again about an order that holds stock. Only its answer releases anything. */
  timers: z.array(z.strictObject({ platform: z.string(), phase, afterMinutes: minutes, everyMinutes: minutes })),
})

export const orderStateTable = readMapping('mappings/order-states.json', orderStates, data)

/**
 * A platform's status word as a phase, with its word for the money where it has one apart.
 * A word that is not in the table is `known: false` and gets the platform's cautious phase.
 */
export function orderPhaseOf(
  of: Platform,
  status: string,
  money?: string | null,
): { phase: OrderPhase; known: boolean } {
  const table = orderStateTable.platforms[of]
  if (!table) throw new Error(`mappings/order-states.json has no table for ${of}`)
  const found = Object.hasOwn(table.phases, status) ? table.phases[status] : undefined
  const read = found ?? table.unknown
  const held = money && Object.hasOwn(table.money, money) ? table.money[money]?.[read] : undefined
  return { phase: held ?? read, known: found !== undefined }
}

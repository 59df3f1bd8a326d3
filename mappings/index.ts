/** Data that links one platform's words to another's, validated on load, with the two questions asked of it. */

import type { OrderPhase, Platform } from '../src/domain.ts'
import carriersData from './carriers.json' with { type: 'json' }
import orderStatesData from './order-states.json' with { type: 'json' }
import { type Carrier, carriers, orderStates } from './schema.ts'

const states = orderStates.parse(orderStatesData)
const knownCarriers = carriers.parse(carriersData)

/** A platform's status word as a phase. A word that is not in the table is `known: false` and gets the platform's cautious phase. */
export function orderPhaseOf(platform: Platform, status: string): { phase: OrderPhase; known: boolean } {
  const table = states[platform]
  if (!table) throw new Error(`mappings/order-states.json has no table for ${platform}`)
  const phase = Object.hasOwn(table.phases, status) ? table.phases[status] : undefined
  return phase ? { phase, known: true } : { phase: table.unknown, known: false }
}

const plain = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '')

const bySpelling = new Map<string, Carrier>()
for (const carrier of knownCarriers)
  for (const spelling of [carrier.id, carrier.title, ...carrier.spellings]) bySpelling.set(plain(spelling), carrier)

/** The carrier that a shop's or person's text names, or undefined when it is none we know. */
export const carrierNamed = (text: string): Carrier | undefined => bySpelling.get(plain(text))

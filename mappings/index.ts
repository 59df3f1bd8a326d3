/** Data that links one platform's words to another's, validated on load, with the questions asked of it. */

import type { Platform } from '../src/domain.ts'
import carriersData from './carriers.json' with { type: 'json' }
import { readMapping } from './load.ts'
import { type Carrier, carriers, type TrackingCall, trackingCalls } from './schema.ts'
import trackingCallsData from './tracking-calls.json' with { type: 'json' }

/** Carriers with their names, number formats and what platforms refuse, as the tracking gate takes them. */
export const carrierBook = readMapping('mappings/carriers.json', carriers, carriersData)

const plain = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '')

const bySpelling = new Map<string, Carrier>()
for (const carrier of carrierBook.carriers)
  for (const spelling of [carrier.id, carrier.title, ...carrier.spellings]) bySpelling.set(plain(spelling), carrier)

/** The carrier that a shop's or person's text names, or undefined when it is none we know. */
export const carrierNamed = (text: string): Carrier | undefined => bySpelling.get(plain(text))

const calls = readMapping('mappings/tracking-calls.json', trackingCalls, trackingCallsData)

/** Which of two calls a market (ISO 3166-1 alpha-2) takes for a tracking number, as far as the platform documents it. */
export function trackingCallIn(platform: Platform, market: string): TrackingCall {
  const table = calls[platform]
  if (!table) throw new Error(`mappings/tracking-calls.json has no table for ${platform}`)
  return table.mark.includes(market) ? 'mark' : table.ship.includes(market) ? 'ship' : table.otherwise
}

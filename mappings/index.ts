/** Data that links one platform's words to another's, validated on load, with the two questions asked of it. */

import carriersData from './carriers.json' with { type: 'json' }
import { type Carrier, carriers } from './schema.ts'

/** Carriers with their names, number formats and what platforms refuse, as the tracking gate takes them. */
export const carrierBook = carriers.parse(carriersData)

const plain = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '')

const bySpelling = new Map<string, Carrier>()
for (const carrier of carrierBook.carriers)
  for (const spelling of [carrier.id, carrier.title, ...carrier.spellings])
    if (!bySpelling.has(plain(spelling))) bySpelling.set(plain(spelling), carrier)

/** The carrier that a shop's or person's text names (of a family the first one), or undefined when it is none we know. */
export const carrierNamed = (text: string): Carrier | undefined => bySpelling.get(plain(text))

/** Which carriers a seller may name for a parcel: the list depends on the delivery option and on both ends of the route. */

import { createHash } from 'node:crypto'
import type { Provider } from './model.ts'

/** Beside these, a carrier serves parcels to its own country. */
const everywhere = ['PostNL', 'DHL', 'DPD', 'GLS', 'UPS', 'FedEx']
const byBuyerRegion: Readonly<Record<string, readonly string[]>> = {
  NL: ['DHL eCommerce', 'Budbee', 'Trunkrs'],
  BE: ['bpost', 'Mondial Relay'],
  DE: ['Deutsche Post', 'Hermes'],
  FR: ['Colissimo', 'Chronopost', 'Mondial Relay'],
}

/** Member states, where the provider list needs both regions since March 2026. */
const europeanUnion = new Set(
  'AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE'.split(' '),
)
export const isEu = (region: string): boolean => europeanUnion.has(region)

/** An id differs per delivery option and route, so that one learned elsewhere is of no use here. */
function providerId(deliveryOption: string, route: string, name: string): string {
  const digest = createHash('sha256').update(`${deliveryOption}/${route}/${name}`).digest()
  return `6617${(digest.readBigUInt64BE() % 10n ** 15n).toString().padStart(15, '0')}`
}

export function providersFor(deliveryOption: string, warehouseRegion: string, buyerRegion: string): Provider[] {
  const route = `${warehouseRegion}-${buyerRegion}`
  const names = [...everywhere, ...(byBuyerRegion[buyerRegion] ?? [])]
  return names.map((name) => ({ id: providerId(deliveryOption, route, name), name }))
}

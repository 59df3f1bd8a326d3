/** How much of the stock each register may show. Pure: facts in, a number and its terms out. */

import type { SkuId } from '../domain.ts'

/** One component of what a register sells, and how much of it there is. */
export interface ComponentStock {
  readonly sku: SkuId
  readonly onHand: number
  readonly reserved: number
  readonly safetyUnits: number
  /** Component units that one sale of the register takes. */
  readonly unitsPerSale: number
}

export interface PolicyTerms {
  readonly policy: 'mirror'
  readonly components: readonly (ComponentStock & { readonly sellable: number })[]
}

/**
 * The baseline that most tools use: every register shows all that is available less the safety stock,
 * the same number everywhere. It oversells when two shops sell the last units between two messages.
 */
export function mirror(components: readonly ComponentStock[]): { units: number; terms: PolicyTerms } {
  const explained = components.map((component) => ({
    ...component,
    sellable: Math.floor(
      Math.max(0, component.onHand - component.reserved - component.safetyUnits) / component.unitsPerSale,
    ),
  }))
  const units = explained.length === 0 ? 0 : Math.min(...explained.map(({ sellable }) => sellable))
  return { units, terms: { policy: 'mirror', components: explained } }
}

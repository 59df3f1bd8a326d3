/** Which units of the sold order a parcel stands for, when what was sold and what was packed are counted in different lines. Pure. */

import type { LineId } from '../domain.ts'

/** A line of the sold order: units ordered, and what one of them is made of. */
export interface SoldLine {
  readonly id: LineId
  readonly units: number
  readonly parts: ReadonlyMap<string, number>
}

/** A parcel's contents in skus; undefined where the shipping shop does not say. */
export type Contents = ReadonlyMap<string, number> | undefined

/**
 * `whole`: everything that was ordered, or as much as is known. `nothing`: an earlier parcel stands for all of it already.
 * A unit is told with the first parcel that has any part of it: the buyer hears soon, and a unit has one number only.
 */
export type Share = 'whole' | 'nothing' | readonly { readonly line: LineId; readonly units: number }[]

/** `parcels` in the order in which they were first seen; `at` is the one that is asked about. */
export function shareOf(sold: readonly SoldLine[], parcels: readonly Contents[], at: number): Share {
  const upTo = parcels.slice(0, at + 1)
  const isKnown = sold.length > 0 && sold.every(({ parts }) => parts.size > 0)
  // Where nobody says what is in which parcel, the first one stands for the order.
  if (!isKnown || upTo.includes(undefined)) return at === 0 ? 'whole' : 'nothing'
  const before = unitsTold(sold, upTo.slice(0, -1))
  const after = unitsTold(sold, upTo)
  const lines = sold.flatMap(({ id }, index) => {
    const units = (after[index] ?? 0) - (before[index] ?? 0)
    return units > 0 ? [{ line: id, units }] : []
  })
  if (lines.length === 0) return 'nothing'
  const isAll = sold.every(({ units }, index) => before[index] === 0 && (after[index] ?? 0) >= units)
  return isAll ? 'whole' : lines
}

/** Per line, the units of which these parcels hold at least a part. */
function unitsTold(sold: readonly SoldLine[], parcels: readonly Contents[]): number[] {
  const pool = new Map<string, number>()
  for (const contents of parcels) for (const [sku, units] of contents ?? []) pool.set(sku, (pool.get(sku) ?? 0) + units)
  return sold.map(({ units: ordered, parts }) => {
    const touched = [...parts].map(([sku, perUnit]) => Math.ceil((pool.get(sku) ?? 0) / perUnit))
    const units = Math.min(ordered, Math.max(0, ...touched))
    for (const [sku, perUnit] of parts) pool.set(sku, Math.max(0, (pool.get(sku) ?? 0) - units * perUnit))
    return units
  })
}

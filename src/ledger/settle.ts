/** Settling an order: what must be posted so that the books say what the newest snapshot says. Pure. */

import type { SkuId } from '../domain.ts'

/** What one sold unit of a listing consists of. */
export interface Part {
  readonly sku: SkuId
  readonly units: number
}

/** What a line holds of one component, in component units. */
export interface Holding {
  readonly reserved: number
  readonly shipped: number
}

export interface MovementDraft {
  readonly sku: SkuId
  readonly kind: 'reserve' | 'release' | 'ship' | 'return'
  readonly onHandDelta: number
  readonly reservedDelta: number
}

/** What the snapshot says of a line, in the listing's units. */
export interface LineNow {
  readonly takenUnits: number
  readonly shippedUnits: number
}

const nothing: Holding = { reserved: 0, shipped: 0 }

/** The holding a line should have: what was taken and not yet shipped is reserved. */
export function holdingOf(line: LineNow, part: Part): Holding {
  const shipped = Math.max(0, Math.min(line.shippedUnits, line.takenUnits))
  return { reserved: (Math.max(0, line.takenUnits) - shipped) * part.units, shipped: shipped * part.units }
}

/**
 * Movements to post = snapshot − movements already posted, per component of the line.
 * Applying them to `posted` gives `holdingOf(line)`, except that shipped goods stay out; an unchanged snapshot gives none.
 * Shipping what was never seen reserved posts the reservation first, so that a `ship` always empties one.
 * `isAuthority`: the shop's own count is the stock, so what it puts back onto its shelf is there again.
 */
export function settleLine(
  line: LineNow,
  parts: readonly Part[],
  posted: ReadonlyMap<SkuId, Holding>,
  isAuthority = false,
): MovementDraft[] {
  return parts.flatMap((part) => {
    const before = posted.get(part.sku) ?? nothing
    const wanted = holdingOf(line, part)
    // Cancelled or refunded after it left: the goods are still out. Only a return that somebody inspected brings them back.
    const isOut = !isAuthority && line.takenUnits * part.units < before.shipped
    return settlePart(part.sku, isOut ? { reserved: 0, shipped: before.shipped } : wanted, before)
  })
}

function settlePart(sku: SkuId, wanted: Holding, posted: Holding): MovementDraft[] {
  const drafts: MovementDraft[] = []
  const shipping = wanted.shipped - posted.shipped
  // What must be reserved before the shipping below takes its share out again.
  const reserving = wanted.reserved + Math.max(0, shipping) - posted.reserved
  if (reserving > 0) drafts.push({ sku, kind: 'reserve', onHandDelta: 0, reservedDelta: reserving })
  if (shipping > 0) drafts.push({ sku, kind: 'ship', onHandDelta: -shipping, reservedDelta: -shipping })
  // The shop took a shipment back (a cancelled fulfilment): the goods are in the house again.
  if (shipping < 0) drafts.push({ sku, kind: 'return', onHandDelta: -shipping, reservedDelta: 0 })
  if (reserving < 0) drafts.push({ sku, kind: 'release', onHandDelta: 0, reservedDelta: reserving })
  return drafts
}

/** Whether a snapshot may replace the one applied last: the shop's time decides, at equal times the later fetch. */
export function isNewer(
  next: { versionAt: number; fetchedAt: number },
  last: { versionAt: number; fetchedAt: number } | undefined,
): boolean {
  if (!last) return true
  return next.versionAt > last.versionAt || (next.versionAt === last.versionAt && next.fetchedAt >= last.fetchedAt)
}

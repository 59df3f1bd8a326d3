/** Moves units between strict registers: takes back what shows beyond its share where another one is about to be sold out. Pure. */

import type { Instant } from '../domain.ts'
import type { Component, Seat } from './policy-board.ts'
import { returningOf, shownAfterwards } from './strict-charges.ts'
import { isIdle, isThin, lower } from './strict-moves.ts'
import { likelyRateOf } from './strict-targets.ts'

/** A register is not asked again so soon: the sales that prove or refute the need are still on their way. */
const cooldownMs = 5_000
/** Besides hearing of sales and pushing, a move waits for a read-back. */
const readBackMs = 3_000

/** Takes back what other registers need more, from those that show most beyond their share; returns when a cool-down in the way ends. */
export function rebalance(component: Component, now: Instant): Instant | null {
  let shortUnits = missingOf(component)
  if (shortUnits > 0) shortUnits -= component.freeUnits + returningOf(component)
  if (shortUnits <= 0) return null
  let wakeAt: Instant | null = null
  const spare = component.uses
    .map((use) => ({ ...use, surplus: surplusOf(use.seat) }))
    .filter(({ surplus }) => surplus > 0)
  spare.sort((one, other) => other.surplus * other.unitsPerSale - one.surplus * one.unitsPerSale)
  for (const { seat, unitsPerSale, surplus } of spare) {
    if (shortUnits <= 0) break
    const restedAt = (seat.facts.reclaimedAt ?? -Infinity) + cooldownMs
    if (restedAt > now) {
      if (wakeAt === null || restedAt < wakeAt) wakeAt = restedAt
      continue
    }
    const sales = Math.min(surplus, Math.ceil(shortUnits / unitsPerSale))
    if (!lower(seat, seat.shownUnits - sales, 'rebalance')) continue
    const kept = seat.facts.kind === 'delta' ? shownAfterwards(seat) : Math.max(seat.targetUnits, shownAfterwards(seat))
    shortUnits -= unitsPerSale * (seat.shownUnits - kept)
  }
  return wakeAt
}

/** Component units that thin registers lack. An absolute one needs its whole number anew, whatever it shows. */
function missingOf({ uses }: Component): number {
  let units = 0
  for (const { seat, unitsPerSale } of uses) {
    if (!seat.isOpen || !seat.facts.isDecidable) continue
    const shown = shownAfterwards(seat)
    if (!isThin(seat, shown)) continue
    units += unitsPerSale * (seat.facts.kind === 'delta' ? seat.targetUnits - shown : seat.targetUnits)
  }
  return units
}

/** What it could give: nothing while checkouts of an earlier decrease live, and nothing that it sells sooner than a move takes. */
function surplusOf(seat: Seat): number {
  if (!isIdle(seat) || seat.facts.rights.hold > 0) return 0
  const { pace, areCheckoutsVisible, checkoutsDieAfterMs } = seat.facts
  const moveMs = pace.seeMs + pace.pushMs + readBackMs + (areCheckoutsVisible ? 0 : checkoutsDieAfterMs)
  const soonSold = Math.ceil((2 * moveMs * likelyRateOf(seat)) / 1000)
  return seat.shownUnits - Math.max(seat.targetUnits, soonSold)
}

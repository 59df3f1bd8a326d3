/** Looks at a shelf: orders, stock, orders again, each when it pleases the adversary. */

import type { Instant } from '../../../src/domain.ts'
import type { Look as Seen } from '../../../src/planner/rights.ts'
import { bracket, type Entry, isSame, look, page } from './hub.ts'
import { Broken } from './laws.ts'
import type { Shop } from './shop.ts'
import { type Action, type Copy, type Look, pick, remove, type World } from './world.ts'

export const lists: Action = (world, a, b) => {
  const shop = pick(world.shops, a)
  if (shop) list(shop, b)
}

/** Reads the shop's orders; those on `hidden` stay out of sight for once. */
function list(shop: Shop, hidden: number): void {
  for (const [index, order] of shop.orders.entries())
    if (((hidden >> (index & 7)) & 1) === 0 && (order.state !== 'open' || shop.traits.areVisible))
      order.seen = order.state
}

export const looks: Action = (world, a, b, c) => {
  const begun = pick(world.looks, b)
  if (begun && (c % 4 !== 0 || world.looks.length > 2))
    for (let phase = 0; phase <= (c >> 2) % 4; phase++) goOn(world, begun, c)
  else beginLook(world, a % world.shops.length, c % 8 === 0 ? b : 0)
}

export function beginLook(world: World, index: number, hidden: number): void {
  const [entry, shop] = [world.hub.entries[index], world.shops[index]]
  if (!shop || !entry) return
  list(shop, hidden)
  world.looks.push({ shop: index, rev: entry.rev, before: page(shop), seesAll: hidden === 0 })
}

/** The next of: stock asked for, read, orders again, the verdict. */
export function goOn(world: World, begun: Look, c: number): void {
  if (!world.looks.includes(begun)) return
  const [entry, shop] = [world.hub.entries[begun.shop], world.shops[begun.shop]]
  if (!entry || !shop) return
  if (begun.startedAt === undefined) begun.startedAt = world.now
  else if (begun.shown === undefined) begun.shown = shop.shown
  else if (begun.result === undefined) {
    list(shop, begun.seesAll ? 0 : c)
    begun.result = resultOf(world, begun, begun.startedAt, begun.shown, entry, shop)
  } else {
    remove(world.looks, begun)
    judge(world, begun, begun.result, entry, shop)
  }
}

function resultOf(world: World, begun: Look, startedAt: Instant, shownUnits: number, entry: Entry, shop: Shop) {
  const { takenUnitsMax, takenUnitsMin } = bracket(world.hub, shop, begun.before, page(shop))
  const copied = world.hub.habits.countsCopiesOnce ? 0 : entry.copiedUnits
  return {
    shownUnits,
    startedAt,
    takenUnitsMax: takenUnitsMax + copied,
    takenUnitsMin: takenUnitsMin + copied,
    heldUnits: shop.traits.areVisible
      ? shop.orders.reduce((sum, { seen, units }) => (seen === 'open' ? sum + units : sum), 0)
      : 0,
    isComplete: shop.orders.every(({ seen, state }) => seen === state || (state === 'open' && !shop.traits.areVisible)),
  }
}

function judge(world: World, begun: Look, result: Seen, entry: Entry, shop: Shop): void {
  const { comparesRevision, waitsForCopies } = world.hub.habits
  if (comparesRevision && begun.rev !== entry.rev) return
  if (waitsForCopies && world.copies.some((copy) => copy.shop === begun.shop && isOpen(copy))) return
  const before = entry.rights
  const found = look(world.hub, entry, shop, result)
  if (found.verdict === 'open') return
  world.looked++
  if (!isSame(found.rights, before)) entry.rev++
  if (found.verdict === 'drift' && world.strangers === 'none' && -found.byUnits > entry.slack)
    throw new Broken(`nobody was there, but shop ${begun.shop} drifted by ${found.byUnits}`)
  if (found.verdict === 'drift' && world.strangers !== 'raise' && found.byUnits > 0)
    throw new Broken(`nobody raised it, but shop ${begun.shop} drifted by ${found.byUnits}`)
  if (!result.isComplete) return
  entry.slack = result.takenUnitsMax - result.takenUnitsMin
  // Checkouts on what a stranger put there and took away again are seen by nobody.
  if (entry.slack === 0 && shop.paying <= shop.shown) world.isSeen[begun.shop] = true
  if (world.strangers === 'none' && found.rights.entitlement > shop.sold + shop.shown + entry.slack)
    throw new Broken(`shop ${begun.shop} keeps more rights than the look explains`)
}

const isOpen = ({ state }: Copy): boolean => state === 'sent' || state === 'landed'

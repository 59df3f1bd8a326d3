/** Copies of sold orders in the shop that ships: made, heard of, taken back when the order is cancelled. */

import type { StockOp } from '../../../src/channel.ts'
import { landsWithinMs } from '../../../src/planner/rights.ts'
import { type Entry, register, step } from './hub.ts'
import type { Shop } from './shop.ts'
import { send } from './wires.ts'
import { type Action, type Copy, pick, type World } from './world.ts'

export const copies: Action = (world, a, b, c) => {
  const [from, to] = [a % world.shops.length, b % world.shops.length]
  const [seller, shipper] = [world.shops[from], world.shops[to]]
  if (from === to || !seller || !shipper) return
  const order = pick(
    seller.orders.filter(({ seen, copied }) => seen === 'placed' && !copied),
    c,
  )
  const units = order ? (order.units * seller.traits.unitsPerSale) / shipper.traits.unitsPerSale : 0
  if (!order || !Number.isInteger(units)) return
  order.copied = true
  world.copies.push({
    order,
    shop: to,
    units,
    landBy: world.now + landsWithinMs - 1,
    isLost: c % 5 === 0,
    state: 'sent',
  })
}

/** A copy appears, is heard of, or is taken back because its order was cancelled: one step at a time. */
export const copyGoesOn: Action = (world, a) => {
  const copy = pick(world.copies, a)
  const [entry, shop] = [world.hub.entries[copy?.shop ?? -1], world.shops[copy?.shop ?? -1]]
  if (!copy || !entry || !shop) return
  if (copy.state === 'sent' && !copy.isLost) appear(world, copy)
  else if (copy.state === 'landed') hear(world, copy, entry, shop)
  else if (copy.state === 'known' && copy.order.seen === 'cancelled') takeBack(world, copy, entry, shop)
}

export function appear(world: World, copy: Copy): void {
  const shop = world.shops[copy.shop]
  if (!shop) return
  // Made by the merchant's own hand, it ignores whether the shop shows enough.
  shop.shown -= copy.units
  copy.state = 'landed'
}

function hear(world: World, copy: Copy, entry: Entry, shop: Shop): void {
  const { hub } = world
  copy.state = 'known'
  entry.rev++
  entry.copiedUnits += copy.units
  if (!hub.habits.movesForCopies) return
  step(hub, entry, 'a copy', hub.transitions.moved(entry.rights, -copy.units, world.now, shop.traits))
}

function takeBack(world: World, copy: Copy, entry: Entry, shop: Shop): void {
  if (entry.rights.op) return
  const op: StockOp = { register, kind: 'adjust', by: copy.units }
  if (world.hub.habits.booksRestocks) {
    if (!send(world, copy.shop, op, false)) return
  } else {
    shop.shown += copy.units
    entry.rights = world.hub.transitions.moved(entry.rights, copy.units, world.now, shop.traits)
    entry.rev++
  }
  entry.copiedUnits -= copy.units
  copy.state = 'takenBack'
}

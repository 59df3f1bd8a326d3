/** One shop's register as it really is: what it shows, who is paying, what it sold. It knows nothing of us. */

import type { Instant } from '../../../src/domain.ts'

export interface Traits {
  readonly relativeWrites: boolean
  /** Unpaid checkouts show up as orders. */
  readonly areVisible: boolean
  /** 0: an order takes its units the moment it is made. */
  readonly diesAfterMs: number
  /** Units of the component that one sale takes. */
  readonly unitsPerSale: number
}

export type State = 'open' | 'placed' | 'cancelled' | 'dead'

export interface Order {
  readonly units: number
  readonly diesAt: Instant
  state: State
  /** As the order list last showed it to us. */
  seen: State | 'unseen'
  /** A copy of it was made in another shop; it can be made and taken back once. */
  copied: boolean
}

export interface Shop {
  readonly traits: Traits
  /** q */
  shown: number
  /** r */
  paying: number
  /** N */
  sold: number
  readonly open: Order[]
  readonly placed: Order[]
  /** All there ever were, oldest first. */
  readonly orders: Order[]
}

export const openShop = (traits: Traits, shown: number): Shop => ({
  traits,
  shown,
  paying: 0,
  sold: 0,
  open: [],
  placed: [],
  orders: [],
})

/** A buyer begins to pay, if the shop has what he wants. */
export function reserve(shop: Shop, units: number, now: Instant): void {
  if (shop.shown - shop.paying < units) return
  const order: Order = { units, diesAt: now + shop.traits.diesAfterMs, state: 'open', seen: 'unseen', copied: false }
  shop.orders.push(order)
  shop.open.push(order)
  shop.paying += units
  if (shop.traits.diesAfterMs === 0) pay(shop, order)
}

/** The money came: the units are his, whatever the shop shows by now. */
export function pay(shop: Shop, order: Order): void {
  leave(shop, order, 'placed')
  shop.placed.push(order)
  shop.shown -= order.units
  shop.sold += order.units
}

export const abandon = (shop: Shop, order: Order): void => leave(shop, order, 'dead')

function leave(shop: Shop, order: Order, state: State): void {
  shop.open.splice(shop.open.indexOf(order), 1)
  shop.paying -= order.units
  order.state = state
}

/** Cancelled by the buyer or the merchant: the units are on the shop's own shelf again. */
export function cancel(shop: Shop, order: Order): void {
  shop.placed.splice(shop.placed.indexOf(order), 1)
  order.state = 'cancelled'
  shop.shown += order.units
  shop.sold -= order.units
}

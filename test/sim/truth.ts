/** What is really so, asked of the shops and never of the books. */

import type { SandboxOrder } from '../../src/sandbox/shop.ts'
import type { PlatformName } from '../support/world.ts'
import { partsOf, platforms, type Stage } from './scene.ts'

export interface Shelf {
  /** N: units that the shop's own orders took and have not given back. */
  readonly soldUnits: number
  /** q: what its counter says, units of paying checkouts included. */
  readonly shownUnits: number
  /** r: of those, what checkouts may claim yet. */
  readonly heldUnits: number
}

/** An order that waits for its payment has taken its units on the marketplace only. */
const hasTaken = (platform: PlatformName, { cancelled, status }: SandboxOrder) =>
  !cancelled && !(platform === 'woocommerce' && ['pending', 'failed', 'checkout-draft'].includes(status))

export const isCopy = ({ reference }: SandboxOrder) => reference !== undefined

/** Units sold by shop and sku: copies of other shops' orders are no sales. */
export function soldUnits({ world }: Stage): (platform: PlatformName, sku: string) => number {
  const sold = new Map<string, number>()
  for (const platform of platforms)
    for (const order of world.shops[platform].orders()) {
      if (isCopy(order) || !hasTaken(platform, order)) continue
      for (const { sku, quantity } of order.lines)
        sold.set(`${platform} ${sku}`, (sold.get(`${platform} ${sku}`) ?? 0) + quantity)
    }
  return (platform, sku) => sold.get(`${platform} ${sku}`) ?? 0
}

/** Component units of orders that were cancelled after their copies had left the house: gone, and sold to nobody. */
export function goneUnits({ world, weather }: Stage): ReadonlyMap<string, number> {
  const gone = new Map<string, number>()
  const left = new Set(
    world.shops[weather.shipper]
      .orders()
      .flatMap(({ reference, shipped, cancelled }) => (reference && shipped && !cancelled ? [reference] : [])),
  )
  for (const platform of platforms.filter((one) => one !== weather.shipper))
    for (const { id, cancelled, lines } of world.shops[platform].orders()) {
      if (!cancelled || !left.has(referenceOf(world.ids[platform], id))) continue
      for (const { sku, quantity } of lines)
        for (const [part, units] of Object.entries(partsOf(sku)))
          gone.set(part, (gone.get(part) ?? 0) + quantity * units)
    }
  return gone
}

export const referenceOf = (account: string, order: string) => `onhand:${account}:${order}`

/** What buyers and the merchant do of an evening. */

import type { World } from '../support/world.ts'
import { type Evening, type Happening, oneOf, platforms, restocked, sellable } from './scene.ts'

const quietMsMax = 30_000

export const acts: readonly Happening[] = [
  { name: 'buy', weight: 60, happen: buy },
  { name: 'cancel', weight: 8, happen: cancel },
  { name: 'ship', weight: 15, happen: ship },
  { name: 'receive', weight: 3, happen: receive },
  { name: 'edit by hand', weight: 2, happen: editByHand },
  { name: 'quiet', weight: 8, happen: ({ world, random }) => world.pass(random.next() * quietMsMax) },
]

function buy({ world, random, events, bought }: Evening): void {
  const platform = oneOf(random, platforms) ?? 'shopify'
  const sku = oneOf(random, sellable) ?? 'MUG'
  const lines =
    random.next() < 0.1
      ? sellable.slice(0, 2).map((one) => ({ sku: one, quantity: 1 }))
      : [{ sku, quantity: random.next() < 0.9 ? 1 : 2 }]
  const purchase = world.shops[platform].buy(lines)
  events.push(
    `${platform} ${purchase.ok ? `sold ${purchase.order}` : 'refused'} ${lines.map(({ sku: one, quantity }) => `${quantity} ${one}`).join(' and ')}`,
  )
  if (purchase.ok) bought.push({ platform, order: purchase.order })
}

function cancel({ world, random, events, bought }: Evening): void {
  const one = oneOf(random, bought.slice(-10))
  // After the hold TikTok waits for the seller's answer, which is nobody's job here.
  if (!one || (one.platform === 'tiktok-shop' && !isOnHold(world, one.order))) return
  events.push(`${one.platform} ${one.order} cancelled: ${world.shops[one.platform].cancel(one.order)}`)
}

const isOnHold = (world: World, order: string) =>
  world.shops['tiktok-shop']
    .orders()
    .some(({ id, status }) => id === order && (status === 'ON_HOLD' || status === 'UNPAID'))

function ship({ world, random, events }: Evening): void {
  const open = world.shops.shopify.orders().filter(({ shipped, cancelled }) => !shipped && !cancelled)
  for (const order of open.slice(0, 1 + Math.floor(random.next() * 8))) {
    const number = `3S${String(Math.floor(random.next() * 1e11)).padStart(11, '0')}`
    events.push(
      `shopify ${order.id} shipped as ${number}: ${world.shops.shopify.ship(order.id, { carrier: 'PostNL', number })}`,
    )
  }
}

async function receive({ world, random, events }: Evening): Promise<void> {
  const sku = oneOf(random, restocked) ?? 'MUG'
  const units = 1 + Math.floor(random.next() * 20)
  events.push(`received ${units} ${sku}`)
  await world.receive(sku, units)
}

function editByHand({ world, random, events }: Evening): void {
  const platform = oneOf(random, platforms) ?? 'woocommerce'
  const sku = oneOf(random, sellable) ?? 'MUG'
  const units = Math.floor(random.next() * 30)
  events.push(`${platform} ${sku} set to ${units} by hand`)
  world.shops[platform].setStockByHand(sku, units)
}

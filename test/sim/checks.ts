/** What must hold once it is quiet, whatever happened: each fault a sentence. */

import type { World } from '../support/world.ts'
import { platforms } from './scene.ts'

/** Everything that is looked at, one rule each. */
const checks: readonly ((world: World) => Promise<string[]>)[] = [
  balanceFaults,
  orderFaults,
  shelfFaults,
  trackingFaults,
]

export async function faultsOf(world: World): Promise<string[]> {
  const found: string[] = []
  for (const check of checks) found.push(...(await check(world)))
  return found
}

/** Balances are the sum of their movements, and what is reserved is what open orders hold. */
async function balanceFaults({ store: { db } }: World): Promise<string[]> {
  const balances = await db.selectFrom('balance').selectAll().execute()
  const movements = await db.selectFrom('movement').select(['sku', 'on_hand_delta', 'reserved_delta']).execute()
  return balances.flatMap(({ sku, on_hand, reserved }) => {
    const mine = movements.filter((movement) => movement.sku === sku)
    const onHand = mine.reduce((sum, movement) => sum + movement.on_hand_delta, 0)
    const held = mine.reduce((sum, movement) => sum + movement.reserved_delta, 0)
    return onHand === on_hand && held === reserved
      ? []
      : [`${sku}: balance ${on_hand}/${reserved}, movements ${onHand}/${held}`]
  })
}

/** Every sale is in the books; each of another shop has exactly one living copy, a cancelled one none that was not shipped before. */
async function orderFaults(world: World): Promise<string[]> {
  const faults: string[] = []
  const heads = await world.store.db.selectFrom('order_head').select(['account', 'order_id']).execute()
  const parked = await world.store.db
    .selectFrom('receipt')
    .select('subject')
    .where('kind', '=', 'order')
    .where('state', '=', 'parked')
    .execute()
  const told = new Set(parked.map(({ subject }) => subject))
  const known = new Set(heads.map(({ account, order_id }) => `${account} ${order_id}`))
  const copies = world.shops.shopify.orders().filter(({ reference }) => reference !== undefined)
  for (const platform of platforms) {
    for (const order of world.shops[platform].orders().filter(({ reference }) => reference === undefined)) {
      const label = `${platform} ${order.id}`
      if (!known.has(`${world.ids[platform]} ${order.id}`)) faults.push(`${label} is not in the books`)
      if (platform === 'shopify') continue
      const mine = copies.filter(({ reference }) => reference === `onhand:${world.ids[platform]}:${order.id}`)
      if (mine.length > 1) faults.push(`${label} has ${mine.length} copies`)
      if (!order.cancelled && mine.filter(({ cancelled }) => !cancelled).length !== 1)
        faults.push(`${label} has no living copy`)
      if (order.cancelled && mine.some(({ cancelled, shipped }) => !cancelled && !shipped))
        faults.push(`${label} was cancelled, its copy lives`)
      const hasLeft = mine.some(({ cancelled, shipped }) => !cancelled && shipped)
      if (order.cancelled && hasLeft && !told.has(`${world.ids[platform]}/${order.id}`))
        faults.push(`${label} was cancelled after its copy had left, and nobody was told`)
    }
  }
  return faults
}

/** Every shelf shows what was planned. */
async function shelfFaults(world: World): Promise<string[]> {
  const rows = await world.store.db
    .selectFrom('intent')
    .innerJoin('listing', (join) =>
      join.onRef('listing.account', '=', 'intent.account').onRef('listing.register', '=', 'intent.subject'),
    )
    .select(['intent.account', 'intent.target', 'listing.sku_text'])
    .where('intent.kind', '=', 'stock')
    .execute()
  return rows.flatMap(({ account, target, sku_text }) => {
    const platform = platforms.find((one) => world.ids[one] === account) ?? 'shopify'
    const { units } = JSON.parse(target) as { units: number }
    const shown = world.shops[platform].shelf().get(sku_text ?? '')
    return shown === units ? [] : [`${platform} shows ${shown} of ${sku_text}, planned are ${units}`]
  })
}

/** Every shipped copy's number is in the shop that sold, and nothing is left that waits. */
async function trackingFaults(world: World): Promise<string[]> {
  const faults: string[] = []
  for (const platform of platforms.filter((one) => one !== 'shopify')) {
    for (const order of world.shops[platform].orders()) {
      if (!order.cancelled && order.tracking.length !== 1)
        faults.push(`${platform} ${order.id} has ${order.tracking.length} tracking numbers`)
    }
  }
  const waiting = await world.store.db
    .selectFrom('receipt')
    .select(['account', 'kind', 'subject', 'state', 'reason'])
    .where('state', 'in', ['due', 'flying'])
    .execute()
  return [
    ...faults,
    ...waiting.map(
      ({ account, kind, subject, state, reason }) => `${account} ${kind} ${subject} is still ${state}: ${reason}`,
    ),
  ]
}

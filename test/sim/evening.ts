/** One seeded evening through the whole program in virtual time, and what has to be true at its end. */

import { type Random, seededRandom } from '../../src/clock.ts'
import type { HookChaos } from '../../src/sandbox/shop.ts'
import { createWorld, type PlatformName, type World } from '../support/world.ts'

export interface Story {
  readonly seed: number
  /** How often each kind of thing happened. */
  readonly coverage: Readonly<Record<string, number>>
  /** What is wrong at the end; empty when all holds. */
  readonly faults: readonly string[]
  /** What was done, in order: the story of a failure. */
  readonly events: readonly string[]
}

const platforms: readonly PlatformName[] = ['shopify', 'woocommerce', 'tiktok-shop']
const sellable = ['MUG', 'SPOON', 'BOWL', 'SET']
const bundles = { SET: { MUG: 1, SPOON: 2 } }
const chaos: HookChaos = { medianDelayMs: 900, spread: 1.2, lost: 0.05, doubled: 0.05 }
const minute = 60_000

interface Evening {
  readonly world: World
  readonly random: Random
  readonly events: string[]
  readonly coverage: Record<string, number>
  readonly bought: { readonly platform: PlatformName; readonly order: string }[]
}

type Act = (evening: Evening) => Promise<void>

/** What may happen, and how often against the others. */
const acts: readonly { readonly name: string; readonly weight: number; readonly act: Act }[] = [
  { name: 'buy', weight: 60, act: buy },
  { name: 'cancel', weight: 8, act: cancel },
  { name: 'ship', weight: 15, act: ship },
  { name: 'receive', weight: 3, act: receive },
  { name: 'edit by hand', weight: 2, act: editByHand },
  { name: 'network down', weight: 2, act: networkDown },
  { name: 'shop dark', weight: 2, act: shopDark },
  { name: 'quiet', weight: 8, act: ({ world, random }) => world.pass(random.next() * 3 * minute) },
]

/** Plays `steps` acts, lets everything settle, and looks. */
export async function playEvening(seed: number, steps = 200, databaseUrl?: string): Promise<Story> {
  const world = await createWorld({
    products: sellable.map((sku) => ({ sku, title: sku, price: '9.95', quantity: 0 })),
    seed,
    chaos,
    shipper: 'shopify',
    holdMs: 10 * minute,
    databaseUrl,
  })
  const evening: Evening = { world, random: seededRandom(seed * 7919 + 1), events: [], coverage: {}, bought: [] }
  try {
    await world.linkAll(bundles)
    for (const sku of ['MUG', 'SPOON', 'BOWL']) await world.receive(sku, 60)
    await world.engine.start()
    await world.pass(minute)
    for (let step = 0; step < steps; step++) {
      const { name, act } = pick(evening.random)
      evening.coverage[name] = (evening.coverage[name] ?? 0) + 1
      await act(evening)
      await world.pass(200 + evening.random.next() * 4000)
    }
    await settle(world)
    const faults = await faultsOf(world)
    return { seed, coverage: { ...evening.coverage, ...(await calls(world)) }, faults, events: evening.events }
  } finally {
    await world.close()
  }
}

function pick(random: Random) {
  const total = acts.reduce((sum, { weight }) => sum + weight, 0)
  let at = random.next() * total
  for (const one of acts) {
    at -= one.weight
    if (at < 0) return one
  }
  throw new Error('weights do not add up')
}

const oneOf = <T>(random: Random, items: readonly T[]): T | undefined => items[Math.floor(random.next() * items.length)]

async function buy({ world, random, events, bought }: Evening): Promise<void> {
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

async function cancel({ world, random, events, bought }: Evening): Promise<void> {
  const one = oneOf(random, bought.slice(-10))
  // After the hold TikTok waits for the seller's answer, which is nobody's job here.
  if (!one || (one.platform === 'tiktok-shop' && !isOnHold(world, one.order))) return
  events.push(`${one.platform} ${one.order} cancelled: ${world.shops[one.platform].cancel(one.order)}`)
}

const isOnHold = (world: World, order: string) =>
  world.shops['tiktok-shop']
    .orders()
    .some(({ id, status }) => id === order && (status === 'ON_HOLD' || status === 'UNPAID'))

async function ship({ world, random, events }: Evening): Promise<void> {
  const open = world.shops.shopify.orders().filter(({ shipped, cancelled }) => !shipped && !cancelled)
  for (const order of open.slice(0, 1 + Math.floor(random.next() * 8))) {
    const number = `3S${String(Math.floor(random.next() * 1e11)).padStart(11, '0')}`
    events.push(
      `shopify ${order.id} shipped as ${number}: ${world.shops.shopify.ship(order.id, { carrier: 'PostNL', number })}`,
    )
  }
}

async function receive({ world, random, events }: Evening): Promise<void> {
  const sku = oneOf(random, ['MUG', 'SPOON', 'BOWL']) ?? 'MUG'
  const units = 1 + Math.floor(random.next() * 20)
  events.push(`received ${units} ${sku}`)
  await world.receive(sku, units)
}

async function editByHand({ world, random, events }: Evening): Promise<void> {
  const platform = oneOf(random, platforms) ?? 'woocommerce'
  const sku = oneOf(random, sellable) ?? 'MUG'
  const units = Math.floor(random.next() * 30)
  events.push(`${platform} ${sku} set to ${units} by hand`)
  world.shops[platform].setStockByHand(sku, units)
}

async function networkDown({ world, random, events }: Evening): Promise<void> {
  events.push('network down')
  world.setNetwork(false)
  await buyWhile(world, random)
  world.setNetwork(true)
  events.push('network up')
}

async function shopDark({ world, random, events }: Evening): Promise<void> {
  const platform = oneOf(random, platforms) ?? 'woocommerce'
  events.push(`${platform} dark`)
  world.shops[platform].setDark(true)
  await buyWhile(world, random)
  world.shops[platform].setDark(false)
  events.push(`${platform} bright`)
}

/** Shops keep selling when nobody can reach them. */
async function buyWhile(world: World, random: Random): Promise<void> {
  for (let i = 0; i < 3; i++) {
    const platform = oneOf(random, platforms) ?? 'shopify'
    world.shops[platform].buy([{ sku: 'BOWL', quantity: 1 }])
    await world.pass(random.next() * 20_000)
  }
}

/** Everything ships, every poll and every look at the shelves comes round. */
async function settle(world: World): Promise<void> {
  await world.pass(15 * minute)
  for (const order of world.shops.shopify.orders()) {
    if (!order.shipped && !order.cancelled)
      world.shops.shopify.ship(order.id, { carrier: 'PostNL', number: `3S9${String(order.id).slice(-10)}` })
  }
  await world.pass(25 * minute)
}

async function calls(world: World): Promise<Record<string, number>> {
  const rows = await world.store.db
    .selectFrom('call')
    .select(['kind', 'state'])
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .groupBy(['kind', 'state'])
    .execute()
  return Object.fromEntries(rows.map(({ kind, state, n }) => [`${kind} call ${state}`, Number(n)]))
}

/** What must hold once it is quiet, each fault as a sentence. */
export async function faultsOf(world: World): Promise<string[]> {
  return [
    ...(await balanceFaults(world)),
    ...(await orderFaults(world)),
    ...(await shelfFaults(world)),
    ...(await trackingFaults(world)),
  ]
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

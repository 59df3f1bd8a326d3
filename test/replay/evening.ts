/** Evenings to be replayed: one with all that can go wrong, and a calm one as the demo has it. */

import { linkListing } from '../../src/catalog/listings.ts'
import { addSku } from '../../src/catalog/skus.ts'
import { seededRandom } from '../../src/clock.ts'
import { asId } from '../../src/domain.ts'
import type { AtPoint } from '../support/lives.ts'
import { createWorld, type PlatformName, type World } from '../support/world.ts'

const skus = ['MUG', 'CUP', 'JUG', 'LATE']
const platforms = ['shopify', 'woocommerce', 'tiktok-shop'] as const
const products = skus.map((sku) => ({ sku, title: sku, price: '10.00', quantity: 0 }))

interface Sale {
  readonly platform: PlatformName
  readonly order: string
}

/** Answers are lost, the process is killed, orders are cancelled and shipped, a product is linked late, a shelf is edited by hand. */
export async function stormyEvening(databaseUrl: string): Promise<World> {
  let isDying = false
  let isLosing = false
  const random = seededRandom(11)
  const at: AtPoint = ({ kind, when }) => (isDying && kind === 'request' && when === 'after' ? 'die' : undefined)
  const world = await createWorld({
    products,
    seed: 3,
    policy: 'strict',
    databaseUrl,
    shipper: 'shopify',
    holdMs: 60_000,
    chaos: { medianDelayMs: 1500, spread: 1, lost: 0.1, doubled: 0.1 },
    at,
    network: async (_platform, request, forward) => {
      const answer = await forward(request)
      if (isLosing && request.method !== 'GET' && random.next() < 0.3)
        throw new TypeError('fetch failed', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) })
      return answer
    },
  })
  await world.linkAll({ LATE: {} })
  for (const sku of ['MUG', 'CUP', 'JUG']) await world.receive(sku, 60)
  await world.engine.start()
  await world.pass(60_000)

  const bought: Sale[] = []
  for (let i = 0; i < 30; i++) {
    await world.pass(500 + Math.floor(random.next() * 4000))
    isLosing = i > 8 && i < 22
    const platform = platforms[Math.floor(random.next() * platforms.length)] ?? 'shopify'
    const sku = skus[Math.floor(random.next() * skus.length)] ?? 'MUG'
    const sale = world.shops[platform].buy([{ sku, quantity: 1 + Math.floor(random.next() * 2) }])
    if (sale.ok) bought.push({ platform, order: sale.order })
    const regretted = i % 4 === 3 ? bought.splice(Math.floor(random.next() * bought.length), 1)[0] : undefined
    if (regretted) world.shops[regretted.platform].cancel(regretted.order)
    if (i === 10) await linkLate(world)
    if (i === 14) {
      isDying = true
      for (let waited = 0; waited < 300 && !world.isDown(); waited++) await world.pass(1000)
      isDying = false
      // Nobody starts in the same moment in which another one dies.
      await world.pass(1000)
      await world.crash()
      await world.engine.start()
    }
  }
  isLosing = false
  await world.pass(120_000)
  shipAll(world)
  world.shops.woocommerce.setStockByHand('CUP', 25)
  // Every shelf is compared within this time.
  await world.pass(15 * 60_000)
  return world
}

async function linkLate(world: World): Promise<void> {
  // Sold before it was linked to anything.
  world.shops.woocommerce.setStockByHand('LATE', 9)
  world.shops.woocommerce.buy([{ sku: 'LATE', quantity: 2 }])
  await world.pass(30_000)
  const now = () => world.clock.now()
  await world.store.transaction(async (tx) => {
    await addSku(tx, { sku: asId('LATE'), title: 'Linked late' }, now())
    const listings = await tx.selectFrom('listing').selectAll().where('sku_text', '=', 'LATE').execute()
    for (const { account, listing } of listings)
      await linkListing(tx, asId(account), asId(listing), [{ sku: asId('LATE'), units: 1 }], now())
  })
  await world.receive('LATE', 20)
}

function shipAll({ shops }: World): void {
  let parcels = 0
  for (const { id } of shops.shopify.orders()) {
    const number = `3S${String(1_000_000_000 + parcels++)}`
    shops.shopify.ship(id, { carrier: 'PostNL', number })
  }
}

/** Three shops, a sale, a few changed minds. */
export async function demoEvening(databaseUrl: string): Promise<World> {
  const world = await createWorld({
    products,
    seed: 7,
    policy: 'strict',
    databaseUrl,
    shipper: 'shopify',
    holdMs: 30_000,
  })
  const random = seededRandom(7)
  await world.linkAll()
  for (const sku of skus) await world.receive(sku, 30)
  await world.engine.start()
  await world.pass(60_000)
  for (let i = 0; i < 15; i++) {
    await world.pass(2000)
    const platform = platforms[i % platforms.length] ?? 'shopify'
    const sale = world.shops[platform].buy([{ sku: skus[i % skus.length] ?? 'MUG', quantity: 1 }])
    if (sale.ok && random.next() < 0.2) world.shops[platform].cancel(sale.order)
  }
  await world.pass(120_000)
  return world
}

/** What buyers, the merchant and fate do, each steered by the numbers of its act. */

import { type Random, seededRandom } from '../../src/clock.ts'
import { PEOPLE } from '../../src/ledger/manual.ts'
import type { PlatformName } from '../support/world.ts'
import { type Act, components, partsOf, pick, platforms, type Stage, sellable, weighted } from './scene.ts'
import type { Weather } from './weather.ts'

interface Kind {
  readonly name: string
  readonly weight: number
  readonly happen: (stage: Stage, act: Act) => Promise<void> | void
}

const kinds: readonly Kind[] = [
  { name: 'buy', weight: 40, happen: buy },
  { name: 'rush', weight: 16, happen: rush },
  { name: 'cancel', weight: 12, happen: cancel },
  { name: 'ship', weight: 6, happen: ship },
  { name: 'receive', weight: 4, happen: receive },
  { name: 'lowered by hand', weight: 1.5, happen: lowerByHand },
  { name: 'quiet', weight: 5, happen: ({ pass }, { a }) => pass(a * 40_000) },
  { name: 'network down', weight: 2, happen: networkDown },
  { name: 'shop dark', weight: 2, happen: shopDark },
  { name: 'stale webhook', weight: 4, happen: ({ dangers }, { a }) => dangers.redeliver(a) },
  { name: 'crash', weight: 2, happen: crash },
  { name: 'pause', weight: 2, happen: pause },
  { name: 'raised by hand', weight: 2, happen: raiseByHand },
]

const byName = new Map(kinds.map((kind) => [kind.name, kind]))
const actsMin = 18
const actsMax = 30
/** Acts come in bursts, as buyers do: so often the next one follows within this time, else after a pause. */
const burstChance = 0.7
const withinBurstMs = 300
const pauseMs = 8000

/** The acts of a seed. One of them is a crash. */
export function actsOf(seed: number, { hasStrangers }: Weather): Act[] {
  const random = seededRandom(seed * 104_729 + 3)
  const some = kinds.filter(({ name }) => hasStrangers || name !== 'raised by hand')
  const count = actsMin + Math.floor(random.next() * (actsMax - actsMin + 1))
  const acts = Array.from({ length: count }, () => actOf(random, weighted(random, some).name))
  acts.splice(3 + Math.floor(random.next() * (count - 6)), 0, actOf(random, 'crash'))
  return acts
}

const actOf = (random: Random, name: string): Act => ({
  name,
  a: random.next(),
  b: random.next(),
  c: random.next(),
  thenMs: Math.round(random.next() * (random.next() < burstChance ? withinBurstMs : pauseMs)),
})

export async function perform(stage: Stage, act: Act): Promise<void> {
  stage.coverage.count(`act: ${act.name}`)
  await byName.get(act.name)?.happen(stage, act)
}

function order(stage: Stage, platform: PlatformName, lines: readonly { sku: string; quantity: number }[]): void {
  const purchase = stage.world.shops[platform].buy(lines)
  const what = lines.map(({ sku, quantity }) => `${quantity} ${sku}`).join(' and ')
  stage.tell(`${platform} ${purchase.ok ? `sells ${what} as ${purchase.order}` : `has no ${what}`}`)
  stage.coverage.count(purchase.ok ? 'bought' : 'refused at checkout')
  if (purchase.ok) stage.bought.push({ platform, order: purchase.order })
}

function buy(stage: Stage, { a, b, c }: Act): void {
  const platform = pick(platforms, a) ?? 'shopify'
  const lines =
    c < 0.1
      ? sellable.slice(0, 2).map((sku) => ({ sku, quantity: 1 }))
      : [{ sku: pick(sellable, b) ?? 'MUG', quantity: c < 0.75 ? 1 : c < 0.95 ? 2 : 3 }]
  order(stage, platform, lines)
}

/** Buyers of one thing come to every shop at once. */
async function rush(stage: Stage, { a, b, c }: Act): Promise<void> {
  const sku = pick(sellable, b) ?? 'MUG'
  for (let buyer = 0; buyer < 2 + Math.floor(c * 5); buyer++) {
    order(stage, platforms[(Math.floor(a * 3) + buyer) % 3] ?? 'shopify', [{ sku, quantity: 1 }])
    await stage.pass(Math.floor(((a * 1000 + buyer * 7) % 1) * 400))
  }
}

function cancel({ world, tell, bought }: Stage, { a }: Act): void {
  const one = pick(bought.slice(-8), a)
  // After the hold the marketplace waits for the seller's answer, which is nobody's job here.
  if (!one || (one.platform === 'tiktok-shop' && !isOnHold(world.shops['tiktok-shop'].orders(), one.order))) return
  tell(`${one.platform} ${one.order} cancelled: ${world.shops[one.platform].cancel(one.order)}`)
}

const isOnHold = (orders: readonly { id: string; status: string }[], order: string) =>
  orders.some(({ id, status }) => id === order && (status === 'ON_HOLD' || status === 'UNPAID'))

function ship({ world, weather, tell, coverage }: Stage, { a }: Act): void {
  const shop = world.shops[weather.shipper]
  const open = shop.orders().filter(({ shipped, cancelled, status }) => !shipped && !cancelled && status !== 'pending')
  for (const { id } of open.slice(0, 1 + Math.floor(a * 6))) {
    const number = trackingNumber(id)
    if (!shop.ship(id, { carrier: 'PostNL', number })) continue
    coverage.count('shipped')
    tell(`${weather.shipper} ${id} shipped as ${number}`)
  }
}

/** Each order's own, whatever else happened. */
export const trackingNumber = (order: string) => `3S${order.slice(-11).padStart(11, '7')}`

async function receive(stage: Stage, { a, b }: Act): Promise<void> {
  const sku = pick(components, b) ?? 'MUG'
  await receiveUnits(stage, sku, 1 + Math.floor(a * 6))
}

/** A person types it in, and again under the same key when the page says nothing. */
export async function receiveUnits(stage: Stage, sku: string, units: number): Promise<void> {
  const { world, events, tell, received } = stage
  const key = `received ${events.length}`
  const body = JSON.stringify({ kind: 'receive', sku, units, reason: 'delivery' })
  tell(`${units} ${sku} received`)
  // The goods are in the house before anybody types.
  received[sku] = (received[sku] ?? 0) + units
  const isKept = async () =>
    (await world.books.selectFrom('inbox').select('id').where('key', '=', key).execute()).length > 0
  while (!(await isKept())) {
    const typed = world.engine.inbox.append(PEOPLE, [{ source: 'manual', topic: 'stock', key, body }])
    typed.catch(() => undefined)
    await stage.pass(500)
  }
}

function lowerByHand({ world, tell }: Stage, { a, b, c }: Act): void {
  const platform = pick(platforms, a) ?? 'shopify'
  const sku = pick(sellable, b) ?? 'MUG'
  const { units } = world.shops[platform].counter(sku)
  const to = Math.floor(c * Math.max(0, units))
  if (to >= units) return
  tell(`${platform} ${sku} set from ${units} to ${to} by hand`)
  world.shops[platform].setStockByHand(sku, to)
}

function raiseByHand({ world, tell, raised }: Stage, { a, b, c }: Act): void {
  const platform = pick(platforms, a) ?? 'shopify'
  const sku = pick(sellable, b) ?? 'MUG'
  const { units } = world.shops[platform].counter(sku)
  const by = 1 + Math.floor(c * 4)
  tell(`${platform} ${sku} raised from ${units} to ${units + by} by hand`)
  for (const [part, perSale] of Object.entries(partsOf(sku))) raised[part] = (raised[part] ?? 0) + by * perSale
  world.shops[platform].setStockByHand(sku, units + by)
}

/** Shops keep selling when nobody can reach them. */
async function networkDown(stage: Stage, act: Act): Promise<void> {
  stage.tell('network down')
  stage.world.setNetwork(false)
  await sellMeanwhile(stage, act)
  stage.world.setNetwork(true)
  stage.tell('network up')
}

async function shopDark(stage: Stage, act: Act): Promise<void> {
  const platform = pick(platforms, act.a) ?? 'shopify'
  stage.tell(`${platform} dark`)
  stage.world.shops[platform].setDark(true)
  await sellMeanwhile(stage, act)
  stage.world.shops[platform].setDark(false)
  stage.tell(`${platform} bright`)
}

async function sellMeanwhile(stage: Stage, { b, c }: Act): Promise<void> {
  for (let sale = 0; sale < 2; sale++) {
    await stage.pass(c * 12_000)
    const at = (b + sale / 3) % 1
    order(stage, pick(platforms, at) ?? 'shopify', [{ sku: pick(sellable, at) ?? 'MUG', quantity: 1 }])
  }
  await stage.pass(b * 12_000)
}

function crash({ dangers, tell }: Stage, { a, b }: Act): void {
  const inPoints = 1 + Math.floor(a * 60)
  tell(`the process is to die at its point ${inPoints} from here`)
  dangers.crash(inPoints, b * 20_000)
}

/** Longer than a write may wait before it is sent, so that it resumes too late. */
function pause({ dangers, tell }: Stage, { a, b, c }: Act): void {
  const inPoints = 1 + Math.floor(a * 40)
  const ms = 5000 + Math.floor(b * 70_000)
  const takesOver = c < 0.4
  tell(
    `the process is to stop for ${ms} ms at its point ${inPoints} from here${takesOver ? '; another one takes over' : ''}`,
  )
  dangers.pause(inPoints, ms, takesOver)
}

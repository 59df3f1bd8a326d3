/** Plays a plot through the whole program and three sandbox shops in virtual time, and counts what came of it. */

import { linkListing } from '../../../src/catalog/listings.ts'
import { setRule } from '../../../src/catalog/rules.ts'
import { addSku } from '../../../src/catalog/skus.ts'
import { type Random, seededRandom } from '../../../src/clock.ts'
import { asId } from '../../../src/domain.ts'
import { PEOPLE } from '../../../src/ledger/manual.ts'
import { createWorld, type Network, type World } from '../../support/world.ts'
import { type Plot, type Policy, platforms, type Travel, type Visit } from './plot.ts'
import { createTally, oracleUnits } from './tally.ts'

export interface Played {
  readonly visits: number
  readonly orders: number
  readonly fulfilledUnits: number
  readonly oracleUnits: number
  readonly oversoldUnits: number
  readonly refused: number
  /** Refused although it was there. */
  readonly denied: number
  readonly cancelled: number
  readonly stockWrites: number
  readonly calls: number
  readonly throttled: number
  /** From what moved the stock to a shop's acknowledgement, for every write that an event made necessary. */
  readonly latenciesMs: readonly number[]
  readonly errors: readonly string[]
}

const reset = () => new TypeError('fetch failed', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) })
const givesUpAfterMs = 10_000
/** While a shop is being connected nobody counts: one request at a time, within the smallest limit there is. */
const connectingMs = 500

function networkOf(clock: () => World['clock'], random: Random, travel: Travel, isOn: () => boolean): Network {
  const between = (from: number, to: number) => from + random.next() * (to - from)
  let last = Promise.resolve()
  return async (_platform, request, forward) => {
    if (!isOn()) {
      last = last.then(() => clock().sleep(connectingMs))
      await last
      return await forward(request)
    }
    const ms =
      random.next() < travel.slow ? between(travel.slowFromMs, travel.slowToMs) : between(travel.fromMs, travel.toMs)
    const there = ms * random.next()
    await clock().sleep(there)
    if (random.next() < travel.lostAnswers) {
      if (random.next() >= travel.neverArrived) await forward(request)
      await clock().sleep(givesUpAfterMs)
      throw reset()
    }
    const answer = await forward(request)
    await clock().sleep(ms - there)
    return answer
  }
}

export async function play(
  plot: Plot,
  policy: Policy,
  seed: number,
  atEnd: (world: World) => Promise<void> = async () => undefined,
): Promise<Played> {
  let isOn = false
  const world: World = await createWorld({
    products: plot.goods.map(({ sku }) => ({ sku, title: sku, price: '9.95', quantity: 0 })),
    seed,
    chaos: plot.hooks,
    ...(plot.shipper && { shipper: plot.shipper }),
    shopOptions: plot.shopOptions,
    settings: { shopify: { checkoutMinutes: plot.checkoutMinutes } },
    network: networkOf(
      () => world.clock,
      seededRandom(seed * 7919 + 3),
      plot.travel,
      () => isOn,
    ),
  })
  try {
    await open(world, plot, policy)
    isOn = true
    const played = await sell(world, plot)
    await atEnd(world)
    return played
  } finally {
    isOn = false
    await world.close()
  }
}

/** Imports, links, decides the policy and receives the stock; resolves when the first numbers are on the shelves. */
async function open(world: World, plot: Plot, policy: Policy): Promise<void> {
  for (const id of Object.values(world.ids)) {
    const opened = await world.accounts.open(id)
    await world.during(opened?.channel.subscriptions.repair() ?? Promise.resolve())
    await world.during(world.engine.importAccount(id))
  }
  const { store, clock, engine } = world
  const at = { now: clock.now(), newId: store.newId }
  await store.transaction(async (tx) => {
    for (const { name, value } of policy.rules) await setRule(tx, { name, value }, at)
    for (const platform of platforms)
      await setRule(tx, { name: 'share', value: String(plot.shares[platform]), account: world.ids[platform] }, at)
    for (const { sku, parts } of plot.goods)
      if (!parts) await addSku(tx, { sku: asId<'sku'>(sku), title: sku }, clock.now())
    const goods = new Map(plot.goods.map((good) => [good.sku, good]))
    for (const row of await tx.selectFrom('listing').selectAll().execute()) {
      const good = goods.get(row.sku_text ?? '')
      if (!good || (good.only && world.ids[good.only] !== row.account)) continue
      const parts = Object.entries(good.parts ?? { [good.sku]: 1 })
      await linkListing(
        tx,
        asId<'account'>(row.account),
        asId<'listing'>(row.listing),
        parts.map(([sku, units]) => ({ sku: asId<'sku'>(sku), units })),
        clock.now(),
      )
    }
  })
  await receive(
    world,
    plot.goods.filter(({ parts }) => !parts),
  )
  await world.during(engine.settle())
  await engine.start()
  await world.pass(20_000)
}

async function receive(
  world: World,
  goods: readonly { readonly sku: string; readonly units: number }[],
): Promise<void> {
  const { engine, store } = world
  const deliveries = goods.map(({ sku, units }) => ({
    source: 'manual' as const,
    topic: 'stock',
    key: store.newId(),
    body: JSON.stringify({ kind: 'receive', sku, units, reason: 'delivery' }),
  }))
  await world.during(engine.inbox.append(PEOPLE, deliveries).then(() => engine.ledger.drain()))
}

/** After the last visit: buyers who are paying pay. */
const endsAfterMs = 8000

async function sell(world: World, plot: Plot): Promise<Played> {
  const tally = createTally(plot.goods)
  const counts = { orders: 0, refused: 0, denied: 0, cancelled: 0 }
  const before = statsOf(world)
  const startedAt = world.clock.now()
  const begunAt = world.store.newId()
  const due: { atMs: number; run(): void | Promise<void> }[] = [
    ...plot.visits.map((visit) => ({ atMs: visit.atMs, run: () => visits(visit) })),
    ...plot.restocks.map(({ atMs, sku, units }) => ({
      atMs,
      async run() {
        tally.receive(sku, units)
        await receive(world, [{ sku, units }])
      },
    })),
  ]
  if (plot.dark) {
    const { shop, fromMs, toMs } = plot.dark
    due.push({ atMs: fromMs, run: () => world.shops[shop].setDark(true) })
    due.push({ atMs: toMs, run: () => world.shops[shop].setDark(false) })
  }
  due.sort((one, other) => one.atMs - other.atMs)

  function visits({ atMs, shop, sku, quantity, cancelAfterMs }: Visit): void {
    const purchase = world.shops[shop].buy([{ sku, quantity }])
    if (!purchase.ok) {
      counts.refused++
      if (tally.has(sku, quantity)) counts.denied++
      return
    }
    counts.orders++
    tally.take(sku, quantity)
    if (cancelAfterMs === undefined) return
    const cancel = {
      atMs: atMs + cancelAfterMs,
      run() {
        if (!world.shops[shop].cancel(purchase.order)) return
        counts.cancelled++
        tally.giveBack(sku, quantity)
      },
    }
    const at = due.findIndex((one) => one.atMs > cancel.atMs)
    due.splice(at < 0 ? due.length : at, 0, cancel)
  }

  for (let next = due.shift(); next; next = due.shift()) {
    const waitMs = startedAt + next.atMs - world.clock.now()
    if (waitMs > 0) await world.pass(waitMs)
    await next.run()
  }
  await world.pass(Math.max(0, startedAt + plot.lastsMs - world.clock.now()) + endsAfterMs)
  const after = statsOf(world)
  const published = await world.books
    .selectFrom('publication')
    .select('latency_ms')
    .where('id', '>', begunAt)
    .where('latency_ms', 'is not', null)
    .execute()
  return {
    visits: plot.visits.length,
    ...counts,
    fulfilledUnits: tally.fulfilledUnits(),
    oracleUnits: oracleUnits(plot),
    oversoldUnits: tally.oversoldUnits(),
    stockWrites: after.stockWrites - before.stockWrites,
    calls: after.calls - before.calls,
    throttled: after.throttled - before.throttled,
    latenciesMs: published.flatMap(({ latency_ms }) => latency_ms ?? []),
    errors: world.log.filter((line) => line.includes('"level":"error"')),
  }
}

function statsOf(world: World) {
  const all = platforms.map((platform) => world.shops[platform].stats())
  const sum = (of: 'calls' | 'stockWrites' | 'throttled') => all.reduce((total, stats) => total + stats[of], 0)
  return { calls: sum('calls'), stockWrites: sum('stockWrites'), throttled: sum('throttled') }
}

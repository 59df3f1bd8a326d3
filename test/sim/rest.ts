/** What must hold once it is quiet: books, rights, shelves, copies and parcels agree. Each fault is a sentence. */

import { rightsOf } from '../../src/planner/registers.ts'
import { believedUnits, ceilingOf } from '../../src/planner/rights.ts'
import { type Register, readRights } from './laws.ts'
import { components, partsOf, platforms, type Stage, sellable } from './scene.ts'
import { goneUnits, isCopy, referenceOf, soldUnits } from './truth.ts'

/** Everything that is looked at, one rule each. */
const checks: readonly ((stage: Stage, registers: readonly Register[]) => Promise<string[]>)[] = [
  balanceFaults,
  rightsFaults,
  orderFaults,
  parcelFaults,
  waitingFaults,
]

export async function faultsOf(stage: Stage, registers: readonly Register[]): Promise<string[]> {
  const found: string[] = []
  for (const check of checks) found.push(...(await check(stage, registers)))
  return found
}

/** What is available by the books is what came in less what was sold. */
async function balanceFaults(stage: Stage): Promise<string[]> {
  const rows = await stage.world.books.selectFrom('balance').selectAll().execute()
  const sold = soldUnits(stage)
  const gone = goneUnits(stage)
  return components.flatMap((component) => {
    let left = stage.received[component] ?? 0
    let shown = 0
    for (const platform of platforms)
      for (const sku of sellable) {
        const perSale = partsOf(sku)[component] ?? 0
        left -= perSale * sold(platform, sku)
        shown += perSale * Math.max(0, stage.world.shops[platform].counter(sku).units)
      }
    const row = rows.find(({ sku }) => sku === component)
    const available = (row?.on_hand ?? 0) - (row?.reserved ?? 0)
    // What left although it was cancelled is told to a person, who takes it off.
    const isRight = available <= left && available >= left - (gone.get(component) ?? 0)
    const faults = isRight ? [] : [`at rest: ${available} ${component} are available by the books, ${left} in truth`]
    // No fault: last units of one component may wait for the other one of a bundle.
    if (left > 1 && shown === 0) stage.coverage.count('units left at rest that no shop shows', left)
    return faults
  })
}

/** Nothing is in flight or held; the shops show what the rights say, and may sell no more than that. */
async function rightsFaults(stage: Stage, registers: readonly Register[]): Promise<string[]> {
  const { world } = stage
  const sold = soldUnits(stage)
  const rows = await readRights(world.books)
  return registers.flatMap(({ platform, register, sku }) => {
    const row = rows.find((one) => one.account === world.ids[platform] && one.register === register)
    if (!row) return [`at rest: ${platform} ${sku} has no rights`]
    const rights = rightsOf(row)
    const label = `at rest: ${platform} ${sku}`
    const { units } = world.shops[platform].counter(sku)
    // Below zero a shelf has sold what was not its own; that stays held.
    if (rights.op || rights.pend || rights.hold !== Math.max(0, -units))
      return [`${label} is not settled: ${JSON.stringify(rights)}`]
    const believed = believedUnits(rights, row.taken_units ?? 0)
    const end = sold(platform, sku) + Math.max(0, units)
    return [
      ...(believed === units ? [] : [`${label} shows ${units}, believed are ${believed}`]),
      ...(ceilingOf(rights) === end ? [] : [`${label} has rights up to ${ceilingOf(rights)}, it can come to ${end}`]),
    ]
  })
}

/** Every sale is in the books; each of another shop has exactly one living copy, a cancelled one none that was not shipped before. */
async function orderFaults({ world, weather }: Stage): Promise<string[]> {
  const faults: string[] = []
  const heads = await world.books.selectFrom('order_head').select(['account', 'order_id', 'phase']).execute()
  const receipts = await world.books
    .selectFrom('receipt')
    .select(['subject', 'state', 'reason', 'result'])
    .where('kind', '=', 'order')
    .execute()
  const told = new Set(receipts.flatMap(({ subject, state }) => (state === 'parked' ? [subject] : [])))
  const copying = new Map(
    receipts.map(({ subject, state, reason, result }) => [
      subject,
      `${state}, ${reason ?? result ?? 'without a word'}`,
    ]),
  )
  const known = new Map(heads.map(({ account, order_id, phase }) => [`${account} ${order_id}`, phase]))
  const copies = world.shops[weather.shipper].orders().filter(isCopy)
  for (const platform of platforms) {
    for (const order of world.shops[platform].orders()) {
      const label = `at rest: ${platform} ${order.id}`
      const phase = known.get(`${world.ids[platform]} ${order.id}`)
      if (phase === undefined) faults.push(`${label} is not in the books`)
      else if ((phase === 'cancelled') !== order.cancelled) faults.push(`${label} is ${phase} in the books`)
      if (isCopy(order) || platform === weather.shipper) continue
      const mine = copies.filter(({ reference }) => reference === referenceOf(world.ids[platform], order.id))
      if (mine.length > 1) faults.push(`${label} has ${mine.length} copies`)
      if (!order.cancelled && mine.filter(({ cancelled }) => !cancelled).length !== 1)
        faults.push(`${label} has no living copy: ${copying.get(`${world.ids[platform]}/${order.id}`)}; ${phase}`)
      if (order.cancelled && mine.some(({ cancelled, shipped }) => !cancelled && !shipped))
        faults.push(`${label} was cancelled, its copy lives`)
      const hasLeft = mine.some(({ cancelled, shipped }) => !cancelled && shipped)
      if (order.cancelled && hasLeft && !told.has(`${world.ids[platform]}/${order.id}`))
        faults.push(
          `${label} was cancelled after its copy had left, and nobody was told: ${copying.get(`${world.ids[platform]}/${order.id}`)}; ${phase}`,
        )
    }
  }
  return faults
}

/** Every shipped copy's number is in the shop that sold, once. */
async function parcelFaults({ world, weather }: Stage): Promise<string[]> {
  const faults: string[] = []
  for (const platform of platforms.filter((one) => one !== weather.shipper))
    for (const order of world.shops[platform].orders())
      if (!order.cancelled && order.tracking.length !== 1)
        faults.push(`at rest: ${platform} ${order.id} has ${order.tracking.length} tracking numbers`)
  return faults
}

async function waitingFaults({ world }: Stage): Promise<string[]> {
  const waiting = await world.books
    .selectFrom('receipt')
    .select(['account', 'kind', 'subject', 'state', 'reason'])
    .where('state', 'in', ['due', 'flying'])
    .execute()
  const claims = await world.books.selectFrom('claim').select(['subject', 'units']).execute()
  return [
    ...waiting.map(
      ({ account, kind, subject, state, reason }) =>
        `at rest: ${account} ${kind} ${subject} is still ${state}: ${reason}`,
    ),
    ...claims.map(({ subject, units }) => `at rest: ${units} units are still claimed for ${subject}`),
  ]
}

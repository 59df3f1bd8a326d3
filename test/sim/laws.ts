/** What must hold after every step, whatever happened: the first law that does not ends the play. */

import { rightsOf } from '../../src/planner/registers.ts'
import { ceilingOf, rightsUnits } from '../../src/planner/rights.ts'
import type { Db } from '../../src/store/tables.ts'
import type { PlatformName } from '../support/world.ts'
import { components, partsOf, platforms, type Stage, sellable } from './scene.ts'
import { goneUnits, soldUnits } from './truth.ts'

/** A law that does not hold, and the register whose history tells why. */
export class Broken extends Error {
  readonly at: Register | undefined
  constructor(message: string, at?: Register) {
    super(message)
    this.at = at
  }
}

export interface Register {
  readonly platform: PlatformName
  readonly register: string
  readonly sku: string
}

/** The registers by their skus; they stay what they are in a play. */
export async function registersOf({ world }: Pick<Stage, 'world'>): Promise<readonly Register[]> {
  const rows = await world.books
    .selectFrom('listing')
    .select(['account', 'register', 'sku_text'])
    .where('register', 'is not', null)
    .orderBy('account')
    .orderBy('register')
    .execute()
  return rows.flatMap(({ account, register, sku_text }) => {
    const platform = platforms.find((one) => world.ids[one] === account)
    return platform && register !== null && sku_text !== null ? [{ platform, register, sku: sku_text }] : []
  })
}

export const readRights = (db: Db) =>
  db
    .selectFrom('rights')
    .leftJoin('register_count', (join) =>
      join
        .onRef('register_count.account', '=', 'rights.account')
        .onRef('register_count.register', '=', 'rights.register'),
    )
    .select([
      'rights.account',
      'rights.register',
      'entitlement',
      'hold',
      'hold_until',
      'op',
      'pend',
      'register_count.taken_units',
    ])
    .execute()

/** A register's rights from the beginning, a line each. */
export async function historyOf({ world }: Pick<Stage, 'world'>, { platform, register }: Register): Promise<string[]> {
  const rows = await world.books
    .selectFrom('rights_change')
    .selectAll()
    .where('account', '=', world.ids[platform])
    .where('register', '=', register)
    .orderBy('id')
    .execute()
  return rows.map(
    ({ at, cause, entitlement, hold, ceiling, shown, taken_units, drift, call_key }) =>
      `${new Date(at).toISOString().slice(11, 23)} ${cause}: ${entitlement} + ${hold}, at most ${ceiling}; ${taken_units} taken, ${shown} shown${drift === null ? '' : `, ${drift} unexplained`} ${call_key ?? ''}`,
  )
}

/** No unit is sold twice. */
export function checkSales(stage: Stage): void {
  const sold = soldUnits(stage)
  for (const component of components) {
    let units = 0
    for (const platform of platforms)
      for (const sku of sellable) units += sold(platform, sku) * (partsOf(sku)[component] ?? 0)
    const have = (stage.received[component] ?? 0) + (stage.raised[component] ?? 0)
    if (units > have) throw new Broken(`sold twice: ${units} ${component} were sold, ${have} there were`)
  }
}

/** What a shop may sell is never more than its rights; and all rights together are never more than there is. */
export async function checkRights(stage: Stage, registers: readonly Register[]): Promise<void> {
  if (stage.weather.hasStrangers) return
  const { world } = stage
  const rows = await readRights(world.books)
  const sold = soldUnits(stage)
  const free = await freeUnits(stage)
  for (const row of rows) {
    const known = registers.find(
      ({ platform, register }) => world.ids[platform] === row.account && register === row.register,
    )
    if (!known) continue
    const { platform, sku } = known
    const rights = rightsOf(row)
    const ceiling = ceilingOf(rights)
    const { units, heldUnits } = world.shops[platform].counter(sku)
    const may = sold(platform, sku) + Math.max(units, heldUnits)
    if (may > ceiling)
      throw new Broken(
        `beyond its rights: ${platform} ${sku} may come to ${may} sold (${sold(platform, sku)} sold, ${units} shown, ${heldUnits} held), its rights end at ${ceiling}: ${JSON.stringify(rights)}`,
        known,
      )
    for (const [part, perSale] of Object.entries(partsOf(sku)))
      free.set(part, (free.get(part) ?? 0) - perSale * rightsUnits(rights, row.taken_units ?? 0))
  }
  const gone = goneUnits(stage)
  for (const [component, units] of free)
    if (units < -(gone.get(component) ?? 0))
      throw new Broken(`promised twice: rights of ${component} are ${-units} units beyond what there is`)
}

async function freeUnits({ world }: Stage): Promise<Map<string, number>> {
  const rows = await world.books.selectFrom('balance').select(['sku', 'on_hand', 'reserved']).execute()
  return new Map(rows.map(({ sku, on_hand, reserved }) => [sku, on_hand - reserved]))
}

/** Every book is the sum of its history. */
export async function checkBooks({ world: { books } }: Stage): Promise<void> {
  const balances = await books.selectFrom('balance').select(['sku', 'on_hand', 'reserved']).execute()
  const movements = await books
    .selectFrom('movement')
    .select(['sku'])
    .select((eb) => [
      eb.fn.sum<number>('on_hand_delta').as('on_hand'),
      eb.fn.sum<number>('reserved_delta').as('reserved'),
    ])
    .groupBy('sku')
    .execute()
  for (const { sku, on_hand, reserved } of balances) {
    const sum = movements.find((one) => one.sku === sku)
    if (on_hand !== Number(sum?.on_hand ?? 0) || reserved !== Number(sum?.reserved ?? 0))
      throw new Broken(
        `books: the balance of ${sku} is ${on_hand}/${reserved}, its movements say ${sum?.on_hand}/${sum?.reserved}`,
      )
  }
  await checkCounts(books)
  await checkHistory(books)
}

async function checkCounts(books: Db): Promise<void> {
  const counts = await books.selectFrom('register_count').selectAll().execute()
  const takings = await books
    .selectFrom('taking')
    .select(['account', 'register'])
    .select((eb) => eb.fn.sum<number>('units').as('units'))
    .groupBy(['account', 'register'])
    .execute()
  for (const { account, register, taken_units } of counts) {
    const sum = takings.find((one) => one.account === account && one.register === register)
    if (taken_units !== Number(sum?.units ?? 0))
      throw new Broken(`books: ${account} ${register} counts ${taken_units} taken, its takings say ${sum?.units}`)
  }
}

async function checkHistory(books: Db): Promise<void> {
  const rows = await books
    .selectFrom('rights')
    .select(['rights.account', 'rights.register', 'entitlement', 'hold'])
    .execute()
  const changes = await books
    .selectFrom('rights_change as c')
    .select(['c.account', 'c.register', 'c.entitlement', 'c.hold'])
    .where(({ eb, selectFrom }) =>
      eb(
        'c.id',
        'in',
        selectFrom('rights_change')
          .select((s) => s.fn.max('id').as('id'))
          .groupBy(['account', 'register']),
      ),
    )
    .execute()
  for (const { account, register, entitlement, hold } of rows) {
    const last = changes.find((one) => one.account === account && one.register === register)
    if (last?.entitlement !== entitlement || last.hold !== hold)
      throw new Broken(`books: the rights of ${account} ${register} are not what their history says last`)
  }
}

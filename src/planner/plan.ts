/** The planner's loop: whatever the books say is newer than the last plan is planned again. */

import type { Clock } from '../clock.ts'
import type { AccountId, SkuId } from '../domain.ts'
import { type Log, reasonOf } from '../log.ts'
import { lookBackTo, type Reach, type Store } from '../store/index.ts'
import type { OrderHeadTable, ShipmentTable, Tx } from '../store/tables.ts'
import { ends } from './ends.ts'
import { woken } from './intents.ts'
import { createLifeKeeper, type LifeRules, originOf } from './life.ts'
import { orderRow, planOrder, staleOrders } from './orders.ts'
import { planShipment, shipmentRow, staleShipments } from './parcels.ts'
import type { FactsContext } from './registers.ts'
import { dueComponents, planComponents, staleComponents } from './stock.ts'
import type { CarrierBook } from './tracking-gate.ts'

export interface Planner {
  /** Says that these components may have changed; planned soon. */
  wake(skus: Iterable<SkuId>): void
  /** Plans what it was woken for, and new orders and parcels. Resolves when that is done. */
  drain(): Promise<void>
  /** Compares every revision with the plan's: finds what no wake-up told. `near`: only what is new since a few seconds. */
  sweep(reach?: Reach): Promise<void>
}

export interface PlannerDeps {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly carriers: CarrierBook
  readonly shop: FactsContext['shop']
  readonly life: LifeRules
  /** Told after commits for which accounts something is intended now. */
  onPlanned(accounts: ReadonlySet<AccountId>): void
}

const componentsPerTransaction = 100
const rowsPerPass = 200
const staleAtOnce = 1000

export function createPlanner(deps: PlannerDeps): Planner {
  const { store, clock, log } = deps
  const keepLife = createLifeKeeper(deps.life, log)
  const dirty = new Set<SkuId>()
  let ordersUpTo = ''
  let parcelsUpTo = ''
  let current: Promise<void> | undefined
  let again = false

  let told = new Set<AccountId>()
  const context = () => ({ now: clock.now(), newId: store.newId, shop: deps.shop, told })

  function tell(): void {
    if (told.size === 0) return
    const accounts = told
    told = new Set()
    deps.onPlanned(accounts)
  }

  async function components(): Promise<void> {
    while (dirty.size > 0) {
      const batch = [...dirty].slice(0, componentsPerTransaction)
      for (const sku of batch) dirty.delete(sku)
      await store.transaction((tx) => planComponents(tx, batch, context()))
      tell()
    }
  }

  /** Plans each row alone: one that cannot be planned is told and left to the next sweep. */
  async function each<Row extends { stamp: string }>(
    rows: readonly Row[],
    what: string,
    plan: (row: Row) => Promise<void>,
  ): Promise<void> {
    for (const row of rows) {
      try {
        await plan(row)
      } catch (error) {
        log.warn('not planned', { what, reason: reasonOf(error) })
      }
    }
    tell()
  }

  async function oneOrder(row: OrderHeadTable, isTimed = false): Promise<void> {
    await store.transaction(async (tx) => {
      if (!isTimed) await planOrder(tx, row, context())
      await keepLife(tx, row.account, row.order_id, context(), isTimed)
      await keepLifeOfOrigin(tx, row.reference)
    })
  }

  async function oneParcel(row: ShipmentTable): Promise<void> {
    await store.transaction(async (tx) => {
      await planShipment(tx, row, deps.carriers, context())
      await keepLife(tx, row.account, row.order_id, context())
      await keepLifeOfOrigin(tx, (await orderRow(tx, row.account, row.order_id))?.reference ?? null)
    })
  }

  /** A copy is a step in the life of the order it stands for. */
  async function keepLifeOfOrigin(tx: Tx, reference: string | null): Promise<void> {
    const origin = originOf(reference)
    if (origin) await keepLife(tx, origin.account, origin.order, context())
  }

  async function orders(): Promise<void> {
    for (let isMore = true; isMore; ) {
      const rows = await staleOrders(store.db, ordersUpTo, rowsPerPass)
      ordersUpTo = rows.at(-1)?.stamp ?? ordersUpTo
      await each(rows, 'order', (row) => oneOrder(row))
      isMore = rows.length === rowsPerPass
    }
  }

  async function parcels(): Promise<void> {
    for (let isMore = true; isMore; ) {
      const rows = await staleShipments(store.db, parcelsUpTo, rowsPerPass)
      parcelsUpTo = rows.at(-1)?.stamp ?? parcelsUpTo
      await each(rows, 'parcel', oneParcel)
      isMore = rows.length === rowsPerPass
    }
  }

  /** Plans that asked to be made again: something they wait for may have come. */
  async function wakeUps(): Promise<void> {
    const now = clock.now()
    const orderRows = await Promise.all(
      (await woken(store.db, 'order', now, rowsPerPass)).map(({ account, id }) => orderRow(store.db, account, id)),
    )
    await each(orderRows.filter(isPresent), 'order', (row) => oneOrder(row))
    const timedRows = await Promise.all(
      (await woken(store.db, 'life', now, rowsPerPass)).map(({ account, id }) => orderRow(store.db, account, id)),
    )
    await each(timedRows.filter(isPresent), 'life', (row) => oneOrder(row, true))
    const parcelRows = await Promise.all(
      (await woken(store.db, 'shipment', now, rowsPerPass)).map(({ account, id }) =>
        shipmentRow(store.db, account, id),
      ),
    )
    await each(parcelRows.filter(isPresent), 'parcel', oneParcel)
  }

  async function allStale(): Promise<void> {
    for (let before = ''; ; ) {
      const stale = await staleComponents(store.db, staleAtOnce)
      for (const sku of stale) dirty.add(sku)
      await drain()
      // The same again: they cannot be planned now, and the next sweep tries them.
      const found = stale.join()
      if (stale.length < staleAtOnce || found === before) return
      before = found
    }
  }

  async function run(): Promise<void> {
    try {
      do {
        again = false
        await components()
        // Wake-ups come by the dozen, and most are for components only: the ends of two indexes say so.
        const newest = await ends(store.db)
        if (newest.order > ordersUpTo) await orders()
        if (newest.parcel > parcelsUpTo) await parcels()
      } while (again || dirty.size > 0)
    } finally {
      // In the same turn as the last look at `again`: nobody can ask in between and be forgotten.
      current = undefined
    }
  }

  function drain(): Promise<void> {
    if (current) {
      again = true
      return current
    }
    current = run()
    return current
  }

  return {
    wake(skus) {
      for (const sku of skus) dirty.add(sku)
    },
    drain,
    async sweep(reach = 'far') {
      await current
      const before = { orders: ordersUpTo, parcels: parcelsUpTo }
      const floor = lookBackTo(reach, clock.now())
      ordersUpTo = floor < ordersUpTo ? floor : ordersUpTo
      parcelsUpTo = floor < parcelsUpTo ? floor : parcelsUpTo
      for (const sku of await dueComponents(store.db, clock.now(), componentsPerTransaction)) dirty.add(sku)
      // Comparing every component costs the whole catalogue: a near sweep leaves it to the wake-ups.
      if (reach === 'far') await allStale()
      else await drain()
      // What was looked back over need not be read again before the next sweep.
      ordersUpTo = before.orders < ordersUpTo ? ordersUpTo : before.orders
      parcelsUpTo = before.parcels < parcelsUpTo ? parcelsUpTo : before.parcels
      await wakeUps()
    },
  }
}

const isPresent = <T>(row: T | undefined): row is T => row !== undefined

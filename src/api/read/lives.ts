/** How far orders are, as people see it: the planner's state, and what the dispatcher has parked on top of it. */

import { parseReference } from '../../domain.ts'
import type { KeptDeadline, Oddity } from '../../planner/life.ts'
import type { Db, OrderLifeTable } from '../../store/tables.ts'

export interface LifeView {
  readonly state: OrderLifeTable['state']
  readonly since: number
  readonly nextActor: OrderLifeTable['next_actor']
  readonly deadlines: readonly KeptDeadline[]
  readonly oddities: readonly Oddity[]
}

interface OrderKey {
  readonly account: string
  readonly order_id: string
}

const keyOf = ({ account, order_id }: OrderKey) => `${account}/${order_id}`

/** Safe: written by the planner only. */
export const deadlinesOf = (json: string) => JSON.parse(json) as KeptDeadline[]
const odditiesOf = (json: string) => JSON.parse(json) as Oddity[]

/** By `account/order`; an order that has only just been seen has none yet. */
export async function livesOf(db: Db, orders: readonly OrderKey[]): Promise<Map<string, LifeView>> {
  if (orders.length === 0) return new Map()
  const rows = await db
    .selectFrom('order_life')
    .selectAll()
    .where('account', 'in', [...new Set(orders.map(({ account }) => account))])
    .where(
      'order_id',
      'in',
      orders.map(({ order_id }) => order_id),
    )
    .execute()
  const parked = await parkedOrders(db, rows)
  return new Map(
    rows.map((row) => [
      keyOf(row),
      {
        state: row.state,
        since: row.since,
        nextActor: parked.has(keyOf(row)) ? 'merchant' : row.next_actor,
        deadlines: deadlinesOf(row.deadlines),
        oddities: odditiesOf(row.oddities),
      },
    ]),
  )
}

/** More parcels than anybody parks. */
const parcelsMax = 1000

/** Of these orders, those whose copy or parcel waits for a person. */
async function parkedOrders(db: Db, orders: readonly OrderKey[]): Promise<Set<string>> {
  if (orders.length === 0) return new Set()
  const accounts = (await db.selectFrom('account').select('id').execute()).map(({ id }) => id)
  if (accounts.length === 0) return new Set()
  const copies = await db
    .selectFrom('receipt')
    .select('subject')
    .where('account', 'in', accounts)
    .where('kind', '=', 'order')
    .where('subject', 'in', orders.map(keyOf))
    .where('state', '=', 'parked')
    .execute()
  const parcels = await db
    .selectFrom('receipt')
    .select('subject')
    .where('account', 'in', [...new Set(orders.map(({ account }) => account))])
    .where('state', '=', 'parked')
    .where('kind', '=', 'tracking')
    .limit(parcelsMax)
    .execute()
  return new Set([...copies.map(({ subject }) => subject), ...(await originsOf(db, parcels))])
}

/** A parcel is named by the shop that ships: its copy says which order it belongs to. */
async function originsOf(db: Db, parcels: readonly { subject: string }[]): Promise<string[]> {
  if (parcels.length === 0) return []
  const named = parcels.map(({ subject }) => {
    const at = subject.indexOf('/')
    return { account: subject.slice(0, at), shipment: subject.slice(at + 1) }
  })
  const copies = await db
    .selectFrom('shipment')
    .innerJoin('order_head', (join) =>
      join.onRef('order_head.account', '=', 'shipment.account').onRef('order_head.order_id', '=', 'shipment.order_id'),
    )
    .select('order_head.reference')
    .where('shipment.account', 'in', [...new Set(named.map(({ account }) => account))])
    .where(
      'shipment.shipment_id',
      'in',
      named.map(({ shipment }) => shipment),
    )
    .execute()
  return copies.flatMap(({ reference }) => {
    const origin = reference === null ? undefined : parseReference(reference)
    return origin ? [`${origin.account}/${origin.order}`] : []
  })
}

/** How many orders are in each state, by account; copies that we made are none. */
export async function orderStates(db: Db): Promise<Map<string, Record<string, number>>> {
  const rows = await db
    .selectFrom('order_life')
    .select(['account', 'state'])
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('is_copy', '=', 0)
    .groupBy(['account', 'state'])
    .execute()
  const states = new Map<string, Record<string, number>>()
  for (const { account, state, count } of rows) states.set(account, { ...states.get(account), [state]: Number(count) })
  return states
}

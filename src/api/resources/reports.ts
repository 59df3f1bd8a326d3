/** Reports: what was sold where, and how punctual a shop is. */

import { z } from 'zod'
import type { ApiDeps } from '../deps.ts'
import { punctualityOf } from '../read/punctual.ts'
import { notFound, refuse } from '../refusal.ts'
import { type Route, route } from '../route.ts'
import { iso, moment, time } from '../times.ts'

const sales = z.object({
  from: time,
  to: time,
  accounts: z.array(
    z.object({
      account: z.string(),
      orders: z.int().describe('Placed in this time and not cancelled; copies are none'),
      skus: z.array(z.object({ sku: z.string(), orders: z.int(), units: z.int() })),
    }),
  ),
})

const rate = z.number().min(0).max(1).nullable()

const punctual = z.object({
  account: z.string(),
  milestone: z.enum(['ready', 'transit', 'delivered']),
  from: time,
  to: time,
  decided: z.int().describe('Orders that met it, or whose time is over'),
  onTime: z.int(),
  late: z.int(),
  onTimeRate: rate,
  lateRate: rate,
  open: z.int().describe('Not met, and still in time'),
  expectedLate: z.number().nullable().describe('Of the open ones, if they go as those before them went'),
  forecastLateRate: rate.describe('The late rate once the open ones are decided'),
})

export function reportRoutes(deps: ApiDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/reports/sales',
      summary: 'Orders and units per shop and sku, by when the order was placed',
      needs: 'read',
      query: z.strictObject({
        from: moment.describe('Included; a day begins in UTC'),
        to: moment.describe('Not included'),
      }),
      answer: sales,
      async handle({ query }) {
        const from = Date.parse(query.from)
        const to = Date.parse(query.to)
        if (from >= to)
          return refuse(422, '`from` must be before `to`.', [{ field: 'to', reason: 'is not after `from`' }])
        return { from: iso(from), to: iso(to), accounts: await salesBetween(deps, from, to) }
      },
    }),
    route({
      method: 'GET',
      path: '/reports/punctuality',
      summary: 'How many orders of a shop were on time, and how many will be, by when the order was placed',
      needs: 'read',
      query: z.strictObject({
        account: z.string(),
        milestone: z.enum(['ready', 'transit', 'delivered']).default('ready'),
        from: moment.describe('Included; a day begins in UTC'),
        to: moment.describe('Not included'),
      }),
      answer: punctual,
      async handle({ query: { account, milestone, ...query } }) {
        const from = Date.parse(query.from)
        const to = Date.parse(query.to)
        if (from >= to)
          return refuse(422, '`from` must be before `to`.', [{ field: 'to', reason: 'is not after `from`' }])
        if (!(await deps.accounts.get(account))) return notFound(`account ${account}`)
        const found = await punctualityOf(deps.store.db, { account, milestone, from, to }, deps.clock.now())
        return { account, milestone, from: iso(from), to: iso(to), ...found }
      },
    }),
  ]
}

/** Units that the orders took and have not given back; goods that came back after shipping stay sold. */
async function salesBetween(
  { store: { db } }: ApiDeps,
  from: number,
  to: number,
): Promise<z.input<typeof sales>['accounts']> {
  const heads = await db
    .selectFrom('order_head')
    .select('account')
    .select((eb) => eb.fn.countAll<number>().as('orders'))
    .where('placed_at', '>=', from)
    .where('placed_at', '<', to)
    .where('reference', 'is', null)
    .where('phase', 'not in', ['draft', 'cancelled'])
    .groupBy('account')
    .orderBy('account')
    .execute()
  const perOrder = db
    .selectFrom('movement')
    .innerJoin('order_head', (join) =>
      join.onRef('order_head.account', '=', 'movement.account').onRef('order_head.order_id', '=', 'movement.order_id'),
    )
    .select(['movement.account', 'movement.sku', 'movement.order_id'])
    .select((eb) => eb(eb.fn.sum<number>('reserved_delta'), '-', eb.fn.sum<number>('on_hand_delta')).as('units'))
    .where('order_head.placed_at', '>=', from)
    .where('order_head.placed_at', '<', to)
    .groupBy(['movement.account', 'movement.sku', 'movement.order_id'])
  const skus = await db
    .selectFrom(perOrder.as('sold'))
    .select(['sold.account', 'sold.sku'])
    .select((eb) => [eb.fn.countAll<number>().as('orders'), eb.fn.sum<number>('sold.units').as('units')])
    .where('sold.units', '<>', 0)
    .groupBy(['sold.account', 'sold.sku'])
    .orderBy('sold.sku')
    .execute()
  return heads.map(({ account, orders }) => ({
    account,
    orders: Number(orders),
    skus: skus
      .filter((row) => row.account === account)
      .map(({ sku, orders, units }) => ({ sku, orders: Number(orders), units: Number(units) })),
  }))
}

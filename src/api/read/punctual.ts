/** How punctual a shop was and is going to be, from the deadlines that its orders keep. */

import type { Milestone } from '../../domain.ts'
import { type Dispatched, type Punctuality, punctuality } from '../../planner/forecast.ts'
import type { Db } from '../../store/tables.ts'
import { deadlinesOf } from './lives.ts'

/** Orders that are looked at, the newest; a month of a shop that sells a thousand a day. */
const ordersMax = 30_000

/** Cancelled orders were neither late nor on time; those without a deadline of that kind are left out. */
export async function punctualityOf(
  db: Db,
  asked: { readonly account: string; readonly milestone: Milestone; readonly from: number; readonly to: number },
  now: number,
): Promise<Punctuality> {
  const rows = await db
    .selectFrom('order_life')
    .innerJoin('order_head', (join) =>
      join
        .onRef('order_head.account', '=', 'order_life.account')
        .onRef('order_head.order_id', '=', 'order_life.order_id'),
    )
    .select(['order_life.deadlines', 'order_head.placed_at'])
    .where('order_life.is_copy', '=', 0)
    .where('order_life.account', '=', asked.account)
    .where('order_life.state', '<>', 'cancelled')
    .where('order_head.placed_at', '>=', asked.from)
    .where('order_head.placed_at', '<', asked.to)
    .orderBy('order_head.placed_at', 'desc')
    .limit(ordersMax)
    .execute()
  const orders = rows.flatMap(({ deadlines, placed_at }): Dispatched[] => {
    const found = deadlinesOf(deadlines).find(({ milestone }) => milestone === asked.milestone)
    return found ? [{ placedAt: placed_at, dueAt: found.at, doneAt: found.reachedAt }] : []
  })
  return punctuality(orders, now)
}

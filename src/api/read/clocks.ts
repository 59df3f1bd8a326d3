/** Orders that somebody should see because of the time: they wait too long, or a deadline is near or over. */

import type { Actor, Milestone, OrderState } from '../../domain.ts'
import type { KeptDeadline } from '../../planner/life.ts'
import type { Db, OrderLifeTable } from '../../store/tables.ts'
import { deadlinesOf } from './lives.ts'

const stateWords: Readonly<Record<OrderState, string>> = {
  seen: 'seen but holds no stock',
  reserved: 'reserved',
  ready: 'ready to be shipped',
  exported: 'in the shop that ships',
  shipping: 'on its way out',
  shipped: 'shipped',
  delivered: 'delivered',
  closed: 'closed',
  cancelled: 'cancelled',
  returned: 'being returned',
}

const actorWords: Readonly<Record<Actor, string>> = {
  shop: 'The shop should have said more of it by now.',
  buyer: 'The buyer should have acted by now.',
  merchant: 'It waits for you.',
  onhand: 'Onhand should have acted by now: look at the other problems of this order and of its shops.',
  nobody: '',
}

const milestoneWords: Readonly<Record<Milestone, string>> = {
  ready: 'must be handed over',
  transit: 'must be with the carrier',
  delivered: 'must be delivered',
  cancel: 'is cancelled by the shop if it has not left',
}

const hourMs = 3_600_000

/** `3 hours`, `2 days`: whole ones, so that a problem reads the same from one look to the next. */
function span(ms: number): string {
  const hours = Math.floor(ms / hourMs)
  if (hours < 1) return `${Math.max(1, Math.floor(ms / 60_000))} minutes`
  return hours < 48 ? `${hours} hours` : `${Math.floor(hours / 24)} days`
}

function deadlineText({ milestone, at, source }: KeptDeadline, now: number): string {
  const when = new Date(at).toISOString().slice(0, 16).replace('T', ' ')
  const whose = source === 'platform' ? "the shop's own time" : "computed from the market's rules"
  const left = at >= now ? `${span(at - now)} left` : `${span(now - at)} too late`
  return `It ${milestoneWords[milestone]} by ${when} UTC (${whose}): ${left}.`
}

/** Why an order is on the list now: the time that runs out first, then how long it has waited. */
export function clockReason(
  row: Pick<OrderLifeTable, 'state' | 'since' | 'next_actor' | 'deadlines' | 'overdue_at'>,
  now: number,
): string {
  const near = deadlinesOf(row.deadlines)
    .filter(({ warnAt }) => warnAt.some((at) => at <= now))
    .toSorted((a, b) => a.at - b.at)
  const texts = near.slice(0, 1).map((deadline) => deadlineText(deadline, now))
  if (row.overdue_at !== null && row.overdue_at <= now)
    texts.push(
      `It has been ${stateWords[row.state]} for ${span(now - row.since)}. ${actorWords[row.next_actor]}`.trim(),
    )
  return texts.join(' ')
}

/** The orders on the list; whoever asks adds what page or which one. */
export const lateOrders = (db: Db, now: number) =>
  db
    .selectFrom('order_life')
    .innerJoin('order_head', (join) =>
      join
        .onRef('order_head.account', '=', 'order_life.account')
        .onRef('order_head.order_id', '=', 'order_life.order_id'),
    )
    .where('order_life.problem_at', '<=', now)

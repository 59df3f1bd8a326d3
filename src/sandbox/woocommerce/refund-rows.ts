/** The rows of refunds; what they do to stock and status is decided elsewhere. */

import { orderTotalCents } from './order-json.ts'
import { applyMeta, type Order, type Refund, type State } from './state.ts'
import { centsOf, type Fields, fieldsOf, listOf, phpInt, textOf } from './values.ts'

export const refundedCents = (order: Order): number =>
  order.refunds.reduce((sum, { amountCents }) => sum + amountCents, 0)

export function refundLines(state: State, order: Order, given: unknown): Refund['lines'] {
  return listOf(given)
    .map<Fields>(fieldsOf)
    .flatMap((fields) => {
      const of = order.lines.find((line) => line.id === phpInt(fields.id))
      if (!of) return []
      const quantity = phpInt(fields.quantity)
      const totalCents = centsOf(fields.refund_total)
      if (quantity === 0 && totalCents === 0) return []
      const meta = [{ id: state.nextRowId('meta'), key: '_refunded_item_id', value: String(of.id) }]
      return [{ id: state.nextRowId('line'), of, quantity, totalCents, meta }]
    })
}

export function record(
  state: State,
  order: Order,
  amountCents: number,
  lines: Refund['lines'],
  fields: Fields,
  paid: boolean,
): Refund {
  const isFull = refundedCents(order) + amountCents >= orderTotalCents(order)
  const refund: Refund = {
    id: state.nextId(),
    createdAt: state.nowSeconds(),
    amountCents,
    reason: textOf(fields.reason),
    paid,
    lines,
    meta: [{ id: state.nextRowId('meta'), key: '_refund_type', value: isFull ? 'full' : 'partial' }],
  }
  applyMeta(state, refund.meta, fields.meta_data)
  order.refunds.push(refund)
  return refund
}

/** Setting the status refunded books the rest as a refund, without restock. */
export function refundRest(state: State, order: Order): void {
  const rest = orderTotalCents(order) - refundedCents(order)
  if (rest <= 0) return
  record(state, order, rest, [], { reason: 'Order fully refunded.' }, false)
}

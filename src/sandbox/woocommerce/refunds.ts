/** Refunds: money is only counted, stock comes back by default and never more than the line had taken. */

import { orderTotalCents } from './order-json.ts'
import { setStatus } from './order-status.ts'
import { moveLine, reducedUnits } from './order-stock.ts'
import { record, refundedCents, refundLines } from './refund-rows.ts'
import { RestError } from './rest-error.ts'
import { metaOf, type Order, putMeta, type Refund, type State } from './state.ts'
import { centsOf, type Fields, phpBool, phpInt } from './values.ts'

/** Gives back what is still taken, and remembers on the line how much: a later cancel gives only the rest. */
function restock(state: State, lines: Refund['lines']): void {
  for (const { of, quantity } of lines) {
    const units = Math.min(quantity, reducedUnits(of))
    if (units <= 0) continue
    moveLine(state, of, -units)
    putMeta(
      state,
      of.meta,
      '_restock_refunded_items',
      String(phpInt(metaOf(of.meta, '_restock_refunded_items')) + units),
    )
  }
}

/** Too much is a 500 whose `data` is the bare number: not a server fault. */
export function createRefund(state: State, order: Order, fields: Fields): Refund {
  const lines = refundLines(state, order, fields.line_items)
  const given = lines.reduce((sum, { totalCents }) => sum + totalCents, 0)
  const amountCents = fields.amount === undefined || fields.amount === null ? given : centsOf(fields.amount)
  if (amountCents < 0)
    throw new RestError(400, 'woocommerce_rest_invalid_order_refund', 'Refund amount must be greater than zero.')
  if (refundedCents(order) + amountCents > orderTotalCents(order))
    throw new RestError(500, 'woocommerce_rest_cannot_create_order_refund', 'Invalid refund amount.', 500)
  const isPaidBack = fields.api_refund === undefined || phpBool(fields.api_refund)
  const refund = record(state, order, amountCents, lines, fields, isPaidBack)
  if (fields.api_restock === undefined || phpBool(fields.api_restock)) restock(state, refund.lines)
  if (refundedCents(order) >= orderTotalCents(order) && orderTotalCents(order) > 0) setStatus(state, order, 'refunded')
  order.modifiedAt = state.nowSeconds()
  state.emit('order', 'updated', order.id)
  return refund
}

export function deleteRefund(state: State, order: Order, refund: Refund): void {
  order.refunds = order.refunds.filter((other) => other !== refund)
  order.modifiedAt = state.nowSeconds()
  state.emit('order', 'updated', order.id)
}

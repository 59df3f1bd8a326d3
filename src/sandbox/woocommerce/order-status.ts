/** An order's way from status to status, and what each step does to payment, holds and stock. */

import { followStatus } from './order-stock.ts'
import { refundRest } from './refund-rows.ts'
import type { Order, State } from './state.ts'
import { orderStatuses } from './validate.ts'

const payable = ['pending', 'on-hold', 'failed', 'cancelled']
const paid = ['processing', 'completed']

const statusNames: Record<string, string> = { pending: 'Pending payment', 'on-hold': 'On hold' }
const statusName = (status: string) => statusNames[status] ?? status.charAt(0).toUpperCase() + status.slice(1)

export function addNote(state: State, order: Order, note: string, author = 'system', toCustomer = false) {
  const row = { id: state.nextRowId('meta'), author, createdAt: state.nowSeconds(), note, toCustomer }
  order.notes.unshift(row)
  return row
}

/** A status nobody knows silently becomes pending: only a batch lets one through. */
export function setStatus(state: State, order: Order, wanted: string): void {
  const status = orderStatuses.some((known) => known === wanted) ? wanted : 'pending'
  if (status === order.status) return
  addNote(state, order, `Order status changed from ${statusName(order.status)} to ${statusName(status)}.`)
  order.status = status
  const now = state.nowSeconds()
  if (paid.includes(status)) order.paidAt ??= now
  if (status === 'completed') order.completedAt = now
  if (status !== 'pending' && status !== 'checkout-draft') state.holds.delete(order.id)
  if (status === 'refunded') refundRest(state, order)
  followStatus(state, order)
}

/** `set_paid` completes the payment of an order that still waits for it. */
export function pay(state: State, order: Order): void {
  if (payable.includes(order.status)) setStatus(state, order, 'processing')
  order.paidAt ??= state.nowSeconds()
}

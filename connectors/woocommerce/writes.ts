/** Our changes as WooCommerce's requests, and its answers as results: stock in batches, orders one by one. */

import { orderPhaseOf } from '../../mappings/index.ts'
import type { Call, CallResult, ComposedCall, NewOrderLine, OrderOp, RowResult, StockOp } from '../../src/channel.ts'
import type { Address } from '../../src/domain.ts'
import { ChannelError } from '../../src/errors.ts'
import { statedStatus } from './answers.ts'
import type { Client } from './client.ts'
import { jsonId, orderNumber, thingOf } from './ids.ts'
import { referenceMeta } from './mapping.ts'
import { metaValue } from './parcels.ts'
import { batchAnswer, type Order, order as orderSchema, type Settings } from './types.ts'
import { timesUnits } from './values.ts'

/** 100 fit; shared hosts that end PHP after 30 s manage this many. */
export const rowsPerBatch = 50
/** WooCommerce itself has no bound; nothing real is near it, and a float keeps it exactly. */
const unitsMax = 1_000_000_000

const rejected = (message: string) => new ChannelError('rejected', message)

// ---------------------------------------------------------------- stock

/**
 * Stock in batches per list, no register twice in one batch. Batches are not validated by the shop (`"abc"` becomes 0),
 * so every number is checked here.
 */
export function composeStock(ops: readonly StockOp[], newKey: () => string): ComposedCall[] {
  const open: {
    path: string
    ids: Set<string>
    rows: { id: number; stock_quantity: number }[]
    positions: number[]
  }[] = []
  for (const [position, op] of ops.entries()) {
    const { id, parent } = thingOf(op.register)
    const path = parent ? `products/${parent}/variations/batch` : 'products/batch'
    let batch = open.find((one) => one.path === path && one.rows.length < rowsPerBatch && !one.ids.has(id))
    if (!batch) {
      batch = { path, ids: new Set(), rows: [], positions: [] }
      open.push(batch)
    }
    batch.ids.add(id)
    batch.rows.push({ id: jsonId(id), stock_quantity: quantityOf(op) })
    batch.positions.push(position)
  }
  return open.map(({ path, rows, positions }) => ({
    call: {
      key: newKey(),
      kind: 'stock',
      method: path,
      body: JSON.stringify({ update: rows }),
      rows: rows.length,
      cost: 1,
      // A second time it would undo what the shop sold in between.
      repeatable: false,
    },
    positions,
  }))
}

function quantityOf(op: StockOp): number {
  if (op.kind !== 'set')
    throw rejected(`WooCommerce can only set a quantity: it has no safe way to ${op.kind} the stock of ${op.register}.`)
  if (!Number.isInteger(op.to) || Math.abs(op.to) >= unitsMax)
    throw rejected(`${op.to} is no quantity that WooCommerce can hold for ${op.register}.`)
  // Minus zero would be written as 0 by JSON and still differ from it in a comparison by identity.
  return op.to === 0 ? 0 : op.to
}

export async function writeStock(client: Client, call: Call): Promise<CallResult> {
  const sent = sentRows(call.body)
  const data = client.must(await client.send('POST', call.method, call.body, { admitted: true }))
  const answer = batchAnswer.safeParse(data)
  if (!answer.success)
    throw new ChannelError('unknownOutcome', 'The shop answered a stock batch in a shape we do not know.')
  const { update } = answer.data
  return { rows: sent.map((row, i) => stockResult(row, update[i])) }
}

interface SentRow {
  readonly id: number
  readonly stock_quantity: number
}

/** The rows of a body that `composeStock` made. */
function sentRows(body: string): readonly SentRow[] {
  const { update } = JSON.parse(body) as { update: SentRow[] }
  return update
}

type AnswerRow = NonNullable<ReturnType<typeof batchAnswer.parse>['update'][number]>

/** Answers come in the order sent. What the shop shows afterwards must be what was sent. */
function stockResult(sent: SentRow, got: AnswerRow | undefined): RowResult {
  if (!got) return again('no_answer', 'The shop did not get to this row.')
  if (got.error) {
    const status = statedStatus(got.error.data) ?? 400
    const code = String(got.error.code)
    const message = got.error.message || 'The shop gave no reason.'
    return status >= 500 || status === 429 ? again(code, message) : { ok: false, kind: 'rejected', code, message }
  }
  if (String(got.id) !== String(sent.id)) return again('other_row', `The shop answered for ${String(got.id)}.`)
  if (got.manage_stock === false || got.manage_stock === 'parent' || got.stock_quantity === null)
    return {
      ok: false,
      kind: 'rejected',
      code: 'not_counted',
      message:
        got.manage_stock === 'parent'
          ? 'This variation no longer counts its own stock: the shop ignored the quantity.'
          : 'The shop no longer counts this product: switch on stock management there, the quantity was ignored.',
    }
  const confirmed = Number(got.stock_quantity)
  if (confirmed !== sent.stock_quantity)
    return again('differs', `The shop shows ${String(got.stock_quantity)} after ${sent.stock_quantity} was set.`)
  return { ok: true, confirmedUnits: confirmed, id: String(sent.id) }
}

const again = (code: string, message: string): RowResult => ({ ok: false, kind: 'again', code, message })

// ---------------------------------------------------------------- orders

const orderCall = (call: Pick<Call, 'key' | 'method' | 'cost'>, body: unknown, repeatable: boolean): ComposedCall => ({
  call: { ...call, kind: 'order', body: JSON.stringify(body), rows: 1, repeatable },
  positions: [0],
})

export function composeOrder(op: OrderOp, newKey: () => string, settings: Settings): ComposedCall[] {
  switch (op.kind) {
    case 'create':
      return [orderCall({ key: newKey(), method: 'orders.create', cost: 1 }, newOrder(op, settings), false)]
    case 'cancel': {
      const body = { order: orderNumber(op.order), restock: op.restock, reason: op.reason }
      // Looks first: cancelling what is cancelled does nothing.
      return [orderCall({ key: newKey(), method: 'orders.cancel', cost: 2 }, body, true)]
    }
    case 'cancelLines':
      throw rejected('WooCommerce cannot cancel part of an order. Change the order in the shop by hand.')
    case 'approveCancel':
      throw rejected('WooCommerce knows no cancellation requests: there is nothing to approve.')
    case 'changeAddress':
      throw rejected('Addresses of WooCommerce orders are not changed from here. Change it in the shop by hand.')
    case 'return':
      throw rejected('Refunds move money in WooCommerce and are not made from here. Refund the order in the shop.')
    default:
      return op satisfies never
  }
}

function newOrder(op: OrderOp & { kind: 'create' }, settings: Settings): unknown {
  if (!op.lines.length) throw rejected(`Order ${op.name} has no lines.`)
  const address = op.address && addressFields(op.address)
  const shipping = op.shippingPrice && decimalOf(op.shippingPrice.amount, `the shipping price of ${op.name}`)
  return {
    status: 'processing',
    set_paid: true,
    currency: op.currency,
    created_via: settings.createdVia,
    // The one field of ours that the shop's search finds.
    transaction_id: op.reference,
    payment_method: settings.createdVia,
    payment_method_title: op.name,
    ...(op.buyerNote ? { customer_note: op.buyerNote } : {}),
    ...(address ? { billing: address, shipping: withoutEmail(address) } : {}),
    line_items: op.lines.map((line) => newLine(line, op, settings)),
    ...(shipping && op.shippingPrice
      ? { shipping_lines: [{ method_id: settings.createdVia, method_title: 'Shipping', total: shipping }] }
      : {}),
    meta_data: [
      { key: referenceMeta, value: op.reference },
      { key: '_onhand_order_name', value: op.name },
    ],
  }
}

function newLine(line: NewOrderLine, op: OrderOp & { kind: 'create' }, settings: Settings): unknown {
  const { id, parent } = thingOf(line.listing)
  if (!Number.isSafeInteger(line.units) || line.units <= 0)
    throw rejected(`Order ${op.name} asks for ${line.units} of "${line.title}".`)
  if (line.unitPrice.currency !== op.currency)
    throw rejected(`Order ${op.name} is in ${op.currency} but "${line.title}" is priced in ${line.unitPrice.currency}.`)
  const total = timesUnits(decimalOf(line.unitPrice.amount, `the price of "${line.title}"`), line.units)
  return {
    product_id: jsonId(parent ?? id),
    ...(parent ? { variation_id: jsonId(id) } : {}),
    quantity: line.units,
    subtotal: total,
    total,
    ...(settings.taxClass === undefined ? {} : { tax_class: settings.taxClass }),
  }
}

function decimalOf(amount: string, what: string): string {
  if (!/^\d+(\.\d+)?$/.test(amount)) throw rejected(`"${amount}" is not ${what}.`)
  return amount
}

/** WooCommerce wants two names. Split at the first space, so that "Jan van der Berg" keeps its surname whole. */
function addressFields(address: Address) {
  const [first = '', ...rest] = address.name.trim().split(/\s+/)
  return {
    first_name: first,
    last_name: rest.join(' '),
    company: address.company ?? '',
    address_1: address.line1,
    address_2: address.line2 ?? '',
    postcode: address.postalCode,
    city: address.city,
    state: address.region ?? '',
    country: address.country,
    phone: address.phone ?? '',
    // An empty e-mail is refused, an absent one is not.
    ...(address.email ? { email: address.email } : {}),
  }
}

const withoutEmail = ({ email: _, ...rest }: ReturnType<typeof addressFields>) => rest

export async function createOrder(client: Client, call: Call): Promise<CallResult> {
  const reply = await client.send('POST', 'orders', call.body, { admitted: true })
  const read = orderSchema.safeParse(client.must(reply))
  if (!read.success)
    throw new ChannelError('unknownOutcome', 'The shop answered a new order in a shape we do not know.')
  const made = read.data
  const asked = JSON.parse(call.body) as { line_items: { product_id: number; variation_id?: number }[] }
  // The shop takes lines of products it does not have without a word: product 0, price 0.
  const unknown = made.line_items.findIndex((line) => line.product_id === '0')
  if (unknown < 0) return { rows: [{ ok: true, id: made.id }] }
  const line = asked.line_items[unknown]
  const named = line ? `product ${line.variation_id ?? line.product_id}` : `line ${unknown + 1}`
  const undone = await undo(client, made)
  const message = `The shop does not have ${named} (line ${unknown + 1}). ${undone}`
  return { rows: [{ ok: false, kind: 'rejected', code: 'unknown_product', message }] }
}

/** Takes a half order back: cancelled, so that the other lines give back their stock, and without our reference. */
async function undo(client: Client, made: Order): Promise<string> {
  const body = {
    status: 'cancelled',
    transaction_id: '',
    meta_data: [{ key: referenceMeta, value: null }],
  }
  try {
    client.must(
      await client.send('PUT', `orders/${made.id}`, JSON.stringify(body), { admitted: true, repeatable: true }),
    )
    return `Order ${made.id}, made without it, was cancelled.`
  } catch (cause) {
    if (!(cause instanceof ChannelError)) throw cause
    return `Order ${made.id} was made without it: cancel it in the shop by hand.`
  }
}

interface CancelBody {
  readonly order: string
  readonly restock: boolean
  readonly reason: string
}

export async function cancelOrder(client: Client, call: Call): Promise<CallResult> {
  const { order: id, restock, reason } = JSON.parse(call.body) as CancelBody
  const before = await readOrder(client, id)
  if (!before) return refusedRow('gone', `Order ${id} is no longer in the shop.`)
  const { phase } = orderPhaseOf('woocommerce', before.status)
  if (phase === 'cancelled') return { rows: [{ ok: true, id, warning: 'It was cancelled already.' }] }
  // Cancelling gives back stock, which is wrong for what has left. Fulfilments show in a meta only.
  const fulfilled = String(metaValue(before.meta_data, '_fulfillment_status') ?? '')
  if (/^(partially_)?fulfilled$/.test(fulfilled))
    return refusedRow(
      'not_cancellable',
      `Order ${id} is ${fulfilled.replace('_', ' ')} and is not cancelled from here.`,
    )
  if (phase === 'shipped' || phase === 'delivered' || phase === 'partly_shipped' || phase === 'closed')
    return refusedRow('not_cancellable', `Order ${id} is ${before.status} in the shop and is not cancelled from here.`)
  const body = JSON.stringify({ status: 'cancelled', meta_data: [{ key: '_onhand_cancel_reason', value: reason }] })
  const reply = await client.send('PUT', `orders/${id}`, body, { admitted: true, repeatable: true })
  const after = orderSchema.safeParse(client.must(reply))
  if (!after.success || after.data.status !== 'cancelled')
    return { rows: [again('differs', `Order ${id} is still ${after.success ? after.data.status : 'unknown'}.`)] }
  return {
    rows: [restock ? { ok: true, id } : { ok: true, id, warning: 'The shop gave the units back to its stock.' }],
  }
}

export const refusedRow = (code: string, message: string): CallResult => ({
  rows: [{ ok: false, kind: 'rejected', code, message }],
})

/** An order as it is now, within a write. Undefined when the shop no longer has it. */
export async function readOrder(client: Client, id: string): Promise<Order | undefined> {
  const reply = await client.get(`orders/${id}`, client.fresh(), { admitted: true })
  if (!reply.ok && /_invalid_id$/.test(reply.code)) return undefined
  const read = orderSchema.safeParse(client.must(reply))
  if (!read.success) throw rejected(`Order ${id} has a shape we do not know.`)
  return read.data.status === 'trash' ? undefined : read.data
}

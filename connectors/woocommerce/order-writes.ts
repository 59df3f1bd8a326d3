/** Makes and cancels orders, and takes back what the shop made wrongly. */

import { orderPhaseOf } from '../../mappings/order-states.ts'
import type { Call, CallResult, ComposedCall, NewOrderLine, OrderOp } from '../../src/channel.ts'
import type { Address } from '../../src/domain.ts'
import { ChannelError } from '../../src/errors.ts'
import type { Client } from './client.ts'
import { jsonId, orderNumber, thingOf } from './ids.ts'
import { referenceMeta } from './mapping.ts'
import { again, refusedRow, rejected } from './outcomes.ts'
import { metaValue } from './parcels.ts'
import { type Order, order as orderSchema, type Settings } from './types.ts'
import { timesUnits } from './values.ts'

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

/** An order as it is now, within a write. Undefined when the shop no longer has it. */
export async function readOrder(client: Client, id: string): Promise<Order | undefined> {
  const reply = await client.get(`orders/${id}`, client.fresh(), { admitted: true })
  if (!reply.ok && /_invalid_id$/.test(reply.code)) return undefined
  const read = orderSchema.safeParse(client.must(reply))
  if (!read.success) throw rejected(`Order ${id} has a shape we do not know.`)
  return read.data.status === 'trash' ? undefined : read.data
}

/** Pure: operations → ready request bodies, in the largest batches Shopify takes. */

import { carrierNamed } from '../../mappings/index.ts'
import type { Call, ComposedCall, Ops, OrderOp, StockOp, TrackingOp } from '../../src/channel.ts'
import type { Address, Money } from '../../src/domain.ts'
import { ChannelError } from '../../src/errors.ts'
import * as documents from './documents.ts'
import { gid, registerParts } from './ids.ts'
import type { ShopifySettings } from './install.ts'

/** Any list in a request holds 250 entries at most. */
export const rowsPerCallMax = 250

export function compose(settings: ShopifySettings, ops: Ops, newKey: () => string): ComposedCall[] {
  switch (ops.kind) {
    case 'stock':
      return stockCalls(ops.ops, newKey)
    case 'order':
      return [{ call: orderCall(settings, ops.op, newKey()), positions: [0] }]
    case 'tracking':
      return [{ call: trackingCall(ops.op, newKey()), positions: [0] }]
  }
}

// ---------------------------------------------------------------- stock

type StockKind = StockOp['kind']

/** Kinds never share a call: one stale compare-and-set refuses every row of its call, and must not refuse a plain change. */
function stockCalls(ops: readonly StockOp[], newKey: () => string): ComposedCall[] {
  const batches: { kind: StockKind; registers: Set<string>; rows: { op: StockOp; position: number }[] }[] = []
  for (const [position, op] of ops.entries()) {
    // Shopify refuses a call that names a register twice; the second one waits for the next call.
    let batch = batches.find(
      ({ kind, registers, rows }) => kind === op.kind && rows.length < rowsPerCallMax && !registers.has(op.register),
    )
    if (!batch) {
      batch = { kind: op.kind, registers: new Set(), rows: [] }
      batches.push(batch)
    }
    batch.registers.add(op.register)
    batch.rows.push({ op, position })
  }
  return batches.map(({ kind, rows }) => {
    const key = newKey()
    const { document, input } = stockRequest(
      kind,
      rows.map(({ op }) => op),
      key,
    )
    return {
      call: {
        key,
        kind: 'stock',
        method: document.name,
        body: documents.requestBody(document, { idempotencyKey: key, input }),
        rows: rows.length,
        cost: document.cost,
        repeatable: true,
      },
      positions: rows.map(({ position }) => position),
    }
  })
}

/** `reason` is one of Shopify's fixed words; the document is what a person sees in the store's stock history. */
function stockRequest(kind: StockKind, ops: readonly StockOp[], key: string) {
  const common = { reason: 'correction', referenceDocumentUri: `gid://onhand/Call/${key}` }
  switch (kind) {
    case 'adjust':
      return { document: documents.adjustQuantities, input: { ...common, name: 'available', changes: ops.map(change) } }
    case 'move':
      return { document: documents.moveQuantities, input: { ...common, changes: ops.map(move) } }
    case 'set':
    case 'cas':
      return {
        document: documents.setQuantities,
        input: { ...common, name: 'available', quantities: ops.map(quantity) },
      }
  }
}

function place(op: StockOp) {
  const { item, location } = registerParts(op.register)
  return { inventoryItemId: gid('InventoryItem', item), locationId: gid('Location', location) }
}

/** Shopify's own bounds: what a quantity may be set to, and by how much it may be changed at once. */
const unitsMax = 1_000_000_000
const changeMax = 2_000_000_000

/** A refused row refuses its whole call, so what Shopify would refuse never gets into one. */
function whole(units: number, least: number, most: number, op: StockOp): number {
  if (Number.isInteger(units) && units >= least && units <= most) return units
  throw new ChannelError(
    'rejected',
    `${units} is no number of units to ${op.kind} the stock of ${op.register} by or to.`,
  )
}

/** `changeFromQuantity` must be there even when nothing is compared: a run-time rule since 2026-04. */
function change(op: StockOp) {
  return {
    ...place(op),
    delta: op.kind === 'adjust' ? whole(op.by, -changeMax, changeMax, op) : 0,
    changeFromQuantity: null,
  }
}

function quantity(op: StockOp) {
  const to = op.kind === 'set' || op.kind === 'cas' ? whole(op.to, 0, unitsMax, op) : 0
  return { ...place(op), quantity: to, changeFromQuantity: op.kind === 'cas' ? op.from : null }
}

/** Every quantity but `available` belongs to a ledger document; ours is one constant, so that what was moved out can be moved back. */
const ledgerDocumentUri = 'gid://onhand/Pool/main'

function move(op: StockOp) {
  const { inventoryItemId, locationId } = place(op)
  const terminal = (name: string) => ({
    locationId,
    name,
    changeFromQuantity: null,
    ...(name === 'available' ? {} : { ledgerDocumentUri }),
  })
  const { by, from, to } = op.kind === 'move' ? op : { by: 0, from: 'available', to: 'available' }
  return { inventoryItemId, quantity: whole(by, 1, changeMax, op), from: terminal(from), to: terminal(to) }
}

// ---------------------------------------------------------------- orders

function orderCall(settings: ShopifySettings, op: OrderOp, key: string): Call {
  switch (op.kind) {
    case 'create':
      return single(key, 'order', documents.createOrder, newOrder(settings, op), { repeatable: false })
    case 'cancel':
      // A second cancellation is refused as already done, so it can never act twice.
      return single(key, 'order', documents.cancelOrder, cancellation(op), { repeatable: true })
    case 'cancelLines':
    case 'approveCancel':
    case 'changeAddress':
    case 'return':
      throw new ChannelError('rejected', `${words[op.kind]} is not done for Shopify yet: do it in the Shopify admin.`)
  }
}

const words = {
  cancelLines: 'Cancelling part of an order',
  approveCancel: 'Approving a cancellation',
  changeAddress: "Changing an order's address",
  return: 'Booking a return',
} as const

function single(
  key: string,
  kind: Call['kind'],
  document: documents.Document,
  variables: Readonly<Record<string, unknown>>,
  { repeatable }: { repeatable: boolean },
): Call {
  const body = documents.requestBody(document, variables)
  return { key, kind, method: document.name, body, rows: 1, cost: document.cost, repeatable }
}

type NewOrder = Extract<OrderOp, { kind: 'create' }>

/**
 * Shopify applies no discounts and no taxes of its own to it: prices are net, and the total is what the lines and shipping say.
 * The buyer's e-mail stays out, because Shopify would then write to a buyer who bought elsewhere.
 */
function newOrder(settings: ShopifySettings, op: NewOrder) {
  if (op.lines.length === 0)
    throw new ChannelError('rejected', `Order ${op.name} has no lines, so there is nothing to create.`)
  if (settings.currency && settings.currency !== op.currency)
    throw new ChannelError(
      'rejected',
      `Order ${op.name} is in ${op.currency}, but this Shopify store keeps its books in ${settings.currency}.`,
    )
  return {
    order: {
      sourceIdentifier: op.reference,
      currency: op.currency,
      processedAt: new Date(op.placedAt).toISOString(),
      financialStatus: 'PAID',
      tags: ['onhand'],
      customAttributes: [{ key: 'Original order', value: op.name }],
      ...(op.buyerNote && { note: op.buyerNote }),
      ...(op.address && { shippingAddress: addressInput(op.address) }),
      lineItems: op.lines.map((line) => ({
        variantId: gid('ProductVariant', line.listing),
        quantity: soldUnits(line, op),
        // False by default for orders made through the API: then nothing would be there to ship.
        requiresShipping: true,
        priceSet: price(line.unitPrice),
      })),
      ...(op.shippingPrice && { shippingLines: [{ title: 'Shipping', priceSet: price(op.shippingPrice) }] }),
    },
    // The goods are sold already, so they are taken whatever the selling policy says; the default would take none.
    options: { inventoryBehaviour: 'DECREMENT_IGNORING_POLICY', sendReceipt: false, sendFulfillmentReceipt: false },
  }
}

function soldUnits({ units, title }: NewOrder['lines'][number], { name }: NewOrder): number {
  if (Number.isSafeInteger(units) && units > 0) return units
  throw new ChannelError('rejected', `Order ${name} asks for ${units} of "${title}".`)
}

function price({ amount, currency }: Money) {
  if (!/^\d+(\.\d+)?$/.test(amount)) throw new ChannelError('rejected', `"${amount}" is not a price.`)
  return { shopMoney: { amount, currencyCode: currency } }
}

/** Shopify wants two names and insists on the last one. Province codes only: a name in their place is refused. */
function addressInput(address: Address) {
  const [first = '', ...rest] = address.name.trim().split(/\s+/)
  const [firstName, lastName] = rest.length > 0 ? [first, rest.join(' ')] : ['', first]
  return {
    ...(firstName && { firstName }),
    lastName,
    ...(address.company && { company: address.company }),
    address1: address.line1,
    ...(address.line2 && { address2: address.line2 }),
    zip: address.postalCode,
    city: address.city,
    ...(address.region && /^[A-Z0-9]{1,3}$/.test(address.region) && { provinceCode: address.region }),
    countryCode: address.country.toUpperCase(),
    ...(address.phone && { phone: address.phone }),
  }
}

const staffNoteCharsMax = 255

function cancellation(op: Extract<OrderOp, { kind: 'cancel' }>) {
  return {
    orderId: gid('Order', op.order),
    reason: 'OTHER',
    restock: op.restock,
    // The selling shop has the buyer's money; nothing was paid here that could be paid back.
    refundMethod: { originalPaymentMethodsRefund: false },
    notifyCustomer: false,
    staffNote: op.reason.slice(0, staffNoteCharsMax),
  }
}

// ---------------------------------------------------------------- tracking

/**
 * What `write` needs to ship an order: the ids of its fulfilment orders change, so the request is made just before it is sent.
 * Repeatable, because `write` first looks whether a parcel with this number is there already.
 */
function trackingCall(op: TrackingOp, key: string): Call {
  if (op.lines?.length === 0) throw new ChannelError('rejected', 'The parcel names no line.')
  const number = op.number.trim()
  if (!number) throw new ChannelError('rejected', `A parcel of order ${op.order} has no tracking number.`)
  const body = JSON.stringify({
    order: gid('Order', op.order),
    trackingInfo: {
      // Shopify links a number to a carrier only by its exact spelling; any other name is shown as it is.
      company: carrierNamed(op.carrier)?.names.shopify ?? op.carrier,
      number,
      ...(op.url && { url: op.url }),
    },
    ...(op.lines && { lines: op.lines.map(({ line, units }) => ({ line: gid('LineItem', line), units })) }),
    ...(op.replaces && { replaces: op.replaces }),
  })
  // The look beforehand asks for its own place at the rate limit: this is the cost of the change alone.
  const { name: method, cost } = documents.createFulfillment
  return { key, kind: 'tracking', method, body, rows: 1, cost, repeatable: true }
}

/** Our changes as TikTok Shop's requests: canonical bodies, in the largest batches allowed. Pure. */

import type { Call, ComposedCall, Ops, OrderOp, StockOp, TrackingOp } from '../../src/channel.ts'
import type { OrderId } from '../../src/domain.ts'
import { ChannelError } from '../../src/errors.ts'
import { type Counter, isPlainId, parseCounter } from './ids.ts'

/** Rows of one call: no limit is documented, a product has at most 300 skus; smaller batches lose less to one bad row. */
export const rowsPerCallMax = 50
/** The documented range ends here (12052055 beyond). It starts at 1, but 0 is what a sold-out sku needs. */
const quantityMax = 99_999

export interface InventoryBody {
  readonly product: string
  readonly skus: readonly {
    readonly id: string
    readonly inventory: readonly { readonly warehouse_id: string; readonly quantity: number }[]
  }[]
}

export interface CancelBody {
  readonly order_id: string
  readonly cancel_reason: string
  readonly skus?: readonly { readonly sku_id: string; readonly quantity: number }[]
}

export interface TrackingBody {
  readonly order: string
  readonly provider: string
  readonly number: string
  /** Aggregated lines: `line` is a sku id. Absent: the whole order. */
  readonly lines?: readonly { readonly line: string; readonly units: number }[]
  /** Numbers that this one takes the place of, where the order has one of them. */
  readonly replaces?: readonly string[]
}

export const methods = {
  inventory: 'inventoryUpdate',
  cancel: 'cancellationCreate',
  approveCancel: 'cancellationApprove',
  tracking: 'packageTracking',
} as const

const rejected = (message: string) => new ChannelError('rejected', message)

export function compose(ops: Ops, newKey: () => string, cancelReason: string): ComposedCall[] {
  switch (ops.kind) {
    case 'stock':
      return composeStock(ops.ops, newKey)
    case 'order':
      return [{ call: composeOrder(ops.op, newKey(), cancelReason), positions: [0] }]
    case 'tracking':
      return [{ call: composeTracking(ops.op, newKey()), positions: [0] }]
  }
}

const call = (kind: Call['kind'], method: string, key: string, body: object, rows = 1, repeatable = false): Call => ({
  key,
  kind,
  method,
  body: JSON.stringify(body),
  rows,
  cost: 1,
  repeatable,
})

// ---------------------------------------------------------------- stock

interface Row extends Counter {
  readonly quantity: number
  readonly position: number
}

function rowOf(op: StockOp, position: number): Row {
  if (op.kind !== 'set')
    throw rejected(`TikTok Shop only takes absolute quantities, not "${op.kind}" (register ${op.register}).`)
  const at = parseCounter(op.register)
  if (!at) throw rejected(`"${op.register}" is not a register of TikTok Shop.`)
  if (!Number.isInteger(op.to) || op.to < 0 || op.to > quantityMax)
    throw rejected(`TikTok Shop takes whole quantities from 0 to ${quantityMax}, not ${op.to} (${op.register}).`)
  return { ...at, quantity: op.to, position }
}

/** One product per call, which TikTok asks for; a sku's warehouses stay together, which it asks for too. */
function composeStock(ops: readonly StockOp[], newKey: () => string): ComposedCall[] {
  const rows = ops.map(rowOf)
  if (new Set(ops.map((op) => op.register)).size < ops.length)
    throw rejected('The same register is set twice in one batch.')
  return [...Map.groupBy(rows, (row) => row.product)].flatMap(([product, ofProduct]) =>
    batches([...Map.groupBy(ofProduct, (row) => row.sku).values()]).map((batch): ComposedCall => {
      const skus = batch.map((ofSku) => ({
        id: ofSku[0]?.sku ?? '',
        inventory: ofSku.map((row) => ({ warehouse_id: row.warehouse, quantity: row.quantity })),
      }))
      const positions = batch.flat().map((row) => row.position)
      const body: InventoryBody = { product, skus }
      return { call: call('stock', methods.inventory, newKey(), body, positions.length), positions }
    }),
  )
}

function batches(groups: readonly Row[][]): Row[][][] {
  const made: Row[][][] = []
  let size = Number.POSITIVE_INFINITY
  for (const group of groups) {
    if (size + group.length > rowsPerCallMax) {
      made.push([])
      size = 0
    }
    made.at(-1)?.push(group)
    size += group.length
  }
  return made
}

// ---------------------------------------------------------------- orders and parcels

function orderIdOf(id: OrderId): string {
  if (!isPlainId(id)) throw rejected(`"${id}" is not an order of TikTok Shop.`)
  return id
}

/** TikTok's reasons are keys of a list per market; a sentence of ours is none of them. */
const reasonKey = (reason: string, otherwise: string): string =>
  /^[a-z]+(_[a-z0-9]+)+$/.test(reason) ? reason : otherwise

function composeOrder(op: OrderOp, key: string, cancelReason: string): Call {
  switch (op.kind) {
    case 'cancel': {
      const body: CancelBody = { order_id: orderIdOf(op.order), cancel_reason: reasonKey(op.reason, cancelReason) }
      return call('order', methods.cancel, key, body)
    }
    case 'cancelLines': {
      // A line of ours is a sku; TikTok picks the units.
      const skus = op.lines.map(({ line, units }) => ({ sku_id: String(line), quantity: units }))
      if (skus.length === 0) throw rejected('No line to cancel is named.')
      const body: CancelBody = {
        order_id: orderIdOf(op.order),
        cancel_reason: reasonKey(op.reason, cancelReason),
        skus,
      }
      return call('order', methods.cancel, key, body)
    }
    case 'approveCancel': {
      if (!isPlainId(op.request)) throw rejected(`"${op.request}" is not a cancellation request of TikTok Shop.`)
      // The call's key is TikTok's idempotency key.
      return call('order', methods.approveCancel, key, { cancel: op.request }, 1, true)
    }
    case 'create':
      throw rejected('TikTok Shop takes no orders from outside: another shop has to ship this one.')
    case 'changeAddress':
      throw rejected('TikTok Shop lets only the buyer change the address of an order.')
    case 'return':
      throw rejected('Returns of TikTok Shop orders are handled in the seller center: buyer and TikTok decide them.')
  }
}

function composeTracking(op: TrackingOp, key: string): Call {
  if (!op.provider)
    throw rejected(`TikTok Shop needs one of its own shipping providers; none is known for ${op.carrier}.`)
  const number = op.number.trim()
  if (!number) throw rejected('The parcel has no tracking number.')
  const lines = op.lines?.map(({ line, units }) => ({ line: String(line), units }))
  if (lines?.length === 0) throw rejected('The parcel names no line.')
  const body: TrackingBody = {
    order: orderIdOf(op.order),
    provider: op.provider,
    number,
    ...(lines ? { lines } : {}),
    ...(op.replaces?.length ? { replaces: op.replaces } : {}),
  }
  return call('tracking', methods.tracking, key, body)
}

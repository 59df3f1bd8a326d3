/** Sets stock in checked batches, and believes only what the shop shows afterwards. */

import type { Call, CallResult, ComposedCall, RowResult, StockOp } from '../../src/channel.ts'
import { ChannelError } from '../../src/errors.ts'
import { statedStatus } from './answers.ts'
import type { Client } from './client.ts'
import { jsonId, thingOf } from './ids.ts'
import { again, rejected } from './outcomes.ts'
import { batchAnswer } from './types.ts'

/** 100 fit; shared hosts that end PHP after 30 s manage this many. */
export const rowsPerBatch = 50
/** WooCommerce itself has no bound, below zero neither; nothing that a buyer may be offered is outside of this one. */
const unitsMax = 1_000_000_000

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
  if (!Number.isInteger(op.to) || op.to < 0 || op.to >= unitsMax)
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

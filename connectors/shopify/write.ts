/** Sends composed calls and reads, row by row, what the store made of them. */

import { z } from 'zod'
import type { Call, CallResult, RowResult } from '../../src/channel.ts'
import { ChannelError } from '../../src/errors.ts'
import { parseJson } from '../json.ts'
import type { ShopifyClient } from './client.ts'
import * as documents from './documents.ts'
import { digits } from './ids.ts'
import { ship } from './ship.ts'
import { type UserErrors, userErrors } from './types.ts'

export const createWrite = (client: ShopifyClient) =>
  async function write(call: Call): Promise<CallResult> {
    if (call.kind === 'stock') return writeStock(client, call)
    if (call.kind === 'tracking') return { rows: [await ship(client, call)] }
    return {
      rows: [call.method === documents.cancelOrder.name ? await cancel(client, call) : await create(client, call)],
    }
  }

// ---------------------------------------------------------------- stock

/** Not done, and worth another try with a new key. */
const againCodes = new Set([
  'SERVICE_UNAVAILABLE',
  'ADJUST_QUANTITIES_FAILED',
  'MOVE_QUANTITIES_FAILED',
  'IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED',
])
const staleCodes = new Set(['CHANGE_FROM_QUANTITY_STALE', 'COMPARE_QUANTITY_STALE'])

const group = z.looseObject({
  changes: z.array(
    z.looseObject({
      name: z.string(),
      quantityAfterChange: z.number().int().nullish(),
      item: z.looseObject({ id: z.string() }).nullish(),
      location: z.looseObject({ id: z.string() }).nullish(),
    }),
  ),
})
type Change = z.infer<typeof group>['changes'][number]
/** By the name of the mutation. */
const stockAnswer = z.record(
  z.string(),
  z.looseObject({ inventoryAdjustmentGroup: group.nullish(), userErrors }).nullish(),
)

async function writeStock(client: ShopifyClient, call: Call): Promise<CallResult> {
  const data = await client.send(call.body, stockAnswer, { repeatable: true })
  const payload = data[call.method]
  if (!payload) throw new ChannelError('transient', `Shopify did not say what became of ${call.method}.`)
  const places = rowPlaces(call)
  const stated = statedUnits(payload.inventoryAdjustmentGroup?.changes ?? [])
  const concurrent = payload.userErrors.find(({ code }) => code === 'IDEMPOTENCY_CONCURRENT_REQUEST')
  // The first sending of this very call is still under way: its outcome is open, so the same call is sent again, never a new one.
  if (concurrent)
    throw new ChannelError('transient', 'Shopify is still working on the first sending of this call.', {
      retryAfterMs: 1000,
    })
  if (payload.userErrors.length === 0) return { rows: places.map((place) => done(stated.get(place))) }
  const errors = errorsByRow(payload.userErrors, call.rows)
  return {
    rows: places.map((place, row) => {
      const error = errors.get(row)
      if (error) return refused(error)
      // Whether a call with one refused row changes the others is not documented: only what the answer lists counts as done.
      return stated.has(place) ? done(stated.get(place)) : notTried
    }),
  }
}

const done = (units: number | null | undefined): RowResult => ({
  ok: true,
  ...(typeof units === 'number' && { confirmedUnits: units }),
})

const notTried: RowResult = {
  ok: false,
  kind: 'again',
  code: 'OTHER_ROW_REFUSED',
  message: 'Another row of the same call was refused, so nothing of it was done.',
}

function refused({ code, message }: UserErrors[number]): RowResult {
  const kind = staleCodes.has(code ?? '') ? 'stale' : againCodes.has(code ?? '') ? 'again' : 'rejected'
  return { ok: false, kind, code: code || 'USER_ERROR', message }
}

const placeOf = (item: string | undefined, location: string | undefined) => `${item} ${location}`

/** `available` after the change, per item and location, as the answer states it; null where it lists a change without a number. */
function statedUnits(changes: readonly Change[]): Map<string, number | null> {
  const available = changes.filter(({ name }) => name === 'available')
  return new Map(
    available.map((change) => [placeOf(change.item?.id, change.location?.id), change.quantityAfterChange ?? null]),
  )
}

const terminal = z.looseObject({ locationId: z.string() })
const row = z.union([
  z.looseObject({ inventoryItemId: z.string(), locationId: z.string() }),
  z.looseObject({ inventoryItemId: z.string(), from: terminal }).transform(({ inventoryItemId, from }) => ({
    inventoryItemId,
    locationId: from.locationId,
  })),
])
const stockBody = z.looseObject({
  variables: z.looseObject({
    input: z.union([
      z.looseObject({ changes: z.array(row) }).transform(({ changes }) => changes),
      z.looseObject({ quantities: z.array(row) }).transform(({ quantities }) => quantities),
    ]),
  }),
})

/** Which item and location each row of a stored call is about, in order. */
function rowPlaces(call: Call): string[] {
  const { variables } = stockBody.parse(parseJson(call.body))
  return variables.input.map(({ inventoryItemId, locationId }) => placeOf(inventoryItemId, locationId))
}

/** `["input", "changes", "3", "delta"]` → row 3. An error that names no row is every row's. */
function errorsByRow(errors: UserErrors, rows: number): Map<number, UserErrors[number]> {
  const byRow = new Map<number, UserErrors[number]>()
  for (const error of errors) {
    const named = error.field?.find((part) => /^\d+$/.test(part))
    const index = named === undefined ? undefined : Number(named)
    const hit = index !== undefined && index < rows ? [index] : Array.from({ length: rows }, (_, each) => each)
    for (const each of hit) if (!byRow.has(each)) byRow.set(each, error)
  }
  return byRow
}

// ---------------------------------------------------------------- orders

const createAnswer = z.looseObject({
  orderCreate: z.looseObject({ order: z.looseObject({ id: z.string() }).nullish(), userErrors }),
})

async function create(client: ShopifyClient, call: Call): Promise<RowResult> {
  const { orderCreate } = await client.send(call.body, createAnswer, { repeatable: false })
  const id = digits('Order', orderCreate.order?.id ?? '')
  const [error] = orderCreate.userErrors
  if (id) return { ok: true, id, ...(error && { warning: error.message }) }
  if (!error) throw new ChannelError('unknownOutcome', 'Shopify neither created the order nor said why not.')
  // Development stores take five new orders a minute, and say so in words only.
  if (/too many|try again later/i.test(error.message))
    return { ok: false, kind: 'again', code: error.code || 'USER_ERROR', message: error.message }
  return refused(error)
}

const cancelAnswer = z.looseObject({ orderCancel: z.looseObject({ orderCancelUserErrors: userErrors }) })
const cancelledAnswer = z.looseObject({
  order: z.looseObject({ cancelledAt: z.string().nullish() }).nullish(),
})

async function cancel(client: ShopifyClient, call: Call): Promise<RowResult> {
  const { orderCancel } = await client.send(call.body, cancelAnswer, { repeatable: true })
  const [error] = orderCancel.orderCancelUserErrors
  if (!error) return { ok: true }
  const { orderId: id } = z
    .looseObject({ variables: z.looseObject({ orderId: z.string() }) })
    .parse(parseJson(call.body)).variables
  const { data } = await client.read(documents.orderCancelled, { id }, cancelledAnswer)
  return data.order?.cancelledAt ? { ok: true, warning: 'The order was cancelled already.' } : refused(error)
}

/** Sends a composed call and says what became of each of its rows. */

import { z } from 'zod'
import type { Call, CallResult, RowResult } from '../../src/channel.ts'
import { ChannelError } from '../../src/errors.ts'
import type { Client } from './client.ts'
import { type CancelBody, type InventoryBody, methods, type TrackingBody } from './compose.ts'
import { isPassing } from './errors.ts'
import { isAboutAnId } from './reading.ts'
import { createTracking } from './tracking.ts'
import { cancellationMade, type InventoryUpdated, inventoryUpdated } from './types.ts'

/** A stored body is text that `compose` of this connector made: the cast names that, nothing from outside gets here. */
const bodyOf = <T>(call: Call): T => JSON.parse(call.body) as T

export function createWrite(client: Client, trackingBy: 'mark' | 'ship') {
  const pushTracking = createTracking(client, trackingBy)

  async function writeInventory(call: Call): Promise<RowResult[]> {
    const { product, skus } = bodyOf<InventoryBody>(call)
    const { data } = await client.call({
      method: 'POST',
      path: `/product/202309/products/${product}/inventory/update`,
      body: { skus },
      answer: inventoryUpdated,
      repeatable: false,
    })
    return skus.flatMap((sku) => sku.inventory.map((row) => rowResult(data, sku.id, row)))
  }

  async function cancel(call: Call): Promise<RowResult> {
    const body = bodyOf<CancelBody>(call)
    const { data } = await client.call({
      method: 'POST',
      path: '/return_refund/202309/cancellations',
      body: { ...body },
      answer: cancellationMade,
      repeatable: false,
    })
    const isPending = data.cancel_status?.includes('PENDING') === true
    return {
      ok: true,
      ...(data.cancel_id ? { id: data.cancel_id } : {}),
      ...(isPending ? { warning: 'TikTok Shop has the cancellation, but has not carried it out yet.' } : {}),
    }
  }

  async function approveCancel(call: Call): Promise<RowResult> {
    const { cancel: id } = bodyOf<{ cancel: string }>(call)
    await client.call({
      method: 'POST',
      path: `/return_refund/202309/cancellations/${id}/approve`,
      query: { idempotency_key: call.key },
      answer: z.unknown(),
      repeatable: true,
    })
    return { ok: true, id }
  }

  const senders: Readonly<Record<string, (call: Call) => Promise<RowResult[]>>> = {
    [methods.inventory]: writeInventory,
    [methods.cancel]: async (call) => [await orRefused(() => cancel(call))],
    [methods.approveCancel]: async (call) => [await orRefused(() => approveCancel(call))],
    [methods.tracking]: async (call) => [await pushTracking(bodyOf<TrackingBody>(call))],
  }

  return async function write(call: Call): Promise<CallResult> {
    const send = senders[call.method]
    if (!send) throw new ChannelError('rejected', `TikTok Shop has no request "${call.method}".`)
    return { rows: await send(call) }
  }
}

/** A single operation that TikTok refuses keeps its code. */
async function orRefused(send: () => Promise<RowResult>): Promise<RowResult> {
  try {
    return await send()
  } catch (error) {
    if (!isAboutAnId(error)) throw error
    return { ok: false, kind: 'rejected', code: String(error.code), message: error.message }
  }
}

/** A warehouse of the sku is left out, or one is named that it has not: the seller opened or closed one since we looked. */
const warehousesChanged = new Set([12019028, 12052097])

/** Out of range. The documented range begins at 1, and other connectors send 0: only the shop knows. */
const outOfRange = 12052055

function refusalOf(code: number, { quantity }: InventoryRow): 'stale' | 'zeroRefused' | 'rejected' {
  if (warehousesChanged.has(code)) return 'stale'
  return code === outOfRange && quantity === 0 ? 'zeroRefused' : 'rejected'
}

type InventoryRow = InventoryBody['skus'][number]['inventory'][number]

/**
 * `code: 0` may carry errors per sku, and in those per warehouse. A sku is checked before any of its warehouses is
 * written, so an error of one warehouse fails the sku's other rows too. An error without a sku fails every row.
 */
function rowResult({ errors }: InventoryUpdated, sku: string, row: InventoryRow): RowResult {
  const warehouse = row.warehouse_id
  const error = errors.find(({ detail }) => detail?.sku_id === sku) ?? errors.find(({ detail }) => !detail?.sku_id)
  if (!error) return { ok: true }
  const extra = error.detail?.extra_errors ?? []
  const exact = extra.find((each) => each.warehouse_id === warehouse) ?? extra[0]
  // The outer code is often only a wrapper ("Check failed"); the inner one says why.
  const code = exact?.code ?? error.code
  const at = `sku ${sku}, warehouse ${exact?.warehouse_id ?? warehouse}`
  const isPassed = isPassing(code) || isPassing(error.code)
  return {
    ok: false,
    kind: isPassed ? 'again' : refusalOf(code, row),
    code: String(code),
    message: `${exact?.message ?? error.message ?? 'TikTok Shop gave no reason'} (${at}, ${code})`,
  }
}

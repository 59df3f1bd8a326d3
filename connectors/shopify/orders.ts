/** Reads orders whole: lines over several requests, and what became of units that were taken off an order. */

import { z } from 'zod'
import type { ShopifyClient } from './client.ts'
import * as documents from './documents.ts'
import { gid } from './ids.ts'
import { type Node, readNodes } from './nodes.ts'
import { wholePage } from './paging.ts'
import { orderShell, page } from './types.ts'

/** More lines than a checkout allows; an order beyond it is delivered cut, and read as such. */
const linesMax = 1000
/** An order that keeps changing between two requests is tried this often before it is delivered cut. */
const readingsMax = 3

const refund = z.looseObject({ id: z.string(), refundLineItems: page })
const linesAnswer = z.looseObject({ order: z.looseObject({ updatedAt: z.string(), lineItems: page }).nullable() })
const refundsAnswer = z.looseObject({
  order: z.looseObject({ updatedAt: z.string(), refunds: z.array(refund) }).nullable(),
})
const refundAnswer = z.looseObject({ refund: refund.nullable() })
const lineShell = z.looseObject({ quantity: z.number(), currentQuantity: z.number() })

/** Orders by id; undefined for one the store does not show (any more: 60 days without `read_all_orders`). */
export async function readOrders(client: ShopifyClient, ids: readonly string[]) {
  const { nodes, startedAt } = await readNodes(
    client,
    documents.ordersById,
    ids.map((id) => gid('Order', id)),
  )
  const whole: (Node | undefined)[] = []
  for (const order of nodes) whole.push(order && (await wholeOrder(client, order)))
  return { orders: whole, startedAt }
}

/** The order with every line and refund. One in a shape we do not know stays as it is: a problem of its own, not of its neighbours. */
export async function wholeOrder(client: ShopifyClient, order: Node): Promise<Node> {
  let latest = order
  for (let reading = 1; reading <= readingsMax; reading++) {
    const shell = orderShell.safeParse(latest)
    if (!shell.success) return latest
    const whole = await completed(client, latest, shell.data)
    if (whole) return whole
    const { nodes } = await readNodes(client, documents.ordersById, [shell.data.id])
    latest = nodes[0] ?? latest
  }
  return latest
}

/** Undefined when the order changed while it was read, so that its parts do not belong together. */
async function completed(
  client: ShopifyClient,
  order: Node,
  shell: z.infer<typeof orderShell>,
): Promise<Node | undefined> {
  const { id, updatedAt } = shell
  const lineItems = await wholePage(
    shell.lineItems,
    async (after) => {
      const { data } = await client.read(documents.orderLines, { id, after }, linesAnswer)
      return data.order?.updatedAt === updatedAt ? data.order.lineItems : undefined
    },
    linesMax,
  )
  if (lineItems.pageInfo.hasNextPage) return undefined
  if (!lineItems.nodes.some(lostUnits)) return { ...order, lineItems }
  const { data } = await client.read(documents.orderRefunds, { id }, refundsAnswer)
  if (data.order?.updatedAt !== updatedAt) return undefined
  const refundLines = await allRefundLines(client, data.order.refunds)
  // Without `refundLines` the order reads as unreadable: better than guessing which units are back in stock.
  return { ...order, lineItems, ...(refundLines && { refundLines }) }
}

function lostUnits(line: unknown): boolean {
  const { data } = lineShell.safeParse(line)
  return data !== undefined && data.currentQuantity < data.quantity
}

/** Undefined when not every refund, or not every line of one, could be read. */
async function allRefundLines(
  client: ShopifyClient,
  refunds: readonly z.infer<typeof refund>[],
): Promise<unknown[] | undefined> {
  if (refunds.length >= documents.refundsPerOrderMax) return undefined
  const lines: unknown[] = []
  for (const { id, refundLineItems } of refunds) {
    const whole = await wholePage(
      refundLineItems,
      async (after) =>
        (await client.read(documents.refundLines, { id, after }, refundAnswer)).data.refund?.refundLineItems,
      linesMax,
    )
    if (whole.pageInfo.hasNextPage) return undefined
    lines.push(...whole.nodes)
  }
  return lines
}

const parcel = z.looseObject({ id: z.string(), updatedAt: z.string(), fulfillmentLineItems: page })
const parcelsShell = z.looseObject({ id: z.string(), fulfillments: z.array(parcel) })
const parcelAnswer = z.looseObject({ fulfillment: parcel.nullable() })

/** An order's parcels with every line; `cut` when there are more parcels than one request may ask for. */
export async function wholeParcels(client: ShopifyClient, order: Node, parcelsAsked: number): Promise<Node> {
  let shell = parcelsShell.safeParse(order)
  let cut = false
  if (shell.success && shell.data.fulfillments.length >= parcelsAsked) {
    const parcels = documents.parcelsAloneMax
    const { nodes } = await readNodes(client, documents.parcelsAlone, [shell.data.id], { parcels })
    shell = parcelsShell.safeParse(nodes[0] ?? order)
    cut = !shell.success || shell.data.fulfillments.length >= parcels
  }
  if (!shell.success) return order
  const fulfillments: unknown[] = []
  for (const found of shell.data.fulfillments) {
    const { id, updatedAt } = found
    const fulfillmentLineItems = await wholePage(
      found.fulfillmentLineItems,
      async (after) => {
        const { data } = await client.read(documents.parcelLines, { id, after }, parcelAnswer)
        return data.fulfillment?.updatedAt === updatedAt ? data.fulfillment.fulfillmentLineItems : undefined
      },
      linesMax,
    )
    fulfillments.push({ ...found, fulfillmentLineItems })
  }
  return { ...shell.data, fulfillments, ...(cut && { cut }) }
}

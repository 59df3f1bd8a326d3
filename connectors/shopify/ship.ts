/** Tells a store that an order or a part of it left: looks what is there to ship, and ships it once; a corrected number takes the old one's place. */

import { z } from 'zod'
import type { Call, RowResult } from '../../src/channel.ts'
import { parseJson } from '../json.ts'
import type { ShopifyClient } from './client.ts'
import * as documents from './documents.ts'
import { digits } from './ids.ts'
import { userErrors } from './types.ts'

const body = z.looseObject({
  order: z.string(),
  trackingInfo: z.looseObject({ company: z.string(), number: z.string(), url: z.string().optional() }),
  lines: z.array(z.object({ line: z.string(), units: z.number().int() })).optional(),
  replaces: z.array(z.string()).default([]),
})
type Body = z.infer<typeof body>

const lineToShip = z.looseObject({
  id: z.string(),
  remainingQuantity: z.number().int(),
  lineItem: z.looseObject({ id: z.string() }),
})

const fulfillmentOrder = z.looseObject({
  id: z.string(),
  status: z.string(),
  supportedActions: z.array(z.looseObject({ action: z.string() })),
  assignedLocation: z.looseObject({ location: z.looseObject({ id: z.string() }).nullish() }),
  /** Only asked for when a part is to be shipped. */
  lineItems: z
    .looseObject({ nodes: z.array(lineToShip), pageInfo: z.looseObject({ hasNextPage: z.boolean() }) })
    .optional(),
})
type FulfillmentOrder = z.infer<typeof fulfillmentOrder>

const shippableAnswer = z.looseObject({
  order: z
    .looseObject({
      fulfillmentOrders: z.looseObject({
        nodes: z.array(fulfillmentOrder),
        pageInfo: z.looseObject({ hasNextPage: z.boolean() }),
      }),
      fulfillments: z.array(
        z.looseObject({
          id: z.string(),
          status: z.string(),
          trackingInfo: z.array(z.looseObject({ number: z.string().nullish() })),
        }),
      ),
    })
    .nullable(),
})
type Shippable = z.infer<typeof shippableAnswer>['order']

const made = z.looseObject({ fulfillment: z.looseObject({ id: z.string() }).nullish(), userErrors })
const createAnswer = z.looseObject({ fulfillmentCreate: made })
const updateAnswer = z.looseObject({ fulfillmentTrackingInfoUpdate: made })

/** Shopify has no idempotency key here, and a second parcel tells the buyer twice: a number that is there already is enough. */
export async function ship(client: ShopifyClient, call: Call): Promise<RowResult> {
  const asked = body.parse(parseJson(call.body))
  const { order: id, trackingInfo, lines } = asked
  const document = lines ? documents.shippableLines : documents.shippable
  const look = async () => (await client.read(document, { id }, shippableAnswer)).data.order
  const order = await look()
  const there = parcelWith([trackingInfo.number], order)
  if (there) return there
  const former = fulfillmentWith(asked.replaces, order)
  if (former) return await correct(client, former.id, trackingInfo)
  const open = whatIsOpen(order)
  if (!open.ok) return open.refusal
  const picked = lines ? pick(open.orders, lines) : open.orders.map((each) => ({ fulfillmentOrderId: each.id }))
  if (typeof picked === 'string') return rejected('UNITS', picked)
  const fulfillment = { lineItemsByFulfillmentOrder: picked, notifyCustomer: false, trackingInfo }
  const request = documents.requestBody(documents.createFulfillment, { fulfillment })
  const { fulfillmentCreate } = await client.send(request, createAnswer, { repeatable: false })
  const shipped = digits('Fulfillment', fulfillmentCreate.fulfillment?.id ?? '')
  if (shipped) return { ok: true, id: shipped }
  // Refused because somebody, perhaps our own lost call, was faster: then the number is there now.
  return (
    parcelWith([trackingInfo.number], await look()) ??
    rejected('FULFILLMENT_REFUSED', said(fulfillmentCreate.userErrors))
  )
}

async function correct(client: ShopifyClient, id: string, trackingInfo: Body['trackingInfo']): Promise<RowResult> {
  const request = documents.requestBody(documents.updateTracking, { id, trackingInfo })
  const { fulfillmentTrackingInfoUpdate: answer } = await client.send(request, updateAnswer, { repeatable: true })
  const corrected = digits('Fulfillment', answer.fulfillment?.id ?? '')
  return corrected ? { ok: true, id: corrected } : rejected('TRACKING_REFUSED', said(answer.userErrors))
}

const said = (errors: z.infer<typeof userErrors>) =>
  errors.map(({ message }) => message).join('; ') || 'No reason was given.'
const rejected = (code: string, message: string): RowResult => ({ ok: false, kind: 'rejected', code, message })
const failedParcel = new Set(['CANCELLED', 'ERROR', 'FAILURE'])

const fulfillmentWith = (numbers: readonly string[], order: Shippable) =>
  order?.fulfillments.find(
    ({ status, trackingInfo }) =>
      !failedParcel.has(status) && trackingInfo.some(({ number }) => number && numbers.includes(number)),
  )

function parcelWith(numbers: readonly string[], order: Shippable): RowResult | undefined {
  const id = digits('Fulfillment', fulfillmentWith(numbers, order)?.id ?? '')
  return id ? { ok: true, id } : undefined
}

/** The fulfilment orders that one parcel can close, or in words why there are none. */
function whatIsOpen(order: Shippable): { ok: true; orders: FulfillmentOrder[] } | { ok: false; refusal: RowResult } {
  const no = (refusal: RowResult) => ({ ok: false, refusal }) as const
  if (!order) return no(rejected('NOT_FOUND', 'The order is not in the store any more.'))
  const { nodes, pageInfo } = order.fulfillmentOrders
  const open = nodes.filter(canShip)
  if (nodes.length === 0)
    return no({
      ok: false,
      kind: 'again',
      code: 'NOT_ROUTED',
      message: 'Shopify has not yet decided where the order ships from.',
    })
  if (open.length === 0)
    return no(rejected('NOTHING_TO_SHIP', `Nothing of the order can be shipped (${statuses(nodes)}).`))
  const locations = new Set(open.map(({ assignedLocation }) => assignedLocation.location?.id))
  if (locations.size > 1 || pageInfo.hasNextPage)
    return no(
      rejected(
        'SEVERAL_LOCATIONS',
        'The order ships from several locations, and one tracking number is known. Add the parcels in the Shopify admin.',
      ),
    )
  return { ok: true, orders: open }
}

/** The units of a parcel, spread over what is still to be shipped; a sentence when there are too few. */
function pick(orders: readonly FulfillmentOrder[], lines: NonNullable<Body['lines']>) {
  if (orders.some(({ lineItems }) => lineItems?.pageInfo.hasNextPage))
    return 'The order has more lines than can be shipped in parts. Add the parcel in the Shopify admin.'
  const left = new Map(lines.map(({ line, units }) => [line, units]))
  const picked = orders.flatMap((order) => {
    const fulfillmentOrderLineItems = (order.lineItems?.nodes ?? []).flatMap(({ id, remainingQuantity, lineItem }) => {
      const wanted = left.get(lineItem.id) ?? 0
      const quantity = Math.min(wanted, remainingQuantity)
      if (quantity < 1) return []
      left.set(lineItem.id, wanted - quantity)
      return { id, quantity }
    })
    return fulfillmentOrderLineItems.length > 0 ? { fulfillmentOrderId: order.id, fulfillmentOrderLineItems } : []
  })
  const short = [...left].find(([, units]) => units > 0)
  return short
    ? `The parcel holds ${short[1]} more of line ${digits('LineItem', short[0]) ?? short[0]} than are still to be shipped.`
    : picked
}

const canShip = ({ supportedActions }: FulfillmentOrder) =>
  supportedActions.some(({ action }) => action === 'CREATE_FULFILLMENT')

const statuses = (orders: readonly FulfillmentOrder[]) =>
  [...new Set(orders.map(({ status }) => status.toLowerCase().replaceAll('_', ' ')))].join(', ')

/** Tells a store that an order left: looks what is there to ship, and ships it once. */

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
})

const fulfillmentOrder = z.looseObject({
  id: z.string(),
  status: z.string(),
  supportedActions: z.array(z.looseObject({ action: z.string() })),
  assignedLocation: z.looseObject({ location: z.looseObject({ id: z.string() }).nullish() }),
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

const createAnswer = z.looseObject({
  fulfillmentCreate: z.looseObject({ fulfillment: z.looseObject({ id: z.string() }).nullish(), userErrors }),
})

/** Shopify has no idempotency key here, and a second parcel tells the buyer twice: a number that is there already is enough. */
export async function ship(client: ShopifyClient, call: Call): Promise<RowResult> {
  const { order: id, trackingInfo } = body.parse(parseJson(call.body))
  const look = async () => (await client.read(documents.shippable, { id }, shippableAnswer)).data.order
  const order = await look()
  const there = parcelWith(trackingInfo.number, order)
  if (there) return there
  const open = whatIsOpen(order)
  if (!open.ok) return open.refusal
  const lineItemsByFulfillmentOrder = open.ids.map((fulfillmentOrderId) => ({ fulfillmentOrderId }))
  const fulfillment = { lineItemsByFulfillmentOrder, notifyCustomer: false, trackingInfo }
  const request = documents.requestBody(documents.createFulfillment, { fulfillment })
  const { fulfillmentCreate } = await client.send(request, createAnswer, { repeatable: false })
  const made = digits('Fulfillment', fulfillmentCreate.fulfillment?.id ?? '')
  if (made) return { ok: true, id: made }
  // Refused because somebody, perhaps our own lost call, was faster: then the number is there now.
  const message = fulfillmentCreate.userErrors.map((error) => error.message).join('; ')
  return (
    parcelWith(trackingInfo.number, await look()) ?? rejected('FULFILLMENT_REFUSED', message || 'No reason was given.')
  )
}

const rejected = (code: string, message: string): RowResult => ({ ok: false, kind: 'rejected', code, message })
const failedParcel = new Set(['CANCELLED', 'ERROR', 'FAILURE'])

function parcelWith(number: string, order: Shippable): RowResult | undefined {
  const parcel = order?.fulfillments.find(
    ({ status, trackingInfo }) =>
      !failedParcel.has(status) && trackingInfo.some((tracking) => tracking.number === number),
  )
  const id = digits('Fulfillment', parcel?.id ?? '')
  return id ? { ok: true, id } : undefined
}

/** The fulfilment orders that one parcel can close, or in words why there are none. */
function whatIsOpen(order: Shippable): { ok: true; ids: string[] } | { ok: false; refusal: RowResult } {
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
  return { ok: true, ids: open.map(({ id }) => id) }
}

const canShip = ({ supportedActions }: FulfillmentOrder) =>
  supportedActions.some(({ action }) => action === 'CREATE_FULFILLMENT')

const statuses = (orders: readonly FulfillmentOrder[]) =>
  [...new Set(orders.map(({ status }) => status.toLowerCase().replaceAll('_', ' ')))].join(', ')

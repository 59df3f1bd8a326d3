/** fulfillmentCreate, fulfillmentTrackingInfoUpdate and fulfillmentCancel. Their errors have no codes, as in Shopify. */

import { fulfil, isOpen, type Picked, retrack, unfulfil } from './fulfilment.ts'
import type { Fulfilment, FulfilmentOrder } from './model.ts'
import { type Context, find, type Resolvers, readGid, type UserError, userError } from './resolve.ts'
import { readTracking, type TrackingInput } from './tracking.ts'
import type { World } from './world.ts'

interface FulfilmentInput {
  readonly lineItemsByFulfillmentOrder: readonly {
    readonly fulfillmentOrderId: string
    readonly fulfillmentOrderLineItems?: readonly { readonly id: string; readonly quantity: number }[] | null
  }[]
  readonly trackingInfo?: TrackingInput | null
}

interface Payload {
  readonly fulfillment: Fulfilment | null
  readonly userErrors: readonly UserError[]
}

const linesMax = 512
const refused = (error: UserError): Payload => ({ fulfillment: null, userErrors: [error] })
const isError = (value: object): value is UserError => 'message' in value

function pick(world: World, input: FulfilmentInput): Picked[] | UserError {
  const picked: Picked[] = []
  const field = ['fulfillment', 'lineItemsByFulfillmentOrder']
  const chosen = new Set<FulfilmentOrder>()
  for (const [i, wanted] of input.lineItemsByFulfillmentOrder.entries()) {
    const from = find('FulfillmentOrder', world.fulfilmentOrders, wanted.fulfillmentOrderId)
    if (!from) return userError([...field, String(i)], 'Fulfillment order does not exist.')
    if (!isOpen(from))
      return userError(
        [...field, String(i)],
        `Fulfillment order ${from.id} has an unfulfillable status= ${from.status.toLowerCase()}.`,
      )
    if (chosen.has(from)) return userError([...field, String(i)], 'Fulfillment order is given twice.')
    chosen.add(from)
    const rows = wanted.fulfillmentOrderLineItems ?? []
    if (!rows.length)
      for (const line of from.lines) if (line.remaining > 0) picked.push({ from, line, units: line.remaining })
    for (const row of rows) {
      const { id } = readGid(row.id)
      const line = from.lines.find((one) => one.id === id)
      const already = picked.filter((pick) => pick.line === line).reduce((n, { units }) => n + units, 0)
      if (!line) return userError([...field, String(i)], 'Fulfillment order line item does not exist.')
      if (row.quantity < 1 || row.quantity + already > line.remaining)
        return userError(['fulfillment'], 'Invalid fulfillment order line item quantity requested.')
      picked.push({ from, line, units: row.quantity })
    }
  }
  if (!picked.length) return userError(field, 'There is nothing to fulfill.')
  if (picked.length > linesMax) return userError(field, `A fulfillment takes ${linesMax} line items at most.`)
  const [first] = chosen
  for (const from of chosen)
    if (from.order !== first?.order || from.place !== first?.place)
      return userError(field, 'All fulfillment orders must belong to the same order and location.')
  return picked
}

function create(_: unknown, { fulfillment: input }: { fulfillment: FulfilmentInput }, { world }: Context): Payload {
  const tracking = readTracking(input.trackingInfo, ['fulfillment', 'trackingInfo'])
  if (isError(tracking)) return refused(tracking)
  const picked = pick(world, input)
  if (isError(picked)) return refused(picked)
  const order = picked[0]?.from.order
  if (!order) return refused(userError(['fulfillment'], 'There is nothing to fulfill.'))
  return { fulfillment: fulfil(world, order, picked, tracking), userErrors: [] }
}

function updateTracking(
  _: unknown,
  { fulfillmentId, trackingInfoInput }: { fulfillmentId: string; trackingInfoInput: TrackingInput },
  { world }: Context,
): Payload {
  const fulfilment = find('Fulfillment', world.fulfilments, fulfillmentId)
  if (!fulfilment) return refused(userError(['fulfillmentId'], 'Fulfillment does not exist.'))
  if (fulfilment.status === 'CANCELLED') return refused(userError(['fulfillmentId'], 'Fulfillment is cancelled.'))
  const tracking = readTracking(trackingInfoInput, ['trackingInfoInput'])
  if (isError(tracking)) return refused(tracking)
  retrack(world, fulfilment, tracking)
  return { fulfillment: fulfilment, userErrors: [] }
}

function cancel(_: unknown, { id }: { id: string }, { world }: Context): Payload {
  const fulfilment = find('Fulfillment', world.fulfilments, id)
  if (!fulfilment) return refused(userError(['id'], 'Fulfillment does not exist.'))
  if (fulfilment.status === 'CANCELLED') return refused(userError(['id'], 'Fulfillment is already cancelled.'))
  unfulfil(world, fulfilment)
  return { fulfillment: fulfilment, userErrors: [] }
}

export const fulfilmentResolvers: Resolvers = {
  Mutation: {
    fulfillmentCreate: create,
    fulfillmentTrackingInfoUpdate: updateTracking,
    fulfillmentCancel: cancel,
  },
}

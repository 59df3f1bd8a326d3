/** orderCreate, orderCancel, orderUpdate, tags and refundCreate. */

import type { GraphQLResolveInfo } from 'graphql'
import { touch } from './fulfilment.ts'
import { gid } from './ids.ts'
import { once } from './keyed.ts'
import {
  type CancelReason,
  isActive,
  type Job,
  type Order,
  openUnits,
  type Pair,
  type PostalAddress,
  type Product,
  type Refund,
  type RestockType,
  totalsOf,
} from './model.ts'
import { type OrderInput as NewOrder, readOrder } from './order-input.ts'
import { productPayload } from './payloads-stock.ts'
import { placeOrder, unitsPerVariant } from './place-order.ts'
import { cancelOrder, hasLiveFulfilment, refund } from './refunds.ts'
import { type Context, find, type Resolvers, readGid, type UserError, userError } from './resolve.ts'
import { sellable } from './stock.ts'
import { cents } from './text.ts'
import type { World } from './world.ts'

type Behaviour = 'BYPASS' | 'DECREMENT_IGNORING_POLICY' | 'DECREMENT_OBEYING_POLICY'

/** Development stores take five new orders a minute; the words of the refusal are not documented. */
const devStoreOrdersPerMinute = 5

function createOrder(
  _: unknown,
  { order: input, options }: { order: NewOrder; options?: { inventoryBehaviour?: Behaviour | null } | null },
  { world }: Context,
): { order: Order | null; userErrors: readonly UserError[] } {
  const refused = (...userErrors: UserError[]) => ({ order: null, userErrors })
  const draft = readOrder(world, input)
  if ('errors' in draft) return refused(...draft.errors)
  if (world.options.devStore && madeInLastMinute(world) >= devStoreOrdersPerMinute)
    return refused(userError(null, 'Too many attempts. Please try again later.'))
  const behaviour = options?.inventoryBehaviour ?? 'BYPASS'
  if (behaviour === 'DECREMENT_OBEYING_POLICY')
    for (const [variant, units] of unitsPerVariant(draft.lines))
      if (units > (sellable(variant) ?? Number.POSITIVE_INFINITY))
        return refused(
          userError(['order', 'lineItems'], 'Unable to claim inventory for the order.', 'INVENTORY_CLAIM_FAILED'),
        )
  return { order: placeOrder(world, draft, behaviour !== 'BYPASS'), userErrors: [] }
}

const madeInLastMinute = (world: World): number =>
  [...world.orders.values()].filter((order) => order.madeByApp && order.createdAt > world.now() - 60_000).length

interface CancelArgs {
  readonly orderId: string
  readonly reason: CancelReason
  readonly restock: boolean
  readonly refund?: boolean | null
  readonly refundMethod?: { originalPaymentMethodsRefund?: boolean } | null
  readonly staffNote?: string | null
}

function cancel(_: unknown, args: CancelArgs, { world }: Context) {
  const order = find('Order', world.orders, args.orderId)
  const refused = (field: string, message: string, code: string) => ({
    job: null,
    jobResult: null,
    orderCancelUserErrors: [userError([field], message, code)],
    userErrors: [userError([field], message)],
  })
  if (!order) return refused('orderId', 'Order does not exist', 'NOT_FOUND')
  const obstacle = whyNotCancelled(order)
  if (obstacle) return refused('orderId', obstacle, 'INVALID')
  if ((args.staffNote?.length ?? 0) > 255) return refused('staffNote', 'Staff note is too long', 'INVALID')
  const job: Job = { id: world.deps.random.uuid(), order, done: false }
  world.jobs.set(job.id, job)
  const pays = args.refundMethod?.originalPaymentMethodsRefund ?? args.refund ?? false
  world.later(world.options.jobMs, () => {
    job.done = true
    // The order may have been shipped or cancelled while the job waited.
    const late = whyNotCancelled(order)
    if (late) job.error = late
    else
      cancelOrder(
        world,
        order,
        args.reason,
        args.restock,
        pays && order.financialStatus === 'PAID' ? totalsOf(order).total : 0,
      )
  })
  return { job, jobResult: job, orderCancelUserErrors: [], userErrors: [] }
}

function whyNotCancelled(order: Order): string | undefined {
  if (order.cancelledAt !== undefined) return 'Order has already been canceled'
  return hasLiveFulfilment(order) ? 'Cannot cancel an order that has fulfillments' : undefined
}

interface UpdateInput {
  readonly id: string
  readonly tags?: readonly string[] | null
  readonly note?: string | null
  readonly email?: string | null
  readonly phone?: string | null
  readonly poNumber?: string | null
  readonly customAttributes?: readonly Pair[] | null
  readonly shippingAddress?: Omit<PostalAddress, 'id'> | null
}

function update(_: unknown, { input }: { input: UpdateInput }, { world }: Context) {
  const order = find('Order', world.orders, input.id)
  if (!order) return { order: null, userErrors: [userError(['id'], 'Order does not exist')] }
  if (input.tags) order.tags = unique(input.tags)
  if (input.note !== undefined) order.note = input.note ?? undefined
  if (input.email !== undefined) order.email = input.email ?? undefined
  if (input.phone !== undefined) order.phone = input.phone ?? undefined
  if (input.poNumber !== undefined) order.poNumber = input.poNumber ?? undefined
  if (input.customAttributes) order.customAttributes = input.customAttributes
  if (input.shippingAddress) order.address = { ...input.shippingAddress, id: world.newId('MailingAddress') }
  touch(world, order)
  return { order, userErrors: [] }
}

/** Tags are told apart without case; the first spelling stays. */
function unique(tags: readonly string[]): string[] {
  const kept = new Map<string, string>()
  for (const tag of tags.map((text) => text.trim()).filter(Boolean))
    if (!kept.has(tag.toLowerCase())) kept.set(tag.toLowerCase(), tag)
  return [...kept.values()]
}

function changeTags(change: (tags: readonly string[], given: readonly string[]) => string[]) {
  return (_: unknown, { id, tags }: { id: string; tags: readonly string[] }, { world }: Context) => {
    const node: Order | Product | undefined =
      readGid(id).kind === 'Product' ? find('Product', world.products, id) : find('Order', world.orders, id)
    if (!node) return { node: null, userErrors: [userError(['id'], 'Resource does not exist')] }
    node.tags.splice(0, node.tags.length, ...change(node.tags, tags))
    if (node.__typename === 'Order') touch(world, node)
    else {
      node.updatedAt = world.now()
      world.tell({ topic: 'products/update', about: node.id, payload: () => productPayload(world, node) })
    }
    return { node, userErrors: [] }
  }
}

const addTags = (tags: readonly string[], given: readonly string[]) => unique([...tags, ...given])
const removeTags = (tags: readonly string[], given: readonly string[]) =>
  tags.filter((tag) => !given.some((gone) => gone.trim().toLowerCase() === tag.toLowerCase()))

// ---------------------------------------------------------------- refunds

interface RefundInput {
  readonly orderId: string
  readonly note?: string | null
  readonly refundLineItems?:
    | readonly {
        readonly lineItemId: string
        readonly quantity: number
        readonly restockType?: RestockType | 'LEGACY_RESTOCK' | null
        readonly locationId?: string | null
      }[]
    | null
  readonly transactions?: readonly { readonly amount: string }[] | null
}

interface RefundPayload {
  readonly refund: Refund | null
  readonly order: Order | null
  readonly userErrors: readonly UserError[]
}

function createRefund(_: unknown, { input }: { input: RefundInput }, context: Context, info: GraphQLResolveInfo) {
  const refused = (error: UserError): RefundPayload => ({ refund: null, order: null, userErrors: [error] })
  return once<RefundPayload>(context, info, refused, () => {
    const { world } = context
    const order = find('Order', world.orders, input.orderId)
    if (!order) return refused(userError(['orderId'], 'Order does not exist'))
    const removals = []
    for (const [i, row] of (input.refundLineItems ?? []).entries()) {
      const { id } = readGid(row.lineItemId)
      const line = order.lines.find((one) => one.id === id)
      const path = ['refundLineItems', String(i)]
      if (!line) return refused(userError([...path, 'lineItemId'], 'Line item does not exist'))
      const restockType = row.restockType ?? 'NO_RESTOCK'
      if (restockType === 'LEGACY_RESTOCK')
        return refused(userError([...path, 'restockType'], 'Restock type is not supported'))
      const place = row.locationId == null ? undefined : find('Location', world.places, row.locationId)
      if (restockType !== 'NO_RESTOCK' && !(place && isActive(place)))
        return refused(userError([...path, 'locationId'], 'A location is required to restock'))
      const shipped = line.fulfilled - line.returned
      const most = { CANCEL: openUnits(line), RETURN: shipped, NO_RESTOCK: openUnits(line) + shipped }[restockType]
      if (row.quantity < 1 || row.quantity > most)
        return refused(userError([...path, 'quantity'], 'Refund quantity is more than can be refunded'))
      removals.push({ line, quantity: row.quantity, restockType, ...(place ? { place } : {}) })
    }
    const paid = (input.transactions ?? []).reduce((sum, { amount }) => sum + (cents(amount) ?? 0), 0)
    const totals = totalsOf(order)
    if (paid > totals.total - totals.refunded)
      return refused(userError(['transactions'], 'Refund amount is more than was paid'))
    if (!removals.length && paid === 0)
      return refused(userError(null, 'Refund must have at least one line item or transaction'))
    const made = refund(world, order, removals, paid, input.note ?? undefined)
    if (paid > 0) order.financialStatus = paid + totals.refunded >= totals.total ? 'REFUNDED' : 'PARTIALLY_REFUNDED'
    return { refund: made, order, userErrors: [] }
  })
}

export const orderResolvers: Resolvers = {
  Mutation: {
    orderCreate: createOrder,
    orderCancel: cancel,
    orderUpdate: update,
    tagsAdd: changeTags(addTags),
    tagsRemove: changeTags(removeTags),
    refundCreate: createRefund,
  },
  Job: { id: (job: Job) => gid('Job', job.id) },
  OrderCancelJobResult: {
    id: (job: Job) => gid('OrderCancelJobResult', job.id),
    status: ({ done, error }: Job) => (done ? (error ? 'FAILED' : 'SUCCEEDED') : 'STARTED'),
    errors: ({ error }: Job) => (error ? [userError(['orderId'], error, 'INVALID')] : []),
  },
}

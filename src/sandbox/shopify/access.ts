/** What a token may do: scopes of the root fields, and the customer data that an app must be approved for. */

import { defaultFieldResolver, GraphQLError, type GraphQLObjectType, type GraphQLSchema, isObjectType } from 'graphql'
import type { Context } from './resolve.ts'

const fulfilmentReads = [
  ...['read_merchant_managed_fulfillment_orders', 'read_assigned_fulfillment_orders'],
  'read_third_party_fulfillment_orders',
]
const fulfilmentWrites = [
  ...['write_merchant_managed_fulfillment_orders', 'write_assigned_fulfillment_orders'],
  'write_third_party_fulfillment_orders',
]
const writesStock = ['write_inventory']
const writesOrders = ['write_orders']

/** One of these scopes opens a root field; a field that is not here needs none. */
const queryScopes: Record<string, readonly string[]> = {
  ...Object.fromEntries(
    ['product', 'products', 'productsCount', 'productVariant', 'productVariants', 'productVariantsCount'].map(
      (name) => [name, ['read_products']],
    ),
  ),
  ...Object.fromEntries(['order', 'orders', 'orderByIdentifier', 'refund'].map((name) => [name, ['read_orders']])),
  ...Object.fromEntries(['location', 'locations'].map((name) => [name, ['read_locations', 'read_inventory']])),
  ...Object.fromEntries(['inventoryItem', 'inventoryItems'].map((name) => [name, ['read_inventory', 'read_products']])),
  inventoryLevel: ['read_inventory'],
  inventoryProperties: ['read_inventory'],
  fulfillment: ['read_orders', ...fulfilmentReads],
  fulfillmentOrder: fulfilmentReads,
}

const mutationScopes: Record<string, readonly string[]> = {
  inventorySetQuantities: writesStock,
  inventoryAdjustQuantities: writesStock,
  inventoryMoveQuantities: writesStock,
  inventoryActivate: writesStock,
  inventoryItemUpdate: writesStock,
  orderCreate: writesOrders,
  orderCancel: writesOrders,
  orderUpdate: writesOrders,
  refundCreate: writesOrders,
  fulfillmentCreate: fulfilmentWrites,
  fulfillmentTrackingInfoUpdate: fulfilmentWrites,
  fulfillmentCancel: fulfilmentWrites,
  fulfillmentOrderMove: fulfilmentWrites,
}

/** Topics of webhooks by their beginning. */
const topicScopes: readonly (readonly [start: string, scopes: readonly string[]])[] = [
  ['INVENTORY_ITEMS_', ['read_inventory', 'read_products']],
  ['INVENTORY_LEVELS_', ['read_inventory']],
  ['FULFILLMENT_ORDERS_', fulfilmentReads],
  ['FULFILLMENT_EVENTS_', ['read_fulfillments']],
  ['FULFILLMENTS_', ['read_fulfillments']],
  ['ORDERS_', ['read_orders']],
  ['REFUNDS_', ['read_orders']],
  ['PRODUCTS_', ['read_products']],
  ['LOCATIONS_', ['read_locations']],
  ['RETURNS_', ['read_returns']],
]

const may = (context: Context, scopes: readonly string[] | undefined): boolean =>
  !scopes || scopes.some((scope) => context.grant.scopes.has(scope))

export const maySubscribe = (context: Context, topic: string): boolean =>
  may(context, topicScopes.find(([start]) => topic.startsWith(start))?.[1])

/** Without such a scope fulfilment orders are not refused but left out. */
export const seesFulfilmentOrders = (context: Context): boolean => may(context, fulfilmentReads)

const denied = (message: string): GraphQLError =>
  new GraphQLError(message, {
    extensions: { code: 'ACCESS_DENIED', documentation: 'https://shopify.dev/api/usage/access-scopes' },
  })

/** Level 2 of the protected data: name, address, phone and e-mail. */
const personalFields: Record<string, readonly string[]> = {
  Order: ['email', 'phone'],
  MailingAddress: ['name', 'firstName', 'lastName', 'company', 'address1', 'address2', 'zip', 'phone', 'formatted'],
}
/** Level 1: anything of an order. */
const orderFields = ['order', 'orders', 'orderByIdentifier', 'refund', 'fulfillment', 'fulfillmentOrder']

/** Puts the checks before the resolvers. */
export function guard(schema: GraphQLSchema): void {
  const { QueryRoot, Mutation } = { QueryRoot: schema.getQueryType(), Mutation: schema.getMutationType() }
  for (const [type, table] of [
    [QueryRoot, queryScopes],
    [Mutation, mutationScopes],
  ] as const)
    for (const [name, scopes] of Object.entries(table))
      before(type, name, (context) => {
        if (may(context, scopes)) return
        const required = scopes.map((scope) => `\`${scope}\` access scope`).join(' or ')
        throw denied(`Access denied for ${name} field. Required access: ${required}.`)
      })
  for (const name of orderFields)
    before(QueryRoot, name, ({ world }) => {
      if (world.options.customerData === 'none') throw denied('This app is not approved to access the Order object.')
    })
  for (const [typeName, names] of Object.entries(personalFields)) {
    const type = schema.getType(typeName)
    for (const name of names)
      before(isObjectType(type) ? type : undefined, name, ({ world }) => {
        if (world.options.customerData !== 'all') throw denied(`This app is not approved to use the ${name} field.`)
      })
  }
}

function before(type: GraphQLObjectType | null | undefined, name: string, check: (context: Context) => void): void {
  const field = type?.getFields()[name]
  if (!field) throw new Error(`The schema has no ${type?.name}.${name}`)
  const resolve = field.resolve ?? defaultFieldResolver
  field.resolve = (source, args, context: Context, info) => {
    check(context)
    return resolve(source, args, context, info)
  }
}

const personalKeys = new Set([
  ...['first_name', 'last_name', 'name', 'company', 'address1', 'address2', 'zip', 'phone', 'latitude', 'longitude'],
])

/** A webhook body without what the app is not approved for. */
export function redacted(payload: unknown, inAddress = false): unknown {
  if (Array.isArray(payload)) return payload.map((one) => redacted(one, inAddress))
  if (typeof payload !== 'object' || payload === null) return payload
  return Object.fromEntries(
    Object.entries(payload).map(([key, value]) => {
      if (inAddress && personalKeys.has(key)) return [key, null]
      if (key === 'email' || key === 'contact_email' || key === 'phone') return [key, null]
      return [key, redacted(value, /_address$|^destination$/.test(key))]
    }),
  )
}

/** The sandbox's schema is a true part of the official one, and every field in it is really answered. */

import { readFileSync } from 'node:fs'
import {
  buildSchema,
  type DefinitionNode,
  type FieldDefinitionNode,
  type GraphQLObjectType,
  getNamedType,
  isInterfaceType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
  Kind,
  parse,
  print,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import { bench, mug, orderGid, tee } from './bench.ts'
import { officialDocument, subset } from './subset.ts'

const file = new URL('../../../src/sandbox/shopify/admin-2026-10.graphql', import.meta.url)
const text = readFileSync(file, 'utf8')
const official = officialDocument()

const byName = (definitions: readonly DefinitionNode[]) =>
  new Map(definitions.flatMap((one) => ('name' in one && one.name ? [[one.name.value, one] as const] : [])))

const fieldsOf = (definition: DefinitionNode | undefined): readonly FieldDefinitionNode[] =>
  definition?.kind === Kind.OBJECT_TYPE_DEFINITION || definition?.kind === Kind.INTERFACE_TYPE_DEFINITION
    ? (definition.fields ?? [])
    : []

describe('the schema file', () => {
  it('is what the script makes', () => {
    // The formatter may lay the file out anew, so the documents are compared.
    expect(print(parse(text))).toBe(print(parse(subset(official))))
  })

  it('says of every definition what the official schema says', () => {
    const theirs = byName(official.definitions)
    const ours = byName(parse(text).definitions)
    expect(ours.size).toBeGreaterThan(150)
    for (const [name, definition] of ours) {
      const original = theirs.get(name)
      if (!original) throw new Error(`${name} is not official`)
      expect(definition.kind, name).toBe(original.kind)
      const kept = fieldsOf(definition)
      if (!kept.length) expect(print(definition), name).toBe(print(original))
      const fields = new Map(fieldsOf(original).map((field) => [field.name.value, print(field)]))
      for (const field of kept) expect(print(field), `${name}.${field.name.value}`).toBe(fields.get(field.name.value))
    }
  })
})

/** A selection of everything a type has, four levels deep, that needs no arguments but a page size or quantity names. */
function everything(type: GraphQLObjectType, seen: readonly string[]): string {
  const parts: string[] = []
  for (const field of Object.values(type.getFields())) {
    const inner = getNamedType(field.type)
    const args = field.args.some(({ name }) => name === 'first') ? '(first: 1)' : ''
    if (field.name === 'quantities')
      parts.push('quantities(names: ["available", "on_hand"]) { id name quantity updatedAt }')
    else if (field.args.some((arg) => isRequiredArgument(arg))) continue
    else if (isLeafType(inner)) parts.push(`${field.name}${args}`)
    else if (isInterfaceType(inner)) parts.push(`${field.name} { __typename id }`)
    else if (isObjectType(inner) && !seen.includes(inner.name) && seen.length < 4)
      parts.push(`${field.name}${args} { ${everything(inner, [...seen, inner.name])} }`)
  }
  return parts.join(' ') || '__typename'
}

describe('the answers', () => {
  const schema = buildSchema(text)
  const kinds = [
    'Order',
    'FulfillmentOrder',
    'Fulfillment',
    'Product',
    'ProductVariant',
    'InventoryItem',
    'InventoryLevel',
  ]

  it.each([...kinds, 'Location', 'WebhookSubscription'])('%s answers every field it has', async (kind) => {
    const b = bench({ plan: { capacity: 1e9, restorePerSecond: 1 } })
    b.shop.addProduct(mug)
    b.shop.addProduct(tee)
    const purchase = b.shop.buy([{ sku: mug.sku, quantity: 3 }])
    if (!purchase.ok) throw new Error(purchase.reason)
    await b.clock.advance(5000)
    const { item, location, variant } = await b.itemOf(mug.sku)
    b.shop.ship(orderGid(purchase.order), { carrier: 'PostNL', number: '3S1' })
    const { order } = await b.data(
      'query($id: ID!) { order(id: $id) { fulfillments { id } fulfillmentOrders(first: 1) { nodes { id } } lineItems(first: 1) { nodes { id product { id } } } } }',
      { id: orderGid(purchase.order) },
    )
    const line = order.lineItems.nodes[0].id
    await b.data(
      'mutation($i: RefundInput!) { refundCreate(input: $i) @idempotent(key: "r") { userErrors { message } } }',
      {
        i: {
          orderId: orderGid(purchase.order),
          refundLineItems: [{ lineItemId: line, quantity: 1, restockType: 'RETURN', locationId: location }],
        },
      },
    )
    const { inventoryItem } = await b.data(
      'query($id: ID!, $at: ID!) { inventoryItem(id: $id) { inventoryLevel(locationId: $at) { id } } }',
      { id: item, at: location },
    )
    const { webhookSubscriptionCreate } = await b.data(
      'mutation { webhookSubscriptionCreate(topic: ORDERS_CREATE, webhookSubscription: { uri: "https://hub.example/x" }) { webhookSubscription { id } } }',
    )
    const ids: Record<string, string> = {
      Order: orderGid(purchase.order),
      FulfillmentOrder: order.fulfillmentOrders.nodes[0].id,
      Fulfillment: order.fulfillments[0].id,
      Product: order.lineItems.nodes[0].product.id,
      ProductVariant: variant,
      InventoryItem: item,
      InventoryLevel: inventoryItem.inventoryLevel.id,
      Location: location,
      WebhookSubscription: webhookSubscriptionCreate.webhookSubscription.id,
    }
    const type = schema.getType(kind)
    if (!isObjectType(type)) throw new Error(kind)
    // Cost is not the matter here, so each field is asked for alone.
    for (const field of Object.values(type.getFields())) {
      const one = everything({ name: kind, getFields: () => ({ [field.name]: field }) } as GraphQLObjectType, [kind])
      const { body } = await b.post(`query($id: ID!) { node(id: $id) { ... on ${kind} { ${one} } } }`, {
        id: ids[kind],
      })
      expect(body.errors, `${kind}.${field.name}: ${JSON.stringify(body.errors)}`).toBeUndefined()
      expect(body.data.node).not.toBeNull()
    }
  })

  it('refuses a field that the official schema does not have', async () => {
    const { body } = await bench().post('{ shop { nickname } }')
    expect(body.data).toBeUndefined()
    expect(body.errors[0].message).toContain('nickname')
  })
})

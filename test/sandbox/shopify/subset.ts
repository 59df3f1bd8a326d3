/** Cuts the sandbox's schema out of the official Admin 2026-10 one: the fields it answers, and every input, enum and scalar they need. */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { brotliDecompressSync } from 'node:zlib'
import {
  buildClientSchema,
  type DefinitionNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type InputValueDefinitionNode,
  type IntrospectionQuery,
  Kind,
  parse,
  print,
  printSchema,
  type TypeNode,
  visit,
} from 'graphql'

/** Output types and the fields the sandbox answers. Arguments are kept as they are; inputs, enums and scalars are kept whole. */
export const keptFields: Record<string, string> = {
  QueryRoot: `shop currentAppInstallation inventoryProperties location locations productVariant productVariants product
    products node nodes inventoryItem inventoryItems inventoryLevel order orders orderByIdentifier job fulfillment
    fulfillmentOrder refund webhookSubscription webhookSubscriptions bulkOperation bulkOperations productVariantsCount
    productsCount locationsCount`,
  Mutation: `inventorySetQuantities inventoryAdjustQuantities inventoryMoveQuantities inventoryActivate inventoryItemUpdate
    orderCreate orderCancel orderUpdate tagsAdd tagsRemove fulfillmentCreate fulfillmentTrackingInfoUpdate
    fulfillmentCancel fulfillmentOrderMove bulkOperationRunQuery bulkOperationCancel webhookSubscriptionCreate webhookSubscriptionUpdate webhookSubscriptionDelete refundCreate
    metafieldDefinitionCreate`,
  Node: 'id',
  LegacyInteroperability: 'legacyResourceId',
  DisplayableError: 'field message',
  UserError: 'field message',
  PageInfo: 'hasNextPage hasPreviousPage startCursor endCursor',
  Count: 'count precision',

  Shop: 'id name email myshopifyDomain currencyCode ianaTimezone timezoneAbbreviation taxesIncluded plan createdAt',
  ShopPlan: 'displayName publicDisplayName shopifyPlus partnerDevelopment',
  AppInstallation: 'id accessScopes app',
  AccessScope: 'handle description',
  App: 'id title handle apiKey',
  InventoryProperties: 'quantityNames',
  InventoryQuantityName: 'name displayName isInUse comprises belongsTo',

  Location: `id legacyResourceId name isActive fulfillsOnlineOrders shipsInventory isFulfillmentService hasActiveInventory
    hasUnfulfilledOrders createdAt updatedAt deactivatedAt fulfillmentService address inventoryLevel inventoryLevels`,
  LocationConnection: 'nodes edges pageInfo',
  LocationEdge: 'node cursor',
  LocationAddress: 'address1 address2 city zip province provinceCode country countryCode phone formatted',
  FulfillmentService: 'id handle serviceName inventoryManagement',

  Product: `id legacyResourceId title handle status vendor productType tags createdAt updatedAt totalInventory
    tracksInventory hasOnlyDefaultVariant hasVariantsThatRequiresComponents variantsCount variants`,
  ProductConnection: 'nodes edges pageInfo',
  ProductEdge: 'node cursor',
  ProductVariant: `id legacyResourceId sku barcode title displayName price compareAtPrice position inventoryPolicy
    inventoryQuantity sellableOnlineQuantity availableForSale taxable requiresComponents createdAt updatedAt product
    inventoryItem productVariantComponents`,
  ProductVariantConnection: 'nodes edges pageInfo',
  ProductVariantEdge: 'node cursor',
  ProductVariantComponent: 'id quantity productVariant',
  ProductVariantComponentConnection: 'nodes edges pageInfo',
  ProductVariantComponentEdge: 'node cursor',

  InventoryItem: `id legacyResourceId sku tracked requiresShipping duplicateSkuCount createdAt updatedAt variant variants
    locationsCount inventoryLevel inventoryLevels`,
  InventoryItemConnection: 'nodes edges pageInfo',
  InventoryItemEdge: 'node cursor',
  InventoryLevel: 'id isActive canDeactivate createdAt updatedAt item location quantities',
  InventoryLevelConnection: 'nodes edges pageInfo',
  InventoryLevelEdge: 'node cursor',
  InventoryQuantity: 'id name quantity updatedAt',
  InventoryAdjustmentGroup: 'id createdAt reason referenceDocumentUri app changes',
  InventoryChange: 'name delta quantityAfterChange ledgerDocumentUri item location',
  InventorySetQuantitiesPayload: 'inventoryAdjustmentGroup userErrors',
  InventorySetQuantitiesUserError: 'code field message',
  InventoryAdjustQuantitiesPayload: 'inventoryAdjustmentGroup userErrors',
  InventoryAdjustQuantitiesUserError: 'code field message',
  InventoryMoveQuantitiesPayload: 'inventoryAdjustmentGroup userErrors',
  InventoryMoveQuantitiesUserError: 'code field message',
  InventoryActivatePayload: 'inventoryLevel userErrors',
  InventoryItemUpdatePayload: 'inventoryItem userErrors',

  Order: `id legacyResourceId name number createdAt processedAt updatedAt closed closedAt cancelledAt cancelReason test
    confirmed edited sourceName sourceIdentifier registeredSourceUrl attribution app currencyCode presentmentCurrencyCode
    taxesIncluded displayFinancialStatus displayFulfillmentStatus returnStatus tags note email phone poNumber
    customAttributes fullyPaid unpaid fulfillable requiresShipping paymentGatewayNames currentSubtotalLineItemsQuantity
    subtotalLineItemsQuantity subtotalPriceSet totalPriceSet currentTotalPriceSet totalTaxSet totalShippingPriceSet
    totalDiscountsSet totalRefundedSet totalOutstandingSet originalTotalPriceSet shippingAddress billingAddress shippingLine
    shippingLines lineItems refunds fulfillmentOrders fulfillments fulfillmentsCount metafield`,
  OrderConnection: 'nodes edges pageInfo',
  OrderEdge: 'node cursor',
  OrderApp: 'id name',
  OrderAttribution: 'handle displayName',
  Attribute: 'key value',
  MoneyBag: 'shopMoney presentmentMoney',
  MoneyV2: 'amount currencyCode',
  Metafield: 'id legacyResourceId namespace key type value createdAt updatedAt',
  MailingAddress: `id name firstName lastName company address1 address2 city province provinceCode zip country countryCode
    countryCodeV2 phone formatted`,
  ShippingLine: 'id code title source carrierIdentifier custom isRemoved originalPriceSet discountedPriceSet taxLines',
  ShippingLineConnection: 'nodes edges pageInfo',
  ShippingLineEdge: 'node cursor',
  TaxLine: 'title rate ratePercentage source channelLiable priceSet',
  LineItem: `id name sku title variantTitle vendor quantity currentQuantity refundableQuantity unfulfilledQuantity
    fulfillableQuantity nonFulfillableQuantity requiresShipping restockable isGiftCard taxable variant product lineItemGroup
    customAttributes originalUnitPriceSet discountedUnitPriceSet discountedUnitPriceAfterAllDiscountsSet originalTotalSet
    discountedTotalSet totalDiscountSet taxLines`,
  LineItemConnection: 'nodes edges pageInfo',
  LineItemEdge: 'node cursor',
  LineItemGroup: 'id title quantity productId variantId variantSku',
  Refund: 'id legacyResourceId createdAt processedAt updatedAt note order totalRefundedSet refundLineItems',
  RefundLineItem: 'id quantity restockType restocked location lineItem priceSet subtotalSet totalTaxSet',
  RefundLineItemConnection: 'nodes edges pageInfo',
  RefundLineItemEdge: 'node cursor',

  FulfillmentOrder: `id status requestStatus fulfillAt fulfillBy createdAt updatedAt order orderId orderName
    orderProcessedAt assignedLocation supportedActions fulfillmentHolds deliveryMethod lineItems fulfillments`,
  FulfillmentOrderConnection: 'nodes edges pageInfo',
  FulfillmentOrderEdge: 'node cursor',
  FulfillmentOrderAssignedLocation: 'name location address1 address2 city zip province countryCode phone',
  FulfillmentOrderSupportedAction: 'action externalUrl',
  FulfillmentHold: 'id reason reasonNotes handle heldByRequestingApp displayReason',
  DeliveryMethod: 'id methodType presentedName serviceCode',
  FulfillmentOrderLineItem: `id sku productTitle variantTitle vendor totalQuantity remainingQuantity requiresShipping
    inventoryItemId lineItem variant`,
  FulfillmentOrderLineItemConnection: 'nodes edges pageInfo',
  FulfillmentOrderLineItemEdge: 'node cursor',
  Fulfillment: `id legacyResourceId name status displayStatus createdAt updatedAt deliveredAt inTransitAt
    estimatedDeliveryAt requiresShipping totalQuantity order location trackingInfo events fulfillmentLineItems
    fulfillmentOrders`,
  FulfillmentConnection: 'nodes edges pageInfo',
  FulfillmentEdge: 'node cursor',
  FulfillmentTrackingInfo: 'company number url',
  FulfillmentEvent: 'id status happenedAt message createdAt',
  FulfillmentEventConnection: 'nodes edges pageInfo',
  FulfillmentEventEdge: 'node cursor',
  FulfillmentLineItem: 'id quantity lineItem originalTotalSet discountedTotalSet',
  FulfillmentLineItemConnection: 'nodes edges pageInfo',
  FulfillmentLineItemEdge: 'node cursor',

  OrderCreatePayload: 'order userErrors',
  OrderCreateUserError: 'code field message',
  OrderCancelPayload: 'job jobResult orderCancelUserErrors userErrors',
  OrderCancelJobResult: 'id done status errors order',
  OrderCancelUserError: 'code field message',
  Job: 'id done',
  OrderUpdatePayload: 'order userErrors',
  TagsAddPayload: 'node userErrors',
  TagsRemovePayload: 'node userErrors',
  FulfillmentCreatePayload: 'fulfillment userErrors',
  FulfillmentTrackingInfoUpdatePayload: 'fulfillment userErrors',
  FulfillmentCancelPayload: 'fulfillment userErrors',
  FulfillmentOrderMovePayload: 'movedFulfillmentOrder originalFulfillmentOrder remainingFulfillmentOrder userErrors',
  FulfillmentOrderMoveFulfillmentOrderMoveUserError: 'code field message',

  BulkOperation: `id type status errorCode objectCount rootObjectCount fileSize url partialDataUrl query createdAt
    completedAt`,
  BulkOperationConnection: 'nodes edges pageInfo',
  BulkOperationEdge: 'node cursor',
  BulkOperationRunQueryPayload: 'bulkOperation userErrors',
  BulkOperationUserError: 'code field message',
  BulkOperationCancelPayload: 'bulkOperation userErrors',

  MetafieldDefinitionCreatePayload: 'createdDefinition userErrors',
  MetafieldDefinitionCreateUserError: 'code field message elementIndex',
  MetafieldDefinition: 'id name namespace key ownerType type',
  MetafieldDefinitionType: 'name category',
  RefundCreatePayload: 'refund order userErrors',

  WebhookSubscription: `id legacyResourceId topic uri callbackUrl name format filter includeFields metafieldNamespaces
    apiVersion createdAt updatedAt`,
  WebhookSubscriptionConnection: 'nodes edges pageInfo',
  WebhookSubscriptionEdge: 'node cursor',
  ApiVersion: 'handle displayName supported',
  WebhookSubscriptionCreatePayload: 'webhookSubscription userErrors',
  WebhookSubscriptionUpdatePayload: 'webhookSubscription userErrors',
  WebhookSubscriptionDeletePayload: 'deletedWebhookSubscriptionId userErrors',
}

/** The official schema as SDL without its descriptions. */
export function officialDocument(version = '2026-10'): DocumentNode {
  const home = createRequire(import.meta.url).resolve('@shopify/ai-toolkit/package.json')
  const file = new URL(`skills/shopify-admin/assets/admin_${version}.json.br`, `file://${home}`)
  const { data } = JSON.parse(brotliDecompressSync(readFileSync(file)).toString('utf8')) as { data: IntrospectionQuery }
  return visit(parse(printSchema(buildClientSchema(data))), {
    StringValue: (node, key) => (key === 'description' ? null : node),
  })
}

const typeName = (type: TypeNode): string => (type.kind === Kind.NAMED_TYPE ? type.name.value : typeName(type.type))

const builtIn = new Set(['Int', 'Float', 'String', 'Boolean', 'ID'])

/** Follows the kept fields from the roots; a field that needs an output type nobody listed is a mistake in the list. */
export function subset(official: DocumentNode): string {
  const byName = new Map<string, DefinitionNode>()
  for (const definition of official.definitions)
    if ('name' in definition && definition.name) byName.set(definition.name.value, definition)
  const kept = new Map<string, DefinitionNode>()

  const needAll = (values: readonly (InputValueDefinitionNode | FieldDefinitionNode)[]) => {
    for (const value of values) {
      need(typeName(value.type))
      if (value.kind === Kind.FIELD_DEFINITION) needAll(value.arguments ?? [])
    }
  }
  function need(name: string): void {
    if (builtIn.has(name) || kept.has(name)) return
    const definition = byName.get(name)
    if (!definition) throw new Error(`The official schema has no ${name}`)
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) {
      kept.set(name, definition)
      if (definition.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION) needAll(definition.fields ?? [])
      return
    }
    const wanted = keptFields[name]?.split(/\s+/)
    if (!wanted) throw new Error(`${name} is reachable but its fields are not listed`)
    const fields = (definition.fields ?? []).filter((field) => wanted.includes(field.name.value))
    const missing = wanted.filter((field) => !fields.some((kept) => kept.name.value === field))
    if (missing.length) throw new Error(`The official ${name} has no ${missing.join(', ')}`)
    const interfaces = (definition.interfaces ?? []).filter((one) => keptFields[one.name.value])
    kept.set(name, { ...definition, fields, interfaces })
    needAll(fields)
    for (const one of interfaces) need(one.name.value)
  }
  need('QueryRoot')
  need('Mutation')
  const unused = Object.keys(keptFields).filter((name) => !kept.has(name))
  if (unused.length) throw new Error(`Listed but not reachable: ${unused.join(', ')}`)

  const idempotent = byName.get('idempotent')
  if (!idempotent) throw new Error('The official schema has no @idempotent')
  const types = [...kept.keys()].sort().flatMap((name) => kept.get(name) ?? [])
  const definitions = [idempotent, ...types].map((definition) => print(definition))
  const head =
    '# Made by `node test/sandbox/shopify/make-subset.ts` from the official Admin 2026-10 schema; do not edit.\n'
  return `${head}\nschema {\n  query: QueryRoot\n  mutation: Mutation\n}\n\n${definitions.join('\n\n')}\n`
}

/** Every GraphQL text this connector can send, Admin API 2026-10, with what each is expected to cost. */

/** Pinned: supported until 2027-10-01. */
export const apiVersion = '2026-10'

/**
 * Costs are the requested points: an object 1, a connection 2 and its size times a node, a mutation 10. Asking for too much
 * makes a single hinted order wait like a page of them; Shopify refuses a request over 1000.
 */
export interface Document {
  readonly name: string
  readonly text: string
  readonly cost: number
  /** On top, for each of the variable `ids`. */
  readonly costPerId?: number
}

/** What a request will be charged before it runs; what it did not use comes back with the answer. */
export const costOf = (document: Document, variables: Readonly<Record<string, unknown>>): number =>
  document.cost + (document.costPerId ?? 0) * (Array.isArray(variables.ids) ? variables.ids.length : 0)

/** How Shopify wants a request: one JSON object of text and variables. */
export const requestBody = (document: Document, variables: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({ query: document.text, variables })

const money = 'shopMoney { amount currencyCode }'

const lineFields = `
fragment LineFields on LineItem {
  id sku title variantTitle quantity currentQuantity unfulfilledQuantity
  variant { id }
  discountedUnitPriceAfterAllDiscountsSet { ${money} }
}`

/** Ten lines fit most orders; longer ones are paged, so that ten orders stay far below the cost limit. */
const orderFields = `
fragment OrderFields on Order {
  id name createdAt updatedAt cancelledAt test currencyCode sourceIdentifier note email
  displayFinancialStatus displayFulfillmentStatus
  totalPriceSet { ${money} }
  totalShippingPriceSet { ${money} }
  shippingAddress { name company address1 address2 zip city provinceCode countryCodeV2 phone }
  lineItems(first: 10) { nodes { ...LineFields } pageInfo { hasNextPage endCursor } }
}${lineFields}`

export const ordersPerRequest = 10

export const ordersById: Document = {
  name: 'OrdersById',
  cost: 0,
  costPerId: 48,
  text: `query OrdersById($ids: [ID!]!) { nodes(ids: $ids) { ... on Order { ...OrderFields } } }${orderFields}`,
}

export const ordersSince: Document = {
  name: 'OrdersSince',
  cost: 482,
  text: `query OrdersSince($query: String!, $first: Int!, $after: String) {
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    nodes { ...OrderFields }
    pageInfo { hasNextPage endCursor }
  }
}${orderFields}`,
}

export const orderLines: Document = {
  name: 'OrderLines',
  cost: 203,
  text: `query OrderLines($id: ID!, $after: String) {
  order(id: $id) {
    id updatedAt
    lineItems(first: 50, after: $after) { nodes { ...LineFields } pageInfo { hasNextPage endCursor } }
  }
}${lineFields}`,
}

export const refundsPerOrderMax = 15

/** Read only for orders with a line that lost units: it tells which of them went back into stock. */
export const orderRefunds: Document = {
  name: 'OrderRefunds',
  cost: 350,
  text: `query OrderRefunds($id: ID!) {
  order(id: $id) {
    id updatedAt
    refunds(first: ${refundsPerOrderMax}) {
      id
      refundLineItems(first: 10) {
        nodes { quantity restockType restocked lineItem { id } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}`,
}

export const refundLines: Document = {
  name: 'RefundLines',
  cost: 203,
  text: `query RefundLines($id: ID!, $after: String) {
  refund(id: $id) {
    id
    refundLineItems(first: 100, after: $after) {
      nodes { quantity restockType restocked lineItem { id } }
      pageInfo { hasNextPage endCursor }
    }
  }
}`,
}

/** The search index lags and is tokenised: who asks compares `sourceIdentifier` exactly. */
export const ordersBySource: Document = {
  name: 'OrdersBySource',
  cost: 12,
  text: `query OrdersBySource($query: String!) {
  orders(first: 10, query: $query, sortKey: CREATED_AT, reverse: true) { nodes { id sourceIdentifier } }
}`,
}

/** Few orders ship in more parcels; one that fills this is read again alone, with room for the larger number. */
export const parcelsTogetherMax = 5
export const parcelsAloneMax = 24
export const ordersPerParcelRequest = 4

const parcelFields = `
fragment ParcelFields on Fulfillment {
  id status updatedAt
  trackingInfo(first: 5) { company number url }
  fulfillmentLineItems(first: 15) { nodes { quantity lineItem { id } } pageInfo { hasNextPage endCursor } }
}`

export const parcelsById: Document = {
  name: 'ParcelsById',
  cost: 0,
  costPerId: 191,
  text: `query ParcelsById($ids: [ID!]!, $parcels: Int!) {
  nodes(ids: $ids) { ... on Order { id updatedAt fulfillments(first: $parcels) { ...ParcelFields } } }
}${parcelFields}`,
}

/** The same for an order with many parcels, which is asked for alone. */
export const parcelsAlone: Document = { ...parcelsById, costPerId: 913 }

export const parcelsSince: Document = {
  name: 'ParcelsSince',
  cost: 766,
  text: `query ParcelsSince($query: String!, $first: Int!, $after: String, $parcels: Int!) {
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    nodes { id updatedAt fulfillments(first: $parcels) { ...ParcelFields } }
    pageInfo { hasNextPage endCursor }
  }
}${parcelFields}`,
}

export const parcelLines: Document = {
  name: 'ParcelLines',
  cost: 103,
  text: `query ParcelLines($id: ID!, $after: String) {
  fulfillment(id: $id) {
    id updatedAt
    fulfillmentLineItems(first: 50, after: $after) { nodes { quantity lineItem { id } } pageInfo { hasNextPage endCursor } }
  }
}`,
}

const variantSelection = `id title sku barcode inventoryPolicy requiresComponents updatedAt
  inventoryItem { id sku tracked }`
const variantFields = `
fragment VariantFields on ProductVariant {
  ${variantSelection}
}`

export const listingsById: Document = {
  name: 'ListingsById',
  cost: 0,
  costPerId: 3,
  text: `query ListingsById($ids: [ID!]!) {
  nodes(ids: $ids) { ... on ProductVariant { ...VariantFields product { id title status updatedAt } } }
}${variantFields}`,
}

/** Products, because variants cannot be sorted by their update time. */
export const listingsSince: Document = {
  name: 'ListingsSince',
  cost: 517,
  text: `query ListingsSince($query: String!, $first: Int!, $after: String) {
  products(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    nodes {
      id title status updatedAt
      variants(first: 50) { nodes { ...VariantFields } pageInfo { hasNextPage endCursor } }
    }
    pageInfo { hasNextPage endCursor }
  }
}${variantFields}`,
}

export const productVariants: Document = {
  name: 'ProductVariants',
  cost: 203,
  text: `query ProductVariants($id: ID!, $after: String) {
  product(id: $id) {
    id
    variants(first: 100, after: $after) { nodes { ...VariantFields } pageInfo { hasNextPage endCursor } }
  }
}${variantFields}`,
}

/** It counts every variant: this count knows no search. */
export const variantsCount: Document = {
  name: 'VariantsCount',
  cost: 10,
  text: 'query VariantsCount($limit: Int) { productVariantsCount(limit: $limit) { count } }',
}

/** Shopify runs it by itself: no pages, no fragments, every list as edges; it is not charged to the bucket. */
export const bulkListings = (query: string): string => `{
  products(query: ${JSON.stringify(query)}) {
    edges { node {
      id title status updatedAt
      variants { edges { node {
        ${variantSelection}
      } } }
    } }
  }
}`

/** Every item with its one level at a location: no list within the list, so that a line of the file stands for itself. */
export const bulkStock = (locationId: string): string => `{
  inventoryItems {
    edges { node {
      id inventoryLevel(locationId: ${JSON.stringify(locationId)}) { ${quantities} }
    } }
  }
}`

/** Ungrouped: grouping slows the operation down, and who reads does not need it. */
export const runBulkQuery: Document = {
  name: 'bulkOperationRunQuery',
  cost: 10,
  text: `mutation RunBulkQuery($query: String!) {
  bulkOperationRunQuery(query: $query, groupObjects: false) {
    bulkOperation { id status }
    userErrors { code field message }
  }
}`,
}

export const bulkState: Document = {
  name: 'BulkState',
  cost: 1,
  text: 'query BulkState($id: ID!) { bulkOperation(id: $id) { id status errorCode url } }',
}

const quantities = 'quantities(names: ["available", "committed", "on_hand", "reserved"]) { name quantity }'

export const stockById: Document = {
  name: 'StockById',
  cost: 0,
  costPerId: 3,
  text: `query StockById($ids: [ID!]!, $locationId: ID!) {
  nodes(ids: $ids) { ... on InventoryItem { id inventoryLevel(locationId: $locationId) { ${quantities} } } }
}`,
}

export const stockAtLocation: Document = {
  name: 'StockAtLocation',
  cost: 303,
  text: `query StockAtLocation($locationId: ID!, $first: Int!, $after: String) {
  location(id: $locationId) {
    id
    inventoryLevels(first: $first, after: $after) {
      nodes { item { id } ${quantities} }
      pageInfo { hasNextPage endCursor }
    }
  }
}`,
}

/** Inactive locations and those of fulfilment services are left out by default: their stock is not ours to write. */
export const activeLocations: Document = {
  name: 'ActiveLocations',
  cost: 27,
  text: 'query ActiveLocations { locations(first: 25) { nodes { id name isActive } } }',
}

export const grantedScopes: Document = {
  name: 'GrantedScopes',
  cost: 2,
  text: 'query GrantedScopes { currentAppInstallation { id accessScopes { handle } } }',
}

export const whoIsIt: Document = {
  name: 'WhoIsIt',
  cost: 3,
  text: 'query WhoIsIt { shop { name myshopifyDomain currencyCode } currentAppInstallation { accessScopes { handle } } }',
}

const adjustmentGroup = `inventoryAdjustmentGroup {
      changes { name quantityAfterChange item { id } location { id } }
    }
    userErrors { code field message }`

/** Mandatory `@idempotent` since 2026-04: a run-time rule the schema does not know. */
export const adjustQuantities: Document = {
  name: 'inventoryAdjustQuantities',
  cost: 10,
  text: `mutation AdjustQuantities($input: InventoryAdjustQuantitiesInput!, $idempotencyKey: String!) {
  inventoryAdjustQuantities(input: $input) @idempotent(key: $idempotencyKey) {
    ${adjustmentGroup}
  }
}`,
}

export const setQuantities: Document = {
  name: 'inventorySetQuantities',
  cost: 10,
  text: `mutation SetQuantities($input: InventorySetQuantitiesInput!, $idempotencyKey: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $idempotencyKey) {
    ${adjustmentGroup}
  }
}`,
}

export const moveQuantities: Document = {
  name: 'inventoryMoveQuantities',
  cost: 10,
  text: `mutation MoveQuantities($input: InventoryMoveQuantitiesInput!, $idempotencyKey: String!) {
  inventoryMoveQuantities(input: $input) @idempotent(key: $idempotencyKey) {
    ${adjustmentGroup}
  }
}`,
}

export const createOrder: Document = {
  name: 'orderCreate',
  cost: 10,
  text: `mutation CreateOrder($order: OrderCreateOrderInput!, $options: OrderCreateOptionsInput) {
  orderCreate(order: $order, options: $options) {
    order { id }
    userErrors { code field message }
  }
}`,
}

export const cancelOrder: Document = {
  name: 'orderCancel',
  cost: 10,
  text: `mutation CancelOrder($orderId: ID!, $reason: OrderCancelReason!, $restock: Boolean!, $refundMethod: OrderCancelRefundMethodInput, $notifyCustomer: Boolean, $staffNote: String) {
  orderCancel(orderId: $orderId, reason: $reason, restock: $restock, refundMethod: $refundMethod, notifyCustomer: $notifyCustomer, staffNote: $staffNote) {
    job { id }
    orderCancelUserErrors { code field message }
  }
}`,
}

export const orderCancelled: Document = {
  name: 'OrderCancelled',
  cost: 1,
  text: 'query OrderCancelled($id: ID!) { order(id: $id) { id cancelledAt } }',
}

/** Ids of fulfilment orders change when they are moved, split or merged: always read just before use. */
export const shippable: Document = {
  name: 'Shippable',
  cost: 163,
  text: `query Shippable($id: ID!) {
  order(id: $id) {
    id
    fulfillmentOrders(first: 10) {
      nodes { id status supportedActions { action } assignedLocation { location { id } } }
      pageInfo { hasNextPage }
    }
    fulfillments(first: 20) { id status trackingInfo(first: 5) { number } }
  }
}`,
}

/** The same with what is left of each line, for a parcel with part of an order. */
export const shippableLines: Document = {
  name: 'ShippableLines',
  cost: 413,
  text: `query ShippableLines($id: ID!) {
  order(id: $id) {
    id
    fulfillmentOrders(first: 3) {
      nodes {
        id
        status
        supportedActions { action }
        assignedLocation { location { id } }
        lineItems(first: 50) { nodes { id remainingQuantity lineItem { id } } pageInfo { hasNextPage } }
      }
      pageInfo { hasNextPage }
    }
    fulfillments(first: 20) { id status trackingInfo(first: 5) { number } }
  }
}`,
}

export const createFulfillment: Document = {
  name: 'fulfillmentCreate',
  cost: 10,
  text: `mutation CreateFulfillment($fulfillment: FulfillmentInput!) {
  fulfillmentCreate(fulfillment: $fulfillment) {
    fulfillment { id }
    userErrors { field message }
  }
}`,
}

export const updateTracking: Document = {
  name: 'fulfillmentTrackingInfoUpdate',
  cost: 10,
  text: `mutation UpdateTracking($id: ID!, $trackingInfo: FulfillmentTrackingInput!) {
  fulfillmentTrackingInfoUpdate(fulfillmentId: $id, trackingInfoInput: $trackingInfo, notifyCustomer: false) {
    fulfillment { id }
    userErrors { field message }
  }
}`,
}

export const subscriptionsList: Document = {
  name: 'Subscriptions',
  cost: 52,
  text: `query Subscriptions($after: String) {
  webhookSubscriptions(first: 50, after: $after) {
    nodes { id topic uri format filter }
    pageInfo { hasNextPage endCursor }
  }
}`,
}

export const createSubscription: Document = {
  name: 'webhookSubscriptionCreate',
  cost: 10,
  text: `mutation CreateSubscription($topic: WebhookSubscriptionTopic!, $webhookSubscription: WebhookSubscriptionInput!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $webhookSubscription) {
    webhookSubscription { id }
    userErrors { field message }
  }
}`,
}

export const deleteSubscription: Document = {
  name: 'webhookSubscriptionDelete',
  cost: 10,
  text: `mutation DeleteSubscription($id: ID!) {
  webhookSubscriptionDelete(id: $id) { deletedWebhookSubscriptionId userErrors { field message } }
}`,
}

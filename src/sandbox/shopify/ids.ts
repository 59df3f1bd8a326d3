/** Numbers and global ids of the shop. Several start beyond 2^53, as in Shopify's published samples, so that a float would spoil them. */

const firstIds = {
  Location: 24826418n,
  InventoryLevel: 523463154n,
  Product: 788032119674292922n,
  ProductVariant: 642667041472713922n,
  InventoryItem: 271878346596884015n,
  Order: 820982911946154508n,
  LineItem: 487817672276298554n,
  MailingAddress: 20061003n,
  ShippingLine: 271878346596884022n,
  FulfillmentOrder: 7042931000n,
  FulfillmentOrderLineItem: 15042931000n,
  Fulfillment: 255858046000n,
  FulfillmentLineItem: 488211000000n,
  Refund: 890088186047892319n,
  RefundLineItem: 487817672276298627n,
  Metafield: 1069228900n,
  MetafieldDefinition: 1071456100n,
  InventoryAdjustmentGroup: 91000100n,
  WebhookSubscription: 4759306000n,
  BulkOperation: 147595010n,
} as const

export type Kind = keyof typeof firstIds

export function createIds(): (kind: Kind) => string {
  const next = new Map<Kind, bigint>()
  return (kind) => {
    const id = next.get(kind) ?? firstIds[kind]
    next.set(kind, id + 1n)
    return String(id)
  }
}

export const gid = (kind: string, id: string): string => `gid://shopify/${kind}/${id}`

/** The kind and number in a global id; undefined for text that is not one. An inventory level's query part is left out. */
export function parseGid(text: string): { kind: string; id: string } | undefined {
  const match = /^gid:\/\/shopify\/([A-Za-z]+)\/([\w-]+)(\?.*)?$/.exec(text)
  return match?.[1] && match[2] ? { kind: match[1], id: match[2] } : undefined
}

/** Decimal ids by value, without going through a float. */
export const compareIds = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0)

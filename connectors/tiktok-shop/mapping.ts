/** What a stored delivery of TikTok Shop means. Pure; never throws. */

import { z } from 'zod'
import type { Delivery, Reading } from '../../src/channel.ts'
import { asId, type ListingSnapshot } from '../../src/domain.ts'
import { parseJson } from '../json.ts'
import { listingId, registerId } from './ids.ts'
import { orderSnapshot, shipmentSnapshots } from './orders.ts'
import { type Inventory, inventory, order, type Product, product, shippingProviders } from './types.ts'
import { interpretWebhook } from './webhooks.ts'

/** Topics of the bodies that `reads.ts` writes. */
export const topics = {
  order: 'order',
  orderGone: 'order-gone',
  /** Orders that the search has just shown and the detail left out: not gone, but to be asked for again. */
  orderMissing: 'order-missing',
  parcels: 'parcels',
  product: 'product',
  listingGone: 'listing-gone',
  inventory: 'inventory',
  /** Skus that an inventory answer left out: whether they still exist, the listing tells. */
  inventoryMissing: 'inventory-missing',
  providers: 'providers',
  /** One of several ids was refused; the others were answered. */
  refused: 'refused',
} as const

const goneBody = z.object({ id: z.string() })
const missingBody = z.object({ ids: z.array(z.string()) })
const refusedBody = z.object({ id: z.string(), reason: z.string() })
const providersBody = shippingProviders.extend({ deliveryOption: z.string() })

const states = new Map<string, ListingSnapshot['state']>([
  ['ACTIVATE', 'active'],
  ['FREEZE', 'frozen'],
  ['DELETED', 'deleted'],
])

function listingReadings(from: Product, seenAt: number): Reading[] {
  const state = states.get(from.status ?? from.product_status ?? '') ?? 'inactive'
  const readings = from.skus.flatMap((sku): Reading[] =>
    sku.inventory.map(({ warehouse_id: warehouse }) => {
      const at = { product: from.id, sku: sku.id, warehouse }
      const off = state === 'active' && sku.status_info?.status === 'DEACTIVATED'
      return {
        kind: 'listing',
        listing: {
          id: listingId(at),
          register: registerId(at),
          // TikTok refuses a write that leaves out a warehouse of the sku.
          group: sku.id,
          title: from.title ?? sku.seller_sku ?? sku.id,
          ...(sku.seller_sku ? { sku: sku.seller_sku } : {}),
          ...(sku.identifier_code?.code ? { gtin: sku.identifier_code.code } : {}),
          state: off ? 'inactive' : state,
          counting: countingOf(sku),
          updatedAt: from.update_time === undefined ? seenAt : from.update_time * 1000,
        },
      }
    }),
  )
  return readings.length > 0 ? readings : [{ kind: 'ignored', reason: `product ${from.id} has no sku in a warehouse` }]
}

/** Writing a bundle (12052850) or a replica that shares its source's stock (12052921) is refused. */
function countingOf(sku: Product['skus'][number]): ListingSnapshot['counting'] {
  const policy = sku.global_listing_policy
  const isReplica = policy?.inventory_type === 'SHARED' && policy.replicate_source?.product_id !== undefined
  return sku.combined_skus.length > 0 || isReplica ? 'derived' : 'counted'
}

function stockReadings(from: Inventory): Reading[] {
  const readings = from.skus.flatMap((sku) => {
    const locked = lockedUnits(sku)
    return sku.warehouse_inventory.map((row, at): Reading => {
      const register = registerId({ product: from.product_id, sku: sku.id, warehouse: row.warehouse_id })
      const committed = row.committed_quantity
      const lockedHere = locked?.[at]
      return {
        kind: 'stock',
        level: {
          register,
          availableUnits: row.available_quantity,
          ...(committed === undefined ? {} : { committedUnits: committed }),
          ...(lockedHere === undefined ? {} : { lockedUnits: lockedHere }),
        },
      }
    })
  })
  return readings.length > 0 ? readings : [{ kind: 'ignored', reason: `no stock is counted of ${from.product_id}` }]
}

/**
 * What campaigns and creators have been given, per warehouse of a sku. TikTok tells it for the sku as a whole, without saying
 * from which warehouse it is taken: it counts to the first one listed, as far as that one has units, and the rest to the next.
 */
function lockedUnits(sku: Inventory['skus'][number]): number[] | undefined {
  const shares = sku.total_available_inventory_distribution
  if (!shares) return undefined
  let left = [...shares.campaign_inventory, ...shares.creator_inventory].reduce((sum, each) => sum + each.quantity, 0)
  return sku.warehouse_inventory.map(({ available_quantity: available }) => {
    const here = Math.max(0, Math.min(left, available))
    left -= here
    return here
  })
}

type Reader = (body: unknown, seenAt: number, warehouseRegion: string) => Reading[]

const readers: Readonly<Record<string, Reader>> = {
  [topics.order]: (body, _seenAt, region) => [{ kind: 'order', order: orderSnapshot(order.parse(body), region) }],
  [topics.parcels]: (body) => {
    const shipments = shipmentSnapshots(order.parse(body))
    if (shipments.length === 0) return [{ kind: 'ignored', reason: 'the order has no parcel under way' }]
    return shipments.map((shipment) => ({ kind: 'shipment', shipment }))
  },
  [topics.orderGone]: (body) => [{ kind: 'gone', of: 'order', id: goneBody.parse(body).id }],
  [topics.orderMissing]: (body) => {
    const ids = missingBody.parse(body).ids.map((id) => asId<'order'>(id))
    return [{ kind: 'hint', wanted: { kind: 'orders', ids } }]
  },
  [topics.product]: (body, seenAt) => listingReadings(product.parse(body), seenAt),
  [topics.listingGone]: (body) => [{ kind: 'gone', of: 'listing', id: goneBody.parse(body).id }],
  [topics.inventory]: (body) => stockReadings(inventory.parse(body)),
  [topics.inventoryMissing]: (body) => {
    const ids = missingBody.parse(body).ids.map((id) => asId<'listing'>(id))
    return [{ kind: 'hint', wanted: { kind: 'listings', ids } }]
  },
  [topics.providers]: (body) => {
    const { deliveryOption, shipping_providers: found } = providersBody.parse(body)
    return [{ kind: 'providers', deliveryOption, providers: found.map(({ id, name }) => ({ id, name })) }]
  },
  [topics.refused]: (body) => {
    const { id, reason } = refusedBody.parse(body)
    return [{ kind: 'unreadable', reason: `${id}: ${reason}` }]
  },
}

export function interpret(delivery: Delivery, warehouseRegion: string): Reading[] {
  if (delivery.topic.startsWith('type-')) return interpretWebhook(delivery.body)
  const read = Object.hasOwn(readers, delivery.topic) ? readers[delivery.topic] : undefined
  if (!read) return [{ kind: 'ignored', reason: `topic ${delivery.topic}` }]
  try {
    return read(parseJson(delivery.body), delivery.fetchStartedAt ?? delivery.receivedAt, warehouseRegion)
  } catch (error) {
    return [{ kind: 'unreadable', reason: `TikTok Shop ${delivery.topic}: ${reasonOf(error)}` }]
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof z.ZodError)) return error instanceof Error ? error.message : 'unknown'
  const [issue] = error.issues
  return issue ? `${issue.path.join('.') || 'the whole'}: ${issue.message}` : 'unknown'
}

/** Products as the API lists them: search by page, and one in full. */

import { z } from 'zod'
import { seconds } from '../ids.ts'
import type { Product, Shop } from '../model.ts'
import { pageOf } from '../paging.ts'
import { productDetail, productSummary } from '../product-view.ts'
import { refuse } from '../refusal.ts'
import { bodyRoute, type Route, route, wholeNumber } from '../route.ts'
import { idsShape, secondsShape } from './shapes.ts'

const resultsMax = 10_000

const statuses = [
  'DRAFT',
  'PENDING',
  'FAILED',
  'ACTIVATE',
  'SELLER_DEACTIVATED',
  'PLATFORM_DEACTIVATED',
  'FREEZE',
  'DELETED',
] as const

const searchShape = z
  .strictObject({
    status: z.enum(statuses),
    seller_skus: z.array(z.string().min(1).max(50)).min(1).max(10),
    sku_ids: idsShape(10),
    create_time_ge: secondsShape,
    create_time_le: secondsShape,
    update_time_ge: secondsShape,
    update_time_le: secondsShape,
    category_version: z.enum(['v1', 'v2']),
    listing_platforms: z.array(z.string()),
    listing_quality_tiers: z.array(z.string()),
    audit_status: z.array(z.enum(['NONE', 'AUDITING', 'FAILED', 'PRE_APPROVED', 'APPROVED'])),
    return_draft_version: z.boolean(),
    sns_filter: z.string(),
  })
  .partial()

type Search = z.infer<typeof searchShape>

/** Bounds in seconds, both included. */
const isBetween = (atMs: number, ge = 0, le = Number.POSITIVE_INFINITY) => seconds(atMs) >= ge && seconds(atMs) <= le

function isWanted(product: Product, want: Search): boolean {
  return (
    (want.status === undefined || product.status === want.status) &&
    isBetween(product.createdAt, want.create_time_ge, want.create_time_le) &&
    isBetween(product.updatedAt, want.update_time_ge, want.update_time_le) &&
    (!want.seller_skus || product.skus.some(({ sellerSku }) => want.seller_skus?.includes(sellerSku))) &&
    (!want.sku_ids || product.skus.some(({ id }) => want.sku_ids?.includes(id))) &&
    (!want.audit_status || want.audit_status.includes('APPROVED'))
  )
}

export function productRoutes(shop: Shop): Route[] {
  const { options } = shop
  return [
    bodyRoute(
      { method: 'POST', path: '/product/202502/products/search', query: ['page_size', 'page_token'] },
      searchShape,
      ({ query, body }) => {
        const size = wholeNumber(query, 'page_size', { min: 1, max: 100 })
        const items = [...shop.products.values()].filter((product) => isWanted(product, body))
        if (items.length > resultsMax) refuse('tooManyResults')
        const { page, ...rest } = pageOf({
          items,
          keyOf: ({ createdAt, id }) => [createdAt, id],
          descending: false,
          size,
          token: query.get('page_token'),
          asked: body,
        })
        return { products: page.map((product) => productSummary(product, options)), ...rest }
      },
    ),
    route(
      {
        method: 'GET',
        path: '/product/202309/products/{product_id}',
        query: ['return_under_review_version', 'return_draft_version', 'locale'],
      },
      ({ params }) => {
        const product = shop.products.get(params.product_id ?? '') ?? refuse('noSuchProduct')
        if (product.status === 'FREEZE' || product.status === 'DELETED') refuse('productStatus')
        return productDetail(product, options.currency)
      },
    ),
  ]
}

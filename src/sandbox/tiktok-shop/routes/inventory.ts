/** Stock as the API reads and writes it: absolute available quantities, every warehouse of a sku at once. */

import { z } from 'zod'
import type { Counts } from '../gateway.ts'
import { type Product, type Shop, type Sku, salesWarehouses } from '../model.ts'
import { inventoryView } from '../product-view.ts'
import { refuse, refuseParameter } from '../refusal.ts'
import { bodyRoute, type Route } from '../route.ts'
import { lockedUnits, setAvailable } from '../stock.ts'
import { idShape } from './shapes.ts'

const productsMax = 100
const skusMax = 600
const quantityMax = 99_999
/** No limit is documented for one call; a product holds no more than this. */
const skusPerWriteMax = 300

const searchShape = z.strictObject({ product_ids: z.array(idShape), sku_ids: z.array(idShape) }).partial()

const rowShape = z.strictObject({
  warehouse_id: idShape.optional(),
  quantity: z.number().int(),
  backorder_quantity: z.number().int().optional(),
  handling_time: z.number().int().optional(),
})
const updateShape = z.strictObject({
  skus: z
    .array(z.strictObject({ id: idShape, inventory: z.array(rowShape).min(1) }))
    .min(1)
    .max(skusPerWriteMax),
})

type Row = z.infer<typeof rowShape>
interface Trouble {
  readonly code: number
  readonly message: string
  readonly warehouse_id?: string
}

const trouble = (code: number, message: string, warehouse_id?: string): Trouble => ({ code, message, warehouse_id })

function rowTrouble(shop: Shop, row: Row): Trouble | undefined {
  const { warehouse_id, quantity } = row
  const warehouse = shop.warehouses.find(({ id }) => id === warehouse_id)
  if (warehouse_id !== undefined && !warehouse) return trouble(12052097, 'The warehouse does not exist', warehouse_id)
  if (warehouse?.type === 'RETURN_WAREHOUSE')
    return trouble(12052532, 'The warehouse is not a delivery warehouse', warehouse_id)
  if (quantity < (shop.options.refuseZero ? 1 : 0) || quantity > quantityMax)
    return trouble(12052055, 'The quantity is out of range', warehouse_id)
  // Only the US market has them.
  if (shop.options.region !== 'US' && (row.backorder_quantity !== undefined || row.handling_time !== undefined))
    return trouble(12019024, 'backorder_quantity and handling_time are not available in this market', warehouse_id)
  return undefined
}

/** All warehouses of the sku, each once, none left out; unnamed only where there is but one. */
function warehousesTrouble(sku: Sku, rows: readonly Row[]): Trouble | undefined {
  const named = rows.map((row) => row.warehouse_id)
  if (named.includes(undefined) && sku.stock.size > 1)
    return trouble(12052516, 'warehouse_id is required for a SKU with several warehouses')
  if (new Set(named).size !== rows.length) return trouble(12052037, 'A warehouse is there twice')
  if (rows.length !== sku.stock.size)
    return trouble(12019028, 'The inventory of every warehouse of the SKU must be given')
  return undefined
}

/** Locked units are inside what is available; a write may not take them away. */
const lockTrouble = (sku: Sku, rows: readonly Row[]): Trouble | undefined =>
  rows.reduce((sum, { quantity }) => sum + quantity, 0) < lockedUnits(sku)
    ? trouble(12052393, 'The stock is locked by a promotion and cannot be lowered below the locked quantity')
    : undefined

interface Verdict {
  readonly sku?: Sku
  readonly error?: { code: number; message: string; detail: { sku_id: string; extra_errors: readonly Trouble[] } }
}

function judge(shop: Shop, product: Product, id: string, rows: readonly Row[]): Verdict {
  const error = ({ code, message }: Trouble, extra_errors: readonly Trouble[] = []) => ({
    error: { code, message, detail: { sku_id: id, extra_errors } },
  })
  const sku = product.skus.find((one) => one.id === id)
  if (!sku) return error(trouble(12052557, 'The SKU does not belong to the product'))
  const rowErrors = rows.map((row) => rowTrouble(shop, row)).filter((found) => found !== undefined)
  if (rowErrors.length > 0) return error(trouble(12052990, 'Check failed'), rowErrors)
  const wrong = warehousesTrouble(sku, rows) ?? lockTrouble(sku, rows)
  return wrong ? error(wrong) : { sku }
}

function searchInventory(shop: Shop, want: z.infer<typeof searchShape>) {
  const { product_ids = [], sku_ids = [] } = want
  if (product_ids.length > productsMax || sku_ids.length > skusMax) refuse('tooManyProducts')
  if (product_ids.length + sku_ids.length === 0) refuseParameter('sku_ids', 'product_ids or sku_ids is required.')
  const skus =
    sku_ids.length > 0
      ? sku_ids.map((id) => shop.skus.get(id))
      : product_ids.flatMap((id): (Sku | undefined)[] => shop.products.get(id)?.skus ?? [])
  const byProduct = new Map<string, ReturnType<typeof inventoryView>[]>()
  for (const sku of new Set(skus)) {
    if (!sku) continue
    const views = byProduct.get(sku.product.id) ?? []
    views.push(inventoryView(sku))
    byProduct.set(sku.product.id, views)
  }
  return { inventory: [...byProduct].map(([product_id, views]) => ({ product_id, skus: views })) }
}

export function inventoryRoutes(shop: Shop, counts: Counts): Route[] {
  const [firstWarehouse] = salesWarehouses(shop)

  function write(sku: Sku, rows: readonly Row[]): void {
    const quantities = rows.map((row) => [row.warehouse_id ?? firstWarehouse?.id ?? '', row.quantity] as const)
    setAvailable(shop, sku, new Map(quantities), 'api_sync')
  }

  return [
    bodyRoute({ method: 'POST', path: '/product/202309/inventory/search' }, searchShape, ({ body }) =>
      searchInventory(shop, body),
    ),
    bodyRoute(
      { method: 'POST', path: '/product/202309/products/{product_id}/inventory/update' },
      updateShape,
      ({ params, body }) => {
        const product = shop.products.get(params.product_id ?? '') ?? refuse('noSuchProduct')
        if (product.status === 'FREEZE' || product.status === 'DELETED') refuse('productStatus')
        if (new Set(body.skus.map(({ id }) => id)).size !== body.skus.length) refuse('duplicateSku')
        const judged = body.skus.map(({ id, inventory }) => ({ inventory, ...judge(shop, product, id, inventory) }))
        // Rows of one sku are written together or not at all; other skus of the call stand on their own.
        const written = judged.filter(({ sku }) => sku)
        for (const { sku, inventory } of written) if (sku) write(sku, inventory)
        if (written.length > 0) counts.stockWrites++
        const errors = judged.flatMap(({ error }) => (error ? [error] : []))
        return errors.length > 0 ? { errors } : {}
      },
    ),
  ]
}

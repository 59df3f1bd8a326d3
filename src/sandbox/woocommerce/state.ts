/** The rows of a sandbox WooCommerce shop and the counters they share. */

import type { SandboxDeps } from '../shop.ts'
import type { WooOptions } from './options.ts'
import { dates, type Fields, fieldsOf, listOf, textOf } from './values.ts'

export interface Meta {
  readonly id: number
  readonly key: string
  value: unknown
}

export interface Product {
  readonly id: number
  /** 0 for anything but a variation. */
  readonly parentId: number
  readonly type: string
  name: string
  slug: string
  sku: string
  gtin: string
  status: string
  regularPrice: string
  salePrice: string
  readonly createdAt: number
  modifiedAt: number
  manageStock: boolean
  stock: number | null
  /** As stored: a batch does not check it. */
  backorders: string
  /** Hand-set while stock is not managed. */
  stockStatus: string
  totalSales: number
  attributes: readonly unknown[]
  meta: Meta[]
  /** Fields that are kept and given back without meaning. */
  extra: Record<string, unknown>
  trashedFrom?: string
}

export interface Line {
  readonly id: number
  productId: number
  variationId: number
  name: string
  quantity: number
  subtotalCents: number
  totalCents: number
  meta: Meta[]
}

export interface Refund {
  readonly id: number
  readonly createdAt: number
  readonly amountCents: number
  readonly reason: string
  readonly paid: boolean
  readonly lines: readonly {
    readonly id: number
    readonly of: Line
    readonly quantity: number
    readonly totalCents: number
    readonly meta: readonly Meta[]
  }[]
  readonly meta: Meta[]
}

export interface Note {
  readonly id: number
  readonly author: string
  readonly createdAt: number
  readonly note: string
  readonly toCustomer: boolean
}

export interface Fulfilment {
  readonly id: number
  status: 'fulfilled' | 'unfulfilled'
  updatedAt: number
  meta: Meta[]
}

export interface Order {
  readonly id: number
  status: string
  currency: string
  readonly key: string
  readonly createdAt: number
  modifiedAt: number
  paidAt?: number
  completedAt?: number
  readonly createdVia: string
  customerId: number
  transactionId: string
  customerNote: string
  paymentMethod: string
  paymentMethodTitle: string
  billing: Record<string, unknown>
  shipping: Record<string, unknown>
  shippingLines: readonly Record<string, unknown>[]
  feeLines: readonly Record<string, unknown>[]
  meta: Meta[]
  lines: Line[]
  refunds: Refund[]
  notes: Note[]
  fulfilments: Fulfilment[]
  /** The guard `_order_stock_reduced`; REST shows only the lines' `_reduced_stock`. */
  stockReduced: boolean
  trashedFrom?: string
  /** Storefront orders that wait for money. */
  paysAt?: number
}

/** Units of a stock owner that an unpaid checkout keeps from other shoppers. */
export interface Hold {
  readonly expiresAt: number
  readonly units: ReadonlyMap<number, number>
}

export type Resource = 'product' | 'order'
export type Event = 'created' | 'updated' | 'deleted' | 'restored'

export interface State {
  readonly deps: SandboxDeps
  readonly options: WooOptions
  readonly products: Map<number, Product>
  /** Ids of variations by parent, in order of creation. */
  readonly children: Map<number, number[]>
  readonly bySku: Map<string, number>
  readonly orders: Map<number, Order>
  readonly holds: Map<number, Hold>
  readonly slugs: Map<string, number>
  holdStockMinutes: number
  /** Counts every change of a stock number, to see whether a request made one. */
  stockChanges: number
  emit(resource: Resource, event: Event, id: number): void
  /** One sequence for posts and orders, as WordPress has. */
  nextId(): number
  nextRowId(table: 'meta' | 'line' | 'fulfilment' | 'webhook'): number
  nowSeconds(): number
  date(seconds: number | undefined): { local: string | null; gmt: string | null }
}

export function createState(deps: SandboxDeps, options: WooOptions): State {
  const counters = { post: 10, meta: 22, line: 0, fulfilment: 0, webhook: 0 }
  return {
    deps,
    options,
    products: new Map(),
    children: new Map(),
    bySku: new Map(),
    orders: new Map(),
    holds: new Map(),
    slugs: new Map(),
    holdStockMinutes: options.holdStockMinutes,
    stockChanges: 0,
    emit: () => undefined,
    nextId: () => ++counters.post,
    nextRowId: (table) => ++counters[table],
    nowSeconds: () => Math.floor(deps.clock.now() / 1000),
    date: (seconds) => dates(seconds, options.utcOffsetMinutes),
  }
}

export const metaOf = (meta: readonly Meta[], key: string): unknown => meta.find((row) => row.key === key)?.value

/** Sets one key in place, or removes it with null. */
export function putMeta(state: State, meta: Meta[], key: string, value: unknown): void {
  const at = meta.findIndex((row) => row.key === key)
  const row = meta[at]
  if (value === null) {
    if (row) meta.splice(at, 1)
  } else if (row) row.value = value
  else meta.push({ id: state.nextRowId('meta'), key, value })
}

/** `meta_data` of a request: by id when one is given, else by key; null deletes. */
export function applyMeta(state: State, meta: Meta[], given: unknown): void {
  for (const entry of listOf(given).map<Fields>(fieldsOf)) {
    const byId = meta.find((row) => row.id === entry.id)
    const key = textOf(entry.key) || byId?.key
    if (key) putMeta(state, meta, key, entry.value ?? null)
  }
}

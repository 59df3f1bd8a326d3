/** A TikTok Shop that speaks the platform's HTTP and keeps its rules, for the demo and the tests. */

import type { SandboxDeps, SandboxMerchant, SandboxOrder, SandboxProduct, SandboxShop } from '../shop.ts'
import { cancelByBuyer } from './cancel.ts'
import { providersFor } from './carriers.ts'
import { addConsent, serviceIdOf } from './consent.ts'
import { type Counts, createGateway } from './gateway.ts'
import { seconds } from './ids.ts'
import { isShippable, openLines, placeOrder, shipLines } from './life.ts'
import { merchant, openWarehouse, setProductStatus, skuNamed } from './merchant.ts'
import {
  createShop,
  type Lock,
  type Order,
  type Product,
  type ProductStatus,
  type Shop,
  type Sku,
  salesWarehouses,
} from './model.ts'
import { createNotices } from './notices.ts'
import { defaults, type TiktokOptions } from './options.ts'
import { aftersalesRoutes } from './routes/aftersales.ts'
import { eventRoutes } from './routes/events.ts'
import { fulfillmentRoutes } from './routes/fulfillment.ts'
import { inventoryRoutes } from './routes/inventory.ts'
import { logisticsRoutes } from './routes/logistics.ts'
import { orderRoutes } from './routes/orders.ts'
import { productRoutes } from './routes/products.ts'
import { authRoutes, shopRoutes } from './routes/shops.ts'
import { lockStock, setAvailable, totalAvailable, unlockStock } from './stock.ts'
import { createTokens } from './tokens.ts'

export type { TiktokOptions } from './options.ts'

export interface TiktokSandbox extends SandboxShop, SandboxMerchant {
  /** The seller agrees to the app once more: a code for `/api/v2/token/get`, for half an hour, once. */
  consent(): string
  /** What Partner Center shows of the app. */
  partnerApp(): { readonly appKey: string; readonly appSecret: string; readonly serviceId: string }
  /** The seller takes the consent back: the tokens are dead, and the app is told (type 6). */
  deauthorize(): void
  /** Seller Center sets units aside for a campaign or a creator; false when the shop has not so many. */
  lockStock(sku: string, lock: Lock): boolean
  /** That campaign or creator is over; false when there is none of that name. */
  unlockStock(sku: string, name: string): boolean
  /** The product of a sku is deactivated, frozen, deleted or sold again. */
  setProductStatus(sku: string, status: ProductStatus): void
  /** Seller Center opens one more sales warehouse, in which every sku shows `units` of its own, or none; answers its id. */
  openWarehouse(name: string, units?: Readonly<Record<string, number>>): string
  /** The buyer of a delivered order asks to send all of it back. False when there is nothing to send back. */
  requestReturn(order: string): boolean
}

const maxSkusPerProduct = 300

/** Skus with the same title are variants of one product, as far as a product goes. */
function addProduct(shop: Shop, { sku: sellerSku, title, price, quantity, gtin }: SandboxProduct): void {
  if (shop.skusBySeller.has(sellerSku)) throw new Error(`sku ${sellerSku} is in the sandbox already`)
  const at = shop.now()
  const open = shop.openProducts.get(title)
  const isOpen = open?.title === title && open.skus.length < maxSkusPerProduct && shop.products.has(open.id)
  const found = isOpen ? open : undefined
  const product: Product = found ?? {
    id: shop.ids('product'),
    title,
    createdAt: at,
    skus: [],
    status: 'ACTIVATE',
    updatedAt: at,
  }
  const stock = new Map(
    salesWarehouses(shop).map(({ id, isDefault }) => [id, { available: isDefault ? quantity : 0, committed: 0 }]),
  )
  const sku: Sku = {
    id: shop.ids('sku'),
    product,
    sellerSku,
    price,
    stock,
    locks: [],
    ...(gtin === undefined ? {} : { gtin }),
  }
  product.skus.push(sku)
  shop.products.set(product.id, product)
  shop.openProducts.set(title, product)
  shop.skus.set(sku.id, sku)
  shop.skusBySeller.set(sellerSku, sku)
  if (!found) shop.emit({ kind: 'created', product })
}

const canSell = (sku: Sku) => sku.product.status === 'ACTIVATE'

/** Somebody ships in Seller Center: the same parcel, the carrier as typed. */
function shipByHand(shop: Shop, order: Order, tracking: { carrier: string; number: string }): boolean {
  if (!isShippable(order) || order.pending || shop.numbers.has(tracking.number)) return false
  const providers = providersFor(shop.deliveryOption.id, shop.options.region, order.buyerRegion)
  const provider = providers.find(({ name }) => name === tracking.carrier) ?? { id: '', name: tracking.carrier }
  shipLines(shop, order, openLines(order), { provider, number: tracking.number })
  return true
}

function orderSummary(order: Order): SandboxOrder {
  const units = new Map<string, number>()
  for (const { sku } of order.lines) units.set(sku.sellerSku, (units.get(sku.sellerSku) ?? 0) + 1)
  return {
    id: order.id,
    name: order.id,
    status: order.status,
    createdAt: order.createdAt,
    cancelled: order.status === 'CANCELLED',
    shipped: order.shippedAt !== undefined,
    lines: [...units].map(([sku, quantity]) => ({ sku, quantity })),
    tracking: order.parcels.flatMap(({ provider, number }) =>
      provider && number !== undefined ? [{ carrier: provider.name, number }] : [],
    ),
  }
}

/** A return gives nothing back to stock: the platform does not restock, the seller does. */
function requestReturn(shop: Shop, order: Order): boolean {
  if (order.status !== 'DELIVERED') return false
  const at = shop.now()
  const returned = {
    id: shop.ids('return'),
    order,
    lines: order.lines,
    createdAt: at,
    updatedAt: at,
    status: 'RETURN_OR_REFUND_REQUEST_PENDING',
  }
  shop.returns.set(returned.id, returned)
  shop.emit({ kind: 'return', returned })
  return true
}

export function tiktokSandbox(deps: SandboxDeps, given: Partial<TiktokOptions> = {}): TiktokSandbox {
  const options: TiktokOptions = { ...defaults, ...given }
  const notices = createNotices(deps)
  const shop: Shop = createShop(deps, options, (event) => notices.tell(shop, event))
  const tokens = createTokens(deps, options)
  const counts: Counts = { calls: 0, throttled: 0, stockWrites: 0, darkened: 0 }
  const gateway = createGateway(deps, {
    shop,
    tokens,
    counts,
    authRoutes: authRoutes(shop, tokens),
    routes: [
      ...shopRoutes(shop),
      ...productRoutes(shop),
      ...inventoryRoutes(shop, counts),
      ...logisticsRoutes(shop),
      ...orderRoutes(shop),
      ...fulfillmentRoutes(shop),
      ...aftersalesRoutes(shop),
      ...eventRoutes(shop, notices),
    ],
  })
  const tick = () => shop.timeline.runDue(shop.now())
  /** Every act happens now: what was due before happens before it. */
  const onOrder = (id: string, act: (order: Order) => boolean): boolean => {
    tick()
    const order = shop.orders.get(id)
    return order !== undefined && act(order)
  }

  addConsent(gateway.app, shop, tokens)
  return {
    ...merchant(shop, notices),
    platform: 'tiktok-shop',
    app: gateway.app,
    connection() {
      const { accessToken, accessExpiresAt, refreshToken, refreshExpiresAt } = tokens.current()
      return {
        shop: shop.id,
        credentials: {
          appKey: shop.appKey,
          appSecret: shop.appSecret,
          accessToken,
          accessTokenExpiresAt: seconds(accessExpiresAt),
          refreshToken,
          refreshTokenExpiresAt: seconds(refreshExpiresAt),
          shopCipher: shop.cipher,
        },
        settings: { region: options.region, currency: options.currency },
      }
    },
    addProduct: (product) => addProduct(shop, product),
    buy(lines) {
      tick()
      return placeOrder(shop, lines)
    },
    cancel: (id) =>
      onOrder(id, (order) => cancelByBuyer(shop, order, 'ecom_order_to_ship_canceled_reason_change_payment_method')),
    ship: (id, tracking) => onOrder(id, (order) => shipByHand(shop, order, tracking)),
    setStockByHand(name, quantity) {
      tick()
      const warehouses = salesWarehouses(shop).map(({ id, isDefault }) => [id, isDefault ? quantity : 0] as const)
      setAvailable(shop, skuNamed(shop, name), new Map(warehouses), 'manual_adjustment')
    },
    shelf: () => new Map([...shop.skusBySeller].map(([name, sku]) => [name, canSell(sku) ? totalAvailable(sku) : 0])),
    // An unpaid order has taken its units already.
    counter: (name) => ({ units: totalAvailable(skuNamed(shop, name)), heldUnits: 0 }),
    orders: () => [...shop.orders.values()].map(orderSummary),
    tick,
    nextTickAt: () => shop.timeline.nextDue(),
    setDark(dark) {
      gateway.setDark(dark)
      if (dark) notices.hooks.hold()
      else notices.hooks.release()
    },
    stats: () => ({ ...counts, webhooksSent: notices.hooks.sent, webhooksLost: notices.hooks.lost }),
    hooksUnderway: () => notices.hooks.underway(),
    consent: () => tokens.consent(),
    partnerApp: () => ({ appKey: shop.appKey, appSecret: shop.appSecret, serviceId: serviceIdOf(shop) }),
    deauthorize() {
      tokens.revokeAll()
      shop.emit({ kind: 'deauthorized' })
    },
    lockStock: (name, lock) => lockStock(shop, skuNamed(shop, name), lock),
    unlockStock: (name, lock) => unlockStock(shop, skuNamed(shop, name), lock),
    openWarehouse: (name, units = {}) => openWarehouse(shop, name, new Map(Object.entries(units))),
    setProductStatus: (name, status) => setProductStatus(shop, name, status),
    requestReturn: (id) => onOrder(id, (order) => requestReturn(shop, order)),
  }
}

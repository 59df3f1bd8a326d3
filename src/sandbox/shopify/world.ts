/** Everything one sandbox shop knows, and the news that its webhooks tell. */

import type { SandboxDeps } from '../shop.ts'
import { createIds, gid, type Kind } from './ids.ts'
import {
  type BulkOperation,
  type Definition,
  type Fulfilment,
  type FulfilmentOrder,
  type Item,
  isActive,
  type Job,
  type Level,
  type Order,
  type Place,
  type Product,
  type Refund,
  type Subscription,
  type Variant,
} from './model.ts'
import { shopTimes } from './text.ts'

export interface ShopOptions {
  readonly shop: string
  readonly plan: { readonly capacity: number; readonly restorePerSecond: number }
  readonly currency: string
  readonly timeZone: string
  /** Development and trial stores take 5 new API orders a minute. */
  readonly devStore: boolean
  /** Order routing makes fulfilment orders this long after the order. */
  readonly routingMs: number
  /** A cancellation job takes this long. */
  readonly jobMs: number
  /** A new order is found by search only after this time; how long it really takes is not documented. */
  readonly searchLagMs: number
  /** How long an answer takes after the request has had its effect. */
  readonly latencyMs: number
  /** The fraction of requests that act and are then answered 504, as when a proxy loses patience. */
  readonly lostAnswers: number
  /** The names of its locations; the first is where products are stocked. */
  readonly locations: readonly string[]
  /** How long a buyer pays; 0 = at once. Meanwhile the units are reserved. */
  readonly payingMs: number
  /** The fraction of buyers who never finish paying; their reservation lasts `reservationMs`. */
  readonly abandonedFraction: number
  /** How long a reservation lasts at most: “several minutes”, Shopify says no more. */
  readonly reservationMs: number
  /**
   * Where paying checkouts are seen. `hidden`: outside every quantity, and a claim takes from available whatever it is by then.
   * `reserved`: they have left available for the quantity `reserved` already.
   */
  readonly reservations: 'hidden' | 'reserved'
  /** A bulk operation takes this long, and then so many objects a second. */
  readonly bulkMs: number
  readonly bulkObjectsPerSecond: number
  /** The fraction of bulk operations that fail halfway (TIMEOUT) and leave partial data. */
  readonly bulkFailures: number
}

export const defaultOptions: ShopOptions = {
  shop: 'onhand-demo.myshopify.com',
  plan: { capacity: 2000, restorePerSecond: 100 },
  currency: 'EUR',
  timeZone: 'Europe/Amsterdam',
  devStore: false,
  routingMs: 1000,
  jobMs: 500,
  searchLagMs: 0,
  latencyMs: 0,
  lostAnswers: 0,
  locations: ['Warehouse'],
  payingMs: 0,
  abandonedFraction: 0,
  reservationMs: 300_000,
  reservations: 'hidden',
  bulkMs: 1000,
  bulkObjectsPerSecond: 5000,
  bulkFailures: 0,
}

/** Something that webhooks tell. The payload is made when it is sent off, so it shows the end of the action. */
export interface News {
  readonly topic: string
  /** One action tells of a thing once per topic. */
  readonly about: string
  readonly payload: () => unknown
}

export interface World {
  readonly options: ShopOptions
  readonly deps: SandboxDeps
  readonly shopId: string
  readonly appId: string
  readonly apiKey: string
  readonly accessToken: string
  readonly clientSecret: string
  readonly createdAt: number
  readonly place: Place
  readonly places: Map<string, Place>
  readonly products: Map<string, Product>
  readonly variants: Map<string, Variant>
  readonly variantBySku: Map<string, Variant>
  readonly items: Map<string, Item>
  /** How many items carry a sku. */
  readonly skuCounts: Map<string, number>
  readonly levels: Map<string, Level>
  readonly orders: Map<string, Order>
  readonly fulfilmentOrders: Map<string, FulfilmentOrder>
  readonly fulfilments: Map<string, Fulfilment>
  readonly refunds: Map<string, Refund>
  readonly jobs: Map<string, Job>
  readonly bulkOperations: Map<string, BulkOperation>
  readonly subscriptions: Map<string, Subscription>
  readonly definitions: Map<string, Definition>
  readonly news: News[]
  installed: boolean
  /** Counts every change of a quantity. */
  stockMoves: number
  now(): number
  newId(kind: Kind): string
  shopTime(ms: number): string
  tell(news: News): void
  /** Hands the news of the action that just ended to the webhooks. */
  flush(): void
  /** Runs after a while on the shop's clock, as an action of its own. */
  later(ms: number, act: () => void): void
}

export function createWorld(options: ShopOptions, deps: SandboxDeps, publish: (news: readonly News[]) => void): World {
  const newId = createIds()
  const now = () => deps.clock.now()
  const hex = () => deps.random.uuid().replaceAll('-', '')
  const [place, ...others] = options.locations.map(
    (name): Place => ({ __typename: 'Location', id: newId('Location'), name, createdAt: now(), updatedAt: now() }),
  )
  if (!place) throw new Error('A shop has at least one location')
  const world: World = {
    options,
    deps,
    shopId: '548380009',
    appId: '2525000003',
    apiKey: hex(),
    accessToken: `shpat_${hex()}`,
    clientSecret: `shpss_${hex()}`,
    createdAt: now(),
    place,
    places: new Map([place, ...others].map((one) => [one.id, one])),
    products: new Map(),
    variants: new Map(),
    variantBySku: new Map(),
    items: new Map(),
    skuCounts: new Map(),
    levels: new Map(),
    orders: new Map(),
    fulfilmentOrders: new Map(),
    fulfilments: new Map(),
    refunds: new Map(),
    jobs: new Map(),
    bulkOperations: new Map(),
    subscriptions: new Map(),
    definitions: new Map(),
    news: [],
    installed: true,
    stockMoves: 0,
    now,
    newId,
    shopTime: shopTimes(options.timeZone),
    tell(news) {
      if (!world.news.some((told) => told.topic === news.topic && told.about === news.about)) world.news.push(news)
    },
    flush() {
      if (world.news.length) publish(world.news.splice(0))
    },
    later(ms, act) {
      void deps.clock.sleep(ms).then(() => {
        act()
        world.flush()
      })
    },
  }
  return world
}

/** The location that stands for the shop where none is named. */
export function mainPlace(world: World): Place {
  if (isActive(world.place)) return world.place
  for (const place of world.places.values()) if (isActive(place)) return place
  throw new Error('The shop has no active location')
}

/** An inventory level's global id carries its item's number as well. */
export const levelGid = (level: Level): string =>
  `${gid('InventoryLevel', level.id)}?inventory_item_id=${level.item.id}`

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
import type { ShopOptions } from './options.ts'
import { shopTimes } from './text.ts'
import { createTokens, type Tokens } from './tokens.ts'

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
  readonly tokens: Tokens
  apiVersions: readonly string[]
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
  const [place, ...others] = options.locations.map(
    (name): Place => ({ __typename: 'Location', id: newId('Location'), name, createdAt: now(), updatedAt: now() }),
  )
  if (!place) throw new Error('A shop has at least one location')
  const world: World = {
    options,
    deps,
    shopId: '548380009',
    appId: '2525000003',
    tokens: createTokens(deps, options),
    apiVersions: options.apiVersions,
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

/** The version that answers for the one asked: an old one falls forward to the oldest supported; undefined for none there ever was. */
export function versionFor(world: World, asked: string): string | undefined {
  if (asked === 'unstable' || world.apiVersions.includes(asked)) return asked
  const [oldest] = world.apiVersions
  return /^20\d\d-(01|04|07|10)$/.test(asked) && oldest !== undefined && asked < oldest ? oldest : undefined
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

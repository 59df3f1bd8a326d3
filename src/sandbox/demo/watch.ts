/**
 * Watches from the shops' side how a sale travels: when its webhook left for Onhand, when Onhand read the order, and when another
 * shop was told. What the shops themselves take (a webhook's way, their answers) is kept apart from Onhand's own share.
 */

import { type Fetch, systemClock } from '../../clock.ts'
import { type ShopName, shopNames } from './script.ts'

type Answer = (request: Request) => Response | Promise<Response>

export interface Watch {
  hooksOf(name: ShopName, deliver: Fetch): Fetch
  requestsOf(name: ShopName, answer: Answer): Answer
  /** A buyer bought something just now. */
  sold(name: ShopName, order: string, sku: string): void
  /** An order for this sku was taken back just now, so that a write for it may not be needed. */
  takenBack(sku: string): void
}

/** Milliseconds of one sale until one other shop had acknowledged its decrease. */
export interface Way {
  readonly to: ShopName
  readonly wholeMs: number
  /** Onhand's: the whole less the webhook's way to Onhand and less the shops' answers. Undefined when no webhook came: a poll found it. */
  readonly ownMs?: number
}

interface Span {
  readonly from: number
  readonly to: number
}

interface Sale {
  readonly name: ShopName
  readonly sku: string
  readonly at: number
  hookedAt?: number
  read?: Span
}

interface Told extends Span {
  readonly name: ShopName
  /** The shop's ids of what it changes. */
  readonly ids: ReadonlySet<string>
}

const idsIn = (text: string, shape: RegExp): ReadonlySet<string> =>
  new Set([...text.matchAll(shape)].map(([all, id]) => id ?? all))

interface Words {
  /** The order that a webhook is about. */
  readonly hookedOrder: RegExp
  isStockWrite(path: string, body: string): boolean
  /** An id in such a request. */
  readonly changed: RegExp
  isAboutOrders(path: string, body: string): boolean
  /** An order as the requests spell it. */
  order(id: string): string
}

const words: Readonly<Record<ShopName, Words>> = {
  shopify: {
    hookedOrder: /gid:\/\/shopify\/Order\/(\d+)/,
    isStockWrite: (_, body) => /inventory(Adjust|Move|Set)Quantities/.test(body),
    changed: /InventoryItem\/(\d+)/g,
    isAboutOrders: (_, body) => body.includes('/Order/'),
    order: (id) => id.split('/').at(-1) ?? id,
  },
  woocommerce: {
    hookedOrder: /^\{"id":(\d+),"parent_id"/,
    isStockWrite: (path, body) => path.includes('/products') && body.includes('stock_quantity'),
    changed: /"id":(\d+)/g,
    isAboutOrders: (path) => path.includes('/orders'),
    order: (id) => id,
  },
  'tiktok-shop': {
    hookedOrder: /"order_id":"(\d+)"/,
    isStockWrite: (path) => path.includes('/inventory/update'),
    changed: /\d+/g,
    isAboutOrders: (path) => path.includes('/order/') && !path.includes('/search'),
    order: (id) => id,
  },
}

export interface WatchedWays extends Watch {
  /** `idOf`: the shop's own id of what it sells under a sku, as its stock requests spell it. */
  ways(idOf: (name: ShopName, sku: string) => string | undefined): readonly Way[]
}

export function createWatch(): WatchedWays {
  const now = () => systemClock.monotonic()
  const sales = new Map<string, Sale>()
  const told: Told[] = []
  const backs: { readonly sku: string; readonly at: number }[] = []
  const keyOf = (name: ShopName, order: string) => `${name} ${order}`

  function noteRead(name: ShopName, orders: ReadonlySet<string>, span: Span): void {
    for (const order of orders) {
      const sale = sales.get(keyOf(name, order))
      if (sale) sale.read ??= span
    }
  }

  return {
    hooksOf: (name, deliver) => async (request) => {
      const order = words[name].hookedOrder.exec(await request.clone().text())?.[1]
      const sale = order === undefined ? undefined : sales.get(keyOf(name, order))
      if (sale) sale.hookedAt ??= now()
      return await deliver(request)
    },
    requestsOf: (name, answer) => async (request) => {
      const from = now()
      const { pathname, search } = new URL(request.url)
      const body = request.method === 'GET' ? '' : await request.clone().text()
      const response = await answer(request)
      const span = { from, to: now() }
      if (!response.ok) return response
      if (words[name].isStockWrite(pathname, body)) told.push({ name, ...span, ids: idsIn(body, words[name].changed) })
      else if (words[name].isAboutOrders(pathname, body)) noteRead(name, idsIn(pathname + search + body, /\d+/g), span)
      return response
    },
    sold(name, order, sku) {
      sales.set(keyOf(name, words[name].order(order)), { name, sku, at: now() })
    },
    takenBack(sku) {
      backs.push({ sku, at: now() })
    },
    ways(idOf) {
      const ways: Way[] = []
      for (const { name, sku, at, read, hookedAt } of sales.values()) {
        if (!read) continue
        for (const to of shopNames) {
          const id = idOf(to, sku)
          if (to === name || id === undefined) continue
          const write = told.find((one) => one.name === to && one.from >= read.to && one.ids.has(id))
          if (!write || backs.some((back) => back.sku === sku && back.at > at && back.at < write.from)) continue
          const ownMs = hookedAt === undefined ? undefined : read.from - hookedAt + write.from - read.to
          ways.push({ to, wholeMs: write.to - at, ...(ownMs !== undefined && { ownMs }) })
        }
      }
      return ways
    },
  }
}

/** The ids by which a shop's requests name what it sells, from how Onhand spells the shop's counters. */
export function idsOf(
  listings: readonly { readonly account: string; readonly sku: string | null; readonly register: string | null }[],
  ids: Readonly<Record<ShopName, string>>,
): (name: ShopName, sku: string) => string | undefined {
  const known = new Map<string, string>()
  for (const { account, sku, register } of listings) {
    const id = /(\d+)(?:@\d+)?$/.exec(register ?? '')?.[1]
    if (id !== undefined) known.set(`${account} ${sku}`, id)
  }
  return (name, sku) => known.get(`${ids[name]} ${sku}`)
}

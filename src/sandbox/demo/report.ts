/** What the evening came to: the shops' truth beside Onhand's books. */

import type { Api } from './api.ts'
import type { Sale } from './sale.ts'
import { type ShopName, shopNames } from './script.ts'
import type { Shops } from './setup.ts'
import { fulfilledUnits, oversoldUnits, ownOrders } from './truth.ts'
import type { Way } from './watch.ts'

export interface Verdict {
  readonly lines: readonly string[]
  readonly isGood: boolean
}

interface SkuView {
  readonly listings: readonly {
    readonly account: string
    readonly listing: string
    readonly title: string
    readonly believedUnits: number | null
    readonly register: string | null
  }[]
}

interface ListingView {
  readonly account: string
  readonly listing: string
  readonly sku: string | null
}

interface AccountStatus {
  readonly id: string
  readonly latency: {
    readonly publications: number
    readonly p50Ms: number | null
    readonly p95Ms: number | null
    readonly p99Ms: number | null
  }
}

export type Ids = Readonly<Record<ShopName, string>>

/** Registers whose shelf is not what Onhand believes it shows. */
export async function disagreements(api: Api, shops: Shops, ids: Ids): Promise<string[]> {
  const skuOf = new Map(
    (await api.all<ListingView>('/listings')).map(({ account, listing, sku }) => [`${account} ${listing}`, sku ?? '']),
  )
  const found = new Set<string>()
  for (const { listings } of await api.all<SkuView>('/skus')) {
    for (const { account, listing, believedUnits } of listings) {
      const name = shopNames.find((one) => ids[one] === account)
      const sku = skuOf.get(`${account} ${listing}`) ?? ''
      // As the shop counts: a copy may take the shipping shop's own shelf below zero for a moment.
      const shelf = name && sku !== '' ? shops[name].shop.counter(sku).units : undefined
      if (shelf !== believedUnits)
        found.add(`${account} ${sku}: the shop shows ${shelf}, believed are ${believedUnits}`)
    }
  }
  return [...found]
}

export interface Troubles {
  readonly lost: readonly string[]
  readonly doubled: readonly string[]
  readonly untracked: readonly string[]
  /** Cancelled when the parcel of its copy had left: nobody can take that back, a person is told. */
  readonly tooLate: readonly string[]
  /** Of those, the ones that stand under no problem: a silence that must not be. */
  readonly untold: readonly string[]
}

interface Copy {
  readonly cancelled: boolean
  readonly shipped: boolean
}

/** Orders of the selling shops without exactly one living copy, cancelled ones with a living copy, and orders missing in the books. */
export async function orderTroubles(api: Api, shops: Shops, ids: Ids): Promise<Troubles> {
  const copies = new Map<string, Copy[]>()
  for (const order of shops.shopify.shop.orders()) {
    if (order.reference !== undefined) copies.set(order.reference, [...(copies.get(order.reference) ?? []), order])
  }
  const told = new Set((await api.all<{ subject: string }>('/problems')).map(({ subject }) => subject))
  const none: string[] = []
  const troubles = { lost: [...none], doubled: [...none], untracked: [...none], tooLate: [...none], untold: [...none] }
  for (const name of shopNames) {
    const known = new Set((await api.all<{ order: string }>(`/orders?account=${ids[name]}`)).map(({ order }) => order))
    for (const order of ownOrders(shops, name)) {
      // Shopify's ids come as addresses; the books keep the number.
      const id = order.id.split('/').at(-1) ?? ''
      const label = `${name} ${id}`
      if (!known.has(id)) troubles.lost.push(`${label} is not in the books`)
      if (!order.cancelled && order.tracking.length === 0) troubles.untracked.push(label)
      if (name === 'shopify') continue
      compareCopies(label, order.cancelled, copies.get(`onhand:${ids[name]}:${id}`) ?? [], troubles)
      if (troubles.tooLate.at(-1) === label && !told.has(`order ${ids[name]}/${id}`)) troubles.untold.push(label)
    }
  }
  return troubles
}

function compareCopies(
  label: string,
  isCancelled: boolean,
  copies: readonly Copy[],
  troubles: { lost: string[]; doubled: string[]; tooLate: string[] },
): void {
  const living = copies.filter(({ cancelled }) => !cancelled)
  if (copies.length > 1) troubles.doubled.push(`${label} has ${copies.length} copies`)
  if (!isCancelled && living.length === 0) troubles.lost.push(`${label} has no copy in Shopify`)
  if (isCancelled && living.some(({ shipped }) => !shipped))
    troubles.doubled.push(`${label} was cancelled but its copy lives`)
  if (isCancelled && living.some(({ shipped }) => shipped)) troubles.tooLate.push(label)
}

/** The same visits through a second Onhand whose policy is the mirror. */
export interface Twin {
  readonly shops: Shops
  readonly sale: Sale
  /** How sales travelled there: the mirror needs a write for every one of them. */
  readonly ways: readonly Way[]
}

/** On a machine with time to spare strict loses less than this; it is told, not judged, because a busy machine sells later. */
const lostShareMax = 0.01

const lostShare = (shops: Shops, { oracleUnits }: Sale) => Math.max(0, 1 - fulfilledUnits(shops) / oracleUnits)

export async function report(api: Api, shops: Shops, ids: Ids, sale: Sale, twin: Twin): Promise<Verdict> {
  const troubles = await orderTroubles(api, shops, ids)
  const apart = await disagreements(api, shops, ids)
  const status = await api.get<{ accounts: AccountStatus[] }>('/status')
  const problems = await api.all<{ kind: string; reason: string }>('/problems')
  const orders = (name: ShopName) => ownOrders(shops, name).length
  const total = shopNames.reduce((sum, name) => sum + orders(name), 0)
  const stats = (of: 'calls' | 'throttled' | 'stockWrites' | 'darkened' | 'webhooksLost') =>
    shopNames.reduce((sum, name) => sum + shops[name].shop.stats()[of], 0)
  const copies = shops.shopify.shop.orders().filter(({ reference }) => reference !== undefined).length
  const tracked = shopNames
    .flatMap((name) => ownOrders(shops, name))
    .filter(({ tracking }) => tracking.length > 0).length
  const seconds = (ms: number | null | undefined) =>
    ms === null || ms === undefined ? '-' : `${(ms / 1000).toFixed(1)} s`

  const lost = lostShare(shops, sale)
  const oversold = oversoldUnits(shops)
  const mirrored = oversoldUnits(twin.shops)
  const lines = [
    ...row('orders', `${total}`, shopNames.map((name) => `${name} ${orders(name)}`).join(', ')),
    ...row('cancelled', `${sale.cancelled}`),
    ...row(
      'units oversold',
      `${oversold}`,
      'policy: strict (what all shops may sell together is never more than there is)',
    ),
    ...row(
      'mirror would have oversold',
      `${mirrored}`,
      'the same visits at the same time, the same number in every shop',
    ),
    ...row(
      'lost sales',
      percent(lost),
      `${sale.oracleUnits - fulfilledUnits(shops)} of ${sale.oracleUnits} units that one shared register without delay would have sold${lost > lostShareMax ? '; above 1 %: the machine was too busy to move the rights in time' : ''}`,
    ),
    ...row('denied although stock existed', `${sale.denied}`, `of ${sale.refused} refused`),
    ...shopNames.flatMap((name) => {
      const latency = status.accounts.find(({ id }) => id === ids[name])?.latency
      return row(
        `event → ${name} told`,
        `p50 ${seconds(latency?.p50Ms)}`,
        `p95 ${seconds(latency?.p95Ms)}, p99 ${seconds(latency?.p99Ms)} over ${latency?.publications ?? 0} writes that strict needed`,
      )
    }),
    ...shopNames.flatMap((name) => waysTo(name, twin.ways)),
    ...row(
      'stock writes per order',
      (stats('stockWrites') / Math.max(1, total)).toFixed(2),
      `${stats('stockWrites')} calls`,
    ),
    ...row(
      'API calls per order',
      (stats('calls') / Math.max(1, total)).toFixed(2),
      `${stats('calls')} calls, ${stats('throttled')} throttled, ${stats('darkened')} into the dark`,
    ),
    ...row('webhooks lost on the way', `${stats('webhooksLost')}`),
    ...row('orders created in Shopify', `${copies}`),
    ...row(
      'tracking numbers in the shops',
      `${tracked}`,
      troubles.untracked.length > 0 ? `${troubles.untracked.length} missing` : 'every shipped order has its own',
    ),
    ...row('cancelled after the parcel left', `${troubles.tooLate.length}`, tooLateNote(troubles)),
    ...row('problems for a person', `${problems.length}`, problems[0]?.reason),
    ...row('orders lost', `${troubles.lost.length}`, troubles.lost[0]),
    ...row('orders doubled', `${troubles.doubled.length}`, troubles.doubled[0]),
    ...row('books and shelves', apart.length === 0 ? 'agree' : 'DISAGREE', apart.slice(0, 3).join('; ')),
  ]
  return {
    lines,
    isGood:
      oversold === 0 &&
      troubles.lost.length === 0 &&
      troubles.doubled.length === 0 &&
      troubles.untracked.length === 0 &&
      troubles.untold.length === 0 &&
      apart.length === 0,
  }
}

const percent = (share: number) => `${(share * 100).toFixed(2)} %`

/** From a sale to the acknowledged decrease in this shop, where every sale needs one. */
function waysTo(name: ShopName, all: readonly Way[]): string[] {
  const ways = all.filter(({ to }) => to === name)
  const own = ways.flatMap(({ ownMs }) => ownMs ?? [])
  const at = (values: readonly number[], share: number) => {
    const ms = values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(share * values.length) - 1)]
    return ms === undefined ? '-' : `${(ms / 1000).toFixed(1)} s`
  }
  const whole = ways.map(({ wholeMs }) => wholeMs)
  return row(
    `mirror: sale → ${name} lowered`,
    `p50 ${at(whole, 0.5)}`,
    `p95 ${at(whole, 0.95)}, p99 ${at(whole, 0.99)} over ${ways.length} sales; without webhook and answers p50 ${at(own, 0.5)}, p95 ${at(own, 0.95)}`,
  )
}

function tooLateNote({ tooLate, untold }: Troubles): string | undefined {
  if (untold.length > 0) return `NOBODY WAS TOLD of ${untold[0]}`
  return tooLate.length > 0 ? 'a person is told; nothing is taken back silently' : undefined
}

const row = (label: string, value: string, note?: string): string[] => [
  `  ${label.padEnd(34)} ${value.padStart(10)}${note ? `   ${note}` : ''}`,
]

/** What the parts of the battery share: the connector under trial, what it cannot do, and common first steps. */

import { describe, expect, test } from 'vitest'
import type { Provider, Reading, RowResult } from '../../src/channel.ts'
import { asId, type ListingSnapshot, type OrderId, type OrderSnapshot, type RegisterId } from '../../src/domain.ts'
import { type Opened, open, type Setup, type SetupOptions } from './stand.ts'

/** What a platform may lack. Each one that it lacks is skipped by name, with the reason. */
export type Skill =
  | 'relativeWrites'
  | 'compareAndSet'
  | 'createsOrders'
  | 'cancelsOrders'
  | 'restocks'
  | 'partialParcels'
  | 'manySubscribers'

export interface Subject {
  readonly name: string
  readonly setup: (options?: SetupOptions) => Setup
  /** Ids of the right spelling that the shop does not have. */
  readonly unknown: { readonly order: string; readonly listing: string; readonly register: string }
  readonly cannot: Partial<Record<Skill, string>>
}

/** A test that needs a skill; for a platform without it a named skip. */
export function skilled(subject: Subject, skill: Skill, title: string, run: () => Promise<void>): void {
  const reason = subject.cannot[skill]
  if (reason === undefined) test(title, run)
  else describe.skip(`${title}: not on ${subject.name}, because ${reason}`, () => test(title, run))
}

export interface Trial extends Setup, Opened {}

/** A shop with two things on its shelf and an account opened on it. */
export function trial(subject: Subject, options?: SetupOptions): Trial {
  const setup = subject.setup(options)
  setup.shop.addProduct({ sku: 'MUG', title: 'Blue mug', price: '9.95', quantity: 10 })
  setup.shop.addProduct({ sku: 'POT', title: 'Tea pot', price: '24.50', quantity: 4 })
  return { ...setup, ...open(setup) }
}

export const ordersIn = (readings: readonly Reading[]): OrderSnapshot[] =>
  readings.flatMap((reading) => (reading.kind === 'order' ? [reading.order] : []))
export const listingsIn = (readings: readonly Reading[]): ListingSnapshot[] =>
  readings.flatMap((reading) => (reading.kind === 'listing' ? [reading.listing] : []))
export const levelsIn = (readings: readonly Reading[]): ReadonlyMap<RegisterId, number> =>
  new Map(
    readings.flatMap((reading) =>
      reading.kind === 'stock' ? [[reading.level.register, reading.level.availableUnits] as const] : [],
    ),
  )

export async function listingOf({ polled }: Trial, sku: string): Promise<ListingSnapshot & { register: RegisterId }> {
  const found = listingsIn(await polled('listings')).find((listing) => listing.sku === sku)
  if (!found?.register) throw new Error(`The listings poll shows no counted ${sku}.`)
  return { ...found, register: found.register }
}

export function bought({ shop }: Trial, sku: string, quantity: number): OrderId {
  const purchase = shop.buy([{ sku, quantity }])
  if (!purchase.ok) throw new Error(`The shop does not sell ${quantity} of ${sku}: ${purchase.reason}`)
  return asId<'order'>(purchase.order)
}

export async function orderOf({ fetched }: Trial, id: OrderId): Promise<OrderSnapshot> {
  const [order] = ordersIn(await fetched({ kind: 'orders', ids: [id] }))
  if (!order) throw new Error(`Order ${id} is not read.`)
  return order
}

/** Lets the shop's time pass. */
export async function pass({ clock, shop }: Trial, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 60_000) {
    await clock.advance(Math.min(60_000, left))
    shop.tick()
  }
}

/** An order that has been paid and may be shipped. */
export async function readyOrder(tried: Trial, sku: string, quantity: number): Promise<OrderSnapshot> {
  const id = bought(tried, sku, quantity)
  for (let minutes = 0; minutes < 240; minutes += 30) {
    const order = await orderOf(tried, id)
    if (order.phase === 'ready') return order
    await pass(tried, 30 * 60_000)
  }
  throw new Error(`Order ${id} does not become ready.`)
}

/** The provider for a parcel of this order, where the platform wants one of its own. */
export async function providerFor(tried: Trial, order: OrderSnapshot): Promise<Provider | undefined> {
  if (!tried.channel.abilities.needsProvider) return undefined
  const ids = order.deliveryOption ? [order.deliveryOption] : []
  const found = await tried.fetched({ kind: 'providers', ids })
  const providers = found.flatMap((reading) => (reading.kind === 'providers' ? reading.providers : []))
  const provider = providers.find(({ name }) => /postnl/i.test(name)) ?? providers[0]
  if (!provider) throw new Error('The platform lists no provider.')
  return provider
}

export const expectOk = (rows: readonly RowResult[]) =>
  expect(
    rows.filter((row) => !row.ok),
    'rows that were not done',
  ).toEqual([])

/** Everything that must not be told to anybody. */
export function secretsOf(value: unknown): string[] {
  if (typeof value === 'string') return value.length >= 8 ? [value] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(secretsOf)
}

/** The books over an in-memory database, with the stages around them that a test asks for. */

import { markets } from '../../mappings/markets.ts'
import { orderStateTable } from '../../mappings/order-states.ts'
import { keepListing, linkListing } from '../../src/catalog/listings.ts'
import { setRule } from '../../src/catalog/rules.ts'
import { addSku } from '../../src/catalog/skus.ts'
import type { Channel, RawDelivery, Reading } from '../../src/channel.ts'
import { seededRandom } from '../../src/clock.ts'
import { createLane, type Lane } from '../../src/dispatcher/lane.ts'
import { createPacer } from '../../src/dispatcher/pacer.ts'
import { createReach } from '../../src/dispatcher/reach.ts'
import { type AccountId, asId, type ListingSnapshot, type OrderLine, type OrderSnapshot } from '../../src/domain.ts'
import { createInbox, type Inbox } from '../../src/ingress/inbox.ts'
import { PEOPLE } from '../../src/ledger/manual.ts'
import { createLedger, type Ledger } from '../../src/ledger/post.ts'
import { createLog } from '../../src/log.ts'
import type { PolicyName } from '../../src/planner/facts.ts'
import { createPlanner, type Planner } from '../../src/planner/plan.ts'
import type { CarrierBook } from '../../src/planner/tracking-gate.ts'
import { type VirtualClock, virtualClock } from '../../src/sandbox/virtual-clock.ts'
import { openStore, type Store } from '../../src/store/index.ts'
import { facts, type Script, type ScriptChannel, scriptChannel } from './script-channel.ts'

export interface Books {
  readonly clock: VirtualClock
  readonly store: Store
  readonly inbox: Inbox
  readonly ledger: Ledger
  readonly planner: Planner
  readonly log: string[]
  readonly channels: Map<string, Channel>
  /** Connects a shop whose answers the test scripts. */
  connect(account: string, script?: Script & { platform?: string; fulfilledBy?: string }): Promise<ScriptChannel>
  /** A counted listing with a register of its own, linked to its skus, whose shelf has been seen. */
  listing(account: string, listing: string, parts: Readonly<Record<string, number>>, more?: ListingMore): Promise<void>
  link(account: string, listing: string, parts: Readonly<Record<string, number>>): Promise<void>
  sku(...skus: string[]): Promise<void>
  receive(sku: string, units: number): Promise<void>
  /** Appends what the shop says, and posts it. */
  tell(account: string, ...readings: Reading[]): Promise<void>
  append(account: string, deliveries: readonly RawDelivery[]): Promise<void>
  lane(account: string, signal?: AbortSignal): Lane
  /** Plans, pumps and lets time pass until nothing moves within `ms`. */
  run(lane: Lane, ms?: number): Promise<void>
  balance(sku: string): Promise<{ on_hand: number; reserved: number; shipped: number } | undefined>
  intents(kind?: string): Promise<{ account: string; subject: string; rev: number; target: unknown }[]>
  receipt(subject: string): Promise<{ state: string; reason: string | null; seen: number; wanted: number } | undefined>
  /** The books must agree with themselves: balances are the sums of movements. */
  sums(): Promise<Record<string, { on_hand: number; reserved: number }>>
  close(): Promise<void>
}

export interface ListingMore extends Partial<ListingSnapshot> {
  /** Units on the shelf when it was first looked at; `null` leaves it unseen. */
  readonly shows?: number | null
}

const noCarriers: CarrierBook = { carriers: [], refusals: [] }

export async function openBooks(
  options: { url?: string; carriers?: CarrierBook; policy?: PolicyName } = {},
): Promise<Books> {
  const clock = virtualClock()
  const random = seededRandom(7)
  const log: string[] = []
  const logging = createLog((line) => log.push(line), clock.now)
  const store = await openStore(options.url ?? 'sqlite::memory:', { clock, random })
  const { db } = store
  await setRule(db, { name: 'policy', value: options.policy ?? 'mirror' }, { now: clock.now(), newId: store.newId })
  const channels = new Map<string, Channel>()
  const inbox = createInbox({ store, clock, onAppended: () => undefined })
  const shop = (account: AccountId) => {
    const channel = channels.get(account)
    return createReach(account, channel ?? scriptChannel(account), clock).facts()
  }
  const planner = createPlanner({
    store,
    clock,
    log: logging,
    carriers: options.carriers ?? noCarriers,
    shop,
    life: { states: orderStateTable, markets },
    onPlanned: () => undefined,
  })
  const ledger = createLedger({
    store,
    clock,
    log: logging,
    channel: async (id) => channels.get(id),
    onPosted: (skus) => planner.wake(skus),
  })

  const books: Books = {
    clock,
    store,
    inbox,
    ledger,
    planner,
    log,
    channels,
    async connect(account, { platform = 'script', fulfilledBy, ...script } = {}) {
      await db
        .insertInto('account')
        .values({
          id: account,
          merchant: 'main',
          platform,
          title: account,
          shop: account,
          origin: 'https://shop.example',
          credentials: '',
          settings: '{}',
          fulfilled_by: fulfilledBy ?? null,
          counts_stock: 0,
          learned: '{}',
          state: 'active',
          reason: null,
          rev: 1,
          created_at: clock.now(),
          connected_at: clock.now(),
          updated_at: clock.now(),
        })
        .execute()
      const channel = scriptChannel(account, script)
      channels.set(account, channel)
      return channel
    },
    async listing(account, listing, parts, { shows = 0, ...more } = {}) {
      await store.transaction(async (tx) => {
        await keepListing(tx, asId(account), listingSnapshot(listing, more), clock.now())
      })
      await books.link(account, listing, parts)
      if (shows === null) return
      await db
        .insertInto('rights')
        .values({
          account,
          register: more.register ?? `${listing}-r`,
          entitlement: shows,
          hold: 0,
          hold_until: null,
          op: null,
          pend: null,
          rev: 1,
          updated_at: clock.now(),
        })
        .execute()
    },
    async link(account, listing, parts) {
      await store.transaction((tx) =>
        linkListing(
          tx,
          asId(account),
          asId(listing),
          Object.entries(parts).map(([sku, units]) => ({ sku: asId<'sku'>(sku), units })),
          clock.now(),
        ),
      )
    },
    async sku(...skus) {
      await store.transaction(async (tx) => {
        for (const sku of skus) await addSku(tx, { sku: asId(sku), title: sku }, clock.now())
        // Somebody has said that there is nothing of it.
        await tx.updateTable('balance').set({ counted_at: clock.now() }).where('sku', 'in', skus).execute()
      })
    },
    async receive(sku, units) {
      const body = JSON.stringify({ kind: 'receive', sku, units, reason: 'delivery' })
      await books.append(PEOPLE, [{ source: 'manual', topic: 'stock', key: store.newId(), body }])
      await ledger.drain()
    },
    async tell(account, ...readings) {
      await books.append(account, [facts(readings)])
      await ledger.drain()
    },
    async append(account, deliveries) {
      await inbox.append(asId(account), deliveries)
    },
    lane(account, signal = new AbortController().signal) {
      const channel = channels.get(account)
      if (!channel) throw new Error(`${account} is not connected.`)
      const pacer = createPacer(clock)
      pacer.configure(channel.limits)
      return createLane(asId(account), channel, pacer, {
        store,
        clock,
        random,
        log: logging,
        signal,
        append: inbox.append,
        posted: ledger.drain,
        shop,
        onSettled(skus) {
          planner.wake(skus)
          void planner.drain()
        },
      })
    },
    async run(lane, ms = 1000) {
      for (let passed = 0; passed < ms; passed += 250) {
        await planner.drain()
        await lane.pump()
        await clock.advance(250)
      }
    },
    balance: async (sku) =>
      await db
        .selectFrom('balance')
        .select(['on_hand', 'reserved', 'shipped'])
        .where('sku', '=', sku)
        .executeTakeFirst()
        .then((row) => row && { ...row }),
    async intents(kind = 'stock') {
      const rows = await db
        .selectFrom('intent')
        .select(['account', 'subject', 'rev', 'target'])
        .where('kind', '=', asKind(kind))
        .orderBy('account')
        .orderBy('subject')
        .execute()
      return rows.map((row) => ({ ...row, target: JSON.parse(row.target) as unknown }))
    },
    receipt: async (subject) =>
      await db
        .selectFrom('receipt')
        .select(['state', 'reason', 'seen', 'wanted'])
        .where('subject', '=', subject)
        .executeTakeFirst()
        .then((row) => row && { ...row }),
    async sums() {
      const rows = await db
        .selectFrom('movement')
        .select(['sku'])
        .select((eb) => [
          eb.fn.sum<number>('on_hand_delta').as('on_hand'),
          eb.fn.sum<number>('reserved_delta').as('reserved'),
        ])
        .groupBy('sku')
        .orderBy('sku')
        .execute()
      return Object.fromEntries(rows.map(({ sku, on_hand, reserved }) => [sku, { on_hand, reserved }]))
    },
    close: () => store.close(),
  }
  return books
}

const asKind = (text: string) => (text === 'order' || text === 'tracking' ? text : 'stock')

export const listingSnapshot = (id: string, more: Partial<ListingSnapshot> = {}): ListingSnapshot => ({
  id: asId(id),
  register: asId(`${id}-r`),
  title: id,
  sku: id,
  state: 'active',
  counting: 'counted',
  updatedAt: 1,
  ...more,
})

/** A line that took its whole quantity. */
export const line = (id: string, listing: string | undefined, units: number, more: Partial<OrderLine> = {}) =>
  ({
    id: asId<'line'>(id),
    listing: listing === undefined ? undefined : asId<'listing'>(listing),
    title: listing ?? 'something',
    quantity: units,
    takenUnits: units,
    shippedUnits: 0,
    unitPrice: { amount: '10.00', currency: 'EUR' },
    ...more,
  }) satisfies OrderLine

export const orderSnapshot = (
  id: string,
  lines: readonly OrderLine[],
  more: Partial<OrderSnapshot> = {},
): OrderSnapshot => ({
  id: asId(id),
  name: `#${id}`,
  phase: 'ready',
  status: 'open',
  createdAt: 1000,
  updatedAt: 1000,
  fulfilment: 'seller',
  lines,
  currency: 'EUR',
  ...more,
})

export const orderReading = (...given: Parameters<typeof orderSnapshot>): Reading => ({
  kind: 'order',
  order: orderSnapshot(...given),
})

/** Large books in seconds: a catalogue, its links and balances, and a past of movements, seeded by plain SQL. */

import { readFileSync } from 'node:fs'
import { sql } from 'kysely'
import { connectors } from '../../connectors/index.ts'
import type { Channel, RawDelivery } from '../../src/channel.ts'
import { systemClock, systemRandom } from '../../src/clock.ts'
import { createPacer } from '../../src/dispatcher/pacer.ts'
import { type AccountId, asId } from '../../src/domain.ts'
import { createInbox, type Inbox } from '../../src/ingress/inbox.ts'
import { createLedger, type Ledger } from '../../src/ledger/post.ts'
import { silentLog } from '../../src/log.ts'
import { openStore, type Store } from '../../src/store/index.ts'
import type { Db } from '../../src/store/tables.ts'

export const account: AccountId = asId('woocommerce-1')

export interface Size {
  readonly skus: number
  readonly movements: number
}

export interface Books extends Size {
  readonly store: Store
  readonly inbox: Inbox
  readonly ledger: Ledger
  /** Another ledger of the same shop, over a store that is watched. */
  ledgerOver(store: Store): Ledger
  close(): Promise<void>
}

export async function openBooks(url: string, size: Size): Promise<Books> {
  const store = await openStore(url, { clock: systemClock, random: systemRandom })
  await seed(store.db, size)
  // PostgreSQL would do so by itself a minute later.
  if (url.startsWith('postgres')) await sql`analyze`.execute(store.db)
  const channel = await openChannel()
  return {
    ...size,
    store,
    inbox: createInbox({ store, clock: systemClock, onAppended: () => undefined }),
    ledger: ledgerOf(store, channel),
    ledgerOver: (other) => ledgerOf(other, channel),
    close: () => store.close(),
  }
}

const ledgerOf = (store: Store, channel: Channel) =>
  createLedger({
    store,
    clock: systemClock,
    log: silentLog,
    channel: async () => channel,
    onPosted: () => undefined,
  })

async function openChannel(): Promise<Channel> {
  const woocommerce = connectors.get('woocommerce')
  if (!woocommerce) throw new Error('There is no WooCommerce connector.')
  const credentials = woocommerce.credentials.parse({ consumerKey: 'ck_x', consumerSecret: 'cs_x' })
  return woocommerce.open(
    {
      id: account,
      shop: 'https://shop.example',
      origin: 'https://shop.example',
      settings: woocommerce.settings.parse({}),
      webhookUrl: 'https://onhand.example/webhooks/woocommerce-1',
    },
    {
      fetch: () => Promise.reject(new Error('The ledger calls nobody.')),
      clock: systemClock,
      random: systemRandom,
      pace: createPacer(systemClock),
      secrets: { current: () => credentials, replace: () => Promise.resolve() },
    },
  )
}

/** Rows that one statement makes: a recursive count, which both databases know. */
const numbers = (upTo: number) =>
  sql`with recursive n(n) as (select 1 union all select n + 1 from n where n < ${sql.lit(upTo)})`

/** Every sku has a listing of its own, `pN`; the movements are orders of some day before, one each. */
async function seed(db: Db, { skus, movements }: Size): Promise<void> {
  await sql`insert into account (id, merchant, platform, title, shop, origin, credentials, settings, state, rev, created_at, connected_at, updated_at)
    values (${account}, 'main', 'woocommerce', 'Shop', 'https://shop.example', 'https://shop.example', '', '{}', 'active', 1, 0, 0, 0)`.execute(
    db,
  )
  const statements = [
    sql`insert into sku (merchant, sku, title, safety_units, rev, created_at)
      ${numbers(skus)} select 'main', 'sku-' || n, 'Thing ' || n, 0, 1, 0 from n`,
    sql`insert into listing (account, listing, register, title, sku_text, state, counting, shop_updated_at, seen_at)
      ${numbers(skus)} select ${account}, 'p' || n, 'p' || n, 'Thing ' || n, 'sku-' || n, 'active', 'counted', 0, 0 from n`,
    sql`insert into link (account, listing, merchant, sku, units, rev, updated_at)
      ${numbers(skus)} select ${account}, 'p' || n, 'main', 'sku-' || n, 1, 1, 0 from n`,
    sql`insert into balance (merchant, pool, sku, on_hand, reserved, shipped, moved_at, counted_at, rev)
      ${numbers(skus)} select 'main', 'main', 'sku-' || n, 1000000, 0, 0, 0, 0, 1 from n`,
    sql`insert into register_count (account, register, taken_units, shipped_units)
      ${numbers(skus)} select ${account}, 'p' || n, 0, 0 from n`,
    sql`insert into movement (id, merchant, pool, sku, kind, on_hand_delta, reserved_delta, account, order_id, line_id, listing, delivery, at)
      ${numbers(movements)} select '00PAST' || (100000000 + n), 'main', 'main', 'sku-' || (1 + n % ${sql.lit(skus)}), 'reserve', 0, 1,
        ${account}, 'past-' || n, '1', 'p' || (1 + n % ${sql.lit(skus)}), '00PAST' || n, 0 from n`,
  ]
  for (const statement of statements) await statement.execute(db)
}

const recorded = new URL('../fixtures/woocommerce-recorded/order-create-processing.json', import.meta.url)

/** Safe: the recorded answer of a real server, whose order has one line. */
interface RecordedOrder {
  readonly line_items: readonly Record<string, unknown>[]
}

/** Orders as the shop's API answers them, each new and of one line, over all skus; `from` keeps their numbers apart. */
export function orders(count: number, from: number, skus: number): RawDelivery[] {
  const { body } = JSON.parse(readFileSync(recorded, 'utf8')) as { body: RecordedOrder }
  return Array.from({ length: count }, (_, index) => {
    const id = 1_000_000 + from + index
    const product = 1 + ((id * 7919) % skus)
    const lines = body.line_items.map((line) => ({ ...line, product_id: product, sku: `sku-${product}` }))
    return {
      source: 'fetch',
      topic: 'orders',
      key: `orders/${id}`,
      body: JSON.stringify({ ...body, id, number: String(id), line_items: lines }),
      fetchStartedAt: 1,
    }
  })
}

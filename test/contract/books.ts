/** The battery's part on keeping: what a connector brings goes through a real inbox into real books, on every database. */

import { expect, test } from 'vitest'
import type { RawDelivery } from '../../src/channel.ts'
import { seededRandom } from '../../src/clock.ts'
import { asId } from '../../src/domain.ts'
import { createInbox } from '../../src/ingress/inbox.ts'
import { createLedger } from '../../src/ledger/post.ts'
import { silentLog } from '../../src/log.ts'
import { openStore } from '../../src/store/index.ts'
import { onEveryDatabase } from '../support/databases.ts'
import {
  bought,
  levelsIn,
  listingOf,
  listingsIn,
  ordersIn,
  pass,
  readyOrder,
  type Subject,
  type Trial,
  trial,
} from './subject.ts'

const account = asId<'account'>('tried')
/** Text that a database may change, cut off or refuse. */
const title = 'Kop & "schotel" groß \\ 👩🏽‍🚒 \u202eשלום\u0001'

/** Everything that a shop with a history says: by webhook, by poll and when asked. */
async function said(tried: Trial): Promise<RawDelivery[]> {
  const { shop, channel, mail, during, pollRaw, fetchRaw } = tried
  await during(channel.subscriptions.repair())
  shop.addProduct({ sku: 'CUP ☕', title, price: '3.50', quantity: 7 })
  const mug = await listingOf(tried, 'MUG')
  const shipped = await readyOrder(tried, 'MUG', 2)
  shop.ship(shipped.id, { carrier: 'PostNL', number: '3SABCD1234567' })
  const open = bought(tried, 'POT', 1)
  await pass(tried, 60_000)
  const deliveries: RawDelivery[] = []
  for (const raw of mail) {
    const verdict = await channel.verify(raw)
    if (!verdict.ok || !verdict.stored) continue
    const { topic, key, shopTime } = verdict
    const body = new TextDecoder().decode(raw.body)
    deliveries.push({ source: 'webhook', topic, key, body, ...(shopTime === undefined ? {} : { shopTime }) })
  }
  for (const topic of channel.abilities.polls) deliveries.push(...(await pollRaw(topic)))
  deliveries.push(
    ...(await fetchRaw({ kind: 'orders', ids: [shipped.id, open] })),
    ...(await fetchRaw({ kind: 'parcels', ids: [shipped.id] })),
    ...(await fetchRaw({ kind: 'listings', ids: [mug.id] })),
    ...(await fetchRaw({ kind: 'stock', ids: [mug.register] })),
  )
  return deliveries
}

export function booksBattery(subject: Subject): void {
  onEveryDatabase((fresh) => {
    test('what it brings is kept once, can be read again, and stands in the books as it was said', async () => {
      const tried = trial(subject)
      const { clock, channel, during, read } = tried
      const deliveries = await said(tried)
      const readings = read(deliveries)
      const store = await openStore(await fresh(), { clock, random: seededRandom(6) })
      const inbox = createInbox({ store, clock, onAppended: () => undefined })
      const ledger = createLedger({
        store,
        clock,
        log: silentLog,
        channel: async () => channel,
        onPosted: () => undefined,
      })
      // A shop says things twice.
      for (let i = 0; i < 2; i++) {
        await during(inbox.append(account, deliveries))
        await during(ledger.drain())
      }

      const { db } = store
      const kept = await during(db.selectFrom('inbox').select(['key', 'body']).execute())
      const bodies = new Map(deliveries.toReversed().map(({ key, body }) => [key, body]))
      expect(new Map(kept.map(({ key, body }) => [key, body]))).toEqual(bodies)
      expect(kept).toHaveLength(bodies.size)
      const parked = db.selectFrom('reading_receipt').select('reason').where('outcome', '=', 'parked')
      expect(await during(parked.execute())).toEqual([])

      const orders = await during(db.selectFrom('order_head').select(['order_id', 'version_at']).execute())
      const newest = new Map<string, number>()
      for (const { id, updatedAt } of ordersIn(readings)) newest.set(id, Math.max(updatedAt, newest.get(id) ?? 0))
      expect(new Map(orders.map(({ order_id, version_at }) => [order_id, version_at]))).toEqual(newest)

      const listings = await during(db.selectFrom('listing').select(['listing', 'title', 'sku_text']).execute())
      const described = new Map(listingsIn(readings).map((one) => [String(one.id), one]))
      expect(new Set(listings.map(({ listing }) => listing))).toEqual(new Set(described.keys()))
      for (const { listing, title: text, sku_text } of listings)
        expect([listing, text, sku_text]).toEqual([
          listing,
          described.get(listing)?.title,
          described.get(listing)?.sku ?? null,
        ])
      expect(listings.some(({ sku_text }) => sku_text === 'CUP ☕')).toBe(true)

      const shelves = await during(db.selectFrom('shelf').select(['register', 'available_units']).execute())
      expect(new Map(shelves.map((row) => [row.register, row.available_units]))).toEqual(new Map(levelsIn(readings)))
      expect(await during(db.selectFrom('shipment').select('order_id').execute())).not.toEqual([])
      await store.close()
    })
  })
}

/** The process that `ingest` measures: the webhook door on a port, with one of three things behind it. */

import { performance } from 'node:perf_hooks'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { connectors } from '../../connectors/index.ts'
import type { RawDelivery } from '../../src/channel.ts'
import { systemClock, systemRandom } from '../../src/clock.ts'
import { createPacer } from '../../src/dispatcher/pacer.ts'
import { type AccountId, asId } from '../../src/domain.ts'
import { createDoor } from '../../src/ingress/door.ts'
import { createInbox } from '../../src/ingress/inbox.ts'
import { openStore, type Store } from '../../src/store/index.ts'

/** `bare`: nothing is stored. `inbox`: as in the program. `single`: a transaction for every request. */
export type Behind = 'bare' | 'inbox' | 'single'

export interface Reading {
  readonly cpuMs: number
  readonly atMs: number
  readonly commits: number
  readonly stored: number
  readonly rssBytes: number
}

export const account: AccountId = asId('woocommerce-1')

async function channelOf(webhookSecret: string) {
  const woocommerce = connectors.get('woocommerce')
  if (!woocommerce) throw new Error('There is no WooCommerce connector.')
  const credentials = { consumerKey: 'ck_x', consumerSecret: 'cs_x', webhookSecret }
  return woocommerce.open(
    {
      id: account,
      shop: 'https://shop.example',
      origin: 'https://shop.example',
      settings: woocommerce.settings.parse({}),
      webhookUrl: 'https://onhand.example/webhooks/woocommerce-1',
    },
    {
      fetch: () => Promise.reject(new Error('The door calls nobody.')),
      clock: systemClock,
      random: systemRandom,
      pace: createPacer(systemClock),
      secrets: { current: () => credentials, replace: () => Promise.resolve() },
    },
  )
}

async function start(behind: Behind, file: string, webhookSecret: string): Promise<void> {
  const opened = await openStore(`sqlite:${file}`, { clock: systemClock, random: systemRandom })
  const counts = { commits: 0, stored: 0 }
  const store: Store = {
    ...opened,
    transaction(work) {
      counts.commits++
      return opened.transaction(work)
    },
  }
  const inbox = createInbox({ store, clock: systemClock, onAppended: () => undefined })
  const append: Readonly<Record<Behind, (account: AccountId, delivery: RawDelivery) => Promise<unknown>>> = {
    bare: () => Promise.resolve(),
    inbox: (id, delivery) => inbox.append(id, [delivery]),
    single: (id, delivery) => appendAlone(store, id, delivery),
  }
  const known = { id: account, verify: (await channelOf(webhookSecret)).verify }
  const door = createDoor({
    platforms: ['shopify', 'tiktok-shop'],
    account: async (id) => (id === account ? known : undefined),
    accountOf: async () => undefined,
    append: append[behind],
    count: (outcome) => {
      if (outcome === 'stored') counts.stored++
    },
  })
  const app = new Hono().route('/webhooks', door)
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => process.send?.({ port }))
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    const reading: Reading = {
      cpuMs: (user + system) / 1000,
      atMs: performance.now(),
      ...counts,
      rssBytes: process.memoryUsage.rss(),
    }
    process.send?.(reading)
  })
  process.on('disconnect', () => {
    server.close()
    process.exit(0)
  })
}

/** What the inbox is measured against: the same row, alone in its transaction. */
async function appendAlone(store: Store, id: AccountId, delivery: RawDelivery): Promise<void> {
  const row = {
    id: store.newId(),
    account: id,
    source: delivery.source,
    topic: delivery.topic,
    key: delivery.key,
    body: delivery.body,
    shop_time: delivery.shopTime ?? null,
    fetch_started_at: null,
    received_at: systemClock.now(),
  }
  await store.transaction((tx) =>
    tx
      .insertInto('inbox')
      .values(row)
      .onConflict((conflict) => conflict.columns(['account', 'key']).doNothing())
      .execute(),
  )
}

const [behind, file, secret] = process.argv.slice(2)
if (file && secret && (behind === 'bare' || behind === 'inbox' || behind === 'single'))
  await start(behind, file, secret)

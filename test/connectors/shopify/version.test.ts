/** The API version that Shopify really speaks, in its answers and in its webhooks. */

import { afterEach, describe, expect, test } from 'vitest'
import { topicWithVersion } from '../../../connectors/shopify/version.ts'
import { asDelivery, collect, fixture, granted, interpretAll, openStore, settle, startedAt } from './store.ts'

afterEach(settle)

const noOrders = JSON.stringify({ data: { orders: { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } } } })
const answeredIn = (version: string | undefined) =>
  openStore()
    .answers(granted())
    .replies(200, noOrders, version === undefined ? {} : { 'x-shopify-api-version': version })
const poll = async (version: string | undefined) => {
  const { channel } = answeredIn(version)
  return { channel, raws: await collect(channel.poll('orders', { since: startedAt })) }
}

describe('an answer', () => {
  test.each(['2026-10', undefined])('in %s says nothing', async (version) => {
    expect((await poll(version)).raws).toEqual([])
  })

  test('in another version is told, with one key for the day', async () => {
    const { channel, raws } = await poll('2027-01')
    expect(raws.map(({ key }) => key)).toEqual([`version/2027-01/${Math.floor(startedAt / 86_400_000)}`])
    expect(interpretAll(channel, raws)).toEqual([
      { kind: 'connection', event: 'expiring', message: expect.stringMatching(/2027-01.*2026-10/) },
    ])
    expect((await poll('2027-01')).raws[0]?.key).toBe(raws[0]?.key)
  })
})

describe('a webhook', () => {
  test.each([
    ['2026-10', 'ORDERS_CREATE'],
    [undefined, 'ORDERS_CREATE'],
    ['2026-01', 'ORDERS_CREATE@2026-01'],
    ['unstable', 'ORDERS_CREATE@unstable'],
    ['nonsense @ order', 'ORDERS_CREATE'],
  ])('in version %s has the topic %s', (version, topic) => {
    expect(topicWithVersion('ORDERS_CREATE', version)).toBe(topic)
  })

  test('in another version is a hint all the same, and tells', async () => {
    const { channel } = openStore()
    const body = await fixture('webhooks/orders-create')
    const raw = { source: 'webhook', topic: 'ORDERS_CREATE@2026-01', key: 'k', body } as const
    const [hint, notice, ...more] = channel.interpret(asDelivery(raw))
    expect(hint).toEqual(channel.interpret(asDelivery({ ...raw, topic: 'ORDERS_CREATE' }))[0])
    expect(notice).toMatchObject({ kind: 'connection', event: 'expiring', message: expect.stringContaining('2026-01') })
    expect(more).toEqual([])
  })
})

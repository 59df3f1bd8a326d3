/** Auditing and mending the webhooks of a WooCommerce shop. */

import nock from 'nock'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { api, json, openShop, origin, recorded, recordedRow } from './shop.ts'

beforeEach(() => nock.disableNetConnect())
afterEach(() => {
  expect(nock.pendingMocks()).toEqual([])
  nock.cleanAll()
})

const url = 'https://onhand.example/webhooks/woo'
const made = recordedRow('webhook-create-order.updated')
let ids = 100
const hook = (topic: string, more: Record<string, unknown> = {}) => ({
  ...made,
  id: ++ids,
  topic,
  name: 'x',
  delivery_url: url,
  ...more,
})
const list = (rows: unknown[], page = '1') =>
  nock(origin)
    .get(`${api}/webhooks`)
    .query((q) => q.page === page && q.per_page === '100')
    .reply(200, rows as nock.Body, json)
const topics = [
  'order.created',
  'order.updated',
  'order.deleted',
  'product.created',
  'product.updated',
  'product.deleted',
]

describe('webhooks of a shop', () => {
  it('finds nothing wrong with six active ones', async () => {
    const { channel } = openShop()
    expect(channel.subscriptions.wanted()).toEqual(topics)
    list([
      ...topics.map((topic) => hook(topic)),
      hook('order.updated', { delivery_url: 'https://someone.example/else' }),
      hook('coupon.created'),
    ])
    expect(await channel.subscriptions.audit()).toEqual({ found: topics, missing: [], broken: [] })
    list([...topics.map((topic) => hook(topic))])
    await channel.subscriptions.repair()
  })

  it('sees what is missing, switched off, doubled or pointing elsewhere, and mends it', async () => {
    const { channel, told } = openShop()
    const rows: Record<string, unknown>[] = [
      hook('order.created'),
      hook('Order.Created'),
      { ...recordedRow('webhook-get-disabled'), delivery_url: `${url}/` },
      hook('product.updated', { name: 'Onhand woo product.updated', delivery_url: 'https://old.example/webhooks/woo' }),
      hook('order.deleted'),
      hook('product.deleted'),
    ]
    list(rows)
    expect(await channel.subscriptions.audit()).toEqual({
      found: ['order.created', 'order.deleted', 'product.deleted'],
      missing: ['order.updated', 'product.created', 'product.updated'],
      broken: [
        { topic: 'Order.Created', reason: 'there are two of it' },
        { topic: 'order.updated', reason: 'it is disabled in the shop' },
        { topic: 'product.updated', reason: 'it points elsewhere' },
      ],
    })
    list(rows)
    for (const row of rows.slice(1, 4))
      nock(origin)
        .delete(`${api}/webhooks/${String(row.id)}`)
        .query({ force: 'true' })
        .reply(200, row as nock.Body, json)
    for (const topic of ['order.updated', 'product.created', 'product.updated'])
      nock(origin)
        .post(`${api}/webhooks`, {
          name: `Onhand woo ${topic}`,
          topic,
          delivery_url: url,
          secret: 'whsec-test',
          status: 'active',
        })
        .reply(201, hook(topic), json)
    await channel.subscriptions.repair()
    expect(told.requests).not.toContain('secrets.replace')
  })

  it('makes and keeps a secret before anything is signed with it, and replaces what was signed with another', async () => {
    const { channel, told, credentials } = openShop({ credentials: { webhookSecret: undefined } })
    const old = hook('order.created')
    list([old])
    expect(await channel.subscriptions.audit()).toMatchObject({
      found: [],
      broken: [{ reason: 'its secret is not known here' }],
    })
    list([old])
    nock(origin)
      .delete(`${api}/webhooks/${ids}`)
      .query({ force: 'true' })
      .reply(404, recorded('error-404-order').body as nock.Body, json)
    const secrets = new Set<unknown>()
    nock(origin)
      .post(`${api}/webhooks`, (body) => !!secrets.add(body.secret))
      .times(6)
      .reply(201, made, json)
    await channel.subscriptions.repair()
    expect([...secrets]).toEqual([credentials().webhookSecret])
    expect(credentials().webhookSecret).toMatch(/^[0-9a-f-]{72}$/)
    const kept = told.requests.indexOf('secrets.replace')
    expect(kept).toBeGreaterThan(0)
    expect(told.requests.findIndex((line) => line.startsWith('POST'))).toBeGreaterThan(kept)
    expect(told.requests.filter((line) => line === 'secrets.replace')).toHaveLength(1)
  })

  it('reads on while pages are full', async () => {
    const { channel } = openShop()
    list(Array.from({ length: 100 }, () => hook('action.x', { delivery_url: 'https://someone.example/else' })))
    list(
      topics.map((topic) => hook(topic)),
      '2',
    )
    expect(await channel.subscriptions.audit()).toMatchObject({ missing: [] })
  })

  it('fails in words when the key may not manage webhooks', async () => {
    const { status, body } = recorded('error-unknown-key')
    nock(origin)
      .get(`${api}/webhooks`)
      .query(true)
      .reply(status, body as nock.Body, json)
    await expect(openShop().channel.subscriptions.audit()).rejects.toMatchObject({ kind: 'auth' })
  })
})

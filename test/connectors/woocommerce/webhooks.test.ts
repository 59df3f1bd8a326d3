/** The webhook door against deliveries that a real shop sent. */

import { describe, expect, it } from 'vitest'
import type { RawRequest } from '../../../src/channel.ts'
import { kept, openShop, recordedWebhook } from './shop.ts'

const { channel } = openShop()
const bytes = new TextEncoder()

const request = (
  name: string,
  change: { body?: string; headers?: Record<string, string | undefined> } = {},
): RawRequest => {
  const { headers, body } = recordedWebhook(name)
  const merged = Object.entries({ ...headers, ...change.headers }).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  )
  return {
    method: 'POST',
    path: '/webhooks/woo',
    headers: Object.fromEntries(merged),
    body: bytes.encode(change.body ?? body),
  }
}

const signed = [
  'order.created',
  'order.updated',
  'order.deleted',
  'product.created',
  'product.updated',
  'product.updated-variation',
  'product.deleted',
  'product.restored',
  'error-body',
  'permission-error-body',
] as const

describe('verify', () => {
  it.each(signed)('takes the recorded %s delivery', async (name) => {
    const raw = request(name)
    const verdict = await channel.verify(raw)
    const { headers } = recordedWebhook(name)
    expect(verdict).toMatchObject({ ok: true, stored: true, topic: headers['x-wc-webhook-topic'] })
    expect(JSON.stringify(verdict)).not.toContain(headers['x-wc-webhook-delivery-id'])
  })

  it('names a delivery by what it says, not by the delivery id', async () => {
    const key = async (raw: RawRequest) => {
      const verdict = await channel.verify(raw)
      return verdict.ok && verdict.stored ? verdict.key : undefined
    }
    const once = await key(request('order.updated'))
    expect(await key(request('order.updated', { headers: { 'x-wc-webhook-delivery-id': 'another' } }))).toBe(once)
    expect(await key(request('order.created'))).not.toBe(once)
    expect(once).toMatch(/^order\.updated\/382\/[0-9a-f]{32}$/)
  })

  it('tells the time the shop states', async () => {
    expect(await channel.verify(request('order.updated'))).toMatchObject({
      shopTime: Date.UTC(2026, 10, 22, 16, 28, 42),
    })
  })

  it.each([
    ['a changed body', request('order.deleted', { body: '{"id":362}' })],
    [
      'a re-encoded body',
      request('order.updated', { body: JSON.stringify(JSON.parse(recordedWebhook('order.updated').body)) }),
    ],
    ['no signature', request('order.updated', { headers: { 'x-wc-webhook-signature': undefined } })],
    ['an empty signature', request('order.updated', { headers: { 'x-wc-webhook-signature': '' } })],
    ['a truncated signature', request('order.updated', { headers: { 'x-wc-webhook-signature': 'aDtwCC1EydnXU88O' } })],
    ['a signature that is no base64', request('order.updated', { headers: { 'x-wc-webhook-signature': 'é%%' } })],
    [
      'the signature of another body',
      request('order.updated', {
        headers: { 'x-wc-webhook-signature': recordedWebhook('order.deleted').headers['x-wc-webhook-signature'] },
      }),
    ],
    ['a ping with more in it', request('ping', { body: 'webhook_id=1&id=5' })],
  ])('refuses %s', async (_name, raw) => {
    expect(await channel.verify(raw)).toMatchObject({ ok: false, status: 401 })
  })

  it('answers the unsigned ping and keeps nothing', async () => {
    expect(await channel.verify(request('ping'))).toMatchObject({ ok: true, stored: false })
  })

  it('refuses everything but the ping while no secret is set', async () => {
    const { channel: fresh } = openShop({ credentials: { webhookSecret: undefined } })
    expect(await fresh.verify(request('order.updated'))).toMatchObject({ ok: false, status: 401 })
    expect(await fresh.verify(request('ping'))).toMatchObject({ ok: true, stored: false })
  })

  it('refuses the right body under another secret', async () => {
    const { channel: other } = openShop({ credentials: { webhookSecret: 'whsec-other' } })
    expect(await other.verify(request('order.updated'))).toMatchObject({ ok: false, status: 401 })
  })

  it('refuses a signed body without a topic as malformed', async () => {
    expect(
      await channel.verify(request('order.updated', { headers: { 'x-wc-webhook-topic': undefined } })),
    ).toMatchObject({ ok: false, status: 400 })
  })
})

describe('what a webhook asks for', () => {
  const readings = (topic: string, body: string) =>
    channel.interpret(kept({ source: 'webhook', topic, key: 'k', body }))
  const order = (more: Record<string, unknown>) =>
    JSON.stringify({ ...JSON.parse(recordedWebhook('order.updated').body), ...more })
  const hint = (kind: string, ...ids: string[]) => ({ kind: 'hint', wanted: { kind, ids } })

  it.each([
    ['order.created', recordedWebhook('order.created').body, [{ kind: 'hint', wanted: { kind: 'orders' } }]],
    ['order.updated', recordedWebhook('order.updated').body, [hint('orders', '382')]],
    ['order.updated', order({ status: 'completed' }), [hint('orders', '382'), hint('parcels', '382')]],
    [
      'order.updated',
      order({ meta_data: [{ key: '_fulfillment_status', value: 'fulfilled' }] }),
      [hint('orders', '382'), hint('parcels', '382')],
    ],
    ['order.updated', order({ meta_data: 'odd' }), [hint('orders', '382')]],
    ['order.updated', order({ status: 'checkout-draft' }), [{ kind: 'ignored' }]],
    ['order.deleted', recordedWebhook('order.deleted').body, [hint('orders', '361')]],
    [
      'product.updated',
      recordedWebhook('product.updated-variation').body,
      [hint('listings', 'v69/71'), hint('stock', 'v69/71')],
    ],
    [
      'product.updated',
      '{"id":71,"type":"variation","parent_id":69,"manage_stock":"parent"}',
      [hint('listings', 'v69/71'), hint('stock', 'p69')],
    ],
    ['product.updated', '{"id":11,"type":"simple","parent_id":0}', [hint('listings', 'p11'), hint('stock', 'p11')]],
    [
      'product.deleted',
      recordedWebhook('product.deleted').body,
      [{ kind: 'gone', of: 'listing', id: 'p378' }, hint('listings', 'p378')],
    ],
    ['product.created', recordedWebhook('error-body').body, [{ kind: 'ignored' }]],
    ['product.updated', recordedWebhook('permission-error-body').body, [{ kind: 'unreadable' }]],
    ['order.updated', '{"id":"x"}', [{ kind: 'unreadable' }]],
    ['order.updated', '{"id":{"a":1}}', [{ kind: 'unreadable' }]],
    ['order.updated', '{}', [{ kind: 'unreadable' }]],
    ['order.updated', '[1]', [{ kind: 'unreadable' }]],
    ['order.updated', 'null', [{ kind: 'unreadable' }]],
    ['order.updated', '{"id":', [{ kind: 'unreadable' }]],
    ['order.updated', '', [{ kind: 'unreadable' }]],
    ['coupon.updated', '{"id":4}', [{ kind: 'ignored' }]],
  ])('%s %#', (topic, body, expected) => {
    expect(readings(topic, body)).toMatchObject(expected)
    expect(readings(topic, body)).toHaveLength(expected.length)
  })

  it('keeps an id that a float cannot hold', () => {
    expect(readings('order.deleted', '{"id":9007199254740993}')).toEqual([hint('orders', '9007199254740993')])
  })
})

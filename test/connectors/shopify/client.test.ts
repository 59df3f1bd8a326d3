/** How a Shopify store can fail, and what each failure means for whoever asked. */

import { afterEach, describe, expect, test } from 'vitest'
import type { Call } from '../../../src/channel.ts'
import { asId } from '../../../src/domain.ts'
import { ChannelError } from '../../../src/errors.ts'
import { openStore, type Store, settle } from './store.ts'

afterEach(settle)

const orders = { kind: 'orders', ids: [asId<'order'>('1')] } as const
const callOf = (store: Store, kind: 'keyed' | 'unkeyed'): Call => {
  const register = asId<'register'>('5@77')
  const ops =
    kind === 'keyed'
      ? ({ kind: 'stock', ops: [{ register, kind: 'adjust', by: -1 }] } as const)
      : ({
          kind: 'order',
          op: {
            kind: 'create',
            reference: 'onhand:t:1',
            name: '1',
            placedAt: 0,
            currency: 'EUR',
            lines: [
              { listing: asId<'listing'>('9'), title: 'Mug', units: 1, unitPrice: { amount: '1.00', currency: 'EUR' } },
            ],
          },
        } as const)
  const [composed] = store.channel.compose(ops, () => 'key-1')
  if (!composed) throw new Error('nothing composed')
  return composed.call
}

/** Runs the same trouble against a read, a keyed write and a write that must not be sent twice. */
async function failures(prepare: (store: Store) => void): Promise<(string | undefined)[]> {
  const kinds: (string | undefined)[] = []
  for (const ask of ['read', 'keyed', 'unkeyed'] as const) {
    const store = openStore()
    prepare(store)
    const done = ask === 'read' ? store.channel.fetch(orders) : store.channel.write(callOf(store, ask))
    const failure = await done.then(
      () => undefined,
      (error: unknown) => error,
    )
    kinds.push(failure instanceof ChannelError ? failure.kind : String(failure))
    settle()
  }
  return kinds
}

const html = { 'content-type': 'text/html' }
const errors = (code: string | undefined, data: unknown = null) =>
  JSON.stringify({ data, errors: [{ message: 'It went wrong', ...(code && { extensions: { code } }) }] })

describe('what the store answers', () => {
  test.each([
    // [what, status, body, headers, read, keyed write, order creation]
    ['401', 401, '{"errors":"[API] Invalid API key or access token"}', {}, 'auth', 'auth', 'auth'],
    ['403', 403, '{"errors":"no scope"}', {}, 'auth', 'auth', 'auth'],
    ['402, frozen', 402, '{"errors":"Unavailable Shop"}', {}, 'rejected', 'rejected', 'rejected'],
    ['404', 404, '{"errors":"Not Found"}', {}, 'rejected', 'rejected', 'rejected'],
    ['423, locked', 423, '{"errors":"Locked"}', {}, 'transient', 'transient', 'transient'],
    ['429', 429, '', { 'retry-after': '2' }, 'throttled', 'throttled', 'throttled'],
    ['430', 430, '', {}, 'throttled', 'throttled', 'throttled'],
    ['503', 503, '<html>', html, 'transient', 'transient', 'unknownOutcome'],
    ['504', 504, '', {}, 'transient', 'transient', 'unknownOutcome'],
    ['a redirect', 301, '', { location: 'https://elsewhere.example/' }, 'rejected', 'rejected', 'rejected'],
    ['an HTML page', 200, '<!doctype html><title>Sorry</title>', html, 'transient', 'transient', 'unknownOutcome'],
    ['half a JSON text', 200, '{"data":{"nodes":[', {}, 'transient', 'transient', 'unknownOutcome'],
    ['an empty body', 200, '', {}, 'transient', 'transient', 'unknownOutcome'],
    ['a list', 200, '[]', {}, 'transient', 'transient', 'unknownOutcome'],
    ['no data', 200, '{"data":null}', {}, 'transient', 'transient', 'unknownOutcome'],
    ['other data', 200, '{"data":{"shop":{}}}', {}, 'transient', 'transient', 'unknownOutcome'],
    ['ACCESS_DENIED', 200, errors('ACCESS_DENIED'), {}, 'auth', 'auth', 'auth'],
    ['MAX_COST_EXCEEDED', 200, errors('MAX_COST_EXCEEDED'), {}, 'rejected', 'rejected', 'rejected'],
    ['INTERNAL_SERVER_ERROR', 200, errors('INTERNAL_SERVER_ERROR'), {}, 'transient', 'transient', 'unknownOutcome'],
    ['an error of the request', 200, errors('argumentLiteralsIncompatible'), {}, 'rejected', 'rejected', 'rejected'],
    ['an error without a code', 200, errors(undefined), {}, 'rejected', 'rejected', 'rejected'],
    ['data with an error', 200, errors('X', { nodes: [null] }), {}, 'transient', 'transient', 'unknownOutcome'],
    ['THROTTLED', 200, errors('THROTTLED'), {}, 'throttled', 'throttled', 'throttled'],
  ])('%s', async (_what, status, body, headers, read, keyed, unkeyed) => {
    expect(await failures((store) => store.replies(status, body, headers))).toEqual([read, keyed, unkeyed])
  })
})

describe('a connection that breaks', () => {
  test('is tried again for a read and for a keyed write', async () => {
    const reading = openStore()
      .breaks('ECONNRESET')
      .answers({ nodes: [null] })
    expect(await reading.channel.fetch(orders)).toHaveLength(1)

    const writing = openStore().breaks('ECONNRESET')
    writing.answers({ inventoryAdjustQuantities: { inventoryAdjustmentGroup: null, userErrors: [] } })
    expect(await writing.channel.write(callOf(writing, 'keyed'))).toEqual({ rows: [{ ok: true }] })
  })

  test('three times is transient', async () => {
    const store = openStore().breaks('ECONNRESET').breaks('ECONNRESET').breaks('ECONNRESET')
    await expect(store.channel.fetch(orders)).rejects.toMatchObject({ kind: 'transient' })
  })

  test('while an order is created is not tried again: it may exist now', async () => {
    const store = openStore().breaks('ECONNRESET')
    await expect(store.channel.write(callOf(store, 'unkeyed'))).rejects.toMatchObject({ kind: 'unknownOutcome' })
  })
})

describe('the rate limit', () => {
  const throttled = (requestedQueryCost: number, currentlyAvailable: number, restoreRate: number) =>
    JSON.stringify({
      errors: [{ message: 'Throttled', extensions: { code: 'THROTTLED', documentation: 'https://shopify.dev' } }],
      extensions: {
        cost: {
          requestedQueryCost,
          actualQueryCost: null,
          throttleStatus: { maximumAvailable: 1000, currentlyAvailable, restoreRate },
        },
      },
    })

  test.each([
    [520, 20, 100, 5000],
    [520, 519, 100, 1000],
    [10, 400, 100, 1000],
  ])('asking %d with %d left at %d a second waits %d ms, and a little more', async (asked, left, rate, waitMs) => {
    const store = openStore().replies(200, throttled(asked, left, rate))
    const failure: unknown = await store.channel.fetch(orders).catch((error: unknown) => error)
    expect(failure).toMatchObject({ kind: 'throttled' })
    const retryAfterMs = failure instanceof ChannelError ? failure.retryAfterMs : undefined
    expect(retryAfterMs).toBeGreaterThanOrEqual(waitMs)
    expect(retryAfterMs).toBeLessThanOrEqual(waitMs + 250)
    expect(store.paced).toEqual(['admit 48 normal', `learn ${left}/1000 +${rate}`, `throttled ${waitMs / 1000}`])
  })

  test('is told of a 429 and of how long to wait', async () => {
    const store = openStore().replies(429, '', { 'retry-after': '2' })
    await expect(store.channel.fetch(orders)).rejects.toMatchObject({ kind: 'throttled', retryAfterMs: 2000 })
    expect(store.paced).toEqual(['admit 48 normal', 'throttled 2'])
  })

  test('is learned from every answer; a read asks for its place, a write was admitted already', async () => {
    const store = openStore().answers({ nodes: [null] })
    await store.channel.fetch(orders)
    store.answers({ inventoryAdjustQuantities: { inventoryAdjustmentGroup: null, userErrors: [] } })
    await store.channel.write(callOf(store, 'keyed'))
    expect(store.paced).toEqual([
      'admit 48 normal',
      'learn 1988/2000 +100',
      'accepted',
      'learn 1988/2000 +100',
      'accepted',
    ])
  })

  test('survives a cost report that makes no sense', async () => {
    const store = openStore().answers({ nodes: [null] }, { cost: { throttleStatus: 'busy' } })
    expect(await store.channel.fetch(orders)).toHaveLength(1)
    expect(store.paced).toEqual(['admit 48 normal', 'accepted'])
  })
})

describe('where requests go', () => {
  test('a store on a loopback address is reached there and nowhere else', async () => {
    const store = openStore({ origin: 'http://127.0.0.1:4571' }).answers({ nodes: [null] })
    expect(await store.channel.fetch(orders)).toHaveLength(1)
  })

  test('an error never shows the token', async () => {
    const store = openStore().breaks('ENOTFOUND').breaks('ENOTFOUND').breaks('ENOTFOUND')
    const failure: unknown = await store.channel.fetch(orders).catch((error: unknown) => error)
    const shown = failure instanceof Error ? `${failure.stack} ${JSON.stringify(failure.cause)} ${failure.cause}` : ''
    expect(shown).toContain('store.myshopify.com')
    expect(shown).not.toContain('shpat_secret')
  })
})

import { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { asId } from '../../src/domain.ts'
import { createDoor, type Door } from '../../src/ingress/door.ts'
import { InboxFull } from '../../src/ingress/inbox.ts'
import { type Books, openBooks } from '../support/books.ts'
import { scriptChannel } from '../support/script-channel.ts'

let books: Books
let counts: string[]
let append: Door['append']
let app: Hono
beforeEach(async () => {
  books = await openBooks()
  counts = []
  append = (account, delivery) => books.inbox.append(account, [delivery])
  const { verify } = scriptChannel('shop-1')
  app = new Hono().route(
    '/webhooks',
    createDoor({
      account: async (id) => (id === 'shop-1' ? { id: asId('shop-1'), verify } : undefined),
      platforms: ['shopify'],
      accountOf: async (_, raw) => (raw.headers['x-shop'] === 'mine' ? { id: asId('shop-1'), verify } : undefined),
      append: (account, delivery) => append(account, delivery),
      count: (outcome) => counts.push(outcome),
    }),
  )
})
afterEach(() => books.close())

const send = (target: string, body: BodyInit, headers: Record<string, string> = { 'x-signature': 'good' }) =>
  app.request(`/webhooks/${target}`, { method: 'POST', body, headers })
const stored = () => books.store.db.selectFrom('inbox').select(['account', 'body', 'source']).execute()

describe('the door', () => {
  it('answers only after the delivery is stored, with nothing in the answer', async () => {
    const answer = await send('shop-1', '{"a":1}')
    expect([answer.status, await answer.text()]).toEqual([200, ''])
    expect(await stored()).toEqual([{ account: 'shop-1', body: '{"a":1}', source: 'webhook' }])
    expect(counts).toEqual(['stored'])
  })

  it('answers a repeat alike', async () => {
    await send('shop-1', '{}')
    expect((await send('shop-1', '{}')).status).toBe(200)
    expect(await stored()).toHaveLength(1)
  })

  it('finds the account of an app-wide address', async () => {
    expect((await send('shopify', '{}', { 'x-signature': 'good', 'x-shop': 'mine' })).status).toBe(200)
    expect((await send('shopify', '{}', { 'x-signature': 'good', 'x-shop': 'theirs' })).status).toBe(404)
  })

  it.each([
    ['of an unknown account', 'shop-2', 'good', 404, 'unknown_account'],
    ['with a wrong signature', 'shop-1', 'bad', 401, 'refused'],
    ['without a signature', 'shop-1', '', 401, 'refused'],
  ])('refuses what comes %s, and stores nothing', async (_, target, signature, status, outcome) => {
    const answer = await send(target, '{}', signature ? { 'x-signature': signature } : {})
    expect(answer.status).toBe(status)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(await answer.json()).toMatchObject({ status })
    expect(await stored()).toEqual([])
    expect(counts).toEqual([outcome])
  })

  it('takes up to a mebibyte, and not a byte more', async () => {
    expect((await send('shop-1', 'x'.repeat(1024 * 1024))).status).toBe(200)
    expect((await send('shop-1', 'x'.repeat(1024 * 1024 + 1))).status).toBe(413)
    const stream = new Response('x'.repeat(2 * 1024 * 1024)).body
    const request = new Request('http://local/webhooks/shop-1', {
      method: 'POST',
      body: stream,
      headers: { 'x-signature': 'good' },
      duplex: 'half',
    } as RequestInit)
    expect((await app.request(request)).status).toBe(413)
    expect(counts).toEqual(['stored', 'too_large', 'too_large'])
  })

  it.each([
    ['is full', new InboxFull()],
    ['fails', new Error('disk full')],
  ])('asks the shop to come back when the inbox %s', async (_, error) => {
    append = () => Promise.reject(error)
    const answer = await send('shop-1', '{}')
    expect(answer.status).toBe(503)
    expect(await answer.text()).not.toContain('disk')
    expect(counts).toEqual(['busy'])
  })
})

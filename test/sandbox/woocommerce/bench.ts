/** A sandbox shop on a virtual clock, a client with its keys, and a mailbox for its webhooks. */

import { createHmac } from 'node:crypto'
import { seededRandom } from '../../../src/clock.ts'
import { calmHooks, type HookChaos, type SandboxShop } from '../../../src/sandbox/shop.ts'
import { type VirtualClock, virtualClock } from '../../../src/sandbox/virtual-clock.ts'
import { type WooSandboxOptions, wooSandbox } from '../../../src/sandbox/woocommerce/index.ts'

/** What stands at `lines.0.sku` of a JSON value; `*` is every element. Undefined where there is nothing. */
export function at(value: unknown, path: string): unknown {
  const [head = '', ...tail] = path.split('.')
  const rest = tail.join('.')
  if (typeof value !== 'object' || value === null) return undefined
  if (head === '*') return Object.values(value).map((one) => (rest === '' ? one : at(one, rest)))
  const next: unknown = Reflect.get(value, head)
  return rest === '' ? next : at(next, rest)
}

export interface Reply {
  readonly status: number
  readonly body: unknown
  readonly headers: Headers
}

export interface Delivered {
  readonly topic: string
  readonly headers: Headers
  readonly text: string
  readonly body: unknown
  readonly at: number
}

export interface Bench {
  readonly shop: SandboxShop
  readonly clock: VirtualClock
  readonly mail: Delivered[]
  /** What the receiver answers from now on. */
  answerHooksWith(status: number): void
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>
  /** A request without any key. */
  raw(method: string, url: string, headers?: Record<string, string>, body?: string): Promise<Reply>
  subscribe(...topics: string[]): Promise<void>
  /** Creates a managed product and returns its id. */
  product(sku: string, quantity: number, more?: Record<string, unknown>): Promise<number>
  stock(id: number): Promise<unknown>
  order(body: Record<string, unknown>): Promise<unknown>
}

export const secret = 'whsec-test'
export const hooksUrl = 'https://hooks.example/ok'
export const api = 'https://shop.example/wp-json/wc/v3'

export const signatureOf = (text: string) => createHmac('sha256', secret).update(text).digest('base64')

export function bench(options: WooSandboxOptions = {}, chaos: Partial<HookChaos> = {}, seed = 7): Bench {
  const clock = virtualClock(Date.UTC(2026, 10, 22, 16, 0, 0))
  const mail: Delivered[] = []
  let hookStatus = 200
  const fetch = async (request: Request) => {
    const text = await request.text()
    const body: unknown = text.startsWith('{') ? JSON.parse(text) : undefined
    mail.push({
      topic: request.headers.get('x-wc-webhook-topic') ?? 'ping',
      headers: request.headers,
      text,
      body,
      at: clock.now(),
    })
    return new Response(null, { status: hookStatus })
  }
  const shop = wooSandbox({ clock, random: seededRandom(seed), fetch, chaos: { ...calmHooks, ...chaos } }, options)
  const { consumerKey, consumerSecret } = shop.connection().credentials
  const basic = `Basic ${Buffer.from(`${consumerKey}:${consumerSecret}`).toString('base64')}`

  const raw: Bench['raw'] = async (method, url, headers = {}, body) => {
    const answer = await shop.app.fetch(new Request(url, { method, headers, ...(body === undefined ? {} : { body }) }))
    const text = await answer.text()
    const isJson = answer.headers.get('content-type')?.includes('json') && text !== ''
    return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text }
  }
  const call: Bench['call'] = (method, path, body, headers = {}) => {
    const url = path.startsWith('/wp-json') ? `https://shop.example${path}` : `${api}${path}`
    const all = {
      authorization: basic,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    }
    return raw(
      method,
      url,
      all,
      body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
    )
  }
  return {
    shop,
    clock,
    mail,
    answerHooksWith(status) {
      hookStatus = status
    },
    call,
    raw,
    async subscribe(...topics) {
      for (const topic of topics)
        await call('POST', '/webhooks', { name: topic, topic, delivery_url: hooksUrl, secret })
      await clock.advance(1)
      mail.length = 0
    },
    async product(sku, quantity, more = {}) {
      const body = { name: sku, sku, regular_price: '10', manage_stock: true, stock_quantity: quantity, ...more }
      return Number(at((await call('POST', '/products', body)).body, 'id'))
    },
    stock: async (id) => at((await call('GET', `/products/${id}`)).body, 'stock_quantity'),
    order: async (body) => (await call('POST', '/orders', body)).body,
  }
}

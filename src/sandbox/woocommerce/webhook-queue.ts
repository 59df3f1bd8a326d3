/** Deliveries of webhooks: built late, coalesced while pending, never retried, counted until the seventh failure. */

import { createHash, createHmac } from 'node:crypto'
import { createHooks, type Hook, type Hooks } from '../hooks.ts'
import { orderJson } from './order-json.ts'
import { invalidOrder } from './orders.ts'
import { productJson } from './product-json.ts'
import { invalidId } from './products.ts'
import type { Event, Resource, State } from './state.ts'

/** The consecutive failure that disables. The platform's own docs say five; a real shop did it at the seventh. */
const failuresMax = 7
const timeoutMs = 60_000
const agent = 'WooCommerce/10.7.0 Hookshot (WordPress/6.9.4)'

export interface Webhook {
  readonly id: number
  name: string
  status: string
  topic: string
  deliveryUrl: string
  /** Never shown. */
  secret: string
  failures: number
  readonly createdAt: number
  modifiedAt?: number
}

/** JSON as PHP writes it: slashes and everything beyond ASCII are escaped. */
export function phpJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('/', '\\/')
    .replace(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** What a GET of the resource would say now; an error body, signed all the same, when it is gone. */
function payloadOf(state: State, resource: Resource, event: Event, id: number): unknown {
  if (event === 'deleted') return { id }
  if (resource === 'order') {
    const order = state.orders.get(id)
    return order ? orderJson(state, order) : invalidOrder().body()
  }
  const product = state.products.get(id)
  return product ? productJson(state, product) : invalidId().body()
}

/** Not unique: three products in one second share it. */
const deliveryId = (webhook: Webhook, seconds: number) =>
  createHash('md5').update(`${webhook.id}@${seconds}`).digest('hex')

function headersOf(state: State, webhook: Webhook, body: string): Record<string, string> {
  const [resource = '', event = ''] = webhook.topic.split('.')
  return {
    'user-agent': agent,
    'content-type': 'application/json',
    'x-wc-webhook-source': `${state.options.home}/`,
    'x-wc-webhook-topic': webhook.topic,
    'x-wc-webhook-resource': resource,
    'x-wc-webhook-event': event,
    'x-wc-webhook-signature': createHmac('sha256', webhook.secret).update(body).digest('base64'),
    'x-wc-webhook-id': String(webhook.id),
    'x-wc-webhook-delivery-id': deliveryId(webhook, state.nowSeconds()),
  }
}

export interface WebhookQueue {
  readonly hooks: Hooks
  ping(webhook: Webhook): void
  queue(webhook: Webhook, resource: Resource, event: Event, id: number): void
}

function countAttempt(state: State, webhook: Webhook | undefined, ok: boolean): void {
  if (webhook?.status !== 'active') return
  webhook.failures = ok ? 0 : webhook.failures + 1
  if (webhook.failures < failuresMax) return
  webhook.status = 'disabled'
  webhook.modifiedAt = state.nowSeconds()
}

/** `exists` tells whether a subscription is still there when its delivery is due. */
export function createWebhookQueue(state: State, exists: (webhook: Webhook) => boolean): WebhookQueue {
  const pending = new Set<string>()
  const owners = new WeakMap<Hook, Webhook>()
  const hooks = createHooks(
    // Redirects count as success and are not followed.
    { ...state.deps, fetch: (request) => state.deps.fetch(new Request(request, { redirect: 'manual' })) },
    {
      retryAfterMs: [],
      timeoutMs,
      isSuccess: (status) => status >= 200 && status <= 302,
      onAttempt: (hook, ok) => countAttempt(state, owners.get(hook), ok),
    },
  )

  /** Hands a hook over; a lost one is over at once, so that it does not swallow what comes later. */
  function send(hook: Hook, over: () => void): void {
    const lostBefore = hooks.lost
    hooks.send(hook)
    if (hooks.lost > lostBefore) over()
  }

  /**
   * One delivery for all changes until it is sent, with the content of that moment. A stale one was read when the
   * change was queued, by a queue run that kept the row in memory: what follows before it is sent is never told.
   */
  function queue(webhook: Webhook, resource: Resource, event: Event, id: number): void {
    const key = `${webhook.id}:${id}`
    if (pending.has(key)) return
    pending.add(key)
    const read = () => phpJson(payloadOf(state, resource, event, id))
    const stale = state.deps.random.next() < state.options.staleHooks ? read() : undefined
    let body = ''
    const hook: Hook = {
      url: webhook.deliveryUrl,
      /** Read once per attempt and before `body`: this is where the content is made. */
      get headers() {
        pending.delete(key)
        if (webhook.status !== 'active' || !exists(webhook))
          throw new Error(`webhook ${webhook.id} is ${webhook.status}`)
        body = stale ?? read()
        return headersOf(state, webhook, body)
      },
      get body() {
        return body
      },
    }
    owners.set(hook, webhook)
    send(hook, () => pending.delete(key))
  }

  /** Unsigned, without any X-WC header; whether it arrives changes nothing. */
  function ping(webhook: Webhook): void {
    const headers = { 'user-agent': agent, 'content-type': 'application/x-www-form-urlencoded' }
    hooks.send({ url: webhook.deliveryUrl, headers, body: `webhook_id=${webhook.id}` })
  }

  return { hooks, ping, queue }
}

/** Webhook subscriptions and their deliveries: built late, coalesced while pending, never retried, switched off after seven failures. */

import { createHash, createHmac } from 'node:crypto'
import { createHooks, type Hook, type Hooks } from '../hooks.ts'
import { orderJson } from './order-json.ts'
import { invalidOrder } from './orders.ts'
import { apiRoot, links, productJson } from './product-json.ts'
import { invalidId } from './products.ts'
import { RestError } from './rest-error.ts'
import type { Event, Resource, State } from './state.ts'
import { type Fields, textOf } from './values.ts'

/** The shop's own actions behind each topic. */
const actions: Record<string, readonly string[]> = {
  'order.created': ['woocommerce_new_order'],
  'order.updated': ['woocommerce_update_order', 'woocommerce_order_refunded'],
  'order.deleted': ['wp_trash_post', 'woocommerce_trash_order'],
  'order.restored': ['untrashed_post', 'woocommerce_untrash_order'],
  'product.created': [
    'woocommerce_process_product_meta',
    'woocommerce_new_product',
    'woocommerce_new_product_variation',
  ],
  'product.updated': [
    'woocommerce_process_product_meta',
    'woocommerce_update_product',
    'woocommerce_update_product_variation',
  ],
  'product.deleted': ['wp_trash_post'],
  'product.restored': ['untrashed_post'],
}

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

export interface Webhooks {
  readonly hooks: Hooks
  readonly rows: Map<number, Webhook>
  create(fields: Fields): Webhook
  update(webhook: Webhook, fields: Fields): void
  json(webhook: Webhook): Record<string, unknown>
}

export const invalidWebhook = (status = 404) =>
  new RestError(status, 'woocommerce_rest_shop_webhook_invalid_id', 'Invalid ID.')

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

function readTopic(given: unknown): string {
  const topic = textOf(given).toLowerCase()
  if (topic in actions) return topic
  throw new RestError(400, 'woocommerce_rest_webhook_invalid_topic', 'Webhook topic is required and must be valid.')
}

function readUrl(given: unknown): string {
  const url = textOf(given)
  if (/^https?:\/\//.test(url) && URL.canParse(url)) return url
  throw new RestError(
    400,
    'woocommerce_rest_webhook_invalid_delivery_url',
    'Webhook delivery URL must be a valid URL starting with http:// or https://.',
  )
}

function webhookJson(state: State, webhook: Webhook): Record<string, unknown> {
  const [created, modified] = [state.date(webhook.createdAt), state.date(webhook.modifiedAt)]
  const [resource, event] = webhook.topic.split('.')
  return {
    id: webhook.id,
    name: webhook.name,
    status: webhook.status,
    topic: webhook.topic,
    resource,
    event,
    hooks: actions[webhook.topic] ?? [],
    delivery_url: webhook.deliveryUrl,
    date_created: created.local,
    date_created_gmt: created.gmt,
    date_modified: modified.local,
    date_modified_gmt: modified.gmt,
    _links: links(`${apiRoot(state)}/webhooks/${webhook.id}`, `${apiRoot(state)}/webhooks`),
  }
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

export function createWebhooks(state: State): Webhooks {
  const { random } = state.deps
  const rows = new Map<number, Webhook>()
  const pending = new Set<string>()
  const owners = new WeakMap<Hook, Webhook>()

  function settle(hook: Hook, ok: boolean): void {
    const webhook = owners.get(hook)
    if (webhook?.status !== 'active') return
    webhook.failures = ok ? 0 : webhook.failures + 1
    if (webhook.failures < failuresMax) return
    webhook.status = 'disabled'
    webhook.modifiedAt = state.nowSeconds()
  }

  const hooks = createHooks(
    // Redirects count as success and are not followed.
    { ...state.deps, fetch: (request) => state.deps.fetch(new Request(request, { redirect: 'manual' })) },
    { retryAfterMs: [], timeoutMs, isSuccess: (status) => status >= 200 && status <= 302, onAttempt: settle },
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
    const stale = random.next() < state.options.staleHooks ? read() : undefined
    let body = ''
    const hook: Hook = {
      url: webhook.deliveryUrl,
      /** Read once per attempt and before `body`: this is where the content is made. */
      get headers() {
        pending.delete(key)
        if (webhook.status !== 'active' || !rows.has(webhook.id))
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

  state.emit = (resource, event, id) => {
    const topic = `${resource}.${event}`
    for (const webhook of rows.values())
      if (webhook.topic === topic && webhook.status === 'active') queue(webhook, resource, event, id)
  }

  /** Unsigned, without any X-WC header; whether it arrives changes nothing. */
  function ping(webhook: Webhook): void {
    const headers = { 'user-agent': agent, 'content-type': 'application/x-www-form-urlencoded' }
    hooks.send({ url: webhook.deliveryUrl, headers, body: `webhook_id=${webhook.id}` })
  }

  return {
    hooks,
    rows,
    json: (webhook) => webhookJson(state, webhook),
    create(fields) {
      const webhook: Webhook = {
        topic: readTopic(fields.topic),
        deliveryUrl: readUrl(fields.delivery_url),
        id: state.nextRowId('webhook'),
        name: textOf(fields.name) || `Webhook created on ${state.date(state.nowSeconds()).local ?? ''}`,
        status: textOf(fields.status) || 'active',
        secret: textOf(fields.secret) || random.uuid(),
        failures: 0,
        createdAt: state.nowSeconds(),
      }
      rows.set(webhook.id, webhook)
      ping(webhook)
      return webhook
    },
    update(webhook, fields) {
      const topic = fields.topic === undefined ? webhook.topic : readTopic(fields.topic)
      const deliveryUrl = fields.delivery_url === undefined ? webhook.deliveryUrl : readUrl(fields.delivery_url)
      Object.assign(webhook, { topic, deliveryUrl, modifiedAt: state.nowSeconds() })
      if (fields.name !== undefined) webhook.name = textOf(fields.name)
      if (fields.secret !== undefined) webhook.secret = textOf(fields.secret)
      if (fields.status !== undefined) webhook.status = textOf(fields.status)
    },
  }
}

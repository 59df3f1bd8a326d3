/** Webhook subscriptions: making, changing and showing them, and finding those that an event is for. */

import type { Hooks } from '../hooks.ts'
import { apiRoot, links } from './product-json.ts'
import { RestError } from './rest-error.ts'
import type { State } from './state.ts'
import { type Fields, textOf } from './values.ts'
import { createWebhookQueue, type Webhook } from './webhook-queue.ts'

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

export interface Webhooks {
  readonly hooks: Hooks
  readonly rows: Map<number, Webhook>
  create(fields: Fields): Webhook
  update(webhook: Webhook, fields: Fields): void
  json(webhook: Webhook): Record<string, unknown>
}

export const invalidWebhook = (status = 404) =>
  new RestError(status, 'woocommerce_rest_shop_webhook_invalid_id', 'Invalid ID.')

function readTopic(given: unknown): string {
  const topic = textOf(given).toLowerCase()
  if (Object.hasOwn(actions, topic)) return topic
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

export function createWebhooks(state: State): Webhooks {
  const { random } = state.deps
  const rows = new Map<number, Webhook>()
  const { hooks, ping, queue } = createWebhookQueue(state, ({ id }) => rows.has(id))

  state.emit = (resource, event, id) => {
    const topic = `${resource}.${event}`
    for (const webhook of rows.values())
      if (webhook.topic === topic && webhook.status === 'active') queue(webhook, resource, event, id)
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

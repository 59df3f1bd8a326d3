/** Sends the shop's news to its subscriptions: Shopify's headers and signature, its retries, and its way of giving up. */

import { createHmac } from 'node:crypto'
import { createHooks, type Hook } from '../hooks.ts'
import type { SandboxDeps } from '../shop.ts'
import { redacted } from './access.ts'
import type { Subscription } from './model.ts'
import { topicName, versionOf } from './subscriptions.ts'
import { jsonText, microText } from './text.ts'
import type { News, World } from './world.ts'

const minute = 60_000

/** Eight retries in four hours, further and further apart. */
export const retryAfterMs: readonly number[] = [1, 2, 5, 10, 22, 40, 60, 100].map((minutes) => minutes * minute)
const timeoutMs = 5_000
const failuresUntilRemoved = 8

export interface Webhooks {
  publish(news: readonly News[]): void
  hold(): void
  release(): void
  underway(): number
  readonly sent: number
  readonly lost: number
}

interface Delivery {
  readonly subscription: Subscription
  /** How often the subscription had succeeded when this delivery began. */
  readonly successesBefore: number
  failures: number
}

/** Picks dotted paths; a path through a list picks from every element. */
export function includeFields(payload: unknown, paths: readonly string[]): unknown {
  if (!paths.length || typeof payload !== 'object' || payload === null) return payload
  if (Array.isArray(payload)) return payload.map((one) => includeFields(one, paths))
  const heads = new Map<string, string[]>()
  for (const path of paths) {
    const [head = '', ...rest] = path.split('.')
    heads.set(head, [...(heads.get(head) ?? []), ...(rest.length ? [rest.join('.')] : [])])
  }
  return Object.fromEntries(
    Object.entries(payload).flatMap(([key, value]) => {
      const rest = heads.get(key)
      return rest ? [[key, includeFields(value, rest)]] : []
    }),
  )
}

export function createWebhooks(deps: SandboxDeps, getWorld: () => World): Webhooks {
  const deliveries = new WeakMap<Hook, Delivery>()
  const lastBodies = new Map<string, string>()
  const successCount = new Map<string, number>()

  const hooks = createHooks(deps, {
    retryAfterMs,
    timeoutMs,
    isSuccess: (status) => status >= 200 && status < 300,
    // Read as eight failed attempts of one delivery with no success on the subscription in between.
    onAttempt(hook, ok) {
      const delivery = deliveries.get(hook)
      if (!delivery) return
      const { id } = delivery.subscription
      const successes = successCount.get(id) ?? 0
      if (ok) successCount.set(id, successes + 1)
      else if (++delivery.failures >= failuresUntilRemoved && successes === delivery.successesBefore)
        getWorld().subscriptions.delete(id)
    },
  })

  function hookOf(world: World, subscription: Subscription, topic: string, body: string, eventId: string): Hook {
    return {
      url: subscription.uri,
      headers: {
        'Content-Type': 'application/json',
        'User-Agent': 'Shopify-Captain-Hook',
        'X-Shopify-Topic': topic,
        'X-Shopify-Hmac-Sha256': createHmac('sha256', world.tokens.clientSecret).update(body).digest('base64'),
        'X-Shopify-Shop-Domain': world.options.shop,
        'X-Shopify-API-Version': versionOf(world, subscription),
        'X-Shopify-Webhook-Id': deps.random.uuid(),
        'X-Shopify-Event-Id': eventId,
        'X-Shopify-Triggered-At': microText(world.now()),
        ...(subscription.name === undefined ? {} : { 'X-Shopify-Name': subscription.name }),
      },
      body,
    }
  }

  return {
    publish(news) {
      const world = getWorld()
      const eventId = deps.random.uuid()
      for (const { topic, payload } of news) {
        const wanted = [...world.subscriptions.values()].filter((one) => topicName(one.topic) === topic)
        if (!wanted.length) continue
        const whole = world.options.customerData === 'all' ? payload() : redacted(payload())
        for (const subscription of wanted) {
          const body = jsonText(includeFields(whole, subscription.includeFields))
          // With chosen fields, a payload equal to the one before is dropped.
          if (subscription.includeFields.length && lastBodies.get(subscription.id) === body) continue
          lastBodies.set(subscription.id, body)
          const hook = hookOf(world, subscription, topic, body, eventId)
          deliveries.set(hook, { subscription, successesBefore: successCount.get(subscription.id) ?? 0, failures: 0 })
          hooks.send(hook)
        }
      }
    },
    hold: hooks.hold,
    release: hooks.release,
    underway: hooks.underway,
    get sent() {
      return hooks.sent
    },
    get lost() {
      return hooks.lost
    },
  }
}

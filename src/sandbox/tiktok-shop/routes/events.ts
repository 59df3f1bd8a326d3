/** Webhook subscriptions of the shop: one address per event type. */

import { z } from 'zod'
import { seconds } from '../ids.ts'
import type { Shop } from '../model.ts'
import { eventTypes, type Notices } from '../notices.ts'
import { refuseParameter } from '../refusal.ts'
import { bodyRoute, type Route, route } from '../route.ts'

const path = '/event/202309/webhooks'
const addressMax = 255

const putShape = z.strictObject({ event_type: z.string(), address: z.string().min(1).max(addressMax) })
const deleteShape = z.strictObject({ event_type: z.string() })

function checkAddress(address: string, strict: boolean): void {
  const url = URL.canParse(address) ? new URL(address) : refuseParameter('address', 'expected a URL.')
  if (!strict) return
  const isIp = /^[\d.]+$/.test(url.hostname) || url.hostname.startsWith('[')
  if (url.protocol !== 'https:' || url.port !== '' || isIp)
    refuseParameter('address', 'expected HTTPS on a domain, without a port.')
}

export function eventRoutes(shop: Shop, { subscriptions }: Notices): Route[] {
  function checkType(name: string): void {
    if (!eventTypes.has(name)) refuseParameter('event_type', `expected one of ${[...eventTypes.keys()].join(', ')}.`)
  }

  return [
    route({ method: 'GET', path }, () => ({
      total_count: subscriptions.size,
      webhooks: [...subscriptions.values()].map(({ eventType, address, createdAt, updatedAt }) => ({
        event_type: eventType,
        address,
        create_time: seconds(createdAt),
        update_time: seconds(updatedAt),
      })),
    })),
    bodyRoute({ method: 'PUT', path }, putShape, ({ body }) => {
      checkType(body.event_type)
      checkAddress(body.address, shop.options.strictWebhookAddress)
      const now = shop.now()
      const known = subscriptions.get(body.event_type)
      subscriptions.set(body.event_type, {
        eventType: body.event_type,
        createdAt: known?.createdAt ?? now,
        address: body.address,
        updatedAt: now,
      })
    }),
    // Deleting what is not there succeeds, as documented.
    bodyRoute({ method: 'DELETE', path }, deleteShape, ({ body }) => {
      checkType(body.event_type)
      subscriptions.delete(body.event_type)
    }),
  ]
}

/** The webhooks a shop should send us: which, whether they are there, and putting them right. */

import { z } from 'zod'
import type { SubscriptionAudit } from '../../src/channel.ts'
import { ChannelError } from '../../src/errors.ts'
import type { Client } from './client.ts'
import { webhookList } from './types.ts'

/** The names the API takes; types 27, 64, 65, 67 and 68 have none in it and are switched on in Partner Center. */
export const wantedEvents = [
  'ORDER_STATUS_CHANGE',
  'RECIPIENT_ADDRESS_UPDATE',
  'PACKAGE_UPDATE',
  'CANCELLATION_STATUS_CHANGE',
  'RETURN_STATUS_CHANGE',
  'PRODUCT_STATUS_CHANGE',
  'PRODUCT_INFORMATION_CHANGE',
  'PRODUCT_CREATION',
  'PRODUCT_AUDIT_STATUS_CHANGE',
  'SELLER_DEAUTHORIZATION',
  'UPCOMING_AUTHORIZATION_EXPIRATION',
] as const

const path = '/event/202309/webhooks'
const addressCharsMax = 255

export function createSubscriptions(client: Client, webhookUrl: string) {
  async function found() {
    const { data } = await client.call({
      method: 'GET',
      path,
      answer: webhookList,
      repeatable: true,
      urgency: 'normal',
    })
    return data.webhooks
  }

  const change = (method: 'PUT' | 'DELETE', body: Record<string, string>) =>
    // Putting one twice leaves one; deleting always succeeds.
    client.call({ method, path, body, answer: z.unknown(), repeatable: true, urgency: 'normal' })

  async function audit(): Promise<SubscriptionAudit> {
    const present = await found()
    const names = new Set(present.map((each) => each.event_type))
    return {
      found: [...names],
      missing: wantedEvents.filter((event) => !names.has(event)),
      broken: present
        .filter((each) => isWanted(each.event_type) && each.address !== webhookUrl)
        .map((each) => ({ topic: each.event_type, reason: `it goes to ${each.address ?? 'no address'}` })),
    }
  }

  async function repair(): Promise<void> {
    if (webhookUrl.length > addressCharsMax)
      throw new ChannelError(
        'rejected',
        `TikTok Shop takes webhook addresses of ${addressCharsMax} characters at most.`,
      )
    const present = await found()
    const right = new Set(present.filter((each) => each.address === webhookUrl).map((each) => each.event_type))
    for (const event of wantedEvents)
      if (!right.has(event)) await change('PUT', { event_type: event, address: webhookUrl })
    // What an earlier version of Onhand asked for and nobody reads any more.
    for (const event of right) if (!isWanted(event)) await change('DELETE', { event_type: event })
  }

  return { wanted: () => wantedEvents, audit, repair }
}

const isWanted = (event: string): boolean => wantedEvents.some((wanted) => wanted === event)

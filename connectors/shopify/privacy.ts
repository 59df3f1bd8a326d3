/** The three compliance webhooks: what Shopify demands for a buyer or for a store that left. They come to the app's address only. */

import { z } from 'zod'
import type { PrivacyDemand, RawDelivery } from '../../src/channel.ts'
import { parseJson } from '../json.ts'
import { orderId } from './ids.ts'
import { splitTopic } from './version.ts'

const ids = z.array(z.union([z.string(), z.number()]).transform(String)).nullish()
const body = z.looseObject({ shop_domain: z.string(), orders_requested: ids, orders_to_redact: ids })

const kinds: Readonly<Record<string, PrivacyDemand['kind']>> = {
  CUSTOMERS_DATA_REQUEST: 'tell',
  CUSTOMERS_REDACT: 'forget',
  SHOP_REDACT: 'forgetShop',
}

/** Throws when such a webhook cannot be read: it must be sent again rather than be forgotten. */
export function privacyOf(delivery: Pick<RawDelivery, 'topic' | 'body'>): PrivacyDemand | undefined {
  const kind = kinds[splitTopic(delivery.topic).topic]
  if (kind === undefined) return undefined
  const { shop_domain, orders_requested, orders_to_redact } = body.parse(parseJson(delivery.body))
  const orders = [...(orders_requested ?? []), ...(orders_to_redact ?? [])].map(orderId)
  return { kind, shop: shop_domain.toLowerCase(), orders }
}

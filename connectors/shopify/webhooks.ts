/** The webhook door: who signed it, for which shop, and which event it is. Safe at the edge: Web Crypto and no network. */

// The adapter only registers how this runtime's Request and Headers are read; the platform asks for it to be imported.
import '@shopify/shopify-api/adapters/web-api'
import { ApiVersion, LogSeverity, shopifyApi } from '@shopify/shopify-api'
import type { RawRequest, Verdict } from '../../src/channel.ts'
import { fingerprint } from './ids.ts'
import { topicWithVersion } from './version.ts'

export interface WebhookSecrets {
  readonly clientSecret: string
  /** Shopify signs with the oldest secret that is not revoked, up to an hour after a rotation. */
  readonly previousClientSecret?: string | undefined
}

const header = {
  topic: 'x-shopify-topic',
  signature: 'x-shopify-hmac-sha256',
  shop: 'x-shopify-shop-domain',
  version: 'x-shopify-api-version',
  id: 'x-shopify-webhook-id',
  triggeredAt: 'x-shopify-triggered-at',
} as const

/** `inventory_levels/update` → `INVENTORY_LEVELS_UPDATE`: upper case, so that no header can name a topic of our own fetches. */
const topicName = (text: string) => text.toUpperCase().replaceAll(/[./-]/g, '_')
const topicShape = /^[A-Z0-9_]{1,100}$/

/** The store that an app-wide webhook says it is about; unsigned, so `verifyWebhook` compares it again. */
export const shopOf = (raw: RawRequest): string | undefined => raw.headers[header.shop]?.toLowerCase() || undefined

/** Never throws. Refuses with 401 what is not signed, not signed by us, or signed for another shop. */
export async function verifyWebhook(shop: string, secrets: WebhookSecrets, raw: RawRequest): Promise<Verdict> {
  if (shopOf(raw) !== shop.toLowerCase()) return refused(401, 'The webhook is for another shop.')
  if (!raw.headers[header.signature]) return refused(401, 'The webhook is not signed.')
  const known = [secrets.clientSecret, secrets.previousClientSecret].filter((secret) => secret !== undefined)
  const signed = await Promise.all(known.map((secret) => isSigned(secret, raw)))
  if (!signed.includes(true)) return refused(401, 'The signature does not fit the body.')
  const topic = topicName(raw.headers[header.topic] ?? '')
  if (!topicShape.test(topic)) return refused(400, 'The webhook names no topic.')
  const id = raw.headers[header.id]
  const shopTime = Date.parse(raw.headers[header.triggeredAt] ?? '')
  return {
    ok: true,
    stored: true,
    topic: topicWithVersion(topic, raw.headers[header.version]),
    key: id ? `webhook/${id.slice(0, 200)}` : `webhook/${topic}/${await fingerprint(new Uint8Array(raw.body))}`,
    ...(Number.isNaN(shopTime) ? {} : { shopTime }),
  }
}

const refused = (status: 400 | 401, reason: string): Verdict => ({ ok: false, status, reason })

/** HMAC-SHA256 of the raw body by Shopify's own library, which compares in constant time. */
async function isSigned(secret: string, raw: RawRequest): Promise<boolean> {
  try {
    // The library takes text: strict decoding without dropping a byte-order mark gives the same bytes back.
    const rawBody = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw.body)
    const rawRequest = new Request('https://webhook.invalid/', {
      method: 'POST',
      headers: {
        [header.signature]: raw.headers[header.signature] ?? '',
        // The library also wants these to be present, after the signature held; we judge them ourselves.
        [header.topic]: 'present',
        [header.shop]: 'present',
        [header.version]: 'present',
        [header.id]: 'present',
      },
    })
    const { valid } = await library(secret).webhooks.validate({ rawBody, rawRequest })
    return valid
  } catch {
    return false
  }
}

/** Nothing but the secret matters for a signature; the rest is what the library insists on. It must not log or reach out. */
const library = (apiSecretKey: string) =>
  shopifyApi({
    apiKey: 'unused',
    apiSecretKey,
    hostName: 'webhook.invalid',
    apiVersion: ApiVersion.October26,
    isEmbeddedApp: false,
    logger: { level: LogSeverity.Error, log: () => undefined },
  })

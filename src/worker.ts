/** The Cloudflare entry: the same webhook door over a D1 inbox, so that shops never see the core's downtime. */

import { Hono } from 'hono'
import { z } from 'zod'
import { shopOf as shopifyShopOf, verifyWebhook as verifyShopify } from '../connectors/shopify/webhooks.ts'
import { shopOf as tiktokShopOf, verifyWebhook as verifyTiktok } from '../connectors/tiktok-shop/webhooks.ts'
import { verify as verifyWoocommerce } from '../connectors/woocommerce/webhooks.ts'
import type { RawRequest, Verdict } from './channel.ts'
import { asId, type Platform } from './domain.ts'
import { createDoor, type DoorAccount } from './ingress/door.ts'
import { createEdgeInbox, type D1 } from './store/d1.ts'

interface Env {
  readonly INBOX: D1
  /** JSON, a secret of the worker: the accounts whose webhooks are taken here, each with what its signatures are checked by. */
  readonly ACCOUNTS: string
}

const accounts = z.array(
  z.discriminatedUnion('platform', [
    z.object({
      platform: z.literal('shopify'),
      id: z.string(),
      shop: z.string(),
      clientSecret: z.string(),
      previousClientSecret: z.string().optional(),
    }),
    z.object({ platform: z.literal('woocommerce'), id: z.string(), shop: z.string(), webhookSecret: z.string() }),
    z.object({
      platform: z.literal('tiktok-shop'),
      id: z.string(),
      shop: z.string(),
      appKey: z.string(),
      appSecret: z.string(),
    }),
  ]),
)
type EdgeAccount = z.infer<typeof accounts>[number]

function verify(account: EdgeAccount, raw: RawRequest): Promise<Verdict> {
  switch (account.platform) {
    case 'shopify':
      return verifyShopify(account.shop, account, raw)
    case 'woocommerce':
      return verifyWoocommerce(raw, account.webhookSecret)
    case 'tiktok-shop':
      return verifyTiktok(raw, account)
  }
}

const shopOf: Readonly<Record<Platform, (raw: RawRequest) => string | undefined>> = {
  shopify: shopifyShopOf,
  'tiktok-shop': tiktokShopOf,
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const known = accounts.parse(JSON.parse(env.ACCOUNTS))
    const open = (account: EdgeAccount | undefined): DoorAccount | undefined =>
      account && { id: asId(account.id), verify: (raw) => verify(account, raw) }
    const door = createDoor({
      platforms: Object.keys(shopOf),
      account: async (id) => open(known.find((account) => account.id === id)),
      accountOf: async (platform, raw) => {
        const shop = shopOf[platform]?.(raw)
        return open(known.find((account) => account.platform === platform && account.shop === shop))
      },
      append: createEdgeInbox(env.INBOX, () => Date.now()),
      count: () => undefined,
    })
    return await new Hono().route('/webhooks', door).fetch(request)
  },
}

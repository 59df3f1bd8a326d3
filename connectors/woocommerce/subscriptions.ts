/** Keeps a shop's webhooks as they should be. WooCommerce switches one off after seven failures and tells nobody. */

import type { Channel, ChannelAccount, ChannelDeps, SubscriptionAudit } from '../../src/channel.ts'
import type { Client } from './client.ts'
import { type Credentials, type Settings, type Webhook, webhook as webhookSchema } from './types.ts'
import { topics } from './webhooks.ts'

const pagesMax = 20

export function createSubscriptions(
  account: ChannelAccount<Settings>,
  deps: ChannelDeps<Credentials>,
  client: Client,
): Channel['subscriptions'] {
  const ourName = `Onhand ${account.id}`

  /** Webhooks that are ours: sent to our address, or made by us for an address of before. */
  async function ours(): Promise<readonly Webhook[]> {
    const found: Webhook[] = []
    for (let page = 1; page <= pagesMax; page++) {
      const rows = client.rows(await client.get('webhooks', { per_page: '100', page: String(page), ...client.fresh() }))
      for (const row of rows) {
        const read = webhookSchema.safeParse(row)
        if (!read.success) continue
        const { delivery_url: url, name } = read.data
        if (sameUrl(url, account.webhookUrl) || name.startsWith(`${ourName} `)) found.push(read.data)
      }
      if (rows.length < 100) break
    }
    return found
  }

  function sort(hooks: readonly Webhook[]) {
    const signed = deps.secrets.current().webhookSecret !== undefined
    const good = new Map<string, Webhook>()
    const broken: { hook: Webhook; reason: string }[] = []
    for (const hook of hooks) {
      const topic = hook.topic.toLowerCase()
      if (!sameUrl(hook.delivery_url, account.webhookUrl)) broken.push({ hook, reason: 'it points elsewhere' })
      else if (!topics.some((wanted) => wanted === topic)) continue
      else if (!signed) broken.push({ hook, reason: 'its secret is not known here' })
      else if (hook.status !== 'active') broken.push({ hook, reason: `it is ${hook.status} in the shop` })
      else if (good.has(topic)) broken.push({ hook, reason: 'there are two of it' })
      else good.set(topic, hook)
    }
    return { good, broken, missing: topics.filter((topic) => !good.has(topic)) }
  }

  async function audit(): Promise<SubscriptionAudit> {
    const { good, broken, missing } = sort(await ours())
    return {
      found: [...good.keys()],
      missing,
      broken: broken.map(({ hook, reason }) => ({ topic: hook.topic, reason })),
    }
  }

  async function repair(): Promise<void> {
    const { broken, missing } = sort(await ours())
    // A webhook switched on again keeps its count of failures, and nobody can read a secret back: delete and make anew.
    for (const { hook } of broken) {
      const reply = await client.send('DELETE', `webhooks/${hook.id}`, undefined, {
        params: { force: 'true' },
        repeatable: true,
      })
      if (!reply.ok && reply.status !== 404) client.must(reply)
    }
    const secret = await secretForWebhooks(deps)
    for (const topic of missing) {
      const hook = { name: `${ourName} ${topic}`, topic, delivery_url: account.webhookUrl, secret, status: 'active' }
      client.must(await client.send('POST', 'webhooks', JSON.stringify(hook)))
    }
  }

  return { wanted: () => topics, audit, repair }
}

/** Durable before any webhook is signed with it: a delivery may come at once. */
async function secretForWebhooks(deps: ChannelDeps<Credentials>): Promise<string> {
  const current = deps.secrets.current()
  if (current.webhookSecret) return current.webhookSecret
  const webhookSecret = `${deps.random.uuid()}${deps.random.uuid()}`
  await deps.secrets.replace({ ...current, webhookSecret })
  return webhookSecret
}

const sameUrl = (a: string, b: string): boolean => a.replace(/\/+$/, '') === b.replace(/\/+$/, '')

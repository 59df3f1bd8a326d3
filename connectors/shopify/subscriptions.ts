/** Keeps the webhook subscriptions whole: Shopify deletes them after eight failed deliveries in a row. */

import { z } from 'zod'
import type { Channel, SubscriptionAudit } from '../../src/channel.ts'
import { ChannelError } from '../../src/errors.ts'
import type { ShopifyClient } from './client.ts'
import * as documents from './documents.ts'
import { subscribedTopics } from './hints.ts'
import { eachPage } from './paging.ts'
import { reasonWithout, type Scopes } from './scopes.ts'
import { pageInfo, userErrors } from './types.ts'

const subscription = z.looseObject({
  id: z.string(),
  topic: z.string(),
  uri: z.string(),
  format: z.string().nullish(),
  filter: z.string().nullish(),
})
type Subscription = z.infer<typeof subscription>

const listAnswer = z.looseObject({
  webhookSubscriptions: z.looseObject({ nodes: z.array(subscription), pageInfo }),
})
const payload = z.looseObject({ userErrors })
const createAnswer = z.looseObject({ webhookSubscriptionCreate: payload })
const deleteAnswer = z.looseObject({ webhookSubscriptionDelete: payload })

interface Broken {
  readonly id: string
  readonly topic: string
  readonly reason: string
}

export function createSubscriptions(
  client: ShopifyClient,
  scopes: Scopes,
  webhookUrl: string,
  admit: (cost: number) => Promise<void>,
): Channel['subscriptions'] {
  async function all(): Promise<Subscription[]> {
    const found: Subscription[] = []
    const pages = eachPage(async (after) => {
      const { data } = await client.read(documents.subscriptionsList, { after }, listAnswer)
      return { page: data.webhookSubscriptions }
    })
    for await (const { page } of pages) found.push(...page.nodes)
    return found
  }

  async function inspect() {
    const sound = new Set<string>()
    const broken: Broken[] = []
    for (const { id, topic, uri, format, filter } of await all()) {
      if (!isOurs(topic, uri, webhookUrl)) continue
      const reason =
        uri !== webhookUrl ? `points to ${uri}` : faultOf(format, filter) || (sound.has(topic) ? 'doubled' : '')
      if (reason) broken.push({ id, topic, reason })
      else sound.add(topic)
    }
    return { sound, broken, missing: subscribedTopics.filter((topic) => !sound.has(topic)) }
  }

  async function audit(): Promise<SubscriptionAudit> {
    const { sound, broken, missing } = await inspect()
    const withheld = (await scopes.missing()).map((scope) => ({ topic: scope, reason: reasonWithout(scope) }))
    return {
      found: [...sound],
      missing,
      broken: [...broken.map(({ topic, reason }) => ({ topic, reason })), ...withheld],
    }
  }

  /** Does what it can for every topic, then fails once with all that could not be done. */
  async function repair(): Promise<void> {
    const { broken, missing } = await inspect()
    const failures: string[] = []
    for (const { id, topic } of broken) {
      const { webhookSubscriptionDelete: done } = await change(documents.deleteSubscription, { id }, deleteAnswer)
      failures.push(...done.userErrors.map(({ message }) => `${topic}: ${message}`))
    }
    for (const topic of missing) {
      const variables = { topic, webhookSubscription: { uri: webhookUrl, format: 'JSON' } }
      const { webhookSubscriptionCreate: done } = await change(documents.createSubscription, variables, createAnswer)
      // Somebody was faster: the topic and address are there, which is what was wanted.
      const serious = done.userErrors.filter(({ message }) => !/already been taken/i.test(message))
      failures.push(...serious.map(({ message }) => `${topic}: ${message}`))
    }
    if (failures.length > 0)
      throw new ChannelError('rejected', `Shopify refused webhook subscriptions: ${failures.join('; ')}`)
  }

  async function change<T>(document: documents.Document, variables: Record<string, unknown>, shape: z.ZodType<T>) {
    await admit(document.cost)
    // A second identical subscription is refused and a second deletion finds nothing: repeating does no harm.
    return client.send(documents.requestBody(document, variables), shape, { repeatable: true })
  }

  return { wanted: () => subscribedTopics, audit, repair }
}

/**
 * Ours are those at this account's address, and those at the same path of another host: where we used to be reached.
 * Any other belongs to somebody who shares the app, and is left alone.
 */
function isOurs(topic: string, uri: string, webhookUrl: string): boolean {
  if (!subscribedTopics.some((wanted) => wanted === topic)) return false
  return uri === webhookUrl || (URL.canParse(uri) && new URL(uri).pathname === new URL(webhookUrl).pathname)
}

function faultOf(format: string | null | undefined, filter: string | null | undefined): string {
  if (format && format !== 'JSON') return `sends ${format}`
  // A filter that does not fit the payload delivers nothing at all, without a word.
  return filter ? `is filtered (${filter})` : ''
}

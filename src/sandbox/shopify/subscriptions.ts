/** Webhook subscriptions made through the API. */

import { maySubscribe } from './access.ts'
import { gid } from './ids.ts'
import type { Subscription } from './model.ts'
import { type Context, find, look, type Resolvers, type UserError, userError } from './resolve.ts'
import { type PageArgs, page } from './search.ts'
import { utcText } from './text.ts'
import { versionFor, type World } from './world.ts'

interface SubscriptionInput {
  readonly uri?: string | null
  readonly callbackUrl?: string | null
  readonly name?: string | null
  readonly format?: 'JSON' | 'XML' | null
  readonly filter?: string | null
  readonly includeFields?: readonly string[] | null
  readonly metafieldNamespaces?: readonly string[] | null
}

/** `INVENTORY_LEVELS_UPDATE` → `inventory_levels/update`: the last word is the event, but for these. */
const longEvents = ['ORDER_ROUTING_COMPLETE', 'PLACED_ON_HOLD', 'HOLD_RELEASED', 'PROGRESS_REPORTED', 'SCOPES_UPDATE']

export function topicName(topic: string): string {
  const event = longEvents.find((long) => topic.endsWith(`_${long}`)) ?? topic.slice(topic.lastIndexOf('_') + 1)
  return `${topic.slice(0, -event.length - 1)}/${event}`.toLowerCase()
}

/** https only, save for a host of this machine or its own network, which a sandbox may have to reach. */
function isAddress(uri: string): boolean {
  if (!URL.canParse(uri)) return false
  const { protocol, hostname } = new URL(uri)
  return (
    protocol === 'https:' ||
    (protocol === 'http:' && (/^(127\.|\[::1\]|192\.168\.|10\.)/.test(hostname) || !hostname.includes('.')))
  )
}

function problemWith(
  world: World,
  topic: string,
  uri: string,
  input: SubscriptionInput,
  self?: Subscription,
): UserError | undefined {
  const at = (field: string) => ['webhookSubscription', field]
  if (!isAddress(uri)) return userError(at('uri'), 'Address is invalid: only https addresses are delivered to')
  for (const other of world.subscriptions.values())
    if (other !== self && other.topic === topic && other.uri === uri)
      return userError(at('uri'), 'Address for this topic has already been taken')
  if (input.format === 'XML') return userError(at('format'), 'The sandbox sends JSON only')
  if (input.filter) return userError(at('filter'), 'The sandbox does not do filters')
  if (input.name != null && !/^[A-Za-z0-9_-]{1,50}$/.test(input.name)) return userError(at('name'), 'Name is invalid')
  return undefined
}

function create(
  _: unknown,
  { topic, webhookSubscription: input }: { topic: string; webhookSubscription: SubscriptionInput },
  context: Context,
) {
  const { world, apiVersion } = context
  const uri = input.uri ?? input.callbackUrl ?? ''
  if (!maySubscribe(context, topic))
    return {
      webhookSubscription: null,
      userErrors: [userError(['topic'], 'You do not have permission to create or update webhooks with this topic.')],
    }
  const problem = problemWith(world, topic, uri, input)
  if (problem) return { webhookSubscription: null, userErrors: [problem] }
  const subscription: Subscription = {
    __typename: 'WebhookSubscription',
    id: world.newId('WebhookSubscription'),
    topic,
    uri,
    name: input.name ?? undefined,
    includeFields: input.includeFields ?? [],
    metafieldNamespaces: input.metafieldNamespaces ?? [],
    apiVersion,
    createdAt: world.now(),
    updatedAt: world.now(),
  }
  world.subscriptions.set(subscription.id, subscription)
  return { webhookSubscription: subscription, userErrors: [] }
}

function update(
  _: unknown,
  { id, webhookSubscription: input }: { id: string; webhookSubscription: SubscriptionInput },
  { world }: Context,
) {
  const subscription = find('WebhookSubscription', world.subscriptions, id)
  if (!subscription)
    return { webhookSubscription: null, userErrors: [userError(['id'], 'Webhook subscription does not exist')] }
  const uri = input.uri ?? input.callbackUrl ?? subscription.uri
  const problem = problemWith(world, subscription.topic, uri, input, subscription)
  if (problem) return { webhookSubscription: null, userErrors: [problem] }
  subscription.uri = uri
  if (input.name !== undefined) subscription.name = input.name ?? undefined
  if (input.includeFields) subscription.includeFields = input.includeFields
  if (input.metafieldNamespaces) subscription.metafieldNamespaces = input.metafieldNamespaces
  subscription.updatedAt = world.now()
  return { webhookSubscription: subscription, userErrors: [] }
}

function remove(_: unknown, { id }: { id: string }, { world }: Context) {
  const subscription = find('WebhookSubscription', world.subscriptions, id)
  if (!subscription)
    return {
      deletedWebhookSubscriptionId: null,
      userErrors: [userError(['id'], 'Webhook subscription does not exist')],
    }
  world.subscriptions.delete(subscription.id)
  return { deletedWebhookSubscriptionId: gid('WebhookSubscription', subscription.id), userErrors: [] }
}

/** The version of a subscription's bodies; it falls forward like any other. */
export function versionOf(world: World, { apiVersion }: Subscription): string {
  const wanted = world.options.webhookVersion ?? apiVersion
  return versionFor(world, wanted) ?? wanted
}

interface ListArgs extends PageArgs {
  readonly topics?: readonly string[] | null
  readonly uri?: string | null
  readonly callbackUrl?: string | null
}

export const subscriptionResolvers: Resolvers = {
  QueryRoot: {
    webhookSubscription: (_: unknown, { id }: { id: string }, { world }: Context) =>
      look('WebhookSubscription', world.subscriptions, id),
    webhookSubscriptions: (_: unknown, args: ListArgs, { world }: Context) =>
      page(
        [...world.subscriptions.values()].filter(
          ({ topic, uri }) => (args.topics?.includes(topic) ?? true) && (args.uri ?? args.callbackUrl ?? uri) === uri,
        ),
        args,
        ({ id }) => ['', id],
      ),
  },
  Mutation: {
    webhookSubscriptionCreate: create,
    webhookSubscriptionUpdate: update,
    webhookSubscriptionDelete: remove,
  },
  WebhookSubscription: {
    id: ({ id }: Subscription) => gid('WebhookSubscription', id),
    legacyResourceId: ({ id }: Subscription) => id,
    callbackUrl: ({ uri }: Subscription) => uri,
    format: () => 'JSON',
    createdAt: ({ createdAt }: Subscription) => utcText(createdAt),
    updatedAt: ({ updatedAt }: Subscription) => utcText(updatedAt),
    apiVersion: (subscription: Subscription, _: unknown, { world }: Context) => {
      const handle = versionOf(world, subscription)
      return { handle, displayName: handle, supported: world.apiVersions.includes(handle) }
    },
  },
}

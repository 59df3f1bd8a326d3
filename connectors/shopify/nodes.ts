/** Reads things by id: what the store has under each, in the order asked. */

import { z } from 'zod'
import type { Instant } from '../../src/domain.ts'
import { ChannelError } from '../../src/errors.ts'
import type { ShopifyClient } from './client.ts'
import type { Document } from './documents.ts'

export type Node = Readonly<Record<string, unknown>>

const answer = z.looseObject({ nodes: z.array(z.unknown()) })

/** An object with an id. A node of another type than asked for comes back as an empty object. */
export const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string'

/** `ids` are GIDs. Undefined stands for one that the store does not have. */
export async function readNodes(
  client: ShopifyClient,
  document: Document,
  ids: readonly string[],
  variables: Node = {},
): Promise<{ nodes: (Node | undefined)[]; startedAt: Instant }> {
  const { data, startedAt } = await client.read(document, { ids, ...variables }, answer)
  if (data.nodes.length !== ids.length)
    throw new ChannelError('transient', `Shopify answered ${data.nodes.length} of ${ids.length} things asked for.`)
  return { nodes: data.nodes.map((node) => (isNode(node) ? node : undefined)), startedAt }
}

/** Lists in portions of at most `size`. */
export function portions<T>(items: readonly T[], size: number): T[][] {
  const parts: T[][] = []
  for (let at = 0; at < items.length; at += size) parts.push(items.slice(at, at + size))
  return parts
}

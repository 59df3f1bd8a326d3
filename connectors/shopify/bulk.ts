/** Large reads: Shopify runs the query by itself, prepares one file, and charges nothing of the rate limit for it. */

import { z } from 'zod'
import type { Clock } from '../../src/clock.ts'
import type { Instant } from '../../src/domain.ts'
import { ChannelError } from '../../src/errors.ts'
import { parseJson } from '../json.ts'
import type { ShopifyClient } from './client.ts'
import * as documents from './documents.ts'
import type { Node } from './nodes.ts'
import { userErrors } from './types.ts'

const firstLookMs = 2000
const lookMsMax = 15_000
/** Half an hour; who has waited that long reads page by page instead. */
const looksMax = 125
const underWay = new Set(['CREATED', 'RUNNING', 'CANCELING'])

const started = z.looseObject({
  bulkOperationRunQuery: z.looseObject({ bulkOperation: z.looseObject({ id: z.string() }).nullish(), userErrors }),
})
const state = z.looseObject({
  bulkOperation: z.looseObject({ status: z.string(), url: z.string().nullish() }).nullable(),
})
const row = z.looseObject({ id: z.string(), __parentId: z.string().nullish() })

export interface BulkDeps {
  readonly client: ShopifyClient
  readonly clock: Clock
  readonly admit: (cost: number) => Promise<void>
}

export interface PreparedFile {
  /** The operation that made it: its file can be had for a week. */
  readonly operation: string
  /** Absent when nothing was found. */
  readonly url?: string
  /** Everything in the file was read at or after this moment. */
  readonly startedAt: Instant
}

/**
 * Runs a query in bulk and waits for its file. Undefined when that cannot be had now: Shopify runs enough already
 * (LIMIT_REACHED, OPERATION_IN_PROGRESS), does not take the query, or did not finish it. Then the same is read in pages.
 */
export async function prepareFile(
  { client, clock, admit }: BulkDeps,
  query: string,
): Promise<PreparedFile | undefined> {
  await admit(documents.runBulkQuery.cost)
  const startedAt = clock.now()
  const id = await start(client, query)
  return id === undefined ? undefined : await fileOf({ client, clock }, id, startedAt, false)
}

/** The file of an operation that was started then. Undefined when it will never have one. */
export async function fileOf(
  { client, clock }: Omit<BulkDeps, 'admit'>,
  operation: string,
  startedAt: Instant,
  waitedAlready = true,
): Promise<PreparedFile | undefined> {
  let waitMs = waitedAlready ? 0 : firstLookMs
  for (let look = 0; look < looksMax; look++) {
    if (waitMs > 0) await clock.sleep(waitMs)
    const { data } = await client.read(documents.bulkState, { id: operation }, state, 'bulk')
    const { status, url } = data.bulkOperation ?? { status: 'EXPIRED' }
    if (status === 'COMPLETED') return { operation, startedAt, ...(url ? { url } : {}) }
    if (!underWay.has(status)) return undefined
    waitMs = Math.min(lookMsMax, Math.max(firstLookMs, waitMs * 1.5))
  }
  return undefined
}

async function start(client: ShopifyClient, query: string): Promise<string | undefined> {
  const body = documents.requestBody(documents.runBulkQuery, { query })
  try {
    // Sent again it would start a second operation.
    const { bulkOperationRunQuery: answer } = await client.send(body, started, { repeatable: false })
    return answer.userErrors.length === 0 ? answer.bulkOperation?.id : undefined
  } catch (error) {
    if (error instanceof ChannelError && (error.kind === 'rejected' || error.kind === 'unknownOutcome'))
      return undefined
    throw error
  }
}

/** Every line of a file as the object it is. */
export async function* rows(lines: AsyncIterable<string>): AsyncGenerator<z.infer<typeof row>> {
  for await (const line of lines) yield rowIn(line)
}

/**
 * Pairs every child row of a file with its parent: a child says whose it is by `__parentId` and may stand anywhere.
 * Parents are kept in memory, children only until their parent has come.
 */
export async function* pairs(lines: AsyncIterable<string>): AsyncGenerator<{ parent: Node; child: Node }> {
  const parents = new Map<string, Node>()
  const waiting = new Map<string, Node[]>()
  for await (const { __parentId: parentId, ...node } of rows(lines)) {
    if (parentId) {
      const parent = parents.get(parentId)
      if (parent) yield { parent, child: node }
      else waiting.set(parentId, [...(waiting.get(parentId) ?? []), node])
      continue
    }
    parents.set(node.id, node)
    for (const child of waiting.get(node.id) ?? []) yield { parent: node, child }
    waiting.delete(node.id)
  }
  if (waiting.size > 0)
    throw new ChannelError('transient', `The file from Shopify names ${waiting.size} products that it does not hold.`)
}

function rowIn(line: string): z.infer<typeof row> {
  try {
    const read = row.safeParse(parseJson(line))
    if (read.success) return read.data
  } catch {
    // Cut off in the middle, or no such file at all.
  }
  throw new ChannelError('transient', 'The file from Shopify has a line in a shape we do not know.')
}

/** Bulk operations: at most five at a time, done after a while, their result a file at an address that needs no token. */

import type { DocumentNode, FieldNode, GraphQLResolveInfo } from 'graphql'
import { readBulkQuery, runBulkQuery } from './bulk-query.ts'
import { gid } from './ids.ts'
import type { BulkOperation } from './model.ts'
import { type Context, find, look, type Resolvers, refusal, userError } from './resolve.ts'
import { byExact, byId, byTime, type FieldTest, type PageArgs, page, search } from './search.ts'
import { time } from './type-helpers.ts'
import type { World } from './world.ts'

const runningMax = 5
/** How long a result can be fetched. */
const keptMs = 7 * 24 * 60 * 60 * 1000

const isRunning = ({ status }: BulkOperation): boolean =>
  status === 'CREATED' || status === 'RUNNING' || status === 'CANCELING'

function run(
  _: unknown,
  { query, groupObjects }: { query: string; groupObjects: boolean },
  context: Context,
  { schema }: GraphQLResolveInfo,
) {
  const { world } = context
  const refused = (field: string[] | null, message: string, code: string) => ({
    bulkOperation: null,
    userErrors: [userError(field, message, code)],
  })
  if ([...world.bulkOperations.values()].filter(isRunning).length >= runningMax)
    return refused(null, 'Bulk operations limit reached. Please try again later.', 'LIMIT_REACHED')
  const read = readBulkQuery(schema, query)
  if (typeof read === 'string') return refused(['query'], read, 'INVALID')
  const operation: BulkOperation = {
    __typename: 'BulkOperation',
    id: world.newId('BulkOperation'),
    type: 'QUERY',
    query,
    createdAt: world.now(),
    status: 'CREATED',
    objectCount: 0,
    rootObjectCount: 0,
  }
  world.bulkOperations.set(operation.id, operation)
  world.later(0, () => start(context, operation, read, groupObjects, schema))
  return { bulkOperation: operation, userErrors: [] }
}

/** What is written is the shop as it was at the start: while a long operation runs, its result grows old. */
function start(
  context: Context,
  operation: BulkOperation,
  read: { document: DocumentNode; root: FieldNode },
  grouped: boolean,
  schema: GraphQLResolveInfo['schema'],
): void {
  const { world } = context
  if (operation.status !== 'CREATED') return
  operation.status = 'RUNNING'
  let lines: readonly string[]
  try {
    const rows = runBulkQuery(schema, read, context, grouped)
    lines = rows.lines
    operation.objectCount = lines.length
    operation.rootObjectCount = rows.rootCount
  } catch {
    world.later(world.options.bulkMs, () => end(world, operation, 'FAILED', 'ACCESS_DENIED'))
    return
  }
  const failing = world.options.bulkFailures > 0 && world.deps.random.next() < world.options.bulkFailures
  const takesMs = world.options.bulkMs + (lines.length / world.options.bulkObjectsPerSecond) * 1000
  world.later(failing ? takesMs / 2 : takesMs, () => {
    if (operation.status !== 'RUNNING') return
    const written = failing ? lines.slice(0, Math.floor(lines.length / 2)) : lines
    operation.objectCount = written.length
    if (written.length) operation.text = `${written.join('\n')}\n`
    if (failing) end(world, operation, 'FAILED', 'TIMEOUT')
    else end(world, operation, 'COMPLETED')
  })
}

function end(
  world: World,
  operation: BulkOperation,
  status: BulkOperation['status'],
  errorCode?: BulkOperation['errorCode'],
): void {
  operation.status = status
  operation.completedAt = world.now()
  if (errorCode) operation.errorCode = errorCode
  if (operation.text !== undefined) operation.fileKey = world.deps.random.uuid()
  world.tell({
    topic: 'bulk_operations/finish',
    about: operation.id,
    payload: () => ({
      admin_graphql_api_id: gid('BulkOperation', operation.id),
      completed_at: world.shopTime(world.now()),
      created_at: world.shopTime(operation.createdAt),
      error_code: operation.errorCode?.toLowerCase() ?? null,
      status: status.toLowerCase(),
      type: 'query',
    }),
  })
}

function cancel(_: unknown, { id }: { id: string }, { world }: Context) {
  const operation = find('BulkOperation', world.bulkOperations, id)
  if (!operation) return { bulkOperation: null, userErrors: [userError(['id'], 'Bulk operation does not exist')] }
  if (!isRunning(operation))
    return {
      bulkOperation: operation,
      userErrors: [userError(null, `A bulk operation cannot be canceled when it is ${operation.status.toLowerCase()}`)],
    }
  if (operation.status !== 'CANCELING') {
    operation.status = 'CANCELING'
    world.later(world.options.jobMs, () => end(world, operation, 'CANCELED'))
  }
  return { bulkOperation: operation, userErrors: [] }
}

/** The file of an operation while it is kept; what is older is forgotten. */
export function bulkFile(world: World, key: string): string | undefined {
  for (const operation of world.bulkOperations.values()) {
    if (operation.completedAt === undefined || operation.text === undefined) continue
    if (world.now() - operation.completedAt >= keptMs) delete operation.text
    else if (operation.fileKey === key) return operation.text
  }
  return undefined
}

const fileUrl = (operation: BulkOperation, origin: string): string | null =>
  operation.fileKey === undefined || operation.text === undefined
    ? null
    : `${origin}/bulk-files/${operation.fileKey}/bulk-${operation.id}.jsonl?signature=${operation.fileKey.slice(0, 8)}`

const fields: Record<string, FieldTest<BulkOperation>> = {
  id: byId((one) => one.id),
  status: byExact((one) => one.status),
  operation_type: byExact((one) => one.type),
  created_at: byTime((one) => one.createdAt),
  completed_at: byTime((one) => one.completedAt),
}

type ListArgs = PageArgs & { readonly query?: string | null; readonly sortKey?: string | null }

/** Newest first. */
function list(_: unknown, args: ListArgs, { world }: Context) {
  if (args.sortKey === 'COMPLETED_AT') throw refusal('The sandbox does not sort by COMPLETED_AT', 'SANDBOX_UNSUPPORTED')
  const found = [...world.bulkOperations.values()].filter(search(args.query, fields))
  return page(found, { ...args, reverse: !args.reverse }, ({ createdAt, id }) => [createdAt, id])
}

export const bulkResolvers: Resolvers = {
  QueryRoot: {
    bulkOperation: (_: unknown, { id }: { id: string }, { world }: Context) =>
      look('BulkOperation', world.bulkOperations, id),
    bulkOperations: list,
  },
  Mutation: { bulkOperationRunQuery: run, bulkOperationCancel: cancel },
  BulkOperation: {
    id: ({ id }: BulkOperation) => gid('BulkOperation', id),
    createdAt: ({ createdAt }: BulkOperation) => time(createdAt),
    completedAt: ({ completedAt }: BulkOperation) => time(completedAt),
    objectCount: ({ objectCount }: BulkOperation) => String(objectCount),
    rootObjectCount: ({ rootObjectCount }: BulkOperation) => String(rootObjectCount),
    fileSize: ({ text }: BulkOperation) => (text === undefined ? null : String(Buffer.byteLength(text))),
    url: (one: BulkOperation, _: unknown, { origin }: Context) =>
      one.status === 'COMPLETED' ? fileUrl(one, origin) : null,
    partialDataUrl: (one: BulkOperation, _: unknown, { origin }: Context) =>
      one.status === 'FAILED' ? fileUrl(one, origin) : null,
  },
}

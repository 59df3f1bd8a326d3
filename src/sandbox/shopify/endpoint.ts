/** Executes a GraphQL request the way the Admin API does: validated, priced, paid for, run, and told what it cost. */

import { readFileSync } from 'node:fs'
import {
  buildSchema,
  type DocumentNode,
  execute,
  GraphQLError,
  type GraphQLSchema,
  isScalarType,
  Kind,
  type OperationDefinitionNode,
  parse,
  validate,
} from 'graphql'
import { guard } from './access.ts'
import { bulkResolvers } from './bulk.ts'
import { type Bucket, createBucket, type Price, priceOf, type ThrottleStatus, type Variables } from './cost.ts'
import { fulfilmentMoveResolvers } from './fulfilment-move.ts'
import { fulfilmentResolvers } from './fulfilment-mutations.ts'
import { createKeys } from './idempotency.ts'
import { inventoryResolvers } from './inventory.ts'
import { metafieldResolvers } from './metafields.ts'
import { orderResolvers } from './order-mutations.ts'
import { queryResolvers } from './queries.ts'
import { attach, type Context } from './resolve.ts'
import { subscriptionResolvers } from './subscriptions.ts'
import type { Grant } from './tokens.ts'
import { catalogueTypes, inventoryTypes } from './types-catalogue.ts'
import { fulfilmentTypes } from './types-fulfilment.ts'
import { orderTypes } from './types-order.ts'
import type { World } from './world.ts'

/** One query may ask for this much at most, whatever the bucket holds. */
const queryCostMax = 1000
/** No list in a request may be longer. */
const inputSizeMax = 250
const cachedTextsMax = 500

interface Prepared {
  readonly document?: DocumentNode
  readonly operations: readonly {
    readonly name: string | undefined
    readonly price: Price
  }[]
  readonly errors: readonly GraphQLError[]
  readonly longLists: boolean
}

export interface GraphRequest {
  readonly query: string
  readonly variables: Variables
  readonly operationName?: string | undefined
  readonly origin: string
  readonly apiVersion: string
  readonly grant: Grant
}

export interface GraphAnswer {
  readonly throttled: boolean
  readonly body: unknown
}

export interface Endpoint {
  answer(request: GraphRequest): Promise<GraphAnswer>
  readonly bucket: Bucket
}

/** Text that a scalar takes; the rest of the scalars are passed on as they are. */
const scalarChecks: Record<string, (text: string) => boolean> = {
  DateTime: (text) => /^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(Date.parse(text)),
  Decimal: (text) => /^-?\d+(\.\d+)?$/.test(text),
  Money: (text) => /^-?\d+(\.\d+)?$/.test(text),
  URL: (text) => URL.canParse(text),
}

/** The official subset with the sandbox's resolvers on it. */
export function createSchema(): GraphQLSchema {
  const schema = buildSchema(readFileSync(new URL('./admin-2026-10.graphql', import.meta.url), 'utf8'))
  const groups = [
    queryResolvers,
    ...[catalogueTypes, inventoryTypes, orderTypes, fulfilmentTypes],
    inventoryResolvers,
    orderResolvers,
    fulfilmentResolvers,
    fulfilmentMoveResolvers,
    bulkResolvers,
  ]
  for (const resolvers of [...groups, metafieldResolvers, subscriptionResolvers]) attach(schema, resolvers)
  guard(schema)
  for (const [name, isRight] of Object.entries(scalarChecks)) {
    const scalar = schema.getType(name)
    if (!isScalarType(scalar)) continue
    const check = (value: unknown) => {
      const text = String(value)
      if (!isRight(text)) throw new GraphQLError(`${name} cannot be ${JSON.stringify(value)}`)
      return text
    }
    scalar.coerceInputValue = check
    scalar.coerceInputLiteral = (node) => check('value' in node ? node.value : undefined)
  }
  return schema
}

const documentation = 'https://shopify.dev/api/usage/rate-limits'

export function createEndpoint(world: World): Endpoint {
  const schema = createSchema()
  const bucket = createBucket(world.deps.clock, world.options.plan)
  const keys = createKeys(world.deps.clock)
  const prepared = new Map<string, Prepared>()

  function prepare(query: string): Prepared {
    const known = prepared.get(query)
    if (known) return known
    const made = prepareNew(schema, query)
    if (prepared.size >= cachedTextsMax) prepared.delete(prepared.keys().next().value ?? '')
    prepared.set(query, made)
    return made
  }

  return {
    bucket,
    async answer(request) {
      const { document, operations, errors: mistakes, longLists } = prepare(request.query)
      const refuse = (refusals: readonly unknown[], throttled = false, requestedQueryCost = 0): GraphAnswer => ({
        throttled,
        body: { errors: refusals, extensions: { cost: costOf(requestedQueryCost, null, bucket.status()) } },
      })
      if (!document || mistakes.length)
        return refuse(mistakes.map((error) => coded(error, 'GRAPHQL_VALIDATION_FAILED')))
      const operation = operations.find(({ name }) => name === request.operationName) ?? operations[0]
      if (!operation || (operations.length > 1 && !operations.some(({ name }) => name === request.operationName)))
        return refuse([{ message: 'No operation named in the request', extensions: { code: 'BAD_REQUEST' } }])
      if (longLists || hasLongList(request.variables))
        return refuse([
          {
            message: `The input array size is greater than the maximum allowed of ${inputSizeMax}.`,
            extensions: { code: 'MAX_INPUT_SIZE_EXCEEDED' },
          },
        ])
      const requested = operation.price.requested(request.variables)
      if (requested > queryCostMax) return refuse([tooDear(requested)], false, requested)
      if (!bucket.take(requested))
        return refuse([{ message: 'Throttled', extensions: { code: 'THROTTLED', documentation } }], true, requested)
      const { origin, apiVersion, grant, variables: rawVariables } = request
      const contextValue: Context = { world, keys, origin, apiVersion, grant, rawVariables }
      const result = await execute({
        schema,
        document,
        contextValue,
        variableValues: request.variables,
        operationName: request.operationName,
      })
      const actual = result.data ? operation.price.actual(result.data, request.variables) : 0
      bucket.giveBack(requested - actual)
      const cost = costOf(requested, actual, bucket.status())
      // Without data not even the variables were right.
      const errors = result.errors?.map((error) => coded(error, 'INVALID_VARIABLE'))
      const body = 'data' in result ? result : { errors }
      return { throttled: false, body: { ...body, extensions: { cost } } }
    },
  }
}

const costOf = (requestedQueryCost: number, actualQueryCost: number | null, throttleStatus: ThrottleStatus) => ({
  requestedQueryCost,
  actualQueryCost,
  throttleStatus,
})

const codes: readonly (readonly [RegExp, string])[] = [
  [/^Cannot query field/, 'undefinedField'],
  [/^Unknown argument/, 'argumentNotAccepted'],
  [/^Argument .* is required/, 'missingRequiredArguments'],
  [/^Syntax Error/, 'PARSE_ERROR'],
]

/** Shopify puts a code on every error. */
const coded = (error: GraphQLError, otherwise: string) => ({
  ...error.toJSON(),
  extensions: { code: codes.find(([pattern]) => pattern.test(error.message))?.[1] ?? otherwise, ...error.extensions },
})

const tooDear = (cost: number) => ({
  message: `Query cost is ${cost}, which exceeds the single query max cost limit (${queryCostMax}).`,
  extensions: { code: 'MAX_COST_EXCEEDED', cost, maxCost: queryCostMax, documentation },
})

function prepareNew(schema: GraphQLSchema, query: string): Prepared {
  const nothing = { operations: [], longLists: false }
  try {
    const document = parse(query, { maxTokens: 10_000 })
    const errors = validate(schema, document)
    if (errors.length) return { ...nothing, document, errors }
    const operations = document.definitions
      .filter((definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION)
      .map((definition) => ({
        name: definition.name?.value,
        price: priceOf(schema, document, definition),
      }))
    return { document, operations, errors, longLists: hasLongList(document.definitions) }
  } catch (error) {
    if (error instanceof GraphQLError) return { ...nothing, errors: [error] }
    throw error
  }
}

/** Looks through plain JSON, or through a document's literals (whose lists are in `values`). */
function hasLongList(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return value.length > inputSizeMax || value.some(hasLongList)
  return Object.entries(value).some(([key, inner]) => key !== 'loc' && hasLongList(inner))
}

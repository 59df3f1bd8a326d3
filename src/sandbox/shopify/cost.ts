/** What a query costs: an object 1, a connection 2 plus its size times a node, a mutation 10; and the bucket that pays for it. */

import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql'
import type { Clock } from '../../clock.ts'

export type Variables = Readonly<Record<string, unknown>>

/** One field that costs something: `own` once, then `each` plus what is inside for every item. */
export interface Priced {
  readonly key: string
  readonly own: number
  readonly each: number
  readonly count: (variables: Variables) => number
  readonly inside: readonly Priced[]
  /** Response keys that lead from a connection to its nodes. */
  readonly nodes?: readonly (readonly string[])[]
}

export interface Price {
  requested(variables: Variables): number
  actual(data: unknown, variables: Variables): number
}

const argumentValue = (node: ValueNode | undefined, variables: Variables, defaults: Variables): unknown => {
  if (node?.kind === Kind.VARIABLE) return variables[node.name.value] ?? defaults[node.name.value]
  if (node?.kind === Kind.INT) return Number(node.value)
  if (node?.kind === Kind.LIST) return node.values
  return undefined
}

const one = () => 1

/** Prices one operation. The document has been validated against the schema. */
export function priceOf(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): Price {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  const defaults: Record<string, unknown> = {}
  for (const { variable, defaultValue } of operation.variableDefinitions ?? [])
    if (defaultValue) defaults[variable.name.value] = argumentValue(defaultValue, {}, {})

  /** Every field of a selection, fragments opened, with the type it is asked of. */
  function* fieldsOf(set: SelectionSetNode, on: GraphQLNamedType): Generator<[FieldNode, GraphQLNamedType]> {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) yield [selection, on]
      else {
        const part = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value)
        const type = part?.typeCondition ? schema.getType(part.typeCondition.name.value) : on
        if (part && type) yield* fieldsOf(part.selectionSet, type)
      }
    }
  }

  const sizeArgument = (field: FieldNode) => {
    const node = field.arguments?.find(({ name }) => ['first', 'last', 'ids'].includes(name.value))?.value
    if (!node) return undefined
    return (variables: Variables) => {
      const value = argumentValue(node, variables, defaults)
      return Array.isArray(value) ? value.length : typeof value === 'number' ? value : 0
    }
  }

  const inner = (field: FieldNode, type: GraphQLNamedType, free: boolean): Priced[] =>
    field.selectionSet ? priced(field.selectionSet, type, free) : []

  /** `free`: inside a mutation's payload plain objects are in the price of the mutation; connections still cost. */
  function priced(set: SelectionSetNode, on: GraphQLNamedType, free: boolean): Priced[] {
    const found: Priced[] = []
    for (const [field, owner] of fieldsOf(set, on)) {
      const definition = isObjectType(owner) || isInterfaceType(owner) ? owner.getFields()[field.name.value] : undefined
      const type = definition && getNamedType(definition.type)
      if (!definition || !type || !(isObjectType(type) || isAbstractType(type))) continue
      const key = field.alias?.value ?? field.name.value
      const size = sizeArgument(field)
      if (type.name.endsWith('Connection')) found.push(connection(field, key, type, size ?? one))
      else {
        const bare = isNonNullType(definition.type) ? definition.type.ofType : definition.type
        const count = isListType(bare) && size ? size : one
        found.push({ key, own: 0, each: free ? 0 : 1, count, inside: inner(field, type, free) })
      }
    }
    return found
  }

  function connection(field: FieldNode, key: string, type: GraphQLNamedType, count: Priced['count']): Priced {
    const inside: Priced[] = []
    const nodes: string[][] = []
    for (const [part, owner] of field.selectionSet ? fieldsOf(field.selectionSet, type) : []) {
      const edge = isObjectType(owner) ? owner.getFields()[part.name.value] : undefined
      if (!edge || !part.selectionSet || part.name.value === 'pageInfo') continue
      const partKey = part.alias?.value ?? part.name.value
      if (part.name.value === 'nodes') {
        inside.push(...inner(part, getNamedType(edge.type), false))
        nodes.push([partKey])
      } else
        for (const [node, edgeType] of fieldsOf(part.selectionSet, getNamedType(edge.type))) {
          const target = isObjectType(edgeType) ? edgeType.getFields()[node.name.value] : undefined
          if (!target || !node.selectionSet) continue
          inside.push(...inner(node, getNamedType(target.type), false))
          nodes.push([partKey, node.alias?.value ?? node.name.value])
        }
    }
    return { key, own: 2, each: 1, count, inside, nodes }
  }

  const isMutation = operation.operation === 'mutation'
  const root = isMutation ? schema.getMutationType() : schema.getQueryType()
  const roots = root ? priced(operation.selectionSet, root, isMutation) : []
  const prices = isMutation ? roots.map((field) => ({ ...field, own: 10 })) : roots
  return {
    requested: (variables) => requested(prices, variables),
    actual: (data, variables) => actual(prices, data, variables),
  }
}

function requested(prices: readonly Priced[], variables: Variables): number {
  let total = 0
  for (const { own, each, count, inside } of prices)
    total += own + count(variables) * (each + requested(inside, variables))
  return total
}

const get = (thing: unknown, key: string): unknown =>
  typeof thing === 'object' && thing !== null ? Reflect.get(thing, key) : undefined

/** What the answer really held. */
function actual(prices: readonly Priced[], data: unknown, variables: Variables): number {
  let total = 0
  for (const price of prices) {
    const value = get(data, price.key)
    total += price.own
    for (const item of price.nodes ? nodesOf(value, price.nodes) : Array.isArray(value) ? value : [value])
      if (item !== null && item !== undefined) total += price.each + actual(price.inside, item, variables)
  }
  return total
}

function nodesOf(value: unknown, paths: readonly (readonly string[])[]): unknown[] {
  const [list, node] = paths[0] ?? []
  const items = list === undefined ? undefined : get(value, list)
  if (!Array.isArray(items)) return []
  return node === undefined ? items : items.map((edge) => get(edge, node))
}

// ---------------------------------------------------------------- the bucket

export interface ThrottleStatus {
  readonly maximumAvailable: number
  readonly currentlyAvailable: number
  readonly restoreRate: number
}

export interface Bucket {
  /** Pays, or leaves the bucket as it is. */
  take(points: number): boolean
  giveBack(points: number): void
  status(): ThrottleStatus
}

export function createBucket(clock: Clock, plan: { capacity: number; restorePerSecond: number }): Bucket {
  let points = plan.capacity
  let at = clock.monotonic()
  const refill = () => {
    const now = clock.monotonic()
    points = Math.min(plan.capacity, points + ((now - at) / 1000) * plan.restorePerSecond)
    at = now
  }
  return {
    take(wanted) {
      refill()
      if (points < wanted) return false
      points -= wanted
      return true
    },
    giveBack(back) {
      points = Math.min(plan.capacity, points + Math.max(0, back))
    },
    status() {
      refill()
      return {
        maximumAvailable: plan.capacity,
        currentlyAvailable: Math.floor(points),
        restoreRate: plan.restorePerSecond,
      }
    },
  }
}

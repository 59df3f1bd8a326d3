/** Runs the query of a bulk operation: every object of every connection, one JSON line each, children told apart by __parentId. */

import {
  type DocumentNode,
  type FieldNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getArgumentValues,
  getNamedType,
  isLeafType,
  isObjectType,
  Kind,
  parse,
  type SelectionSetNode,
  validate,
} from 'graphql'
import type { Context } from './resolve.ts'
import { everything } from './search.ts'

const connectionsMax = 5
/** A connection at the root, one in its nodes, and one in theirs. */
const depthMax = 2

export interface BulkRows {
  readonly lines: string[]
  readonly rootCount: number
}

interface Asked {
  readonly node: FieldNode
  readonly key: string
  readonly field: GraphQLField<unknown, unknown>
  readonly type: GraphQLNamedType
  readonly args: Readonly<Record<string, unknown>>
}

const isConnection = (type: GraphQLNamedType): boolean => type.name.endsWith('Connection')

/** The fields of a selection, fragments opened; read once, for a hundred thousand objects. */
function askedOf(plan: Plan, set: SelectionSetNode, on: GraphQLObjectType): readonly Asked[] {
  const known = plan.read.get(set)
  if (known) return known
  const asked = readSelection(plan, set, on)
  plan.read.set(set, asked)
  return asked
}

function readSelection(plan: Plan, set: SelectionSetNode, on: GraphQLObjectType): Asked[] {
  return set.selections.flatMap((selection): Asked[] => {
    if (selection.kind === Kind.FIELD) {
      const field = on.getFields()[selection.name.value]
      const key = selection.alias?.value ?? selection.name.value
      return field ? [asking(selection, key, field)] : []
    }
    const part =
      selection.kind === Kind.INLINE_FRAGMENT
        ? selection
        : plan.document.definitions.find(
            (one) => one.kind === Kind.FRAGMENT_DEFINITION && one.name.value === selection.name.value,
          )
    if (!part || !('selectionSet' in part) || !part.selectionSet) return []
    const wanted = 'typeCondition' in part ? part.typeCondition?.name.value : undefined
    return wanted === undefined || wanted === on.name || on.getInterfaces().some(({ name }) => name === wanted)
      ? readSelection(plan, part.selectionSet, on)
      : []
  })
}

/** The selection of a connection's nodes, written as `nodes` or `edges { node }`. */
function nodesOf(plan: Plan, asked: Asked): { type: GraphQLObjectType; set: SelectionSetNode } | undefined {
  const inner = (set: SelectionSetNode | undefined, type: GraphQLNamedType, name: string) =>
    set && isObjectType(type) ? askedOf(plan, set, type).find((one) => one.field.name === name) : undefined
  const edges = inner(asked.node.selectionSet, asked.type, 'edges')
  const node = edges
    ? inner(edges.node.selectionSet, edges.type, 'node')
    : inner(asked.node.selectionSet, asked.type, 'nodes')
  return node?.node.selectionSet && isObjectType(node.type)
    ? { type: node.type, set: node.node.selectionSet }
    : undefined
}

interface Plan {
  readonly document: DocumentNode
  readonly read: Map<SelectionSetNode, readonly Asked[]>
}

const asking = (node: FieldNode, key: string, field: GraphQLField<unknown, unknown>): Asked => ({
  node,
  key,
  field,
  type: getNamedType(field.type),
  args: getArgumentValues(field, node),
})

/** Reads the text of a bulk query; a string says why Shopify would refuse it. */
export function readBulkQuery(
  schema: GraphQLSchema,
  text: string,
): { document: DocumentNode; root: FieldNode } | string {
  let document: DocumentNode
  try {
    document = parse(text, { maxTokens: 10_000 })
  } catch (error) {
    return `Invalid bulk query: ${error instanceof Error ? error.message : ''}`
  }
  const [wrong] = validate(schema, document)
  if (wrong) return `Invalid bulk query: ${wrong.message}`
  const operations = document.definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION)
  const [operation] = operations
  const root = schema.getQueryType()
  if (!operation || operations.length > 1 || operation.operation !== 'query' || !root)
    return 'Bulk queries must be a single query operation.'
  if (operation.variableDefinitions?.length) return 'Bulk queries cannot have variables.'
  const plan: Plan = { document, read: new Map() }
  const fields = askedOf(plan, operation.selectionSet, root)
  const [field] = fields
  if (!field || fields.length > 1) return 'Bulk queries must have exactly one top-level field.'
  if (field.field.name === 'node' || field.field.name === 'nodes')
    return 'Bulk queries cannot use the node or nodes field.'
  if (!isConnection(field.type)) return 'Bulk queries must contain at least one connection.'
  const shape = shapeOf(plan, field, 0)
  if (shape.count > connectionsMax) return `Bulk queries cannot contain more than ${connectionsMax} connections.`
  if (shape.depth > depthMax) return `Bulk queries cannot nest connections deeper than ${depthMax} levels.`
  if (shape.isBroken)
    return 'Every connection of a bulk query must select its nodes, and a parent of a connection its id.'
  return { document, root: field.node }
}

interface Shape {
  readonly count: number
  readonly depth: number
  readonly isBroken: boolean
}

function shapeOf(plan: Plan, asked: Asked, depth: number): Shape {
  const nodes = nodesOf(plan, asked)
  if (!nodes) return { count: 1, depth, isBroken: true }
  const inside = askedOf(plan, nodes.set, nodes.type)
  const connections = inside.flatMap((one) => connectionsIn(plan, one))
  const shapes = connections.map((one) => shapeOf(plan, one, depth + 1))
  return {
    count: 1 + shapes.reduce((sum, { count }) => sum + count, 0),
    depth: Math.max(depth, ...shapes.map((one) => one.depth)),
    isBroken:
      shapes.some((one) => one.isBroken) ||
      (connections.length > 0 && !inside.some(({ field }) => field.name === 'id')),
  }
}

/** A field's own connection, or those of the object it leads to. */
function connectionsIn(plan: Plan, asked: Asked): Asked[] {
  if (isConnection(asked.type)) return [asked]
  if (!isObjectType(asked.type) || !asked.node.selectionSet) return []
  return askedOf(plan, asked.node.selectionSet, asked.type).flatMap((one) => connectionsIn(plan, one))
}

/**
 * Every line of the result. With `grouped` children follow their parent; otherwise all roots come first and the children
 * of all of them after, so that nobody relies on neighbours.
 */
export function runBulkQuery(
  schema: GraphQLSchema,
  { document, root }: { document: DocumentNode; root: FieldNode },
  context: Context,
  grouped: boolean,
): BulkRows {
  const plan: Plan = { document, read: new Map() }
  const query = schema.getQueryType()
  const field = query?.getFields()[root.name.value]
  const lines: string[] = []
  const later: (() => void)[] = []
  if (!field) return { lines, rootCount: 0 }

  function connection(asked: Asked, source: unknown, parentId: string | undefined): number {
    const nodes = nodesOf(plan, asked)
    if (!nodes) return 0
    const found = listed(resolved(asked, source, context, everything))
    const fields = askedOf(plan, nodes.set, nodes.type)
    for (const thing of found) {
      const children: (() => void)[] = []
      const row = object(fields, nodes.type, thing, children)
      lines.push(JSON.stringify(parentId === undefined ? row : { ...row, __parentId: parentId }))
      if (grouped) for (const child of children) child()
      else later.push(...children)
    }
    return found.length
  }

  /** `owner`: the id of the line, which the connections inside its objects name as their parent. */
  function object(
    fields: readonly Asked[],
    type: GraphQLObjectType,
    source: unknown,
    children: (() => void)[],
    owner?: string,
  ): Record<string, unknown> {
    const row: Record<string, unknown> = {}
    const connections: Asked[] = []
    const ownId = fields.find(({ field }) => field.name === 'id')
    const id = owner ?? (ownId ? String(resolved(ownId, source, context)) : '')
    for (const asked of fields) {
      if (isConnection(asked.type)) connections.push(asked)
      else if (asked.field.name === '__typename') row[asked.key] = type.name
      else row[asked.key] = value(asked, resolved(asked, source, context), children, id)
    }
    for (const asked of connections) children.push(() => connection(asked, source, id))
    return row
  }

  function value(asked: Asked, found: unknown, children: (() => void)[], owner: string): unknown {
    if (found === null || found === undefined) return null
    if (Array.isArray(found)) return found.map((one) => value(asked, one, children, owner))
    if (isLeafType(asked.type)) return found
    if (!isObjectType(asked.type) || !asked.node.selectionSet) return null
    return object(askedOf(plan, asked.node.selectionSet, asked.type), asked.type, found, children, owner)
  }

  const rootCount = connection(asking(root, root.name.value, field), {}, undefined)
  for (let i = 0; i < later.length; i++) later[i]?.()
  return { lines, rootCount }
}

/** Calls a field's resolver with its arguments, as graphql-js would. Resolvers of this schema do not read the info argument of a query. */
function resolved(asked: Asked, source: unknown, context: Context, more?: object): unknown {
  const args = more ? { ...asked.args, ...more } : asked.args
  if (asked.field.resolve) return asked.field.resolve(source, args, context, noInfo)
  return typeof source === 'object' && source !== null ? Reflect.get(source, asked.field.name) : undefined
}

/** Safe because only keyed mutations look at it, and a bulk query has none. */
const noInfo = {} as never

function listed(found: unknown): readonly unknown[] {
  const nodes = typeof found === 'object' && found !== null ? Reflect.get(found, 'nodes') : undefined
  return Array.isArray(nodes) ? nodes : []
}

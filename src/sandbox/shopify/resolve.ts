/** What the resolvers share: their context, how ids are read, and how a refusal looks. */

import {
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
} from 'graphql'
import type { IdempotencyKeys } from './idempotency.ts'
import { parseGid } from './ids.ts'
import type { Grant } from './tokens.ts'
import type { World } from './world.ts'

export interface Context {
  readonly world: World
  readonly keys: IdempotencyKeys
  readonly grant: Grant
  /** The version that answers. */
  readonly apiVersion: string
  /** Where the shop was called: files are served from there. */
  readonly origin: string
  /** The request's variables as they were sent, before coercion. */
  readonly rawVariables: Readonly<Record<string, unknown>>
}

/** Source and arguments are what the schema says they are, so each resolver names its own types. */
export type Resolver = (source: never, args: never, context: Context, info: GraphQLResolveInfo) => unknown
export type Resolvers = Readonly<Record<string, Readonly<Record<string, Resolver>>>>

/** Safe because graphql-js calls a resolver only with the source and the arguments of the field it hangs on. */
const asFieldResolver = (resolver: Resolver) => resolver as GraphQLFieldResolver<unknown, Context>

export function attach(schema: GraphQLSchema, resolvers: Resolvers): void {
  for (const [typeName, fields] of Object.entries(resolvers)) {
    const type = schema.getType(typeName)
    for (const [name, resolver] of Object.entries(fields)) {
      const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined
      if (!field) throw new Error(`The schema has no ${typeName}.${name}`)
      field.resolve = asFieldResolver(resolver)
    }
  }
}

/** A mistake of the caller's that Shopify answers at the top level rather than in userErrors. */
export const refusal = (message: string, code: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code } })

/** The number in a global id. Text that is no global id is refused at the top level. */
export function readGid(text: string): { kind: string; id: string } {
  const gid = parseGid(text)
  if (!gid) throw refusal(`Invalid global id '${text}'`, 'INVALID_VARIABLE')
  return gid
}

/** The thing a global id of this kind names; undefined when there is none. */
export function find<T>(kind: string, things: ReadonlyMap<string, T>, text: string): T | undefined {
  const gid = readGid(text)
  return gid.kind === kind ? things.get(gid.id) : undefined
}

/** As `find`, for query fields that refuse the id of another kind of thing. */
export function look<T>(kind: string, things: ReadonlyMap<string, T>, text: string): T | null {
  if (readGid(text).kind !== kind) throw refusal(`invalid id: ${text}`, 'RESOURCE_NOT_FOUND')
  return find(kind, things, text) ?? null
}

export interface UserError {
  readonly code?: string | null
  readonly field: readonly string[] | null
  readonly message: string
}

export const userError = (field: readonly string[] | null, message: string, code: string | null = null): UserError => ({
  code,
  field,
  message,
})

/** What a route is: a path, its verbs, and what a handler is given. */

import type { Answer } from './lists.ts'
import type { Query } from './query.ts'
import { RestError } from './rest-error.ts'
import { type Fields, fieldsOf, listOf, phpInt, textOf } from './values.ts'

const verbs = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
export type Verb = (typeof verbs)[number]

export const isVerb = (word: string): word is Verb => verbs.some((verb) => verb === word)

export interface Call {
  readonly url: URL
  readonly query: Query
  readonly fields: Fields
  /** The parts of the path that the route left open, in order. */
  readonly parts: readonly string[]
  /** The nth open part as a number. */
  id(at: number): number
  /** `force` in the query or the body. */
  readonly force: boolean
}

export type Handler = (call: Call) => Answer

export interface Route {
  /** Below /wp-json, `:id` for digits and `:word` for anything else. */
  readonly path: string
  readonly verbs: Partial<Readonly<Record<Verb, Handler>>>
  /** Answered without any key. */
  isPublic?(call: Call): boolean
}

/** PUT, PATCH and POST on an item are one thing. */
export const updates = (handler: Handler) => ({ POST: handler, PUT: handler, PATCH: handler })

export const ok = (body: unknown): Answer => ({ status: 200, body })
export const created = (body: unknown, location: string): Answer => ({ status: 201, body, headers: { location } })

/** Create, update and delete must not sum to more. */
const batchMax = 100

export interface BatchVerbs {
  create(fields: Fields): unknown
  update(id: number, fields: Fields): unknown
  delete(id: number): unknown
}

function attempt(id: unknown, work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof RestError)) throw error
    return { id, error: error.body() }
  }
}

/** Always 200: one result per item in place, in the order create, update, delete, and nothing is checked beforehand. */
export function batch(verbs: BatchVerbs): Handler {
  return ({ fields }) => {
    const [create, update, remove] = [listOf(fields.create), listOf(fields.update), listOf(fields.delete)]
    if (create.length + update.length + remove.length > batchMax) {
      const message = `Unable to accept more than ${batchMax} items for this request.`
      throw new RestError(413, 'woocommerce_rest_request_entity_too_large', message)
    }
    const body: Record<string, unknown> = {}
    const items = (list: readonly unknown[]) => list.map<Fields>(fieldsOf)
    if (create.length > 0) body.create = items(create).map((item) => attempt(0, () => verbs.create(item)))
    if (update.length > 0)
      body.update = items(update).map((item) => attempt(item.id ?? null, () => verbs.update(phpInt(item.id), item)))
    if (remove.length > 0) body.delete = remove.map((id) => attempt(phpInt(id), () => verbs.delete(phpInt(id))))
    return ok(body)
  }
}

/** Rows that a list filter wants by `include` and `exclude`. */
export function idFilter(query: Query): (row: { readonly id: number }) => boolean {
  const include = new Set(query.list('include').map(Number))
  const exclude = new Set(query.list('exclude').map(Number))
  return ({ id }) => (include.size === 0 || include.has(id)) && !exclude.has(id)
}

export const wordsOf = (query: Query, name: string): ReadonlySet<string> => new Set(query.list(name).map(textOf))

/** Shopify's search syntax (`field:value`, comparisons, AND, OR, NOT, brackets, a trailing *) and its cursor paging. */

import { GraphQLError } from 'graphql'
import { compareIds } from './ids.ts'

export type Operator = ':' | ':>' | ':>=' | ':<' | ':<='
/** Whether a thing meets `field operator value`. */
export type FieldTest<T> = (thing: T, operator: Operator, value: string) => boolean

type Query =
  | { readonly kind: 'term'; readonly field: string; readonly operator: Operator; readonly value: string }
  | { readonly kind: 'not'; readonly of: Query }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Query[] }

const refuse = (message: string) =>
  new GraphQLError(message, {
    extensions: { code: 'INVALID_SEARCH', sandbox: 'stricter than Shopify, which would ignore it' },
  })

const tokenPattern =
  /\s*(?:([()])|(-?[A-Za-z_]+(?:\.[A-Za-z_]+)*)?(:(?:>=|<=|>|<)?)?(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s()"']+))?)/y

interface Token {
  readonly bracket?: '(' | ')'
  readonly word?: string
  readonly term?: Query
  readonly negated?: boolean
}

function tokens(text: string): Token[] {
  const found: Token[] = []
  tokenPattern.lastIndex = 0
  while (tokenPattern.lastIndex < text.length) {
    const match = tokenPattern.exec(text)
    if (!match || match[0].trim() === '') break
    const [, bracket, name, operator, double, single, bare] = match
    if (bracket) found.push({ bracket: bracket === '(' ? '(' : ')' })
    else {
      const quoted = (double ?? single)?.replace(/\\(.)/g, '$1')
      const negated = name?.startsWith('-') ?? false
      const field = negated ? (name ?? '').slice(1) : (name ?? '')
      if (operator) {
        if (!field) throw refuse(`Search cannot read “${match[0].trim()}”`)
        const term: Query = { kind: 'term', field, operator: operator as Operator, value: quoted ?? bare ?? '' }
        found.push({ term, negated })
      } else if (quoted === undefined && /^(AND|OR|NOT)$/.test(name ?? '')) {
        found.push({ word: name ?? '' })
        if (bare) tokenPattern.lastIndex -= bare.length
      } else
        found.push({
          term: { kind: 'term', field: '', operator: ':', value: `${field}${quoted ?? bare ?? ''}` },
          negated,
        })
    }
  }
  return found
}

/** OR binds loosest; words next to one another are joined by AND. */
function parse(text: string): Query {
  const rest = tokens(text)
  const either = (): Query => {
    const of = [both()]
    while (rest[0]?.word === 'OR') {
      rest.shift()
      of.push(both())
    }
    return of.length === 1 && of[0] ? of[0] : { kind: 'or', of }
  }
  const both = (): Query => {
    const of: Query[] = []
    while (rest[0] && rest[0].bracket !== ')' && rest[0].word !== 'OR') {
      if (rest[0].word === 'AND') rest.shift()
      else of.push(one())
    }
    return of.length === 1 && of[0] ? of[0] : { kind: 'and', of }
  }
  const one = (): Query => {
    const token = rest.shift()
    if (token?.word === 'NOT') return { kind: 'not', of: one() }
    if (token?.bracket === '(') {
      const inside = either()
      if (rest.shift()?.bracket !== ')') throw refuse('Search misses a closing bracket')
      return inside
    }
    if (!token?.term) throw refuse(`Search cannot read “${text}”`)
    return token.negated ? { kind: 'not', of: token.term } : token.term
  }
  const query = either()
  if (rest.length) throw refuse(`Search cannot read “${text}”`)
  return query
}

/** A predicate for a search text. `fields['']` takes words without a field. A field nobody listed is refused, not ignored. */
export function search<T>(
  text: string | null | undefined,
  fields: Record<string, FieldTest<T>>,
): (thing: T) => boolean {
  if (!text?.trim()) return () => true
  const build = (query: Query): ((thing: T) => boolean) => {
    if (query.kind === 'not') {
      const inner = build(query.of)
      return (thing) => !inner(thing)
    }
    if (query.kind === 'term') {
      const test = fields[query.field]
      if (!test) throw refuse(`The sandbox does not search by “${query.field || query.value}”`)
      return (thing) => test(thing, query.operator, query.value)
    }
    const parts = query.of.map(build)
    return query.kind === 'and' ? (thing) => parts.every((is) => is(thing)) : (thing) => parts.some((is) => is(thing))
  }
  return build(parse(text))
}

const compared = (difference: number, operator: Operator): boolean => {
  if (operator === ':') return difference === 0
  if (operator === ':>') return difference > 0
  if (operator === ':>=') return difference >= 0
  return operator === ':<' ? difference < 0 : difference <= 0
}

/** Times are indexed in whole seconds. */
export const byTime =
  <T>(at: (thing: T) => number | undefined): FieldTest<T> =>
  (thing, operator, value) => {
    const wanted = Date.parse(value)
    if (Number.isNaN(wanted)) throw refuse(`“${value}” is no time`)
    const actual = at(thing)
    return actual !== undefined && compared(Math.floor(actual / 1000) * 1000 - wanted, operator)
  }

export const byId =
  <T>(of: (thing: T) => string): FieldTest<T> =>
  (thing, operator, value) =>
    compared(compareIds(of(thing), value.replace(/^gid:\/\/shopify\/\w+\//, '')), operator)

const pieces = (text: string): string[] =>
  text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)

/** Text search sees words without case or punctuation: `sku:"abc-1"` also finds ABC-1-XL. A trailing * matches any ending. */
export const byWords =
  <T>(of: (thing: T) => string | undefined): FieldTest<T> =>
  (thing, _operator, value) => {
    const text = of(thing)
    if (text === undefined) return false
    const wanted = pieces(value)
    const actual = pieces(text)
    if (wanted.length === 0) return value === '*' || text.toLowerCase() === value.toLowerCase()
    return wanted.every((piece, i) =>
      value.endsWith('*') && i === wanted.length - 1
        ? actual.some((word) => word.startsWith(piece))
        : actual.includes(piece),
    )
  }

export const byExact =
  <T>(of: (thing: T) => string | undefined): FieldTest<T> =>
  (thing, _operator, value) =>
    of(thing)?.toLowerCase() === value.toLowerCase()

export const byFlag =
  <T>(of: (thing: T) => boolean): FieldTest<T> =>
  (thing, _operator, value) =>
    of(thing) === (value === 'true')

// ---------------------------------------------------------------- paging

export interface PageArgs {
  readonly first?: number | null
  readonly last?: number | null
  readonly after?: string | null
  readonly before?: string | null
  readonly reverse?: boolean | null
}

export type SortKey = readonly [value: number | string, id: string]

export interface Page<T> {
  readonly nodes: readonly T[]
  readonly edges: readonly { readonly node: T; readonly cursor: string }[]
  readonly pageInfo: {
    readonly hasNextPage: boolean
    readonly hasPreviousPage: boolean
    readonly startCursor: string | null
    readonly endCursor: string | null
  }
}

const compareKeys = ([a, aId]: SortKey, [b, bId]: SortKey): number => (a < b ? -1 : a > b ? 1 : compareIds(aId, bId))
const cursorOf = (key: SortKey): string => Buffer.from(JSON.stringify(key)).toString('base64url')

function keyOf(cursor: string): SortKey {
  try {
    const [value, id]: unknown[] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    if ((typeof value === 'number' || typeof value === 'string') && typeof id === 'string') return [value, id]
  } catch {}
  throw new GraphQLError('Invalid cursor for current pagination sort.', { extensions: { code: 'INVALID_CURSOR' } })
}

const badRequest = (message: string) => new GraphQLError(message, { extensions: { code: 'BAD_REQUEST' } })

/** The page of a bulk operation: no request can ask for it, because GraphQL has no infinite number. */
export const everything = { first: Number.POSITIVE_INFINITY } as const

/** Lists mostly come in order already. */
const isSorted = (rows: readonly { readonly key: SortKey }[], way: number): boolean => {
  for (let i = 1; i < rows.length; i++) {
    const [a, b] = [rows[i - 1], rows[i]]
    if (a && b && way * compareKeys(a.key, b.key) > 0) return false
  }
  return true
}

/** One page of a list, sorted by key. A cursor is a place in the order, so it holds while things come and go. */
export function page<T>(things: Iterable<T>, args: PageArgs, key: (thing: T) => SortKey): Page<T> {
  const { first, last } = args
  const size = first ?? last
  if (size === null || size === undefined) throw badRequest('you must provide one of first or last')
  if (first != null && last != null) throw badRequest('providing both first and last is not supported')
  if (size < 0 || (size > 250 && size !== everything.first))
    throw badRequest('first and last must be between 0 and 250')
  const way = args.reverse ? -1 : 1
  let rows = [...things].map((thing) => ({ thing, key: key(thing) }))
  if (!isSorted(rows, way)) rows.sort((a, b) => way * compareKeys(a.key, b.key))
  const all = rows.length
  const { after, before } = args
  if (after) {
    const at = keyOf(after)
    rows = rows.filter((row) => way * compareKeys(row.key, at) > 0)
  }
  const afterwards = all - rows.length
  if (before) {
    const at = keyOf(before)
    rows = rows.filter((row) => way * compareKeys(row.key, at) < 0)
  }
  const cut = first != null ? rows.slice(0, size) : rows.slice(Math.max(0, rows.length - size))
  const isCut = cut.length < rows.length
  const edges = cut.map((row) => ({ node: row.thing, cursor: cursorOf(row.key) }))
  return {
    nodes: cut.map((row) => row.thing),
    edges,
    pageInfo: {
      hasNextPage: first != null ? isCut : all - afterwards > rows.length,
      hasPreviousPage: first != null ? afterwards > 0 : isCut,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  }
}

/** Lists as WordPress answers them: pages, totals in headers, links to the neighbours, trimmed fields. */

import type { Query } from './query.ts'
import { type Fields, filterSeconds, isFields } from './values.ts'

export interface Answer {
  readonly status: number
  readonly body: unknown
  readonly headers?: Record<string, string>
}

/** `_fields=id,meta_data.key`: the first part of each name decides at the top, deeper parts trim objects. */
export function trim(body: unknown, wanted: readonly string[]): unknown {
  if (wanted.length === 0) return body
  if (Array.isArray(body)) return body.map((row) => trim(row, wanted))
  if (!isFields(body)) return body
  const out: Record<string, unknown> = {}
  for (const name of wanted) {
    const [top = '', ...rest] = name.split('.')
    if (!(top in body)) continue
    const sub = wanted.filter((other) => other.startsWith(`${top}.`)).map((other) => other.slice(top.length + 1))
    const whole = wanted.includes(top) || rest.length === 0 || !isFields(body[top])
    out[top] = whole ? body[top] : trim(body[top], sub)
  }
  return out
}

interface Dated {
  readonly id: number
  readonly createdAt: number
  readonly modifiedAt: number
}

/** The date filters are exclusive and compare whole seconds. */
export function dateFilter(query: Query, utcOffsetMinutes: number): (row: Dated) => boolean {
  const gmt = query.isTrue('dates_are_gmt')
  const bound = (name: string) => {
    const text = query.get(name)
    return text === undefined ? undefined : filterSeconds(text, gmt, utcOffsetMinutes)
  }
  const [after, before] = [bound('after'), bound('before')]
  const [modifiedAfter, modifiedBefore] = [bound('modified_after'), bound('modified_before')]
  return (row) =>
    (after === undefined || row.createdAt > after) &&
    (before === undefined || row.createdAt < before) &&
    (modifiedAfter === undefined || row.modifiedAt > modifiedAfter) &&
    (modifiedBefore === undefined || row.modifiedAt < modifiedBefore)
}

/** Sorts in place; newest first unless told otherwise. Rows of equal value are ordered by id in the same direction. */
export function sortRows<Row extends Dated>(rows: Row[], query: Query, title: (row: Row) => string): Row[] {
  const direction = query.get('order') === 'asc' ? 1 : -1
  const by = query.get('orderby') ?? 'date'
  const include = query.list('include').map(Number)
  if (by === 'include') return rows.sort((a, b) => include.indexOf(a.id) - include.indexOf(b.id))
  const compare: Record<string, (a: Row, b: Row) => number> = {
    date: (a, b) => a.createdAt - b.createdAt,
    modified: (a, b) => a.modifiedAt - b.modifiedAt,
    title: (a, b) => (title(a) < title(b) ? -1 : title(a) > title(b) ? 1 : 0),
  }
  const first = compare[by] ?? (() => 0)
  return rows.sort((a, b) => direction * (first(a, b) || a.id - b.id))
}

export const listOrders = ['date', 'modified', 'id', 'include', 'title', 'slug'] as const

/** PHP's rawurlencode of a query, as in the `Link` header. */
function neighbour(url: URL, page: number): string {
  const copy = new URLSearchParams(url.search)
  copy.set('page', String(page))
  return `${url.origin}${url.pathname}?${copy.toString()}`
}

/** One page of rows that are already filtered and sorted. A page past the end is empty, not an error. */
export function answerPage<Row>(rows: readonly Row[], query: Query, url: URL, render: (row: Row) => Fields): Answer {
  const perPage = Number(query.get('per_page') ?? 10)
  const page = Number(query.get('page') ?? 1)
  const start = query.has('offset') ? Number(query.get('offset')) : (page - 1) * perPage
  const pages = Math.ceil(rows.length / perPage)
  const links = [
    ...(page > 1 ? [`<${neighbour(url, Math.min(page - 1, Math.max(pages, 1)))}>; rel="prev"`] : []),
    ...(page < pages ? [`<${neighbour(url, page + 1)}>; rel="next"`] : []),
  ]
  return {
    status: 200,
    body: rows.slice(start, start + perPage).map(render),
    headers: {
      'x-wp-total': String(rows.length),
      'x-wp-totalpages': String(pages),
      ...(links.length > 0 ? { link: links.join(', ') } : {}),
    },
  }
}

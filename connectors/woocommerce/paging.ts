/** Walks lists that change while they are walked: by modification time, or by id with overlap. */

import type { Urgency } from '../../src/channel.ts'
import type { Instant } from '../../src/domain.ts'
import { ChannelError } from '../../src/errors.ts'
import type { Client, Params } from './client.ts'
import { readGmt, writeGmt } from './values.ts'

export interface Page {
  readonly rows: readonly Record<string, unknown>[]
  /** When the request for these rows was sent. */
  readonly startedAt: Instant
  /** Everything that changed before this has been seen, this page included. */
  readonly reached?: Instant
  /** On the first page of a walk by time: how many rows there are, where the shop says it. */
  readonly total?: number
}

export interface Walk {
  readonly client: Client
  readonly now: () => Instant
  readonly path: string
  readonly params?: Params
  readonly urgency: Urgency
}

/** `modified_after` is exclusive and counts whole seconds; commits land a moment after the time they state. */
const overlapMs = 5_000
const rowsPerPage = 50
/** WooCommerce gives 100 at most. */
const rowsPerScan = 100
/** Rows asked for twice, so that deletions during the walk do not push a row past us. */
const scanOverlapRows = 5
/** 500,000 rows: beyond it something loops. */
const pagesMax = 10_000

const modifiedAt = (row: Record<string, unknown>): Instant | undefined =>
  typeof row.date_modified_gmt === 'string' ? readGmt(row.date_modified_gmt) : undefined

/**
 * Rows changed at or after `since`, oldest first, each version once. The next page starts at the last time seen rather than at a
 * page number, because every row that changes meanwhile moves to the end. A shop that ignores the filter or the order (old
 * versions do, without a word) is walked by page numbers, and its rows are filtered here.
 */
export async function* changedSince(walk: Walk, since: Instant): AsyncGenerator<Page> {
  const from = Math.max(0, since - overlapMs)
  const seen = new Set<string>()
  let after = from
  let page = 1
  let obeys = true
  for (let turn = 0; turn < pagesMax; turn++) {
    const startedAt = walk.now()
    const reply = await request(walk, { after: obeys ? after : from, page })
    const rows = walk.client.rows(reply)
    const times = rows.map(modifiedAt)
    if (obeys && !times.every((time, i) => time !== undefined && time >= after && time >= (times[i - 1] ?? 0))) {
      obeys = false
      // Page numbers count from `from`: start over there unless this was that page.
      if (after > from) page = 0
    }
    const fresh = rows.filter((row, i) => {
      const version = `${String(row.id)}/${String(row.date_modified_gmt)}`
      if ((times[i] ?? from) < from || seen.has(version)) return false
      seen.add(version)
      return true
    })
    const reached = obeys ? times.at(-1) : undefined
    const total = turn === 0 && reply.ok ? reply.total : undefined
    if (fresh.length)
      yield { rows: fresh, startedAt, ...(reached !== undefined && { reached }), ...(total !== undefined && { total }) }
    if (rows.length < rowsPerPage) return
    const last = times.at(-1)
    // The last second may go on after this page: it is read again, unless it fills whole pages.
    if (obeys && last !== undefined && last - 1000 > after) {
      after = last - 1000
      page = 1
    } else page += 1
  }
  throw new ChannelError('transient', `The list ${walk.path} did not end after ${pagesMax} pages.`)
}

function request(walk: Walk, at: { after: Instant; page: number }) {
  const changed: Params = at.after > 0 ? { modified_after: writeGmt(at.after), dates_are_gmt: 'true' } : {}
  return walk.client.get(
    walk.path,
    {
      ...walk.params,
      ...changed,
      orderby: 'modified',
      order: 'asc',
      per_page: String(rowsPerPage),
      page: String(at.page),
    },
    { urgency: walk.urgency },
  )
}

/** Every row of a list, by id. */
export async function* everything(walk: Walk): AsyncGenerator<Page> {
  const seen = new Set<string>()
  let offset = 0
  for (let turn = 0; turn < pagesMax; turn++) {
    const startedAt = walk.now()
    const params = {
      ...walk.params,
      orderby: 'id',
      order: 'asc',
      per_page: String(rowsPerScan),
      offset: String(offset),
    }
    const rows = walk.client.rows(await walk.client.get(walk.path, params, { urgency: walk.urgency }))
    const fresh = rows.filter((row) => !seen.has(String(row.id)))
    for (const row of fresh) seen.add(String(row.id))
    if (fresh.length) yield { rows: fresh, startedAt }
    if (rows.length < rowsPerScan || !fresh.length) return
    offset += rows.length - scanOverlapRows
  }
  throw new ChannelError('transient', `The list ${walk.path} did not end after ${pagesMax} pages.`)
}

/** How each connected shop is doing as a connection: which sources were heard of, its webhooks, what is being read, when access ends. */

import { z } from 'zod'
import type { ReconcileReason } from '../../accounts/care.ts'
import { expectedBy } from '../../accounts/silence.ts'
import { calmRhythm } from '../../loops.ts'
import type { ConnectionTable } from '../../store/tables.ts'
import type { ApiDeps } from '../deps.ts'

export const sourceNames = ['webhooks', 'orders', 'listings', 'shelves'] as const
export const reconcileReasons = [
  'connected',
  'webhooks',
  'silence',
  'gap',
  'asked',
] as const satisfies readonly ReconcileReason[]

export interface Connection {
  readonly id: string
  readonly platform: string
  readonly title: string
  readonly shop: string
  readonly state: 'active' | 'paused' | 'broken'
  readonly reason: string | null
  /** People can connect it again by the pages. */
  readonly isOffered: boolean
  readonly isDiagnosable: boolean
  /** When the access that was granted ends, unless somebody grants it anew. */
  readonly endsAt: number | null
  readonly counts: { readonly listings: number; readonly shelves: number; readonly orders: number }
  readonly reading: { readonly reason: ReconcileReason; readonly since: number; readonly trouble: string | null } | null
  readonly lastRead: { readonly reason: ReconcileReason; readonly at: number } | null
  readonly sources: readonly {
    readonly source: (typeof sourceNames)[number]
    readonly seenAt: number | null
    /** Null while nothing says when it should be heard of again. */
    readonly expectedBy: number | null
    readonly isLate: boolean
  }[]
  readonly webhooks: {
    readonly auditedAt: number
    readonly wanted: number
    readonly found: number
    readonly faults: readonly string[]
    readonly trouble: string | null
  } | null
}

const auditText = z.object({
  wanted: z.array(z.string()),
  found: z.array(z.string()),
  missing: z.array(z.string()),
  broken: z.array(z.object({ topic: z.string(), reason: z.string() })),
})

/** A poll that comes five times later than it should has not come. */
const patience = 5

const reasonIn = (text: string | null): ReconcileReason => reconcileReasons.find((one) => one === text) ?? 'gap'

export async function readConnections(deps: ApiDeps): Promise<Connection[]> {
  const { db } = deps.store
  const now = deps.clock.now()
  const rows = new Map((await db.selectFrom('connection').selectAll().execute()).map((row) => [row.account, row]))
  const found: Connection[] = []
  for (const account of await deps.accounts.list()) {
    const { id, platform, title, shop, state, reason } = account
    const row = rows.get(id)
    found.push({
      ...{ id, platform, title, shop, state, reason },
      isOffered: deps.installs.offered.some((one) => one.platform === platform),
      isDiagnosable: (await deps.accounts.open(id).catch(() => undefined))?.channel.diagnose !== undefined,
      endsAt: (await deps.accounts.endsAt(id)) ?? null,
      counts: await countsOf(deps, id),
      reading: readingOf(row),
      lastRead: row?.ended_at ? { reason: reasonIn(row.ended_reason), at: row.ended_at } : null,
      sources: await sourcesOf(deps, id, row, now),
      webhooks: webhooksOf(row),
    })
  }
  return found
}

const readingOf = (row: ConnectionTable | undefined): Connection['reading'] =>
  row?.wanted_at
    ? { reason: reasonIn(row.wanted_reason), since: row.began_at ?? row.wanted_at, trouble: row.trouble }
    : null

async function countsOf({ store: { db } }: ApiDeps, account: string): Promise<Connection['counts']> {
  const count = async (table: 'listing' | 'shelf' | 'order_head') => {
    const { n } = await db
      .selectFrom(table)
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .where('account', '=', account)
      .executeTakeFirstOrThrow()
    return Number(n)
  }
  return { listings: await count('listing'), shelves: await count('shelf'), orders: await count('order_head') }
}

async function sourcesOf(
  { store: { db } }: ApiDeps,
  account: string,
  row: ConnectionTable | undefined,
  now: number,
): Promise<Connection['sources']> {
  const cursors = await db.selectFrom('cursor').select(['topic', 'polled_at']).where('account', '=', account).execute()
  const polledAt = (topic: string) => cursors.find((one) => one.topic === topic)?.polled_at ?? null
  const shelf = await db
    .selectFrom('shelf')
    .select((eb) => eb.fn.max('read_at').as('at'))
    .where('account', '=', account)
    .executeTakeFirst()
  const heardAt = row?.heard_at ?? null
  const after = (at: number | null, everyMs: number) => (at === null ? null : at + patience * everyMs)
  const shelvesAt = shelf?.at === null || shelf?.at === undefined ? null : Number(shelf.at)
  const due = {
    webhooks: { seenAt: heardAt, expectedBy: (row && expectedBy(row)) ?? null },
    orders: { seenAt: polledAt('orders'), expectedBy: after(polledAt('orders'), calmRhythm.pollOrdersEveryMs) },
    listings: { seenAt: polledAt('listings'), expectedBy: after(polledAt('listings'), calmRhythm.pollListingsEveryMs) },
    shelves: { seenAt: shelvesAt, expectedBy: after(shelvesAt, calmRhythm.observeEveryMs) },
  }
  return sourceNames.map((source) => ({
    source,
    ...due[source],
    isLate: (due[source].expectedBy ?? now) < now || (source === 'webhooks' && isToldSilent(row)),
  }))
}

const isToldSilent = (row: ConnectionTable | undefined): boolean =>
  row?.silence_told_at != null && row.silence_told_at >= (row.heard_at ?? 0)

function webhooksOf(row: ConnectionTable | undefined): Connection['webhooks'] {
  if (!row?.audited_at) return null
  const audit = row.audit === null ? undefined : auditText.parse(JSON.parse(row.audit))
  return {
    auditedAt: row.audited_at,
    wanted: audit?.wanted.length ?? 0,
    found: audit?.found.length ?? 0,
    faults: [...(audit?.missing ?? []), ...(audit?.broken ?? []).map(({ topic, reason }) => `${topic}: ${reason}`)],
    trouble: row.audit_trouble,
  }
}

/** What going live would change in a shop: every counter from now to wanted, the riskiest first, and the sums. Pure. */

import type { ListingId, RegisterId } from '../domain.ts'
import type { ChangeReason, ComponentTerms, Decision, PolicyName } from './facts.ts'

/** One counter of the shop, with what the policy decided as if it might be written already. */
export interface DryRunCounter {
  readonly register: RegisterId
  readonly title: string
  readonly listings: readonly ListingId[]
  /** What the shop showed when its shelf was read last; null when it never was. */
  readonly nowUnits: number | null
  /** Its shop counts it, and it may be written at all. */
  readonly isCountable: boolean
  readonly isLinked: boolean
  /** Undefined where nothing can be decided: nobody has counted what it sells. */
  readonly decision: Decision | undefined
}

/**
 * - `zero`, `down`, `up`: written.
 * - `waits`: it should show more, and nothing is free for it yet.
 * - `stays`: left as it is.
 * - `unlinked`, `uncounted`, `unseen`, `uncountable`: nothing is written, because no sku is linked, nobody has counted that sku, the shelf was
 *   never read, or the shop does not count it.
 */
export const dryRunChanges = [
  'zero',
  'down',
  'up',
  'waits',
  'stays',
  'unlinked',
  'uncounted',
  'unseen',
  'uncountable',
] as const
export type DryRunChange = (typeof dryRunChanges)[number]

export interface DryRunRow {
  readonly register: RegisterId
  readonly title: string
  readonly listings: readonly ListingId[]
  readonly change: DryRunChange
  readonly nowUnits: number | null
  /** What it will show; null where nothing is known of it. */
  readonly wantedUnits: number | null
  /** Shown for a moment in between, where a shop takes only absolute numbers: set to the least, looked at, and given its number. */
  readonly viaUnits: number | null
  readonly reason: ChangeReason | null
  readonly policy: PolicyName | null
  /** What the number is made of, per component. */
  readonly terms: readonly ComponentTerms[]
}

export interface DryRun {
  readonly totals: Readonly<Record<DryRunChange, number>>
  /** What all counters that are written show now, and what they will show. */
  readonly nowUnits: number
  readonly wantedUnits: number
  readonly rows: readonly DryRunRow[]
}

export function dryRun(counters: readonly DryRunCounter[]): DryRun {
  const rows = counters.map(rowOf).sort(riskiestFirst)
  const totals = Object.fromEntries(dryRunChanges.map((change) => [change, 0])) as Record<DryRunChange, number>
  let nowUnits = 0
  let wantedUnits = 0
  for (const row of rows) {
    totals[row.change] += 1
    if (!isWritten(row)) continue
    nowUnits += row.nowUnits ?? 0
    wantedUnits += row.wantedUnits ?? 0
  }
  return { totals, nowUnits, wantedUnits, rows }
}

export const isWritten = ({ change }: Pick<DryRunRow, 'change'>): boolean =>
  change === 'zero' || change === 'down' || change === 'up'

function rowOf({ register, title, listings, nowUnits, isCountable, isLinked, decision }: DryRunCounter): DryRunRow {
  const base = { register, title, listings, nowUnits }
  const idle = { ...base, wantedUnits: nowUnits, viaUnits: null, reason: null, policy: null, terms: [] }
  if (!isCountable) return { ...idle, change: 'uncountable' }
  if (!isLinked) return { ...idle, change: 'unlinked' }
  if (nowUnits === null) return { ...idle, change: 'unseen' }
  if (!decision) return { ...idle, change: 'uncounted' }
  const { policy, components: terms } = decision.terms
  const known = { ...idle, policy, terms }
  if (decision.change === 'none') return { ...known, change: isWaiting(decision) ? 'waits' : 'stays' }
  const { toUnits, why: reason, shownUnits, targetUnits } = decision
  if (decision.change === 'raise') return { ...known, change: 'up', wantedUnits: toUnits, reason }
  const wantedUnits = Math.max(toUnits, Math.min(targetUnits, shownUnits))
  const viaUnits = toUnits < wantedUnits ? toUnits : null
  return { ...known, change: wantedUnits <= 0 ? 'zero' : 'down', wantedUnits, viaUnits, reason }
}

/** It shows less than half of its share, or nothing, because all that is there is promised elsewhere. */
const isWaiting = ({ shownUnits, targetUnits, terms }: Decision): boolean =>
  shownUnits < targetUnits &&
  shownUnits <= targetUnits / 2 &&
  terms.components.some(({ poolUnits, unitsPerSale }) => poolUnits < unitsPerSale)

/** What sells out at a stroke comes first, then what loses most of its number, then what gains most. */
const ranks: Readonly<Record<DryRunChange, number>> = {
  zero: 0,
  down: 1,
  up: 2,
  waits: 3,
  uncounted: 4,
  unlinked: 5,
  unseen: 6,
  stays: 7,
  uncountable: 8,
}

function riskiestFirst(one: DryRunRow, other: DryRunRow): number {
  return (
    ranks[one.change] - ranks[other.change] ||
    movedShare(other) - movedShare(one) ||
    movedUnits(other) - movedUnits(one) ||
    (one.register < other.register ? -1 : 1)
  )
}

const movedUnits = ({ nowUnits, wantedUnits }: DryRunRow) => Math.abs((wantedUnits ?? 0) - (nowUnits ?? 0))

/** Of the larger of both numbers, so that what gains from nothing is 1 and not endless. */
const movedShare = (row: DryRunRow) => movedUnits(row) / Math.max(1, row.nowUnits ?? 0, row.wantedUnits ?? 0)

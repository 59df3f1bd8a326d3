/** What may be decided by a rule: per name what its value may be, what it may be about, and when it ends. Pure. */

import { safetyRule } from '../../catalog/skus.ts'
import { ruleNames } from '../../planner/rules.ts'
import type { Scope } from '../read/rules.ts'
import type { FieldError } from '../refusal.ts'

export const settableNames = [...ruleNames, safetyRule] as const
export type SettableName = (typeof settableNames)[number]

interface Allowed {
  /** The words it takes, or the least and the most whole number. */
  readonly value: readonly string[] | { readonly least: number; readonly most: number }
  /** Decides over all of a component, so it is about skus only. */
  readonly isOfSkus?: boolean
  readonly needsUntil?: boolean
  /** Holds from now on: it has no times. */
  readonly isTimeless?: boolean
  readonly needsSku?: boolean
  readonly meaning: string
}

const unitsMax = 1_000_000

export const allowedRules: Readonly<Record<SettableName, Allowed>> = {
  policy: {
    value: ['strict', 'mirror'],
    isOfSkus: true,
    meaning: '`strict` shows rights, so that nothing is sold twice; `mirror` shows the same number everywhere',
  },
  allowance: {
    value: { least: 0, most: 100_000 },
    isOfSkus: true,
    meaning: 'units that may be sold beyond what is there (backorder, pre-order)',
  },
  buffer: { value: { least: 0, most: unitsMax }, isOfSkus: true, meaning: 'mirror only: units taken off the number' },
  percentage: { value: { least: 0, most: 100 }, isOfSkus: true, meaning: 'mirror only: how much of it is shown' },
  min: { value: { least: 0, most: unitsMax }, meaning: 'shown at least, while there is enough' },
  cap: { value: { least: 0, most: unitsMax }, meaning: 'shown at most' },
  share: { value: { least: 0, most: 1000 }, meaning: 'weight against the other counters before demand is known' },
  fixed: { value: { least: 0, most: unitsMax }, meaning: 'exactly so many are kept for it and shown' },
  lock: {
    value: { least: 1, most: unitsMax },
    needsUntil: true,
    meaning: 'kept for it while a campaign or LIVE lasts',
  },
  pause: {
    value: ['on', 'off'],
    meaning: '`on`: nothing is written to it; `off`: it is, although a wider scope is paused',
  },
  safety: {
    value: { least: 0, most: unitsMax },
    isOfSkus: true,
    isTimeless: true,
    needsSku: true,
    meaning: 'units of the sku that are never offered anywhere',
  },
}

export interface RuleAsk extends Scope {
  readonly name: SettableName
  readonly value: string
  readonly from?: number | undefined
  readonly until?: number | undefined
}

/** Everything that is wrong with it at once. */
export function faultsOfRule(ask: RuleAsk, now: number): FieldError[] {
  const { name, value, from, until } = ask
  const allowed = allowedRules[name]
  const faults = [valueFault(allowed, value), ...scopeFaults(ask)]
  if (allowed.needsUntil && until === undefined)
    faults.push({ field: 'until', reason: 'is needed: what is locked must come back one day' })
  if (allowed.isTimeless && (from !== undefined || until !== undefined))
    faults.push({
      field: from === undefined ? 'until' : 'from',
      reason: 'is not possible: a safety stock holds from now on',
    })
  if (until !== undefined && until <= now) faults.push({ field: 'until', reason: 'is over already' })
  if (until !== undefined && from !== undefined && until <= from)
    faults.push({ field: 'until', reason: 'must be after `from`' })
  return faults.flatMap((fault) => fault ?? [])
}

function valueFault({ value: takes }: Allowed, value: string): FieldError | undefined {
  if ('least' in takes) {
    const isRight = /^\d{1,7}$/.test(value) && Number(value) >= takes.least && Number(value) <= takes.most
    return isRight
      ? undefined
      : { field: 'value', reason: `must be a whole number from ${takes.least} to ${takes.most}` }
  }
  return takes.includes(value) ? undefined : { field: 'value', reason: `must be ${takes.join(' or ')}` }
}

/** What a rule of this name may be about. */
export function scopeFaults({ name, account, listing, sku }: Scope & { readonly name: SettableName }): FieldError[] {
  const { isOfSkus, needsSku } = allowedRules[name]
  const faults: FieldError[] = []
  const whole = 'is not possible: it decides over all of a sku, whoever sells it'
  if (isOfSkus && account !== undefined) faults.push({ field: 'account', reason: whole })
  if (isOfSkus && listing !== undefined) faults.push({ field: 'listing', reason: whole })
  if (!isOfSkus && listing !== undefined && account === undefined)
    faults.push({ field: 'account', reason: 'is needed with a listing: two shops may call theirs the same' })
  if (needsSku && sku === undefined) faults.push({ field: 'sku', reason: 'is needed' })
  return faults
}

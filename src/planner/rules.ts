/** What a merchant decided about numbers: which rule of several holds for a register or a component. Pure. */

import type { AccountId, Instant, ListingId, SkuId } from '../domain.ts'
import type { RuleTable } from '../store/tables.ts'
import type { ComponentFacts, RegisterRules } from './facts.ts'

/**
 * Names of rules with what their value means. `policy` is `strict` or `mirror`; `pause` is `on`, or `off` where a narrower scope is written
 * although a wider one is paused; the rest are whole numbers:
 * units of a sale for min, cap, fixed and lock, component units for allowance and buffer, 0–100 for percentage, a weight for share.
 */
export const ruleNames = [
  'policy',
  'allowance',
  'buffer',
  'percentage',
  'min',
  'cap',
  'share',
  'fixed',
  'lock',
  'pause',
] as const
export type RuleName = (typeof ruleNames)[number]

export type Rule = Pick<RuleTable, 'id' | 'account' | 'listing' | 'sku' | 'name' | 'value' | 'from_at' | 'until_at'>

/** What a rule may be about: everything that is not named matches. */
export interface RuleSubject {
  readonly account?: AccountId
  readonly listings?: readonly ListingId[]
  readonly skus: readonly SkuId[]
}

const specificity = (rule: Rule) => (rule.listing ? 4 : 0) + (rule.sku ? 2 : 0) + (rule.account ? 1 : 0)

const isAbout = (rule: Rule, { account, listings, skus }: RuleSubject) =>
  (rule.account === null || rule.account === account) &&
  (rule.listing === null || (listings ?? []).some((listing) => listing === rule.listing)) &&
  (rule.sku === null || skus.some((sku) => sku === rule.sku))

const isOn = (rule: Rule, now: Instant) =>
  (rule.from_at === null || rule.from_at <= now) && (rule.until_at === null || now < rule.until_at)

/** The rule of this name that holds now: the most specific scope wins, within one the newest; a value of null is as if there were none. */
export function ruleOf(rules: readonly Rule[], name: RuleName, subject: RuleSubject, now: Instant): Rule | undefined {
  const newest = new Map<string, Rule>()
  for (const rule of rules)
    if (rule.name === name && isAbout(rule, subject) && isOn(rule, now)) {
      const scope = `${rule.account} ${rule.listing} ${rule.sku}`
      const other = newest.get(scope)
      if (!other || other.id < rule.id) newest.set(scope, rule)
    }
  return [...newest.values()]
    .filter(({ value }) => value !== null)
    .sort((a, b) => specificity(b) - specificity(a) || (a.id < b.id ? 1 : -1))[0]
}

/** Safe to read as numbers: the API checks values by name before they are kept. */
const numberOf = (rule: Rule | undefined): number | null => (rule?.value == null ? null : Number(rule.value))

export const registerRules = (rules: readonly Rule[], subject: RuleSubject, now: Instant): RegisterRules => {
  const rule = (name: RuleName) => ruleOf(rules, name, subject, now)
  const lock = rule('lock')
  return {
    minUnits: numberOf(rule('min')) ?? 1,
    capUnits: numberOf(rule('cap')),
    share: numberOf(rule('share')) ?? 1,
    fixedUnits: numberOf(rule('fixed')),
    lock: lock ? { units: numberOf(lock) ?? 0, until: lock.until_at ?? Number.MAX_SAFE_INTEGER } : null,
    isPaused: rule('pause')?.value === 'on',
  }
}

export type ComponentRules = Pick<ComponentFacts, 'policy' | 'allowanceUnits' | 'bufferUnits' | 'percentage'>

export const componentRules = (rules: readonly Rule[], sku: SkuId, now: Instant): ComponentRules => {
  const rule = (name: RuleName) => ruleOf(rules, name, { skus: [sku] }, now)
  return {
    policy: rule('policy')?.value === 'mirror' ? 'mirror' : 'strict',
    allowanceUnits: numberOf(rule('allowance')) ?? 0,
    bufferUnits: numberOf(rule('buffer')) ?? 0,
    percentage: numberOf(rule('percentage')) ?? 100,
  }
}

/** When time alone changes which rules hold. */
export function nextRuleChange(rules: readonly Rule[], now: Instant): Instant | null {
  const times = rules.flatMap(({ from_at, until_at }) => [from_at, until_at]).filter((at) => at !== null && at > now)
  return times.length === 0 ? null : Math.min(...times.map(Number))
}

/** The terms of one register as rows that add up, each with a sentence that says why. Pure. */

import type { ComponentExplanation, Held, RegisterTerms } from '../../planner/explain.ts'
import type { RegisterRules } from '../../planner/facts.ts'
import { type Decided, type ExplainWords, momentText, type NewestMovement, type TermName } from './explain-words.ts'

export interface Term {
  readonly term: TermName
  /** Signed, in component units: the terms add up to what is shown × units per sale. */
  readonly units: number
  readonly why: string
}

/** What the sentences name besides the amounts. */
export interface TermFacts {
  readonly newestMovement: NewestMovement | undefined
  /** The newest of the orders that hold it, as people call them, and how many there are. */
  readonly orders: readonly { readonly name: string; readonly units: number }[]
  readonly orderCount: number
  readonly safety: Decided | undefined
  readonly allowance: Decided | undefined
}

const namesMax = 5

const when = (by: Decided | undefined) => (by ? momentText(by.made_at) : '')
const others = (held: readonly Held[]) => held.slice(0, namesMax).map(({ account, units }) => `${account} ${units}`)

export function termRows(
  component: ComponentExplanation,
  register: RegisterTerms,
  facts: TermFacts,
  words: ExplainWords,
): Term[] {
  const { newestMovement, orderCount, safety, allowance } = facts
  const orders = facts.orders.slice(0, namesMax).map(({ name, units }) => `${name} (${units})`)
  return [
    {
      term: 'onHand',
      units: component.onHand,
      why: words.onHand(newestMovement, newestMovement ? momentText(newestMovement.at) : ''),
    },
    { term: 'reserved', units: minus(component.reserved), why: words.reserved(orders, orderCount) },
    { term: 'safety', units: minus(component.safetyUnits), why: words.safety(safety, when(safety)) },
    { term: 'allowance', units: component.allowanceUnits, why: words.allowance(allowance, when(allowance)) },
    {
      term: 'heldForOthers',
      units: minus(register.heldForOthers),
      why: words.heldForOthers(others(register.others), register.others.length),
    },
    { term: 'doubt', units: minus(register.doubtUnits), why: doubtText(register, words) },
    { term: 'pool', units: minus(component.poolUnits), why: poolText(component, words) },
  ]
}

/** Never `-0`, which JSON and people both misread. */
const minus = (units: number) => (units === 0 ? 0 : -units)

function doubtText({ doubt }: RegisterTerms, words: ExplainWords): string {
  const { writeUnits, checkoutUnits, unsettledUnits, until } = doubt
  const texts = [
    ...(writeUnits === 0 ? [] : [`${writeUnits}: ${words.write}`]),
    ...(unsettledUnits === 0 ? [] : [`${unsettledUnits}: ${words.unsettled}`]),
    ...(checkoutUnits === 0 ? [] : [`${checkoutUnits}: ${words.checkouts(until === null ? null : momentText(until))}`]),
  ]
  return texts.join(' ')
}

function poolText({ poolUnits, exposedUnits, policy, isCounted }: ComponentExplanation, words: ExplainWords): string {
  if (!isCounted) return words.uncounted
  if (poolUnits >= 0) return words.pool
  return policy === 'mirror' ? words.mirrored : words.short(exposedUnits)
}

/** What a merchant decided for this register, as sentences. */
export function noteRows(
  rules: RegisterRules,
  at: number,
  alsoSells: readonly string[],
  words: ExplainWords,
): string[] {
  const { notes } = words
  const { lock, capUnits, fixedUnits, minUnits, isPaused } = rules
  return [
    ...(isPaused ? [notes.paused] : []),
    ...(lock && lock.until > at ? [notes.lock(lock.units, momentText(lock.until))] : []),
    ...(fixedUnits === null ? [] : [notes.fixed(fixedUnits)]),
    ...(capUnits === null ? [] : [notes.cap(capUnits)]),
    ...(minUnits === 1 ? [] : [notes.min(minUnits)]),
    ...(alsoSells.length === 0 ? [] : [notes.bundle(alsoSells)]),
  ]
}

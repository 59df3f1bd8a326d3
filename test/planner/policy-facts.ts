/** Facts for the policy's tests: builders with defaults, generators of whole graphs, and what becomes of a plan. */

import fc from 'fast-check'
import type { StockOp } from '../../src/channel.ts'
import { asId } from '../../src/domain.ts'
import type {
  ComponentFacts,
  Decision,
  Plan,
  PolicyFacts,
  RegisterFacts,
  RegisterPace,
  RegisterRules,
} from '../../src/planner/facts.ts'
import { acknowledged, booked, type Rights, rightsUnits } from '../../src/planner/rights.ts'

export const now = 1_800_000_000_000

export const component = (sku: string, onHand: number, more: Partial<ComponentFacts> = {}): ComponentFacts => ({
  sku: asId<'sku'>(sku),
  onHand,
  reserved: 0,
  safetyUnits: 0,
  allowanceUnits: 0,
  policy: 'strict',
  bufferUnits: 0,
  percentage: 100,
  ...more,
})

export const rules = (more: Partial<RegisterRules> = {}): RegisterRules => ({
  minUnits: 1,
  capUnits: null,
  share: 1,
  fixedUnits: null,
  lock: null,
  isPaused: false,
  ...more,
})

export const pace = (more: Partial<RegisterPace> = {}): RegisterPace => ({
  meanPerSecond: 0,
  upPerSecond: 0,
  seeMs: 2_000,
  pushMs: 1_000,
  ...more,
})

export const settledRights = (entitlement: number): Rights => ({ entitlement, hold: 0, holdUntil: null })

type RegisterWords = Partial<Omit<RegisterFacts, 'parts' | 'rules' | 'pace'>> & {
  readonly shows?: number
  readonly parts?: Readonly<Record<string, number>>
  readonly rules?: Partial<RegisterRules>
  readonly pace?: Partial<RegisterPace>
}

/** A settled register of MUG that shows `shows`, unless told otherwise. */
export function register(name: string, kind: 'delta' | 'set', words: RegisterWords = {}): RegisterFacts {
  const { shows = 0, parts = { MUG: 1 }, rules: ruled, pace: paced, takenUnits = 0, ...more } = words
  return {
    account: asId<'account'>(name),
    register: asId<'register'>('r'),
    kind,
    parts: Object.entries(parts).map(([sku, units]) => ({ sku: asId<'sku'>(sku), units })),
    rights: settledRights(takenUnits + shows),
    takenUnits,
    isOnline: true,
    floorUnits: 0,
    leastUnits: 0,
    checkoutsDieAfterMs: 0,
    areCheckoutsVisible: true,
    reclaimedAt: null,
    rules: rules(ruled),
    pace: pace(paced),
    isDecidable: true,
    ...more,
  }
}

export const facts = (components: readonly ComponentFacts[], registers: readonly RegisterFacts[]): PolicyFacts => ({
  now,
  components,
  registers,
})

/** The write that a decision asks for; undefined when it asks for none. */
export function opOf(decision: Decision, { kind, register }: RegisterFacts): StockOp | undefined {
  if (decision.change === 'none') return undefined
  const { toUnits, shownUnits } = decision
  return kind === 'delta'
    ? { register, kind: 'adjust', by: toUnits - shownUnits }
    : { register, kind: 'set', to: toUnits }
}

export const decisionFor = ({ decisions }: Plan, { account, register }: RegisterFacts): Decision | undefined =>
  decisions.find((one) => one.account === account && one.register === register)

export const opsOf = (given: PolicyFacts, made: Plan): StockOp[] =>
  given.registers.flatMap((each) => {
    const decision = decisionFor(made, each)
    return (decision && opOf(decision, each)) ?? []
  })

/** What is free of each component, in the order of the components. */
export const freeOf = ({ components, registers }: PolicyFacts): number[] =>
  components.map(({ sku, onHand, reserved, safetyUnits, allowanceUnits }) => {
    let free = onHand - reserved - safetyUnits + allowanceUnits
    for (const { parts, rights, takenUnits } of registers)
      for (const part of parts) if (part.sku === sku) free -= part.units * rightsUnits(rights, takenUnits)
    return free
  })

/** All writes happened, nobody bought anything, every checkout died and every shelf was read: ten seconds later. */
export function settledAfter(given: PolicyFacts, made: Plan): PolicyFacts {
  const later = given.now + 10_000
  const registers = given.registers.map((each) => {
    const decision = decisionFor(made, each)
    const op = decision && opOf(decision, each)
    const after = op ? acknowledged(booked(each.rights, op, 'c', later), each.takenUnits, later, dead) : each.rights
    const rights = settledRights(after.pend?.likely ?? after.entitlement)
    const isReclaim = decision?.change === 'lower' && decision.why === 'rebalance'
    return { ...each, rights, ...(isReclaim && { reclaimedAt: given.now }) }
  })
  return { ...given, now: later, registers }
}

const dead = { diesAfterMs: 0, areVisible: true }

/** Plans and settles, waking when a plan asks for it soon, until nothing is written any more; throws after `roundsMax`. */
export function untilQuiet(plan: (facts: PolicyFacts) => Plan, given: PolicyFacts, roundsMax: number) {
  let current = given
  for (let rounds = 0; rounds <= roundsMax; rounds += 1) {
    const made = plan(current)
    const isQuiet = opsOf(current, made).length === 0
    const wakeAt = made.wakeAt ?? Infinity
    if (isQuiet && wakeAt > current.now + 60_000) return { facts: current, plan: made, rounds }
    current = isQuiet ? { ...current, now: wakeAt } : settledAfter(current, made)
  }
  throw new Error(`Still writing after ${roundsMax} rounds.`)
}

const skus = ['A', 'B', 'C'] as const

export interface GraphLimits {
  /** Nothing in flight, nothing held, every shop answers, nobody paused anything, all can be decided. */
  readonly isSettled?: boolean
  readonly hasDemand?: boolean
  readonly isPlain?: boolean
  readonly kinds?: readonly ('delta' | 'set')[]
  readonly policies?: readonly ('strict' | 'mirror')[]
}

const someComponent = (sku: string, { policies = ['strict'] }: GraphLimits) =>
  fc
    .record({
      onHand: fc.oneof(fc.integer({ min: -3, max: 14 }), fc.integer({ min: 0, max: 400 })),
      reserved: fc.integer({ min: 0, max: 5 }),
      safetyUnits: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 4 })),
      allowanceUnits: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 6 })),
      policy: fc.constantFrom(...policies),
      bufferUnits: fc.constantFrom(0, 0, 5),
      percentage: fc.constantFrom(100, 100, 60),
    })
    .map((more) => component(sku, more.onHand, more))

const someRights = ({ isSettled = false }: GraphLimits) => {
  const shown = fc.oneof(fc.constant(0), fc.integer({ min: -2, max: 20 }), fc.integer({ min: 0, max: 150 }))
  const taken = fc.integer({ min: 0, max: 30 })
  const settled = fc
    .record({ shown, taken })
    .map((each) => ({ takenUnits: each.taken, rights: settledRights(each.taken + each.shown) }))
  if (isSettled) return settled
  const held = fc.record({ hold: fc.integer({ min: 1, max: 12 }), until: fc.integer({ min: -5_000, max: 600_000 }) })
  const op = fc.oneof(
    fc.integer({ min: -10, max: 10 }).map((by): StockOp => ({ register: asId('r'), kind: 'adjust', by })),
    fc.integer({ min: 0, max: 10 }).map((to): StockOp => ({ register: asId('r'), kind: 'set', to })),
  )
  return fc.oneof(
    settled,
    fc.tuple(settled, held).map(([each, { hold, until }]) => ({
      ...each,
      rights: { ...each.rights, hold, holdUntil: now + until },
    })),
    fc.tuple(settled, op).map(([each, write]) => ({ ...each, rights: booked(each.rights, write, 'c', now) })),
    fc.tuple(settled, fc.nat(10)).map(([each, to]) => ({
      ...each,
      rights: acknowledged(
        booked(each.rights, { register: asId('r'), kind: 'set', to }, 'c', now),
        each.takenUnits,
        now,
        { diesAfterMs: 0, areVisible: true },
      ),
    })),
  )
}

const someRules = ({ isSettled = false, isPlain = false }: GraphLimits) =>
  fc
    .record({
      minUnits: fc.constantFrom(1, 1, 1, 0, 3, 10),
      capUnits: fc.oneof(fc.constant(null), fc.constant(null), fc.integer({ min: 0, max: 20 })),
      share: fc.constantFrom(1, 1, 0, 0.3, 5),
      fixedUnits: fc.oneof(fc.constant(null), fc.constant(null), fc.constant(null), fc.integer({ min: 0, max: 10 })),
      lock: fc.oneof(
        fc.constant(null),
        fc.constant(null),
        fc.record({ units: fc.integer({ min: 1, max: 10 }), until: fc.constantFrom(now - 1, now + 10_000_000) }),
      ),
      isPaused: fc.constantFrom(false, false, false, !isSettled),
    })
    .map((each) => rules(isPlain ? { ...each, lock: null } : each))

const somePace = ({ hasDemand = true }: GraphLimits) =>
  fc
    .record({
      meanPerSecond: hasDemand ? fc.constantFrom(0, 0, 0.01, 0.1, 2) : fc.constant(0),
      seeMs: fc.integer({ min: 500, max: 60_000 }),
      pushMs: fc.integer({ min: 200, max: 10_000 }),
    })
    .map(pace)

const someParts = (count: number) =>
  fc
    .uniqueArray(fc.nat(count - 1), { minLength: 1, maxLength: Math.min(2, count) })
    .chain((chosen) =>
      fc.tuple(...chosen.map((at) => fc.constantFrom(1, 1, 1, 2, 3).map((units) => [skus[at] ?? 'A', units] as const))),
    )
    .map((pairs) => Object.fromEntries(pairs))

const someRegister = (at: number, count: number, limits: GraphLimits) =>
  fc
    .record({
      kind: fc.constantFrom(...(limits.kinds ?? (['delta', 'set'] as const))),
      parts: someParts(count),
      rights: someRights(limits),
      rules: someRules(limits),
      pace: somePace(limits),
      isOnline: fc.constantFrom(true, true, true, limits.isSettled === true),
      isDecidable: fc.constantFrom(true, true, true, limits.isSettled === true),
      leastUnits: fc.constantFrom(0 as const, 0 as const, limits.isPlain ? (0 as const) : (1 as const)),
      floorUnits: fc.constantFrom(0, 0, 0, limits.isPlain ? 0 : 4),
      dies: fc.constantFrom(0, 600_000),
      areCheckoutsVisible: fc.boolean(),
      rested: fc.constantFrom(null, null, now - 1_000, now - 60_000),
    })
    .map(({ rights, dies, rested, parts, ...more }) =>
      register(`account-${at}`, more.kind, {
        ...more,
        ...rights,
        parts: more.isDecidable ? parts : { ...parts, ELSEWHERE: 1 },
        checkoutsDieAfterMs: dies,
        reclaimedAt: rested,
      }),
    )

/** Up to four registers that sell up to three components, alone, in packs and in bundles. */
export const graphs = (limits: GraphLimits = {}): fc.Arbitrary<PolicyFacts> =>
  fc
    .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 4 }))
    .chain(([parts, sellers]) =>
      fc
        .tuple(
          fc.tuple(...skus.slice(0, parts).map((sku) => someComponent(sku, limits))),
          fc.tuple(...Array.from({ length: sellers }, (_, at) => someRegister(at, parts, limits))),
        )
        .map(([components, registers]) => facts(components, registers)),
    )

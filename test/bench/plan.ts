/** The policy: how many components a second one core plans, strictly and by the mirror. */

import { asId } from '../../src/domain.ts'
import type { ComponentFacts, PolicyFacts, PolicyName, RegisterFacts } from '../../src/planner/facts.ts'
import { plan as makePlan } from '../../src/planner/policy.ts'
import { type Bench, median } from './report.ts'

const now = 1_800_000_000_000

export const plan: Bench = {
  name: 'plan',
  title: 'Plan: what three registers of a component should show, one core',
  async run({ quick }) {
    const rounds = quick ? 1 : 11
    const perRound = quick ? 200 : 60_000
    const next = randoms(42)
    const strict = Array.from({ length: 2_000 }, (_, at) => single(`SKU-${at}`, 'strict', next))
    const mirrored = strict.map(asMirror)
    const bundled = Array.from({ length: 500 }, (_, at) => bundle(`SET-${at}`, next))
    const rates = { strict: [] as number[], mirror: [] as number[], bundle: [] as number[] }
    // In turns, so that a slow minute of the machine slows all of them.
    for (let round = -1; round < rounds; round += 1) {
      const found = {
        strict: perSecond(strict, perRound),
        mirror: perSecond(mirrored, perRound),
        bundle: perSecond(bundled, perRound / 4),
      }
      // The first round warms up.
      if (round < 0 && !quick) continue
      rates.strict.push(found.strict)
      rates.mirror.push(found.mirror)
      rates.bundle.push(found.bundle)
    }
    const written = strict.filter((facts) => makePlan(facts).decisions.some(({ change }) => change !== 'none')).length
    return {
      figures: [
        {
          name: 'per_s',
          value: median(rates.strict),
          unit: '/s',
          note: 'components planned strictly, 3 registers each',
        },
        { name: 'mirror_per_s', value: median(rates.mirror), unit: '/s', note: 'the same by the mirror' },
        {
          name: 'mirror_ratio',
          value: median(rates.mirror) / median(rates.strict),
          unit: '×',
          note: 'what strict costs over the mirror',
        },
        {
          name: 'bundle_per_s',
          value: median(rates.bundle),
          unit: '/s',
          note: 'components of 3 that 5 registers share',
        },
        {
          name: 'written_share',
          value: written / strict.length,
          unit: '',
          note: 'of these plans that write something',
        },
      ],
      goals: [{ figure: 'per_s', atLeast: 50_000 }],
    }
  },
}

/** Components planned per second. What was decided is added up, so that no compiler can leave it out. */
function perSecond(given: readonly PolicyFacts[], plans: number): number {
  let components = 0
  let decided = 0
  const startedAt = process.hrtime.bigint()
  for (let done = 0; done < plans; done += 1) {
    const facts = given[done % given.length]
    if (!facts) continue
    decided += makePlan(facts).decisions.length
    components += facts.components.length
  }
  const seconds = Number(process.hrtime.bigint() - startedAt) / 1e9
  if (decided === 0) throw new Error('Nothing was decided.')
  return components / seconds
}

type Random = (below: number) => number

/** Numbers that look random and are the same on every machine. */
function randoms(seed: number): Random {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const component = (sku: string, policy: PolicyName, onHand: number): ComponentFacts => ({
  sku: asId<'sku'>(sku),
  onHand,
  reserved: 0,
  safetyUnits: 2,
  allowanceUnits: 0,
  policy,
  bufferUnits: 0,
  percentage: 100,
})

function register(at: number, parts: Readonly<Record<string, number>>, next: Random): RegisterFacts {
  const kind = at === 0 ? 'delta' : 'set'
  const takenUnits = next(40)
  const hold = kind === 'delta' && next(5) === 0 ? 1 + next(4) : 0
  return {
    account: asId<'account'>(`account-${at}`),
    register: asId<'register'>(Object.keys(parts).join('+')),
    kind,
    parts: Object.entries(parts).map(([sku, units]) => ({ sku: asId<'sku'>(sku), units })),
    rights: { entitlement: takenUnits + next(25), hold, holdUntil: hold > 0 ? now + 300_000 : null },
    takenUnits,
    isOnline: next(30) > 0,
    floorUnits: 0,
    leastUnits: 0,
    checkoutsDieAfterMs: kind === 'delta' ? 600_000 : 0,
    areCheckoutsVisible: kind === 'set',
    reclaimedAt: null,
    rules: { minUnits: 1, capUnits: null, share: 1, fixedUnits: null, lock: null, isPaused: false },
    // One sku in three sells at this moment: between one a minute and two a second.
    pace: { meanPerSecond: next(3) === 0 ? (1 + next(120)) / 60 : 0, upPerSecond: 1, seeMs: 2_000, pushMs: 1_500 },
    isDecidable: true,
  }
}

/** One component, sold alone on three registers; some have too little, some plenty. */
const single = (sku: string, policy: PolicyName, next: Random): PolicyFacts => ({
  now,
  components: [component(sku, policy, next(3) === 0 ? next(400) : 20 + next(60))],
  registers: [0, 1, 2].map((at) => register(at, { [sku]: 1 }, next)),
})

const asMirror = (facts: PolicyFacts): PolicyFacts => ({
  ...facts,
  components: facts.components.map((one) => ({ ...one, policy: 'mirror' })),
})

/** Three components that two bundles, a pair and two single registers draw on. */
const bundle = (sku: string, next: Random): PolicyFacts => {
  const [one, other, third] = [`${sku}-A`, `${sku}-B`, `${sku}-C`] as const
  return {
    now,
    components: [one, other, third].map((each) => component(each, 'strict', 20 + next(100))),
    registers: [
      register(0, { [one]: 1, [other]: 1 }, next),
      register(1, { [one]: 1, [third]: 2 }, next),
      register(2, { [one]: 2 }, next),
      register(3, { [other]: 1 }, next),
      register(4, { [third]: 1 }, next),
    ],
  }
}

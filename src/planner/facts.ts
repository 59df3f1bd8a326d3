/** What the policy is told and what it answers: shapes only, so that the policy itself stays a function of them. */

import type { AccountId, Instant, RegisterId, SkuId } from '../domain.ts'
import type { Rights } from './rights.ts'

/** `strict` publishes rights, so that nothing is sold twice. `mirror` shows the same number everywhere, as most tools do. */
export type PolicyName = 'strict' | 'mirror'

/** One component: what is there of it, and what a merchant wants to keep back. */
export interface ComponentFacts {
  readonly sku: SkuId
  readonly onHand: number
  readonly reserved: number
  readonly safetyUnits: number
  /** A finite backorder or pre-order: so many units may be sold beyond what is there. */
  readonly allowanceUnits: number
  readonly policy: PolicyName
  /** For the mirror: shows `percentage` of what is available after `bufferUnits`; 100 and 0 by default. */
  readonly bufferUnits: number
  readonly percentage: number
}

/** What a merchant has decided for one register, already chosen by how specific it is (listing, sku, account, merchant). All in units of a sale. */
export interface RegisterRules {
  /** Shown at least, as long as there is enough for everybody's minimum. */
  readonly minUnits: number
  /** Shown at most; null without a cap. */
  readonly capUnits: number | null
  /** Weight of this register against the others before any demand is known; 1 by default. */
  readonly share: number
  /** Exactly so many are kept for and shown on this register; null when it takes part in the apportionment. */
  readonly fixedUnits: number | null
  /** Kept for this register while a campaign or LIVE lasts: shown on it, and never taken back before `until`. */
  readonly lock: { readonly units: number; readonly until: Instant } | null
  /** Nothing is written to it; what it shows stays charged. */
  readonly isPaused: boolean
}

/** Demand and distances as measured for one register. */
export interface RegisterPace {
  /** Units of a sale per second, over the last five minutes. */
  readonly meanPerSecond: number
  /** An upper bound of it: max over 10, 60 and 300 s of (c + 2·√c) / T. */
  readonly upPerSecond: number
  /** From a sale to our knowing of it, and from a plan to its being in effect: the 97th percentile. */
  readonly seeMs: number
  readonly pushMs: number
}

export interface RegisterFacts {
  readonly account: AccountId
  readonly register: RegisterId
  /** Written relatively (`delta`) or absolutely (`set`). */
  readonly kind: 'delta' | 'set'
  /** Component units that one sale takes; never empty. */
  readonly parts: readonly { readonly sku: SkuId; readonly units: number }[]
  readonly rights: Rights
  /** n: units of a sale that the shop's own orders have taken, as far as we know. */
  readonly takenUnits: number
  /** The shop answers. One that does not keeps all that it may sell. */
  readonly isOnline: boolean
  /** Of what is shown, so much the platform keeps for itself (campaign, creator): it can be neither shown less nor taken back. */
  readonly floorUnits: number
  /** The least a write can say: 1 where the platform refuses 0. */
  readonly leastUnits: 0 | 1
  readonly checkoutsDieAfterMs: number
  readonly areCheckoutsVisible: boolean
  /** When units were last taken back from it for others; null if never. */
  readonly reclaimedAt: Instant | null
  readonly rules: RegisterRules
  readonly pace: RegisterPace
  /** All its components are among those given: a decision can be made. Others only share in the apportionment. */
  readonly isDecidable: boolean
}

export interface PolicyFacts {
  readonly now: Instant
  readonly components: readonly ComponentFacts[]
  readonly registers: readonly RegisterFacts[]
}

export type Decision = {
  readonly account: AccountId
  readonly register: RegisterId
  /** What it should show when everything has its place, in units of a sale. */
  readonly targetUnits: number
  /** What it is believed to show now. */
  readonly shownUnits: number
  readonly terms: StockTerms
} & (
  | { readonly change: 'none' }
  /** Write `toUnits` now. For a `delta` register the write is the difference to `shownUnits`. */
  | { readonly change: 'raise' | 'lower'; readonly toUnits: number; readonly why: ChangeReason }
)

export type ChangeReason =
  /** Shows less than its share, and little enough for a write to be worth it. */
  | 'refill'
  /** Takes back what another register needs more. */
  | 'rebalance'
  /** More is promised than there is. */
  | 'overcommitted'
  /** A rule (cap, fixed, lock, pause of others) or the mirror's number. */
  | 'rule'

/**
 * Why a register shows what it shows. Per component it adds up, in component units:
 * onHand − reserved − safety + allowance − heldForOthers − doubt − pool = shown × unitsPerSale.
 */
export interface StockTerms {
  readonly policy: PolicyName
  readonly targetUnits: number
  readonly components: readonly ComponentTerms[]
}

export interface ComponentTerms {
  readonly sku: SkuId
  readonly unitsPerSale: number
  readonly onHand: number
  readonly reserved: number
  readonly safetyUnits: number
  readonly allowanceUnits: number
  /** What the other registers of this component may still sell. */
  readonly heldForOthers: number
  /** What this register may sell beyond what it shows: writes in flight, old checkouts. */
  readonly doubtUnits: number
  /** Free for whoever sells next; negative while more is promised than there is. */
  readonly poolUnits: number
}

export interface Plan {
  readonly decisions: readonly Decision[]
  /** Time alone may change the plan then (a hold that ends, a cool-down, a lock); null when it cannot. */
  readonly wakeAt: Instant | null
}

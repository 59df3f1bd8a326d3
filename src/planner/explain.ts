/** Why a register shows what it shows at one instant: terms that add up to its number, whatever the instant. Pure. */

import type { AccountId, Instant, RegisterId, SkuId } from '../domain.ts'
import type { RightsChangeTable } from '../store/tables.ts'
import type { PolicyName } from './facts.ts'

/** A register's rights as the last change before the instant left them. */
export interface PastRights {
  readonly id: string
  readonly cause: RightsChangeTable['cause']
  readonly entitlement: number
  readonly hold: number
  readonly holdUntil: Instant | null
  readonly ceiling: number
  /** What it was believed to show, and the units known as sold there, when that change was written. */
  readonly shown: number
  readonly takenUnits: number
  readonly callKey: string | null
  readonly at: Instant
}

export interface PastRegister {
  readonly account: AccountId
  readonly register: RegisterId
  /** Units of the component that one sale takes. */
  readonly unitsPerSale: number
  readonly rights: PastRights
  /** n: units of a sale that its shop had taken by then, as far as we knew. */
  readonly takenUnits: number
}

export interface PastComponent {
  readonly sku: SkuId
  /** Somebody has said how much there is: until then nothing is planned, because what is not known is not nothing. */
  readonly isCounted: boolean
  readonly onHand: number
  readonly reserved: number
  readonly safetyUnits: number
  readonly allowanceUnits: number
  readonly policy: PolicyName
  readonly registers: readonly PastRegister[]
}

export interface Held {
  readonly account: AccountId
  readonly register: RegisterId
  /** In component units. */
  readonly units: number
}

/** What a register may sell beyond what it shows, by its reason; all in component units. */
export interface Doubt {
  /** A write is under way that may be in effect already. */
  readonly writeUnits: number
  /** Checkouts that were opened before a decrease may still claim these, until then. */
  readonly checkoutUnits: number
  readonly until: Instant | null
  /** An absolute write was acknowledged, and no look at the shelf has said yet what was sold before it landed. */
  readonly unsettledUnits: number
}

/**
 * In component units:
 * onHand − reserved − safetyUnits + allowanceUnits − heldForOthers − doubtUnits − poolUnits = shownUnits × unitsPerSale.
 */
export interface RegisterTerms {
  readonly account: AccountId
  readonly register: RegisterId
  readonly unitsPerSale: number
  readonly heldForOthers: number
  readonly others: readonly Held[]
  readonly doubtUnits: number
  readonly doubt: Doubt
  /** What it shows, in units of a sale. */
  readonly shownUnits: number
  /** What it may still sell, in units of a sale. */
  readonly rightsUnits: number
  readonly takenUnits: number
  readonly rights: PastRights
}

export interface ComponentExplanation {
  readonly sku: SkuId
  readonly isCounted: boolean
  readonly policy: PolicyName
  readonly onHand: number
  readonly reserved: number
  readonly safetyUnits: number
  readonly allowanceUnits: number
  /** What all its registers may still sell. */
  readonly promisedUnits: number
  /** Free for whoever sells next; below zero, more is promised than there is. */
  readonly poolUnits: number
  /** Promised beyond what there is; nothing is known of what was never counted. */
  readonly exposedUnits: number
  readonly registers: readonly RegisterTerms[]
}

export function explainComponent(component: PastComponent): ComponentExplanation {
  const { sku, isCounted, policy, onHand, reserved, safetyUnits, allowanceUnits } = component
  const held = component.registers.map(({ account, register, unitsPerSale, rights, takenUnits }) => ({
    account,
    register,
    units: unitsPerSale * (rights.ceiling - takenUnits),
  }))
  const promisedUnits = held.reduce((sum, { units }) => sum + units, 0)
  const limitUnits = onHand - reserved - safetyUnits + allowanceUnits
  const poolUnits = limitUnits - promisedUnits
  const registers = component.registers.map((one, at) =>
    termsOf(
      one,
      held.filter((_other, place) => place !== at),
    ),
  )
  const found = { sku, isCounted, policy, onHand, reserved, safetyUnits, allowanceUnits, promisedUnits, poolUnits }
  for (const register of registers) mustAddUp(found, register)
  return { ...found, exposedUnits: isCounted ? Math.max(0, promisedUnits - Math.max(0, limitUnits)) : 0, registers }
}

function termsOf({ account, register, unitsPerSale, rights, takenUnits }: PastRegister, others: Held[]): RegisterTerms {
  // Sales since that change took from what it shows and from what it may sell alike.
  const shownUnits = rights.shown + rights.takenUnits - takenUnits
  const rightsUnits = rights.ceiling - takenUnits
  return {
    account,
    register,
    unitsPerSale,
    heldForOthers: others.reduce((sum, { units }) => sum + units, 0),
    others: others.filter(({ units }) => units !== 0).sort((a, b) => b.units - a.units),
    doubtUnits: unitsPerSale * (rightsUnits - shownUnits),
    doubt: {
      writeUnits: unitsPerSale * (rights.ceiling - rights.entitlement - rights.hold),
      checkoutUnits: unitsPerSale * rights.hold,
      until: rights.hold === 0 ? null : rights.holdUntil,
      unsettledUnits: unitsPerSale * (rights.entitlement - rights.takenUnits - rights.shown),
    },
    shownUnits,
    rightsUnits,
    takenUnits,
    rights,
  }
}

type Amounts = Omit<ComponentExplanation, 'registers' | 'exposedUnits'>

/** An explanation that does not add up is worse than none. */
function mustAddUp(amounts: Amounts, terms: RegisterTerms): void {
  const { onHand, reserved, safetyUnits, allowanceUnits, poolUnits } = amounts
  const { writeUnits, checkoutUnits, unsettledUnits } = terms.doubt
  const sum = onHand - reserved - safetyUnits + allowanceUnits - terms.heldForOthers - terms.doubtUnits - poolUnits
  if (sum === terms.shownUnits * terms.unitsPerSale && writeUnits + checkoutUnits + unsettledUnits === terms.doubtUnits)
    return
  throw new Error(
    `The terms of ${terms.account} ${terms.register} do not add up: ${JSON.stringify({ amounts, terms })}`,
  )
}

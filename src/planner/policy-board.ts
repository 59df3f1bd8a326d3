/** The policy's table: every register and every component of one plan, with what is promised of them. Pure. */

import type { ChangeReason, ComponentFacts, PolicyFacts, RegisterFacts } from './facts.ts'
import { poissonBound, tails } from './poisson.ts'
import { believedUnits, rightsUnits } from './rights.ts'

export interface Board {
  readonly components: readonly Component[]
  /** In one order, however the facts were ordered, so that equal claims are decided alike every time. */
  readonly seats: readonly Seat[]
}

/** One component while it is being planned, in component units. */
export interface Component {
  readonly facts: ComponentFacts
  readonly isStrict: boolean
  /** What may be sold in all: on hand less reserved and safety stock, with the allowance. */
  readonly availableUnits: number
  readonly uses: Use[]
  /** What all its registers may still sell. */
  promisedUnits: number
  /** What may still be charged: falls with every charge of this plan. */
  freeUnits: number
}

/** One register while it is being planned, in units of a sale. */
export interface Seat {
  readonly facts: RegisterFacts
  readonly uses: Use[]
  /** Any of its components is strict. */
  readonly isStrict: boolean
  /** The shop answers and nobody paused it: it may get a new number. */
  readonly isOpen: boolean
  readonly shownUnits: number
  readonly rightsUnits: number
  /** The lock that lasts now. */
  readonly lockUnits: number
  /** The reorder point: so many may be sold before a top-up arrives. */
  readonly lowUnits: number
  /** More than this it could not use: another component of it is scarcer. */
  roomUnits: number
  targetUnits: number
  change: Change | undefined
  /** What the change takes from the free units. */
  chargedUnits: number
}

export interface Change {
  readonly change: 'raise' | 'lower'
  readonly toUnits: number
  readonly why: ChangeReason
}

/** One register's use of one component. */
export interface Use {
  readonly seat: Seat
  readonly component: Component
  readonly unitsPerSale: number
}

export function boardOf({ now, components, registers }: PolicyFacts): Board {
  const board = components.map(componentOf)
  return { components: board, seats: inOrder(registers).map((facts) => seatOf(facts, board, now)) }
}

function componentOf(facts: ComponentFacts): Component {
  const availableUnits = facts.onHand - facts.reserved - facts.safetyUnits + facts.allowanceUnits
  const isStrict = facts.policy === 'strict'
  return { facts, isStrict, availableUnits, uses: [], promisedUnits: 0, freeUnits: availableUnits }
}

function seatOf(facts: RegisterFacts, components: readonly Component[], now: number): Seat {
  const { rules, pace, parts, takenUnits } = facts
  const used = parts.map(({ sku }) => components.find((component) => component.facts.sku === sku))
  const seat: Seat = {
    facts,
    uses: [],
    isStrict: used.some((component) => component?.isStrict === true),
    isOpen: facts.isOnline && !rules.isPaused,
    shownUnits: believedUnits(facts.rights, takenUnits),
    rightsUnits: rightsUnits(facts.rights, takenUnits),
    lockUnits: rules.lock && rules.lock.until > now ? rules.lock.units : 0,
    lowUnits: poissonBound((pace.meanPerSecond * (pace.seeMs + pace.pushMs)) / 1000, tails.tenth),
    roomUnits: Number.POSITIVE_INFINITY,
    targetUnits: 0,
    change: undefined,
    chargedUnits: 0,
  }
  for (let at = 0; at < parts.length; at += 1) {
    const component = used[at]
    const unitsPerSale = parts[at]?.units
    if (!component || unitsPerSale === undefined) continue
    const use: Use = { seat, component, unitsPerSale }
    seat.uses.push(use)
    component.uses.push(use)
    component.promisedUnits += unitsPerSale * seat.rightsUnits
    component.freeUnits -= unitsPerSale * seat.rightsUnits
  }
  return seat
}

/** By account and register; what comes in order is not copied. */
function inOrder(registers: readonly RegisterFacts[]): readonly RegisterFacts[] {
  for (let at = 1; at < registers.length; at += 1) {
    const one = registers[at - 1]
    const other = registers[at]
    if (one && other && compare(one, other) > 0) return [...registers].sort(compare)
  }
  return registers
}

function compare(one: RegisterFacts, other: RegisterFacts): number {
  if (one.account !== other.account) return one.account < other.account ? -1 : 1
  if (one.register !== other.register) return one.register < other.register ? -1 : 1
  return 0
}

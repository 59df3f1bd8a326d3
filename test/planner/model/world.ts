/** Shops, a hub, wires between them and a clock, as a run begins. */

import type { StockOp } from '../../../src/channel.ts'
import type { Instant } from '../../../src/domain.ts'
import type { Look as Seen } from '../../../src/planner/rights.ts'
import { type Entry, goodHabits, type Habits, type Hub, type Page, type Transitions } from './hub.ts'
import { type Order, openShop, type Shop, type Traits } from './shop.ts'

export interface Start {
  readonly units: number
  readonly reserve: number
  readonly shops: readonly Traits[]
  /** What each shop shows at first, as far as the stock goes. */
  readonly shown: readonly number[]
  /** Hands other than ours on the shelves (which the guarantee excludes): none, lowering only, or any. */
  readonly strangers: 'none' | 'lower' | 'raise'
}

/** A worker may be stopped for as long between booking and sending. */
export const sendWithinMs = 30_000

/** A stock write on its way. `fate` is decided when it is sent and known to nobody. */
export interface Write {
  readonly shop: number
  readonly op: StockOp
  readonly call: string
  readonly sendBy: Instant
  /** Sent again under its key, it acts once. */
  readonly isKeyed: boolean
  state: 'booked' | 'sent' | 'landed' | 'refused' | 'lost'
  fate: 'land' | 'refuse' | 'lose'
  landBy: Instant
}

export interface Look {
  readonly shop: number
  readonly rev: number
  readonly before: Page
  readonly seesAll: boolean
  startedAt?: Instant
  shown?: number
  result?: Seen
}

/** A copy of a sold order, made in the shop that ships. */
export interface Copy {
  readonly order: Order
  readonly shop: number
  readonly units: number
  readonly landBy: Instant
  readonly isLost: boolean
  state: 'sent' | 'landed' | 'known' | 'takenBack'
}

export interface World {
  readonly hub: Hub
  readonly shops: Shop[]
  /** K less the merchant's reserve. */
  limit: number
  now: Instant
  readonly writes: Write[]
  readonly looks: Look[]
  readonly copies: Copy[]
  readonly strangers: Start['strangers']
  /** Per shop: looked at since a stranger's hand was last in it. */
  readonly isSeen: boolean[]
  calls: number
  /** Looks that told something. */
  looked: number
}

export function openWorld(start: Start, transitions: Transitions, habits: Habits = goodHabits): World {
  const limit = Math.max(0, start.units - start.reserve)
  let left = limit
  const shops = start.shops.map((traits, index) => {
    const shown = Math.min(start.shown[index] ?? 0, Math.floor(left / traits.unitsPerSale))
    left -= shown * traits.unitsPerSale
    return openShop(traits, shown)
  })
  const entries: Entry[] = shops.map(({ shown }) => ({
    rights: { entitlement: shown, hold: 0, holdUntil: null },
    rev: 0,
    copiedUnits: 0,
    slack: 0,
  }))
  return {
    hub: { entries, transitions, habits },
    shops,
    limit,
    now: 1_000_000,
    writes: [],
    looks: [],
    copies: [],
    strangers: start.strangers,
    isSeen: shops.map(() => true),
    calls: 0,
    looked: 0,
  }
}

/** Any one, by a number of the adversary's. */
export const pick = <T>(list: readonly T[], at: number): T | undefined => list[at % Math.max(1, list.length)]

export const remove = <T>(list: T[], item: T): void => {
  list.splice(list.indexOf(item), 1)
}

/** What an adversary can make happen, steered by three numbers. */
export type Action = (world: World, a: number, b: number, c: number) => void

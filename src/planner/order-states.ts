/** How far one order is: from the shop's word and our own books to exactly one state, since when, and who must act next. Pure. */

import type { Actor, Instant, OrderPhase, OrderState, Platform } from '../domain.ts'

/** How far a return is: asked of the merchant, coming from the buyer, arriving at the merchant, done, or off. */
export type ReturnStage = 'asked' | 'coming' | 'arriving' | 'done' | 'off'

/** The data behind it, by platform; `mappings/order-states.json` has this shape. */
export interface OrderStateTable {
  readonly platforms: Readonly<
    Record<
      Platform,
      {
        readonly waiting: { readonly unpaid: Actor; readonly on_hold: Actor }
        readonly followsParcels: boolean
        readonly beforeCarrier: readonly string[]
        readonly returns: Readonly<Record<string, ReturnStage>>
        readonly moves: Readonly<Record<OrderState, readonly OrderState[]>>
      }
    >
  >
  readonly ageing: readonly {
    readonly state: OrderState
    readonly actor: Actor
    readonly platform?: string | undefined
    readonly afterMinutes: number
  }[]
  readonly timers: readonly {
    readonly platform: string
    readonly phase: OrderPhase
    readonly afterMinutes: number
    readonly everyMinutes: number
  }[]
}

/** What is known of an order: the shop's words first, then what our own books add. */
export interface OrderFacts {
  readonly platform: Platform
  readonly phase: OrderPhase
  /** The shop's own status word. */
  readonly status: string
  /** When we saw it first, when its phase was first seen, and the shop's time of the version at hand. */
  readonly firstSeenAt: Instant
  readonly phaseSince: Instant
  readonly versionAt: Instant
  /** The platform ships it from its own warehouse. */
  readonly isShippedByPlatform: boolean
  /** Another shop ships the orders of this one, so that this order needs a copy there. */
  readonly needsCopy: boolean
  /** Lines that sell something linked to no sku: they hold no stock. */
  readonly unlinkedLines: number
  /** The order as it stands in the shop that ships. */
  readonly copy?: { readonly seenAt: Instant; readonly isCancelled: boolean } | undefined
  /** When the first of its parcels that still counts was seen, here or at its copy. */
  readonly parcelSeenAt?: Instant | undefined
  /** The buyer asked to cancel, and the merchant has to answer. */
  readonly isCancelAsked: boolean
  /** The shop's words for its returns. */
  readonly returns: readonly string[]
  /** Why something that must be told about it waits for a person. */
  readonly parked: readonly string[]
}

export interface OrderLife {
  readonly state: OrderState
  readonly since: Instant
  readonly nextActor: Actor
}

/** A word for a return that nobody has heard of is one that somebody should look at. */
const stageOf = (word: string, facts: OrderFacts, table: OrderStateTable): ReturnStage => {
  const words = table.platforms[facts.platform]?.returns ?? {}
  return (Object.hasOwn(words, word) ? words[word] : undefined) ?? 'asked'
}

const stagesOf = (facts: OrderFacts, table: OrderStateTable): ReturnStage[] =>
  facts.returns.map((word) => stageOf(word, facts, table)).filter((stage) => stage !== 'off')

/** Only goods that left can come back; a refund before that is told by the order itself. */
const hasLeft: ReadonlySet<OrderPhase> = new Set(['shipped', 'delivered', 'closed'])
const isHeld: ReadonlySet<OrderPhase> = new Set(['unpaid', 'on_hold'])

interface Row {
  readonly state: OrderState
  fits(facts: OrderFacts, table: OrderStateTable): boolean
  since(facts: OrderFacts): Instant
}

const phaseSince = (facts: OrderFacts) => facts.phaseSince
const isPhase = (phase: OrderPhase) => (facts: OrderFacts) => facts.phase === phase

/** The first row that fits is the state. A draft fits none and is `seen`. */
const rows: readonly Row[] = [
  { state: 'cancelled', fits: isPhase('cancelled'), since: phaseSince },
  {
    state: 'returned',
    fits: (facts, table) => hasLeft.has(facts.phase) && stagesOf(facts, table).length > 0,
    since: ({ versionAt, phaseSince: at }) => Math.max(versionAt, at),
  },
  { state: 'closed', fits: isPhase('closed'), since: phaseSince },
  { state: 'delivered', fits: isPhase('delivered'), since: phaseSince },
  { state: 'shipped', fits: isPhase('shipped'), since: phaseSince },
  {
    state: 'shipping',
    fits: ({ phase, parcelSeenAt }) => phase === 'partly_shipped' || (phase === 'ready' && parcelSeenAt !== undefined),
    since: ({ phase, phaseSince: at, parcelSeenAt }) =>
      phase === 'partly_shipped' ? Math.min(at, parcelSeenAt ?? at) : (parcelSeenAt ?? at),
  },
  {
    state: 'seen',
    fits: ({ phase, unlinkedLines, copy }) =>
      unlinkedLines > 0 && !copy && (phase === 'ready' || phase === 'unpaid' || phase === 'on_hold'),
    since: ({ firstSeenAt }) => firstSeenAt,
  },
  {
    state: 'exported',
    fits: ({ phase, copy }) => phase === 'ready' && copy !== undefined && !copy.isCancelled,
    since: ({ copy, phaseSince: at }) => Math.max(copy?.seenAt ?? at, at),
  },
  { state: 'ready', fits: isPhase('ready'), since: phaseSince },
  { state: 'reserved', fits: ({ phase }) => isHeld.has(phase), since: phaseSince },
]

const byReturn: Readonly<Record<ReturnStage, Actor>> = {
  asked: 'merchant',
  coming: 'buyer',
  arriving: 'merchant',
  done: 'nobody',
  off: 'nobody',
}
const returnUrgency: readonly ReturnStage[] = ['asked', 'arriving', 'coming', 'done']

/** Who must act when nothing of the order is parked, by its state. */
const actors: Readonly<Record<OrderState, (facts: OrderFacts, table: OrderStateTable) => Actor>> = {
  seen: ({ phase }) => (phase === 'draft' ? 'buyer' : 'merchant'),
  reserved({ platform, phase }, table) {
    const waiting = table.platforms[platform]?.waiting
    return (phase === 'unpaid' ? waiting?.unpaid : waiting?.on_hold) ?? 'merchant'
  },
  ready({ isShippedByPlatform, needsCopy, copy }) {
    if (isShippedByPlatform) return 'shop'
    // A copy that somebody cancelled over there is not made a second time by itself.
    return needsCopy && !copy ? 'onhand' : 'merchant'
  },
  exported: () => 'merchant',
  shipping({ isShippedByPlatform, needsCopy, phase }) {
    if (isShippedByPlatform) return 'shop'
    return needsCopy && phase === 'ready' ? 'onhand' : 'merchant'
  },
  shipped: ({ platform }, table) => (table.platforms[platform]?.followsParcels ? 'shop' : 'nobody'),
  delivered: ({ platform }, table) => (table.platforms[platform]?.followsParcels ? 'shop' : 'nobody'),
  closed: () => 'nobody',
  cancelled: ({ copy }) => (copy && !copy.isCancelled ? 'onhand' : 'nobody'),
  returned(facts, table) {
    const stages = stagesOf(facts, table)
    return byReturn[returnUrgency.find((stage) => stages.includes(stage)) ?? 'off']
  },
}

/** While the goods are here, the merchant must answer a buyer who wants to cancel before anything else. */
const mayStillCancel: ReadonlySet<OrderState> = new Set(['reserved', 'ready', 'exported', 'shipping'])

export function orderState(facts: OrderFacts, table: OrderStateTable): OrderLife {
  const row = rows.find(({ fits }) => fits(facts, table))
  const state = row?.state ?? 'seen'
  const since = row ? row.since(facts) : facts.phaseSince
  return { state, since, nextActor: actorOf(state, facts, table) }
}

function actorOf(state: OrderState, facts: OrderFacts, table: OrderStateTable): Actor {
  const actor = actors[state](facts, table)
  const asked = facts.isCancelAsked && mayStillCancel.has(state)
  return facts.parked.length > 0 || asked ? 'merchant' : actor
}

const minuteMs = 60_000

/** When the order will have waited too long for whoever must act; undefined where it may wait for ever. */
export function overdueAt(
  { state, since, nextActor }: OrderLife,
  platform: Platform,
  table: OrderStateTable,
): Instant | undefined {
  const limit = table.ageing.find(
    (row) =>
      row.state === state && row.actor === nextActor && (row.platform === undefined || row.platform === platform),
  )
  return limit && since + limit.afterMinutes * minuteMs
}

/**
 * When the shop should be asked about an order that holds stock; undefined while it holds none or was never given a timer.
 * Running out releases nothing: the shop may have taken the money a moment ago, so only its answer counts.
 */
export function askAgainAt(
  { platform, phase, phaseSince: since }: Pick<OrderFacts, 'platform' | 'phase' | 'phaseSince'>,
  table: OrderStateTable,
  now: Instant,
): Instant | undefined {
  const timer = table.timers.find((row) => row.platform === platform && row.phase === phase)
  if (!timer) return undefined
  const first = since + timer.afterMinutes * minuteMs
  const everyMs = timer.everyMinutes * minuteMs
  return now < first ? first : first + (Math.floor((now - first) / everyMs) + 1) * everyMs
}

/** States that an order does not pass through on its way to another: whoever was there and is elsewhere made a move of its own. */
const notPassed: ReadonlySet<OrderState> = new Set(['seen', 'cancelled', 'returned', 'closed'])

/**
 * Whether an order may get from one state to the other on its platform. Versions are skipped (a poll sees the last one only),
 * so several legal steps at once are legal too. What is not is recorded and shown, never refused: the shop's word stands.
 */
export function isLegalMove(platform: Platform, from: OrderState, to: OrderState, table: OrderStateTable): boolean {
  const moves = table.platforms[platform]?.moves
  if (!moves || from === to) return true
  const reached = new Set<OrderState>([from])
  const open = [from]
  for (let at = open.pop(); at !== undefined; at = open.pop())
    for (const next of moves[at]) {
      if (next === to) return true
      if (reached.has(next) || notPassed.has(next)) continue
      reached.add(next)
      open.push(next)
    }
  return false
}

/** Whether the shop's words say that a milestone was reached, so that its clock has stopped. */
export interface Reached {
  readonly ready: boolean
  readonly transit: boolean
  readonly delivered: boolean
}

export function reachedBy(
  { platform, phase, status }: Pick<OrderFacts, 'platform' | 'phase' | 'status'>,
  table: OrderStateTable,
): Reached {
  const left = hasLeft.has(phase)
  const waits = phase === 'shipped' && (table.platforms[platform]?.beforeCarrier.includes(status) ?? false)
  return { ready: left, transit: left && !waits, delivered: phase === 'delivered' || phase === 'closed' }
}

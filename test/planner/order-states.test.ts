import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { orderPhaseOf, orderStateTable as table } from '../../mappings/order-states.ts'
import type { Actor, OrderPhase, OrderState } from '../../src/domain.ts'
import {
  askAgainAt,
  isLegalMove,
  type OrderFacts,
  orderState,
  overdueAt,
  reachedBy,
} from '../../src/planner/order-states.ts'

const minuteMs = 60_000
/** When things happened, in minutes since the order was first seen. */
const at = { seen: 0, phase: 10, copy: 20, parcel: 30, version: 40 }

const facts = (more: Partial<OrderFacts> = {}): OrderFacts => ({
  platform: 'tiktok-shop',
  phase: 'ready',
  status: 'AWAITING_SHIPMENT',
  firstSeenAt: at.seen,
  phaseSince: at.phase,
  versionAt: at.version,
  isShippedByPlatform: false,
  needsCopy: true,
  unlinkedLines: 0,
  isCancelAsked: false,
  returns: [],
  parked: [],
  ...more,
})

const copy = { seenAt: at.copy, isCancelled: false }
const gone = { seenAt: at.copy, isCancelled: true }
const parcelSeenAt = at.parcel
const own = { needsCopy: false }
const woo = { platform: 'woocommerce' }
const shopify = { platform: 'shopify' }

/** Name, facts, state, since, who must act. */
const rows: readonly (readonly [string, Partial<OrderFacts>, OrderState, number, Actor])[] = [
  ['a checkout that is still a draft', { ...woo, phase: 'draft' }, 'seen', at.phase, 'buyer'],
  ['a line linked to nothing', { unlinkedLines: 1 }, 'seen', at.seen, 'merchant'],
  ['the same before it is paid', { phase: 'unpaid', unlinkedLines: 1 }, 'seen', at.seen, 'merchant'],
  ['a line linked to nothing, exported by hand', { unlinkedLines: 1, copy }, 'exported', at.copy, 'merchant'],
  ['TikTok UNPAID', { phase: 'unpaid' }, 'reserved', at.phase, 'buyer'],
  ['TikTok ON_HOLD, the hour of remorse', { phase: 'on_hold' }, 'reserved', at.phase, 'shop'],
  ['WooCommerce on-hold: money to be confirmed', { ...woo, phase: 'on_hold' }, 'reserved', at.phase, 'merchant'],
  ['Shopify, not paid', { ...shopify, phase: 'unpaid' }, 'reserved', at.phase, 'buyer'],
  ['to be exported', {}, 'ready', at.phase, 'onhand'],
  ['to be exported, and parked', { parked: ['no such listing'] }, 'ready', at.phase, 'merchant'],
  ['in a shop that ships itself', own, 'ready', at.phase, 'merchant'],
  ['in the platform’s warehouse', { ...own, isShippedByPlatform: true }, 'ready', at.phase, 'shop'],
  ['its copy was cancelled over there', { copy: gone }, 'ready', at.phase, 'merchant'],
  ['exported', { copy }, 'exported', at.copy, 'merchant'],
  ['exported, then ready again', { copy, phaseSince: 50 }, 'exported', 50, 'merchant'],
  ['the buyer wants to cancel', { copy, isCancelAsked: true }, 'exported', at.copy, 'merchant'],
  ['the buyer wants to cancel before the export', { isCancelAsked: true }, 'ready', at.phase, 'merchant'],
  ['a parcel the selling shop does not know', { copy, parcelSeenAt }, 'shipping', at.parcel, 'onhand'],
  ['the same, refused by the gate', { copy, parcelSeenAt, parked: ['x'] }, 'shipping', at.parcel, 'merchant'],
  ['some of it told', { phase: 'partly_shipped', copy, parcelSeenAt }, 'shipping', at.phase, 'merchant'],
  ['shipped in parts by the shop itself', { ...woo, ...own, phase: 'partly_shipped' }, 'shipping', 10, 'merchant'],
  ['with the carrier', { phase: 'shipped', copy, parcelSeenAt }, 'shipped', at.phase, 'shop'],
  ['shipped by a shop that follows no parcels', { ...woo, phase: 'shipped' }, 'shipped', at.phase, 'nobody'],
  ['shipped, but its tracking is parked', { phase: 'shipped', parked: ['x'] }, 'shipped', at.phase, 'merchant'],
  ['shipped, and a late request to cancel', { phase: 'shipped', isCancelAsked: true }, 'shipped', 10, 'shop'],
  ['delivered', { phase: 'delivered' }, 'delivered', at.phase, 'shop'],
  ['closed', { phase: 'closed' }, 'closed', at.phase, 'nobody'],
  ['cancelled', { phase: 'cancelled' }, 'cancelled', at.phase, 'nobody'],
  ['cancelled while its copy lives', { phase: 'cancelled', copy }, 'cancelled', at.phase, 'onhand'],
  ['cancelled with its copy', { phase: 'cancelled', copy: gone }, 'cancelled', at.phase, 'nobody'],
  ['a return that is asked for', ret('delivered', 'RETURN_OR_REFUND_REQUEST_PENDING'), 'returned', 40, 'merchant'],
  ['a return that the buyer must send', ret('delivered', 'AWAITING_BUYER_SHIP'), 'returned', 40, 'buyer'],
  ['a return on its way', ret('closed', 'BUYER_SHIPPED_ITEM'), 'returned', 40, 'merchant'],
  ['a return that is over', ret('closed', 'RETURN_OR_REFUND_REQUEST_COMPLETE'), 'returned', 40, 'nobody'],
  ['a return that was refused', ret('delivered', 'REFUND_OR_RETURN_REQUEST_REJECT'), 'delivered', 10, 'shop'],
  ['a return in a word never heard', ret('delivered', 'SOMETHING_NEW'), 'returned', 40, 'merchant'],
  [
    'two returns: the one that somebody must answer counts',
    ret('closed', 'RETURN_OR_REFUND_REQUEST_COMPLETE', 'RETURN_OR_REFUND_REQUEST_PENDING'),
    'returned',
    40,
    'merchant',
  ],
  ['a refund asked for before anything left', ret('ready', 'RETURN_OR_REFUND_REQUEST_PENDING'), 'ready', 10, 'onhand'],
  ['a platform that is not in the table', { platform: 'other', phase: 'on_hold' }, 'reserved', at.phase, 'merchant'],
]

function ret(phase: OrderPhase, ...returns: string[]): Partial<OrderFacts> {
  return { phase, returns }
}

describe('an order', () => {
  it.each(rows)('%s', (_name, more, state, since, nextActor) => {
    expect(orderState(facts(more), table)).toEqual({ state, since, nextActor })
  })

  const anyFacts = fc.record({
    platform: fc.constantFrom('shopify', 'woocommerce', 'tiktok-shop'),
    phase: fc.constantFrom<OrderPhase>(
      ...([
        'draft',
        'unpaid',
        'on_hold',
        'ready',
        'partly_shipped',
        'shipped',
        'delivered',
        'closed',
        'cancelled',
      ] as const),
    ),
    status: fc.string(),
    firstSeenAt: fc.nat(100),
    phaseSince: fc.integer({ min: 100, max: 200 }),
    versionAt: fc.integer({ min: 100, max: 200 }),
    isShippedByPlatform: fc.boolean(),
    needsCopy: fc.boolean(),
    unlinkedLines: fc.nat(2),
    copy: fc.option(fc.record({ seenAt: fc.nat(300), isCancelled: fc.boolean() }), { nil: undefined }),
    parcelSeenAt: fc.option(fc.nat(300), { nil: undefined }),
    isCancelAsked: fc.boolean(),
    returns: fc.array(fc.constantFrom(...Object.keys(table.platforms['tiktok-shop']?.returns ?? {}), 'NEW'), {
      maxLength: 3,
    }),
    parked: fc.array(fc.string(), { maxLength: 1 }),
  })

  it('is always in one state, since a time that was, and whoever must act has a limit', () => {
    const unlimited = new Set<OrderState>(['seen', 'closed'])
    fc.assert(
      fc.property(anyFacts, (given) => {
        const life = orderState(given, table)
        expect(Object.keys(table.platforms['tiktok-shop']?.moves ?? {})).toContain(life.state)
        expect([
          given.firstSeenAt,
          given.phaseSince,
          given.versionAt,
          given.copy?.seenAt,
          given.parcelSeenAt,
        ]).toContain(life.since)
        if (life.nextActor !== 'nobody' && !unlimited.has(life.state))
          expect({ ...life, limit: overdueAt(life, given.platform, table) }).toMatchObject({
            limit: expect.any(Number),
          })
      }),
      { numRuns: 3000 },
    )
  })

  it('ages by who must act, and by the platform where that differs', () => {
    const limit = (state: OrderState, nextActor: Actor, platform = 'tiktok-shop') => {
      const found = overdueAt({ state, nextActor, since: 1000 }, platform, table)
      return found === undefined ? undefined : (found - 1000) / minuteMs
    }
    expect(limit('ready', 'onhand')).toBe(15)
    expect(limit('reserved', 'buyer')).toBe(2880)
    expect(limit('reserved', 'buyer', 'woocommerce')).toBe(4320)
    expect(limit('reserved', 'buyer', 'shopify')).toBe(10080)
    expect(limit('closed', 'nobody')).toBeUndefined()
    expect(limit('shipped', 'nobody', 'woocommerce')).toBeUndefined()
  })
})

describe('a reservation', () => {
  const hold = { platform: 'tiktok-shop', phase: 'on_hold' as const, phaseSince: 1000 }
  const ask = (minutes: number) => ((askAgainAt(hold, table, 1000 + minutes * minuteMs) ?? 0) - 1000) / minuteMs

  it('is asked about when its timer runs out, and again until the shop has said something else', () => {
    expect(ask(0)).toBe(65)
    expect(ask(64.9)).toBe(65)
    expect(ask(65)).toBe(80)
    expect(ask(81)).toBe(95)
  })

  it('has no timer where nothing is held', () => {
    expect(askAgainAt({ ...hold, phase: 'ready' }, table, 0)).toBeUndefined()
    expect(askAgainAt({ ...hold, platform: 'other' }, table, 0)).toBeUndefined()
  })

  it('stays a reservation whatever the time is: only another word of the shop ends it', () => {
    expect(orderState(facts({ phase: 'on_hold', phaseSince: 0 }), table).state).toBe('reserved')
    expect(isLegalMove('tiktok-shop', 'reserved', 'cancelled', table)).toBe(true)
  })
})

describe('moves', () => {
  it.each<[string, OrderState, OrderState, boolean]>([
    ['tiktok-shop', 'reserved', 'ready', true],
    ['tiktok-shop', 'reserved', 'shipped', true],
    ['tiktok-shop', 'seen', 'closed', true],
    ['tiktok-shop', 'ready', 'reserved', false],
    ['tiktok-shop', 'shipped', 'ready', false],
    ['tiktok-shop', 'shipped', 'cancelled', true],
    ['tiktok-shop', 'delivered', 'cancelled', false],
    ['tiktok-shop', 'cancelled', 'ready', false],
    ['tiktok-shop', 'exported', 'ready', false],
    ['woocommerce', 'cancelled', 'ready', true],
    ['woocommerce', 'shipped', 'ready', false],
    ['woocommerce', 'ready', 'reserved', true],
    ['woocommerce', 'delivered', 'reserved', false],
    ['shopify', 'shipped', 'ready', true],
    ['shopify', 'cancelled', 'ready', false],
    ['shopify', 'closed', 'reserved', false],
    ['other', 'closed', 'seen', true],
  ])('on %s from %s to %s: %s', (platform, from, to, legal) => {
    expect(isLegalMove(platform, from, to, table)).toBe(legal)
  })

  it('never lead out of a cancellation that a platform cannot undo', () => {
    for (const platform of ['shopify', 'tiktok-shop'])
      for (const to of Object.keys(table.platforms[platform]?.moves ?? {}) as OrderState[])
        expect(isLegalMove(platform, 'cancelled', to, table)).toBe(to === 'cancelled')
  })
})

describe('milestones', () => {
  it.each<[string, OrderPhase, string, object]>([
    ['tiktok-shop', 'ready', 'AWAITING_SHIPMENT', { ready: false, transit: false, delivered: false }],
    ['tiktok-shop', 'partly_shipped', 'PARTIALLY_SHIPPING', { ready: false, transit: false, delivered: false }],
    ['tiktok-shop', 'shipped', 'AWAITING_COLLECTION', { ready: true, transit: false, delivered: false }],
    ['tiktok-shop', 'shipped', 'IN_TRANSIT', { ready: true, transit: true, delivered: false }],
    ['tiktok-shop', 'delivered', 'DELIVERED', { ready: true, transit: true, delivered: true }],
    ['woocommerce', 'shipped', 'completed', { ready: true, transit: true, delivered: false }],
  ])('on %s, %s by %s', (platform, phase, status, reached) => {
    expect(reachedBy({ platform, phase, status }, table)).toEqual(reached)
  })
})

describe('words', () => {
  it.each([
    ['tiktok-shop', 'CANCELLED', undefined, 'cancelled', true],
    ['tiktok-shop', 'CANCEL', undefined, 'cancelled', true],
    ['tiktok-shop', 'PARTIALLY_SHIPPING', undefined, 'partly_shipped', true],
    ['tiktok-shop', 'TO_SHIP', undefined, 'on_hold', false],
    ['woocommerce', 'partial-shipped', undefined, 'partly_shipped', true],
    ['woocommerce', 'made-to-measure', undefined, 'ready', false],
    ['shopify', 'UNFULFILLED', 'PAID', 'ready', true],
    ['shopify', 'UNFULFILLED', 'AUTHORIZED', 'ready', true],
    ['shopify', 'UNFULFILLED', 'PENDING', 'unpaid', true],
    ['shopify', 'UNFULFILLED', 'VOIDED', 'unpaid', true],
    ['shopify', 'FULFILLED', 'PENDING', 'shipped', true],
    ['shopify', 'ON_HOLD', 'PENDING', 'on_hold', true],
    ['shopify', 'UNFULFILLED', 'constructor', 'ready', true],
    ['shopify', 'constructor', null, 'ready', false],
  ])('%s %s with the money %s: %s', (platform, status, money, phase, known) => {
    expect(orderPhaseOf(platform, status, money)).toEqual({ phase, known })
  })
})

/** Explaining is recomputing: at every past instant the terms say exactly what the planner was told then, and add up. */

import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pastOf, rulesAt } from '../../src/api/read/explain-history.ts'
import { readExposure } from '../../src/api/read/exposure.ts'
import { keepListing, linkListing, markListingGone } from '../../src/catalog/listings.ts'
import { setRule } from '../../src/catalog/rules.ts'
import { addSku, setSafetyStock } from '../../src/catalog/skus.ts'
import type { StockOp } from '../../src/channel.ts'
import { keepRights, lockRights } from '../../src/dispatcher/rights.ts'
import { asId, type SkuId } from '../../src/domain.ts'
import { postMovements } from '../../src/ledger/movements.ts'
import { postReading } from '../../src/ledger/readings.ts'
import { explainComponent } from '../../src/planner/explain.ts'
import { componentsAround, readNeighbourhood, type ShopFacts } from '../../src/planner/registers.ts'
import {
  acknowledged,
  adopted,
  booked,
  type Checkouts,
  inDoubt,
  type Look,
  looked,
  moved,
  type Rights,
  refused,
} from '../../src/planner/rights.ts'
import type { RightsChangeTable, Tx } from '../../src/store/tables.ts'
import { type Books, line, listingSnapshot, openBooks, orderReading } from '../support/books.ts'

/** Three counters of two shops, one of which a bundle shares with a single thing. */
const counters = [
  { account: 0, listing: 'one' },
  { account: 0, listing: 'pack' },
  { account: 1, listing: 'one' },
] as const

type Place = 0 | 1 | 2
type Act =
  | { readonly do: 'count'; readonly by: number }
  | {
      readonly do: 'order'
      readonly at: Place
      readonly order: number
      readonly taken: number
      readonly shipped: number
    }
  | { readonly do: 'book'; readonly at: Place; readonly set: boolean; readonly units: number }
  | { readonly do: 'answer'; readonly at: Place; readonly as: 'done' | 'refused' | 'lost' }
  | { readonly do: 'look'; readonly at: Place; readonly off: number; readonly isComplete: boolean }
  | { readonly do: 'export'; readonly at: Place; readonly by: number }
  | {
      readonly do: 'rule'
      readonly name: 'allowance' | 'policy' | 'cap' | 'safety'
      readonly units: number
      readonly forMs: number
    }
  | { readonly do: 'link'; readonly at: Place; readonly units: number; readonly other: number }
  | { readonly do: 'list'; readonly at: Place; readonly as: 'same' | 'shared' | 'derived' | 'gone' }

const place = fc.constantFrom<Place[]>(0, 1, 2)
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ do: fc.constant('count' as const), by: fc.integer({ min: -3, max: 40 }) }),
  {
    weight: 3,
    arbitrary: fc
      .record({
        do: fc.constant('order' as const),
        at: place,
        order: fc.integer({ min: 1, max: 3 }),
        taken: fc.integer({ min: 0, max: 4 }),
        shipped: fc.integer({ min: 0, max: 4 }),
      })
      .map((one) => ({ ...one, shipped: Math.min(one.shipped, one.taken) })),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('book' as const),
      at: place,
      set: fc.boolean(),
      units: fc.integer({ min: 0, max: 9 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('answer' as const),
      at: place,
      as: fc.constantFrom('done' as const, 'refused' as const, 'lost' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('look' as const),
      at: place,
      off: fc.integer({ min: -2, max: 2 }),
      isComplete: fc.boolean(),
    }),
  },
  fc.record({ do: fc.constant('export' as const), at: place, by: fc.constantFrom(-2, -1, 1, 2) }),
  fc.record({
    do: fc.constant('rule' as const),
    name: fc.constantFrom('allowance' as const, 'policy' as const, 'cap' as const, 'safety' as const),
    units: fc.integer({ min: 0, max: 20 }),
    forMs: fc.integer({ min: 0, max: 30_000 }),
  }),
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('link' as const),
      at: place,
      units: fc.integer({ min: 0, max: 3 }),
      other: fc.integer({ min: 0, max: 2 }),
    }),
  },
  fc.record({
    do: fc.constant('list' as const),
    at: place,
    as: fc.constantFrom('same' as const, 'shared' as const, 'derived' as const, 'gone' as const),
  }),
)
const history = fc.record({
  acts: fc.array(fc.record({ act, afterMs: fc.integer({ min: 1, max: 20_000 }) }), { minLength: 3, maxLength: 14 }),
  seen: fc.infiniteStream(fc.integer({ min: 0, max: 2 })),
})

const checkouts: Checkouts = { diesAfterMs: 15_000, areVisible: false }
const shop: ShopFacts = { kind: 'set', leastUnits: 0, checkouts, isOnline: true, seeMs: 1000, pushMs: 1000 }

describe('an explanation', () => {
  let books: Books
  beforeAll(async () => {
    books = await openBooks({ policy: 'strict' })
  })
  afterAll(() => books.close())

  let histories = 0

  it('says at every past instant what the planner was told then, and adds up', { timeout: 300_000 }, async () => {
    let compared = 0
    let doubted = 0
    await fc.assert(
      fc.asyncProperty(history, async ({ acts, seen }) => {
        const world = await newWorld(books, histories++)
        const told: { at: number; live: unknown }[] = []
        for (const { act: one, afterMs } of acts) {
          await books.clock.advance(afterMs)
          await books.store.transaction((tx) => perform(tx, world, one))
          // Not after every act, so that an explanation also has to find its way between two of them.
          if (seen.next().value !== 0) told.push({ at: books.clock.now(), live: await liveOf(world) })
        }
        await books.clock.advance(7)
        told.push({ at: books.clock.now(), live: await liveOf(world) })
        for (const { at, live } of told) {
          const { component } = await pastOf(books.store.db, world.sku, at)
          const explained = explainComponent(component)
          expect(shapeOf(explained)).toEqual(live)
          compared += explained.registers.length
          doubted += explained.registers.filter(({ doubtUnits }) => doubtUnits !== 0).length
        }
      }),
      { numRuns: 1000 },
    )
    // What is compared must be worth comparing.
    expect(compared).toBeGreaterThan(3000)
    expect(doubted).toBeGreaterThan(500)

    // And the sum that the status page shows is the sum of what is explained.
    const now = books.clock.now()
    const { items } = await readExposure(books.store.db, now, Number.MAX_SAFE_INTEGER)
    const exposed = new Map(items.map((item) => [item.sku, item.exposedUnits]))
    let isExposed = 0
    for (let at = 0; at < histories; at++)
      for (const sku of [`MUG-${at}`, `LID-${at}`]) {
        const { component } = await pastOf(books.store.db, sku, now)
        const { exposedUnits } = explainComponent(component)
        expect([sku, exposed.get(sku) ?? 0]).toEqual([sku, exposedUnits])
        if (exposedUnits > 0) isExposed++
      }
    expect(isExposed).toBeGreaterThan(100)
  })

  /** Everything of one history has names of its own, so that a thousand of them fit into one database. */
  interface World {
    readonly sku: SkuId
    readonly other: SkuId
    readonly accounts: readonly [string, string]
    calls: number
  }

  async function newWorld({ connect, sku, clock, store }: Books, at: number): Promise<World> {
    const world = {
      sku: asId<'sku'>(`MUG-${at}`),
      other: asId<'sku'>(`LID-${at}`),
      accounts: [`left-${at}`, `right-${at}`] as const,
      calls: 0,
    }
    for (const account of world.accounts) await connect(account)
    await sku(world.sku, world.other)
    await store.transaction(async (tx) => {
      for (const one of [world.sku, world.other]) await count(tx, one, 5)
      for (const [index, { account, listing }] of counters.entries()) {
        const id = asId<'account'>(world.accounts[account])
        await keepListing(tx, id, listingSnapshot(listing), clock.now())
        const parts = [{ sku: world.sku, units: index === 1 ? 2 : 1 }]
        await linkListing(tx, id, asId(listing), parts, clock.now())
      }
    })
    return world
  }

  const count = async (tx: Tx, sku: SkuId, by: number) =>
    await postMovements(tx, new Set(), [
      {
        id: books.store.newId(),
        sku,
        kind: 'adjust',
        onHandDelta: by,
        reservedDelta: 0,
        delivery: 'd',
        // By another clock than ours: it must not decide when we knew.
        at: books.clock.now() - 5000,
      },
    ])

  async function perform(tx: Tx, world: World, one: Act): Promise<void> {
    const { clock, store } = books
    const now = clock.now()
    const { newId } = store
    switch (one.do) {
      case 'count':
        return await count(tx, world.sku, one.by)
      case 'order': {
        const { account, listing } = placeOf(world, one.at)
        const snapshot = { updatedAt: now - 900, phase: one.taken === 0 ? 'cancelled' : 'ready' } as const
        const lines = [line('1', listing, 4, { takenUnits: one.taken, shippedUnits: one.shipped })]
        const context = { account, delivery: newId(), fetchedAt: now, shopTime: now, now, newId, needsProvider: false }
        await postReading(tx, { ...context, moved: new Set() }, orderReading(`${one.order}-${one.at}`, lines, snapshot))
        return
      }
      case 'book':
        return await change(tx, world, one.at, 'booked', (rights, _taken, register) => {
          if (rights.op) return undefined
          const op: StockOp = one.set
            ? { register, kind: 'set', to: one.units }
            : { register, kind: 'adjust', by: one.units - 4 }
          return booked(rights, op, `call-${world.calls++}`, now + 5000)
        })
      case 'answer': {
        const causes = { done: 'acknowledged', refused: 'refused', lost: 'in doubt' } as const
        return await change(tx, world, one.at, causes[one.as], (rights, taken) => {
          if (!rights.op) return undefined
          if (one.as === 'done') return acknowledged(rights, taken, now, checkouts)
          return one.as === 'refused' ? refused(rights) : inDoubt(rights, now)
        })
      }
      case 'look':
        return await change(tx, world, one.at, 'looked', (rights, taken) => {
          const shownUnits = (rights.pend?.likely ?? rights.entitlement) - taken + one.off
          const look: Look = {
            shownUnits,
            startedAt: now,
            takenUnitsMax: taken,
            takenUnitsMin: taken,
            heldUnits: 0,
            isComplete: one.isComplete,
          }
          const found = looked(rights, look, checkouts)
          return found.verdict === 'open' ? undefined : found.rights
        })
      case 'export':
        return await change(tx, world, one.at, one.by < 0 ? 'export' : 'restock', (rights) =>
          moved(rights, one.by, now, checkouts),
        )
      case 'rule': {
        const until = one.forMs === 0 ? {} : { until: now + one.forMs }
        if (one.name === 'safety') {
          await setSafetyStock(tx, world.sku, one.units, { now, newId, by: 'Anna' })
          return
        }
        const value = one.name === 'policy' ? (one.units % 2 === 0 ? 'mirror' : 'strict') : String(one.units)
        await setRule(tx, { name: one.name, sku: world.sku, value, ...until }, { now, newId })
        return
      }
      case 'link': {
        const { account, listing } = placeOf(world, one.at)
        const parts = [
          { sku: world.sku, units: one.units },
          { sku: world.other, units: one.other },
        ].filter(({ units }) => units > 0)
        return await linkListing(tx, account, listing, parts, now)
      }
      case 'list': {
        const { account, listing } = placeOf(world, one.at)
        if (one.as === 'gone') return await markListingGone(tx, account, listing, now)
        const register = one.as === 'shared' ? 'one-r' : `${listing}-r`
        const counting = one.as === 'derived' ? 'derived' : 'counted'
        const snapshot = listingSnapshot(listing, { register: asId(register), counting, updatedAt: now })
        return await keepListing(tx, account, snapshot, now)
      }
    }
  }

  const placeOf = (world: World, at: Place) => {
    const { account, listing } = counters[at]
    return { account: asId<'account'>(world.accounts[account]), listing: asId<'listing'>(listing) }
  }

  /** A register's rights by way of the book that keeps them; one that was never seen is seen first. */
  async function change(
    tx: Tx,
    world: World,
    at: Place,
    cause: RightsChangeTable['cause'],
    next: (rights: Rights, taken: number, register: ReturnType<typeof asId<'register'>>) => Rights | undefined,
  ): Promise<void> {
    const { clock, store } = books
    const { account, listing } = placeOf(world, at)
    const register = asId<'register'>(`${listing}-r`)
    const context = { account, clock, newId: store.newId }
    const known = await lockRights(tx, account, register)
    if (!known) {
      const look = { shownUnits: 5, startedAt: clock.now(), takenUnitsMax: 0, takenUnitsMin: 0, heldUnits: 0 }
      const first = adopted({ ...look, isComplete: true }, 0, checkouts)
      return await keepRights(tx, context, register, first, { cause: 'adopted', takenUnits: 0, isNews: true })
    }
    const rights = next(known.rights, known.takenUnits, register)
    if (rights) await keepRights(tx, context, register, rights, { cause, takenUnits: known.takenUnits, isNews: true })
  }

  /** What the planner is told now, as far as it is about this sku. */
  async function liveOf({ sku }: World) {
    return await books.store.transaction(async (tx) => {
      const around = await componentsAround(tx, [sku])
      const { facts } = await readNeighbourhood(tx, around, { now: books.clock.now(), shop: () => shop })
      const component = facts.components.find((one) => one.sku === sku)
      return {
        onHand: component?.onHand,
        reserved: component?.reserved,
        safetyUnits: component?.safetyUnits,
        allowanceUnits: component?.allowanceUnits,
        policy: component?.policy,
        registers: facts.registers.flatMap(({ account, register, parts, rights, takenUnits }) => {
          const unitsPerSale = parts.find((part) => part.sku === sku)?.units
          if (unitsPerSale === undefined) return []
          const ceiling = rights.op?.ceiling ?? rights.entitlement + rights.hold
          const shownUnits = (rights.pend?.likely ?? rights.entitlement) - takenUnits
          return { account, register, unitsPerSale, rightsUnits: ceiling - takenUnits, shownUnits, takenUnits }
        }),
      }
    })
  }

  const shapeOf = ({
    onHand,
    reserved,
    safetyUnits,
    allowanceUnits,
    policy,
    registers,
  }: ReturnType<typeof explainComponent>) => ({
    onHand,
    reserved,
    safetyUnits,
    allowanceUnits,
    policy,
    registers: registers.map(({ account, register, unitsPerSale, rightsUnits, shownUnits, takenUnits }) => ({
      account,
      register,
      unitsPerSale,
      rightsUnits,
      shownUnits,
      takenUnits,
    })),
  })

  it('keeps the rules of its time, a safety stock among them', async () => {
    const world = await newWorld(books, histories++)
    const { clock, store } = books
    const set = (units: number) =>
      store.transaction((tx) =>
        setSafetyStock(tx, world.sku, units, { now: clock.now(), newId: store.newId, by: 'Ada' }),
      )
    await set(3)
    const then = clock.now()
    await clock.advance(1000)
    await set(0)
    const rows = await rulesAt(store.db, world.sku, clock.now())
    expect(rows.filter(({ name }) => name === 'safety').map(({ value, made_by }) => [value, made_by])).toEqual([
      ['3', 'Ada'],
      ['0', 'Ada'],
    ])
    expect((await pastOf(store.db, world.sku, then)).component.safetyUnits).toBe(3)
    expect((await pastOf(store.db, world.sku, then - 1)).component.safetyUnits).toBe(0)
    expect((await pastOf(store.db, world.sku, clock.now())).component.safetyUnits).toBe(0)
  })

  it('of a sku that was added with a safety stock of none begins at none', async () => {
    const { clock, store } = books
    await store.transaction((tx) => addSku(tx, { sku: asId('BARE'), title: 'Bare' }, clock.now()))
    const { component } = await pastOf(store.db, 'BARE', clock.now())
    expect(explainComponent(component)).toMatchObject({ onHand: 0, poolUnits: 0, exposedUnits: 0, registers: [] })
  })
})

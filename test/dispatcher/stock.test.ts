import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Call, CallResult, StockOp } from '../../src/channel.ts'
import type { Lane } from '../../src/dispatcher/lane.ts'
import { observe, registersToObserve } from '../../src/dispatcher/observe.ts'
import { recover } from '../../src/dispatcher/recover.ts'
import { asId } from '../../src/domain.ts'
import { ChannelError, type ChannelErrorKind } from '../../src/errors.ts'
import { silentLog } from '../../src/log.ts'
import { type Books, type ListingMore, line, openBooks, orderReading } from '../support/books.ts'
import { accepted, facts, type Script, type ScriptChannel, said } from '../support/script-channel.ts'

let books: Books
let shop: ScriptChannel
let lane: Lane
beforeEach(async () => {
  books = await openBooks()
})
afterEach(() => books.close())

/** One shop with one mug that shows `shows`, of which there are five. */
async function open(script: Script = {}, more: ListingMore = { shows: 9 }): Promise<void> {
  shop = await books.connect('shop', script)
  await books.sku('MUG')
  await books.listing('shop', 'mug', { MUG: 1 }, more)
  lane = books.lane('shop')
  await books.receive('MUG', 5)
}
const settled = (ms = 1000) => books.run(lane, ms)
const rights = async (register = 'mug-r') => {
  const row = await books.store.db
    .selectFrom('rights')
    .select(['entitlement', 'op', 'pend'])
    .where('register', '=', register)
    .executeTakeFirst()
  return row && { ...row }
}
const publications = () => books.store.db.selectFrom('publication').select(['register', 'units']).execute()
const calls = () => books.store.db.selectFrom('call').select(['state', 'attempts']).orderBy('created_at').execute()
const look = (units: number, meanwhile = async () => undefined as unknown) => {
  const levels = [{ kind: 'stock' as const, level: { register: asId<'register'>('mug-r'), availableUnits: units } }]
  const fetch = async () => {
    await meanwhile()
    return [facts(levels, { source: 'fetch', fetchStartedAt: books.clock.now() })]
  }
  return observe({
    db: books.store.db,
    transaction: books.store.transaction,
    account: asId('shop'),
    channel: { ...shop, fetch },
    clock: books.clock,
    log: silentLog,
    newId: books.store.newId,
    append: books.inbox.append,
    ordersUpToNow: () => books.ledger.drain(),
    posted: books.ledger.drain,
  })
}
const failing = (kind: ChannelErrorKind, times = 1) => {
  let left = times
  return (call: Call): CallResult => {
    if (left-- > 0) throw new ChannelError(kind, `It was ${kind}.`)
    return accepted(call)
  }
}

describe('a stock write', () => {
  it('is relative where the shop can do that', async () => {
    await open()
    await settled()
    expect(shop.calls.map(said)).toEqual([[{ register: 'mug-r', kind: 'adjust', by: -4 }]])
    expect(await rights()).toEqual({ entitlement: 5, op: null, pend: null })
    expect(await publications()).toEqual([{ register: 'mug-r', units: 5 }])
    expect(await books.receipt('mug-r')).toMatchObject({ state: 'done', seen: 1 })
  })

  it('is absolute where it cannot, and then waits for a look', async () => {
    await open({ abilities: { relativeWrites: false } })
    await settled()
    expect(shop.calls.map(said)).toEqual([[{ register: 'mug-r', kind: 'set', to: 5 }]])
    expect((await rights())?.pend).toContain('acknowledgedAt')
    const waiting = () => registersToObserve(books.store.db, asId('shop'), books.clock.now(), books.clock.now())
    expect(await waiting()).toEqual(['mug-r'])
    expect(await look(5)).toMatchObject({ compared: 1, drifted: 0 })
    expect(await waiting()).toEqual([])
  })

  it('is not made when the shop shows it already', async () => {
    await open({}, { shows: 5 })
    await settled()
    expect(shop.calls).toEqual([])
    expect(await books.intents()).toEqual([])
  })

  it('says what is true when it leaves, not what was planned', async () => {
    await open()
    await books.planner.drain()
    await books.tell('shop', orderReading('1', [line('a', 'mug', 2)]))
    // Planned at 5 of 9 shown; two were sold there meanwhile, so it shows 7 and may show 3.
    await settled()
    expect(shop.calls.map(said)).toEqual([[{ register: 'mug-r', kind: 'adjust', by: -4 }]])
    expect(await publications()).toEqual([{ register: 'mug-r', units: 3 }])
  })

  it('is one at a time for a register; what changed meanwhile follows', async () => {
    let answer: (result: CallResult) => void = () => undefined
    await open({ write: (call) => (shop.calls.length > 1 ? accepted(call) : new Promise((done) => (answer = done))) })
    await settled()
    await books.receive('MUG', 2)
    await settled(3000)
    expect(shop.calls).toHaveLength(1)
    answer({ rows: [{ ok: true }] })
    await settled()
    expect(shop.calls.map(said)).toEqual([
      [{ register: 'mug-r', kind: 'adjust', by: -4 }],
      [{ register: 'mug-r', kind: 'adjust', by: 2 }],
    ])
    expect(await rights()).toMatchObject({ entitlement: 7 })
  })

  it('takes all that is due in one body, and never more than fits', async () => {
    await open({ limits: { itemsPerStockCall: 3 } })
    const skus = Array.from({ length: 7 }, (_, at) => `S${at}`)
    await books.sku(...skus)
    for (const sku of skus) await books.listing('shop', sku, { [sku]: 1 }, { shows: 4 })
    await books.planner.sweep()
    await settled(3000)
    const sizes = shop.calls.map((call) => (said(call) as StockOp[]).length)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(3)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(8)
  })
})

describe('a row that the shop answers', () => {
  it.each(['stale', 'again'] as const)('%s is tried again, and parked when that never helps', async (kind) => {
    await open({ write: () => ({ rows: [{ ok: false, kind, code: 'C', message: 'Not now.' }] }) })
    await settled(500)
    expect(await books.receipt('mug-r')).toMatchObject({ state: 'due', reason: 'Not now. (C)' })
    expect(await rights()).toEqual({ entitlement: 9, op: null, pend: null })
    await settled(180_000)
    expect(await books.receipt('mug-r')).toMatchObject({ state: 'parked' })
    expect(shop.calls).toHaveLength(9)
  })

  it('rejected is parked at once and never sent again by itself; something newer is', async () => {
    let refuses = true
    await open({
      write: (call) =>
        refuses ? { rows: [{ ok: false, kind: 'rejected', code: 'GONE', message: 'No such item.' }] } : accepted(call),
    })
    await settled(5000)
    await books.planner.sweep()
    await settled(5000)
    expect(shop.calls).toHaveLength(1)
    expect(await books.receipt('mug-r')).toMatchObject({ state: 'parked', reason: 'No such item. (GONE)' })
    refuses = false
    await books.receive('MUG', 1)
    await settled()
    expect(await books.receipt('mug-r')).toMatchObject({ state: 'done' })
    expect(await rights()).toMatchObject({ entitlement: 6 })
  })

  it('that is missing in the answer is tried again', async () => {
    let short = true
    await open({
      write: (call) => {
        if (!short) return accepted(call)
        short = false
        return { rows: [] }
      },
    })
    await settled(5000)
    expect(shop.calls).toHaveLength(2)
    expect(await rights()).toMatchObject({ entitlement: 5 })
  })

  it('concerns itself only', async () => {
    await open({
      write: (call) => ({
        rows: (said(call) as StockOp[]).map(({ register }) =>
          register === 'cup-r' ? { ok: false, kind: 'rejected', code: 'X', message: 'No.' } : { ok: true },
        ),
      }),
    })
    await books.listing('shop', 'cup', { MUG: 1 }, { shows: 9 })
    await books.planner.sweep()
    await settled(3000)
    expect(await books.receipt('mug-r')).toMatchObject({ state: 'done' })
    expect(await books.receipt('cup-r')).toMatchObject({ state: 'parked' })
    expect(await rights('cup-r')).toEqual({ entitlement: 9, op: null, pend: null })
  })
})

describe('a call that fails as a whole', () => {
  it.each(['transient', 'throttled', 'auth'] as const)('%s did not happen: planned and sent again', async (kind) => {
    await open({ repeatable: false, write: failing(kind) })
    await settled(5000)
    expect(shop.calls).toHaveLength(2)
    expect(new Set(shop.calls.map(({ key }) => key)).size).toBe(2)
    expect(await rights()).toEqual({ entitlement: 5, op: null, pend: null })
  })

  it('rejected is parked', async () => {
    await open({ write: failing('rejected') })
    await settled(5000)
    expect(shop.calls).toHaveLength(1)
    expect(await books.receipt('mug-r')).toMatchObject({ state: 'parked', reason: 'It was rejected.' })
    expect((await rights())?.op).toBeNull()
  })

  it.each(['transient', 'throttled', 'unknownOutcome'] as const)(
    '%s, when repeatable, is resent word for word under the same key',
    async (kind) => {
      await open({ write: failing(kind, 3) })
      await settled(30_000)
      expect(shop.calls).toHaveLength(4)
      expect(new Set(shop.calls.map((call) => JSON.stringify(call))).size).toBe(1)
      expect(await rights()).toEqual({ entitlement: 5, op: null, pend: null })
      expect(await calls()).toEqual([{ state: 'done', attempts: 3 }])
    },
  )

  it('of our own making is treated as unknown', async () => {
    await open({
      repeatable: false,
      write: () => {
        throw new TypeError('undefined is not a function')
      },
    })
    await settled()
    expect((await rights())?.op).toContain('unknownSince')
  })

  it('without an answer blocks its register until the shelf was read', async () => {
    await open({ abilities: { relativeWrites: false }, repeatable: false, write: failing('unknownOutcome') })
    await settled()
    await books.receive('MUG', 1)
    await settled(60_000)
    expect(shop.calls).toHaveLength(1)
    expect(await registersToObserve(books.store.db, asId('shop'), books.clock.now(), books.clock.now())).toEqual([
      'mug-r',
    ])
    // It did happen: the shelf shows what was written.
    expect(await look(5)).toMatchObject({ compared: 1, drifted: 0 })
    await books.planner.sweep()
    await settled(3000)
    expect(shop.calls.map(said)).toEqual([
      [{ register: 'mug-r', kind: 'set', to: 5 }],
      [{ register: 'mug-r', kind: 'set', to: 6 }],
    ])
  })

  it('without an answer may still land for a while: a look right after it settles nothing', async () => {
    await open({ repeatable: false, write: failing('unknownOutcome') })
    await settled()
    expect(await look(9)).toMatchObject({ compared: 0, unsettled: 1 })
    await books.clock.advance(20_000)
    expect(await look(9)).toMatchObject({ compared: 1 })
  })

  it.each(['auth', 'rejected'] as const)('%s after a try without an answer is still in doubt', async (kind) => {
    await open({
      write: (_, attempt) => {
        throw new ChannelError(attempt === 1 ? 'unknownOutcome' : kind, 'No.')
      },
    })
    await settled(10_000)
    expect(shop.calls).toHaveLength(2)
    expect((await rights())?.op).toContain('unknownSince')
    expect(await calls()).toMatchObject([{ state: 'unknown' }])
  })
})

describe('a connector that refuses to compose', () => {
  it('one of many stops only that one', async () => {
    await open({
      check: (ops) => {
        if (ops.kind === 'stock' && ops.ops.some(({ register }) => register === 'cup-r'))
          throw new Error('Above 99,999.')
      },
    })
    await books.listing('shop', 'cup', { MUG: 1 }, { shows: 9 })
    await books.planner.sweep()
    await settled()
    expect(await books.receipt('mug-r')).toMatchObject({ state: 'done' })
    expect(await books.receipt('cup-r')).toMatchObject({ state: 'parked', reason: 'Above 99,999.' })
  })
})

describe('registers that are written together', () => {
  const group = { group: 'g' }
  const whole = { abilities: { writesWholeGroup: true, relativeWrites: false } }
  beforeEach(async () => {
    await books.sku('SPOON')
  })
  const pair = async (script: Script = {}) => {
    await open({ ...whole, ...script }, { shows: 5, ...group })
    await books.listing('shop', 'spoon', { SPOON: 1 }, { shows: 0, ...group })
    await books.planner.sweep()
    await settled()
    expect(shop.calls).toEqual([])
  }

  it('go along at what they should show anyway', async () => {
    await pair()
    await books.receive('SPOON', 3)
    await settled()
    expect((said(shop.calls[0]) as StockOp[]).toSorted((a, b) => a.register.localeCompare(b.register))).toEqual([
      { register: 'mug-r', kind: 'set', to: 5 },
      { register: 'spoon-r', kind: 'set', to: 3 },
    ])
  })

  it('wait as a whole while one of them is in doubt', async () => {
    await pair()
    const op = JSON.stringify({ call: 'c', op: { register: 'mug-r', kind: 'set', to: 5 }, unknownSince: 1 })
    await books.store.db.updateTable('rights').set({ op }).where('register', '=', 'mug-r').execute()
    await books.receive('SPOON', 3)
    await settled(5000)
    expect(shop.calls).toEqual([])
    expect(await books.receipt('spoon-r')).toMatchObject({ state: 'due' })
    await books.store.db.updateTable('rights').set({ op: null }).where('register', '=', 'mug-r').execute()
    await settled(3000)
    expect(said(shop.calls[0])).toHaveLength(2)
  })

  it('stay together when another one cannot be composed', async () => {
    await pair({
      check: (ops) => {
        if (ops.kind === 'stock' && ops.ops.some(({ register }) => register === 'cup-r')) throw new Error('No.')
      },
    })
    await books.listing('shop', 'cup', { MUG: 1 }, { shows: 9 })
    await books.receive('SPOON', 3)
    await books.planner.sweep()
    await settled(3000)
    expect(shop.calls.map((call) => (said(call) as StockOp[]).length)).toEqual([2])
    expect(await books.receipt('cup-r')).toMatchObject({ state: 'parked' })
  })
})

describe('a look at the shelf', () => {
  it('finds what nobody told, and puts it right', async () => {
    await open({}, { shows: 5 })
    await settled()
    expect(await look(8)).toMatchObject({ compared: 1, drifted: 1 })
    await books.planner.sweep()
    await settled()
    expect(shop.calls.map(said)).toEqual([[{ register: 'mug-r', kind: 'adjust', by: -3 }]])
  })

  it('allows for orders that moved meanwhile, and says nothing of a register that is being written', async () => {
    await open({}, { shows: 5 })
    await settled()
    const sale = () => books.tell('shop', orderReading('1', [line('a', 'mug', 1)]))
    expect(await look(4, sale)).toMatchObject({ compared: 1, drifted: 0 })
    expect(await look(4)).toMatchObject({ unsettled: 0, compared: 1, drifted: 0 })
    const op = JSON.stringify({ call: 'c', op: { register: 'mug-r', kind: 'adjust', by: 1 } })
    await books.store.db.updateTable('rights').set({ op }).execute()
    expect(await look(99)).toMatchObject({ unsettled: 1, drifted: 0 })
  })
})

describe('a decrease', () => {
  it('never waits behind slow increases', async () => {
    await open({
      limits: { callsInFlight: 3, itemsPerStockCall: 1 },
      write: async (call) => {
        const [op] = said(call) as StockOp[]
        if (op?.kind === 'adjust' && op.by > 0) await books.clock.sleep(60_000)
        return accepted(call)
      },
    })
    const skus = Array.from({ length: 20 }, (_, at) => `S${at}`)
    await books.sku(...skus)
    for (const sku of skus) await books.listing('shop', sku, { [sku]: 1 }, { shows: 0 })
    for (const sku of skus) await books.receive(sku, 5)
    await settled(10_000)
    // The mug's own decrease went at the start; everything after it is a slow increase.
    const before = shop.calls.length
    await books.tell('shop', { kind: 'ignored', reason: '' })
    await books.connect('other')
    await books.listing('other', 'omug', { MUG: 1 }, { shows: 5 })
    await books.tell('other', orderReading('1', [line('a', 'omug', 2)]))
    await settled(500)
    expect(shop.calls.slice(before).map(said)).toEqual([[{ register: 'mug-r', kind: 'adjust', by: -2 }]])
    expect(await books.receipt('mug-r')).toMatchObject({ state: 'done' })
  })
})

describe('a paused account', () => {
  it('is still read, and never written', async () => {
    await open()
    await books.store.db.updateTable('account').set({ state: 'paused' }).execute()
    await books.tell('shop', { kind: 'hint', wanted: { kind: 'orders', ids: [asId('9')] } })
    await settled(3000)
    expect(shop.calls).toEqual([])
    expect(shop.fetched).toEqual([{ kind: 'orders', ids: ['9'] }])
  })
})

describe('after a stop in mid-flight', () => {
  it('a write that nobody heard of again is looked up, then made', async () => {
    await open({ write: () => new Promise(() => undefined) })
    await settled()
    expect(await calls()).toMatchObject([{ state: 'open' }])
    expect(await recover(books.store, books.clock)).toEqual({ calls: 1 })
    expect(await recover(books.store, books.clock)).toEqual({ calls: 0 })
    expect(await books.receipt('mug-r')).toMatchObject({ state: 'due' })
    // It may still be on its way for as long as it was allowed to start, and then some.
    await books.clock.advance(50_000)
    expect(await look(5)).toMatchObject({ compared: 1 })
    expect(await rights()).toEqual({ entitlement: 5, op: null, pend: null })
  })
})

describe('fetches', () => {
  it('bring what was asked for, once, in one call', async () => {
    await open({
      fetch: (wanted) =>
        wanted.kind === 'orders' ? wanted.ids.map((id) => facts([orderReading(id, [line('a', 'mug', 1)])])) : [],
    })
    await books.tell('shop', { kind: 'hint', wanted: { kind: 'orders', ids: [asId('1'), asId('2')] } })
    await books.tell('shop', { kind: 'hint', wanted: { kind: 'orders', ids: [asId('1')] } })
    await settled(3000)
    await books.ledger.drain()
    expect(shop.fetched.filter(({ kind }) => kind === 'orders')).toMatchObject([
      { ids: expect.toSatisfy((ids: string[]) => ids.toSorted().join() === '1,2') },
    ])
    expect(await books.balance('MUG')).toMatchObject({ reserved: 2 })
  })

  it('of one impossible id park that one; the others come', async () => {
    await open({
      fetch: ({ ids }) => {
        if (ids.some((id) => id === 'bad')) throw new ChannelError('rejected', 'Invalid id.')
        return []
      },
    })
    await books.tell('shop', { kind: 'hint', wanted: { kind: 'orders', ids: [asId('1'), asId('bad'), asId('2')] } })
    await settled(3000)
    expect(await books.receipt('bad')).toMatchObject({ state: 'parked', reason: 'Invalid id.' })
    expect(await books.receipt('1')).toMatchObject({ state: 'done' })
    expect(await books.receipt('2')).toMatchObject({ state: 'done' })
  })

  it('wait while the shop is dark', async () => {
    let dark = true
    await open({
      fetch: () => {
        if (dark) throw new ChannelError('transient', 'No route.')
        return []
      },
    })
    await books.tell('shop', { kind: 'hint', wanted: { kind: 'orders', ids: [asId('1')] } })
    await settled(30_000)
    expect(await books.receipt('1')).toMatchObject({ state: 'due', reason: 'No route.' })
    dark = false
    await settled(30_000)
    expect(await books.receipt('1')).toMatchObject({ state: 'done' })
  })
})

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Call, CallResult, Reading, StockOp } from '../../src/channel.ts'
import type { Lane } from '../../src/dispatcher/lane.ts'
import { observe, registersToObserve } from '../../src/dispatcher/observe.ts'
import { recover } from '../../src/dispatcher/recover.ts'
import { asId, type OrderPhase } from '../../src/domain.ts'
import { ChannelError } from '../../src/errors.ts'
import { silentLog } from '../../src/log.ts'
import { type Books, line, openBooks, orderReading } from '../support/books.ts'
import { accepted, facts, type ScriptChannel, said } from '../support/script-channel.ts'

let books: Books
let shipper: ScriptChannel
let lane: Lane
/** The copies that the shipping shop really has. */
let copies: Map<string, OrderPhase>
/** What its mug's shelf really shows. */
let shelf: number
let write: (call: Call, attempt: number) => Promise<CallResult> | CallResult
let version: number

const reading = (id: string, phase: OrderPhase): Reading =>
  orderReading(id, [line('a', 'sh-mug', 2)], { ourReference: 'onhand:seller:1', phase, updatedAt: ++version })

beforeEach(async () => {
  version = 5000
  shelf = 10
  copies = new Map()
  write = accepted
  books = await openBooks()
  shipper = await books.connect('shipper', {
    write: (call, attempt) => (call.kind === 'stock' ? writeStock(call) : write(call, attempt)),
    fetch: () => [...copies].map(([id, phase]) => facts([reading(id, phase)], { source: 'fetch' })),
  })
  await books.connect('seller', { fulfilledBy: 'shipper' })
  await books.sku('MUG')
  await books.receive('MUG', 10)
  await books.listing('shipper', 'sh-mug', { MUG: 1 }, { shows: 10 })
  await books.listing('seller', 'mug', { MUG: 1 }, { shows: 10 })
  lane = books.lane('shipper')
})
afterEach(() => books.close())

const sell = () => books.tell('seller', orderReading('1', [line('a', 'mug', 2)]))
const cancel = () =>
  books.tell('seller', orderReading('1', [line('a', 'mug', 0)], { phase: 'cancelled', updatedAt: 9000 }))
async function settled(ms = 2000): Promise<void> {
  for (let left = ms; left > 0; left -= 1000) {
    await books.run(lane, Math.min(1000, left))
    await books.planner.sweep()
  }
}
const takeBack = (call: Call): CallResult => {
  copies.set('c1', 'cancelled')
  shelf += 2
  return accepted(call)
}
/** The shelf shows what the books believe, and that is what may still be sold. */
async function showsTruly(units: number): Promise<void> {
  expect(shelf).toBe(units)
  expect(await entitlement()).toBe(units)
}
/** What was asked of the shop about orders, stock apart. */
const asked = () =>
  shipper.calls.filter(({ kind }) => kind === 'order').map((call) => (said(call) as { kind: string }).kind)
const receipt = () => books.receipt('seller/1')
const entitlement = async () =>
  (
    await books.store.db
      .selectFrom('rights')
      .select('entitlement')
      .where('register', '=', 'sh-mug-r')
      .executeTakeFirst()
  )?.entitlement
function writeStock(call: Call): CallResult {
  for (const op of said(call) as StockOp[]) if (op.kind === 'adjust') shelf += op.by
  return accepted(call)
}
const openCalls = async () =>
  (await books.store.db.selectFrom('call').select('key').where('state', 'in', ['open', 'unknown']).execute()).length
const lost = () => {
  throw new ChannelError('unknownOutcome', 'No answer came.')
}
const make = (id = 'c1'): CallResult => {
  copies.set(id, 'ready')
  shelf -= 2
  return { rows: [{ ok: true, id }] }
}

const look = () =>
  observe({
    db: books.store.db,
    transaction: books.store.transaction,
    account: asId('shipper'),
    channel: {
      ...shipper,
      fetch: async () => [
        facts([{ kind: 'stock', level: { register: asId('sh-mug-r'), availableUnits: shelf } }], {
          source: 'fetch',
          fetchStartedAt: books.clock.now(),
        }),
      ],
    },
    clock: books.clock,
    log: silentLog,
    newId: books.store.newId,
    append: books.inbox.append,
    ordersUpToNow: () => books.ledger.drain(),
    posted: books.ledger.drain,
  })

describe('a copy', () => {
  it('is made once, and its units leave the shipping shop by our doing', async () => {
    write = () => make()
    await sell()
    await settled(10_000)
    expect(asked()).toEqual(['create'])
    expect(await receipt()).toMatchObject({ state: 'done' })
    await showsTruly(8)
  })

  it('whose answer was lost is found, and not made again', async () => {
    write = () => {
      make()
      return lost()
    }
    await sell()
    await settled(30_000)
    expect(asked()).toEqual(['create'])
    expect(await receipt()).toMatchObject({ state: 'done' })
    await showsTruly(8)
    expect(await openCalls()).toBe(0)
  })

  it('that was really lost is made again, after the shop had time to show it', async () => {
    write = () => (asked().length === 1 ? lost() : make())
    await sell()
    await settled(10_000)
    expect(asked()).toEqual(['create'])
    await settled(10_000)
    expect(asked()).toEqual(['create', 'create'])
    await showsTruly(8)
    expect(await openCalls()).toBe(0)
  })

  it('in doubt keeps its shelf from being judged, so that its units go once', async () => {
    let searchable = false
    write = () => {
      make()
      return lost()
    }
    const { fetch } = shipper
    shipper.fetch = async (wanted) => (searchable || wanted.kind !== 'references' ? await fetch(wanted) : [])
    await sell()
    await settled(5000)
    expect(await look()).toMatchObject({ unsettled: 1, drifted: 0 })
    searchable = true
    await settled(30_000)
    await showsTruly(8)
    expect(await look()).toMatchObject({ compared: 1, drifted: 0 })
  })

  it('is looked up after a stop in mid-flight, and not made again', async () => {
    write = () => {
      make()
      return new Promise(() => undefined)
    }
    await sell()
    await settled()
    await recover(books.store, books.clock)
    lane = books.lane('shipper')
    await settled(30_000)
    expect(asked()).toEqual(['create'])
    await showsTruly(8)
  })

  it.each([
    [
      'refused',
      () => ({ rows: [{ ok: false as const, kind: 'rejected' as const, code: 'ADDRESS', message: 'No address.' }] }),
    ],
    [
      'refused whole',
      () => {
        throw new ChannelError('rejected', 'No address. (ADDRESS)')
      },
    ],
  ])('%s is parked with the reason, and its units stay', async (_, answer) => {
    write = answer
    await sell()
    await settled(5000)
    expect(asked()).toEqual(['create'])
    expect(await receipt()).toMatchObject({ state: 'parked', reason: 'No address. (ADDRESS)' })
    await showsTruly(8)
  })

  it('waits while the shop is dark', async () => {
    let dark = true
    write = () => {
      if (dark) throw new ChannelError('transient', 'Down.')
      return make()
    }
    await sell()
    await settled(60_000)
    expect(await receipt()).toMatchObject({ state: 'due', reason: 'Down.' })
    dark = false
    await settled(40_000)
    expect(await receipt()).toMatchObject({ state: 'done' })
    expect(copies.size).toBe(1)
  })

  it('that a person has to decide on is parked, and goes on when they did', async () => {
    await books.link('shipper', 'sh-mug', {})
    await sell()
    await settled()
    expect(await receipt()).toMatchObject({ state: 'parked', reason: expect.stringContaining('no listing') })
    expect(asked()).toEqual([])
    await books.link('shipper', 'sh-mug', { MUG: 1 })
    write = () => make()
    await books.clock.advance(10_000)
    await books.planner.sweep()
    await settled()
    expect(await receipt()).toMatchObject({ state: 'done' })
  })
})

describe('an order that is changed after it was sent on', () => {
  const address = { name: 'Ada', line1: 'Street 1', postalCode: '1011AA', city: 'Amsterdam', country: 'NL' }
  const tell = (units: number, more: Parameters<typeof orderReading>[2] = {}) =>
    books.tell('seller', orderReading('1', [line('a', 'mug', units)], { address, updatedAt: ++version, ...more }))
  beforeEach(async () => {
    write = () => make()
    await tell(2)
    await settled()
    expect(await receipt()).toMatchObject({ state: 'done' })
  })

  it('to fewer units waits for a person, with the numbers, and is not sent again', async () => {
    await tell(1)
    await settled()
    expect(await receipt()).toMatchObject({
      state: 'parked',
      reason: expect.stringContaining('1 of "mug" instead of 2. Change it in shipper as well'),
    })
    expect(asked()).toEqual(['create'])
    // The unit that the buyer let go may be sold again.
    await showsTruly(9)
  })

  it('to another address waits for a person, and names nobody', async () => {
    await tell(2, { address: { ...address, line1: 'Secret street 9' } })
    await settled()
    const { state, reason } = (await receipt()) ?? {}
    expect([state, reason]).toEqual(['parked', expect.stringContaining('another address')])
    expect(reason).not.toContain('Secret')
  })

  it('and back again waits for nobody', async () => {
    await tell(1)
    await settled()
    await tell(2)
    await settled()
    expect(await receipt()).toMatchObject({ state: 'done', reason: null })
  })

  it('in nothing that a packer needs, or after it has left, waits for nobody', async () => {
    await tell(2, { address: { ...address, phone: '+31 6 ***' } })
    await tell(1, { phase: 'shipped' })
    await settled()
    expect(await receipt()).toMatchObject({ state: 'done' })
  })

  it('and cancelled then is taken back whole', async () => {
    await tell(1)
    await settled()
    write = takeBack
    await cancel()
    await settled(60_000)
    expect(asked()).toEqual(['create', 'cancel'])
    expect(await receipt()).toMatchObject({ state: 'done' })
    await showsTruly(10)
  })
})

describe('an order that is cancelled', () => {
  it('before its copy was made: none is made', async () => {
    await sell()
    await books.planner.drain()
    await cancel()
    await settled()
    expect(asked()).toEqual([])
    expect(await receipt()).toMatchObject({ state: 'done' })
    await showsTruly(10)
  })

  it('after its copy was made: it is taken back, and its units return', async () => {
    write = () => make()
    await sell()
    await settled()
    await books.tell('shipper', reading('c1', 'ready'))
    write = takeBack
    await cancel()
    await settled()
    expect(asked()).toEqual(['create', 'cancel'])
    await showsTruly(10)
  })

  it('while the copy is being made, before anybody has seen it: it is taken back', async () => {
    let answer: (result: CallResult) => void = () => undefined
    write = (call) => (call.body.includes('create') ? new Promise((done) => (answer = done)) : takeBack(call))
    await sell()
    await settled()
    await cancel()
    await settled()
    expect(asked()).toEqual(['create'])
    answer(make())
    await settled()
    expect(asked()).toEqual(['create', 'cancel'])
    expect(said(shipper.calls.at(-1))).toMatchObject({ kind: 'cancel', order: 'c1' })
    await showsTruly(10)
  })

  it('while it is not known whether the copy exists: looked up, then taken back', async () => {
    write = (call) => {
      if (!call.body.includes('create')) return takeBack(call)
      make()
      return lost()
    }
    await sell()
    await settled(250)
    await cancel()
    await settled(30_000)
    expect(asked()).toEqual(['create', 'cancel'])
    await showsTruly(10)
    expect(await openCalls()).toBe(0)
  })

  it('while it is not known, and there is none: nothing is taken back', async () => {
    write = () => lost()
    await sell()
    await settled(250)
    await cancel()
    await settled(30_000)
    expect(asked()).toEqual(['create'])
    expect(await receipt()).toMatchObject({ state: 'done' })
    await showsTruly(10)
    expect(await openCalls()).toBe(0)
  })

  it('and whose cancellation was answered by nobody: the shop is asked before it is sent again', async () => {
    write = () => make()
    await sell()
    await settled()
    write = (call) => {
      takeBack(call)
      return lost()
    }
    await cancel()
    await settled(30_000)
    expect(asked()).toEqual(['create', 'cancel'])
    expect(await receipt()).toMatchObject({ state: 'done' })
    await showsTruly(10)
    expect(await openCalls()).toBe(0)
  })

  it('and whose copy somebody took back by hand: the shelf is read before anything is written to it', async () => {
    write = () => make()
    await sell()
    await settled()
    shelf += 2
    await books.tell('shipper', reading('c1', 'cancelled'))
    await cancel()
    await settled(10_000)
    expect(asked()).toEqual(['create'])
    expect(await registersToObserve(books.store.db, asId('shipper'), books.clock.now(), books.clock.now())).toEqual([
      'sh-mug-r',
    ])
    await books.clock.advance(15_000)
    expect(await look()).toMatchObject({ compared: 1, drifted: 0 })
    await books.planner.sweep()
    await settled()
    await showsTruly(10)
  })
})

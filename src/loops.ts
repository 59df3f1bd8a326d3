/** The engine: the four stages wired to wake each other, and the loops that find what no wake-up told. */

import type { Accounts } from './accounts/accounts.ts'
import { createImporter, type Importer } from './catalog/import.ts'
import type { Channel, Topic } from './channel.ts'
import type { Clock, Random } from './clock.ts'
import { createLane, type Lane } from './dispatcher/lane.ts'
import { type Loose, type Observation, observe, registersToObserve } from './dispatcher/observe.ts'
import { recover, strandedAfterMs } from './dispatcher/recover.ts'
import { isBusy, nextRound } from './dispatcher/rounds.ts'
import { type AccountId, asId, type RegisterId, type SkuId } from './domain.ts'
import { createInbox, type Inbox } from './ingress/inbox.ts'
import { createPoller, type Poller } from './ingress/poll.ts'
import { createLedger, type Ledger } from './ledger/post.ts'
import { type Log, reasonOf } from './log.ts'
import { nextWakeAt } from './planner/intents.ts'
import type { LifeRules } from './planner/life.ts'
import { createPlanner, type Planner } from './planner/plan.ts'
import type { CarrierBook } from './planner/tracking-gate.ts'
import { idFloor, type Reach, type Store } from './store/index.ts'
import { createQuiet } from './store/quiet.ts'

export interface Rhythm {
  readonly sweepEveryMs: number
  readonly pollOrdersEveryMs: number
  /** The same while the account's orders move. */
  readonly pollOrdersBusyEveryMs: number
  readonly pollListingsEveryMs: number
  /** How often registers that wait for a look at their shelf get one. */
  readonly settleEveryMs: number
  /** How often an account's registers are compared with their shelves. */
  readonly observeEveryMs: number
  /** The same for those that sell, while the account's orders move. */
  readonly observeBusyEveryMs: number
}

export const calmRhythm: Rhythm = {
  sweepEveryMs: 1000,
  pollOrdersEveryMs: 60_000,
  pollOrdersBusyEveryMs: 10_000,
  pollListingsEveryMs: 300_000,
  settleEveryMs: 5000,
  observeEveryMs: 600_000,
  observeBusyEveryMs: 120_000,
}

export interface EngineDeps {
  readonly store: Store
  readonly accounts: Accounts
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly carriers: CarrierBook
  readonly life: LifeRules
  readonly rhythm: Rhythm
  /** A raise was withheld because it would have promised more than there is: counted, since it must never happen. */
  onWithheld?(account: AccountId): void
}

export interface Engine {
  readonly inbox: Inbox
  readonly ledger: Ledger
  readonly planner: Planner
  /** Imports in the background, over restarts too. */
  readonly imports: Pick<Importer, 'begin'>
  /** Reads an account's listings and shelves into the books. Resolves when they are there. */
  importAccount(id: AccountId): Promise<void>
  /** Reads again all that may have been missed since then: orders and parcels, every listing, every shelf. */
  reconcile(id: AccountId, since: number): Promise<void>
  /** Compares an account's shelves with the books now. */
  observe(id: AccountId, only?: readonly RegisterId[]): Promise<Observation>
  /** Something outside the stages changed (a link, a setting, a retry): look. */
  wake(skus?: Iterable<SkuId>): void
  /** One pass over everything that could have work; resolves when what it started has ended. */
  settle(): Promise<void>
  start(): Promise<void>
  /** Stops taking work, lets what is under way end, and resolves. */
  stop(): Promise<void>
}

/** After an acknowledgement: a sale that was under way shows up in the shop's orders within this time. */
const settleAfterMs = 2000
/** A register that never gets a calm look is left to the ordinary rounds after this. */
const looseForMs = 300_000
/** Another process may die without a word while this one works. */
const strandedEveryMs = 60_000
/** Every so many sweeps one looks far back. */
const sweepsPerFarOne = 10
/** An account is busy for this long after an order of it moved. */
const busyForMs = 30_000

export function createEngine(deps: EngineDeps): Engine {
  const { store, accounts, clock, random, log, rhythm } = deps
  const stopping = new AbortController()
  const { signal } = stopping
  const lanes = new Map<AccountId, Lane>()
  const loops: Promise<void>[] = []
  const looped = new Set<AccountId>()
  const quiet = createQuiet(store, clock)

  const inbox = createInbox({ store, clock, onAppended: () => run('ledger', ledger.drain()) })
  const ledger = createLedger({
    store,
    clock,
    log,
    channel: async (id) => (await accounts.open(id))?.channel,
    onPosted(skus) {
      planner.wake(skus)
      run('planner', planner.drain())
      pumpAll()
    },
  })
  const shop = (id: AccountId) => lanes.get(id)?.reach.facts()
  const { carriers, life } = deps
  const planner = createPlanner({ store, clock, log, carriers, life, shop, onPlanned: pumpAll })
  const poller: Poller = createPoller({ store, clock, append: inbox.append })
  const imports = createImporter({
    store,
    clock,
    log,
    signal,
    async channel(id) {
      await laneOf(id)
      return (await accounts.open(id))?.channel
    },
    append: inbox.append,
    posted: ledger.drain,
    heard(id, error) {
      const reach = lanes.get(id)?.reach
      if (error === undefined) reach?.answered()
      else reach?.failed(error)
    },
    shelves: async (id) => void (await look(id)),
  })

  /** Nobody waits for it here; its failure is told and the next sweep tries again. */
  function run(what: string, work: Promise<unknown>): void {
    work.catch((error) => log.error('stage stopped for a moment', { what, reason: reasonOf(error) }))
  }

  function pumpAll(): void {
    for (const lane of lanes.values()) run('lane', lane.pump())
  }

  async function laneOf(id: AccountId): Promise<Lane | undefined> {
    const known = lanes.get(id)
    if (known) return known
    const opened = await accounts.open(id)
    if (!opened) return undefined
    const lane = createLane(id, opened.channel, opened.pacer, {
      store,
      clock,
      random,
      log,
      signal,
      append: inbox.append,
      posted: ledger.drain,
      shop,
      onWithheld: (account) => deps.onWithheld?.(account),
      onSettled(skus) {
        planner.wake(skus)
        run('planner', planner.drain())
      },
    })
    lanes.set(id, lane)
    return lane
  }

  /** One account that cannot be opened (its credentials were sealed under another key) ends nobody else's turn. */
  async function alone(id: AccountId, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      log.warn('account passed over', { account: id, reason: reasonOf(error) })
    }
  }

  async function eachAccount(visit: (id: AccountId, channel: Channel) => Promise<void>): Promise<void> {
    for (const account of await accounts.list()) {
      if (account.state === 'broken') continue
      const id = asId<'account'>(account.id)
      await alone(id, async () => {
        const opened = await accounts.open(id)
        if (opened) await visit(id, opened.channel)
      })
    }
  }

  async function pollTopic(id: AccountId, channel: Channel, topic: Topic): Promise<void> {
    if (!channel.abilities.polls.includes(topic)) return
    const reach = (await laneOf(id))?.reach
    try {
      await poller.poll(id, channel, topic)
      reach?.answered()
    } catch (error) {
      reach?.failed(error)
      throw error
    }
    await ledger.drain()
  }

  /** What a restart forgets of it, the next round of looks finds. */
  const looseRegisters = new Map<AccountId, Map<RegisterId, Loose>>()
  function looseOf(id: AccountId): Map<RegisterId, Loose> {
    const known = looseRegisters.get(id) ?? new Map<RegisterId, Loose>()
    looseRegisters.set(id, known)
    return known
  }

  async function look(id: AccountId, only?: readonly RegisterId[]): Promise<Observation> {
    const opened = await accounts.open(id)
    if (!opened) throw new Error(`There is no account ${id}.`)
    const { channel } = opened
    const found = await observe(
      {
        db: store.db,
        transaction: store.transaction,
        account: id,
        channel,
        clock,
        log,
        newId: store.newId,
        append: inbox.append,
        ordersUpToNow: () => pollTopic(id, channel, 'orders'),
        posted: ledger.drain,
        loose: looseOf(id),
      },
      only,
    )
    planner.wake(found.skus)
    await planner.drain()
    return found
  }

  /** Repeats until the engine stops; a failure is told and waited out. */
  async function repeat(
    what: string,
    everyMs: number | (() => Promise<number>),
    work: () => Promise<void>,
  ): Promise<void> {
    while (!signal.aborted) {
      try {
        await work()
      } catch (error) {
        log.warn('loop failed', { what, reason: reasonOf(error) })
      }
      const waitMs = typeof everyMs === 'number' ? everyMs : await everyMs()
      await clock.sleep(waitMs * (0.9 + random.next() / 5), signal).catch(() => undefined)
    }
  }

  async function sweep(reach: Reach): Promise<void> {
    await ledger.sweep(reach)
    await planner.sweep(reach)
    for (const { id } of await accounts.list())
      await alone(asId(id), async () => (await laneOf(asId(id)))?.pump(reach === 'far'))
  }

  /** The sweep that begins again and again: nothing is looked for while nothing was written and no plan asks for it. */
  async function sweepOnce(reach: Reach): Promise<void> {
    await imports.pickUp()
    // The lanes know by themselves when something falls due.
    if (quiet.holds(reach)) return pumpAll()
    const before = store.changes()
    await sweep(reach)
    await eachAccount(async (id, channel) => loopAccount(id, channel))
    if (before !== undefined && before === store.changes()) quiet.began(reach, before, await nextWakeAt(store.db))
  }

  /** Per account what the books said when nothing waited for a look: it takes a write to change that. */
  const settledAt = new Map<AccountId, string>()

  async function settleAccount(id: AccountId): Promise<void> {
    const at = store.changes()
    const loose = looseOf(id)
    for (const [register, { since }] of loose) if (clock.now() - since > looseForMs) loose.delete(register)
    if (at !== undefined && settledAt.get(id) === at && loose.size === 0) return
    // Looked at as if all time had passed: what only waits for its hour waits, too.
    if ((await registersToObserve(store.db, id, clock.now(), Number.MAX_SAFE_INTEGER)).length + loose.size === 0) {
      if (at !== undefined) settledAt.set(id, at)
      return
    }
    const waiting = await registersToObserve(store.db, id, clock.now() - settleAfterMs, clock.now())
    const all = [...new Set([...waiting, ...loose.keys()])]
    if (all.length > 0) await look(id, all)
  }

  /** Orders that move now are looked for sooner: a lost webhook on a busy evening must not cost a minute. */
  async function pollWait(id: AccountId): Promise<number> {
    const moved = await store.db
      .selectFrom('order_head')
      .select('stamp')
      .where('account', '=', id)
      .where('stamp', '>', idFloor(clock.now() - busyForMs))
      .limit(1)
      .execute()
    return moved.length > 0 ? rhythm.pollOrdersBusyEveryMs : rhythm.pollOrdersEveryMs
  }

  /** Every account has loops of its own: one shop's trouble never holds up another. A broken one is left alone. */
  function loopAccount(id: AccountId, channel: Channel): void {
    if (looped.has(id)) return
    looped.add(id)
    const every = (what: string, everyMs: number | (() => Promise<number>), work: () => Promise<void>) =>
      repeat(`${what} ${id}`, everyMs, async () => {
        if ((await accounts.get(id))?.state !== 'broken') await work()
      })
    const pollOrders = async () => {
      await pollTopic(id, channel, 'orders')
      await pollTopic(id, channel, 'parcels')
    }
    const pollListings = () => imports.keepUp(id, () => pollTopic(id, channel, 'listings'))
    // Its import has just looked at every shelf.
    let wholeAt = clock.now()
    const sellsNow = () => isBusy(store.db, id, clock.now() - rhythm.observeBusyEveryMs)
    const lookAround = async () => {
      const isDue = clock.now() - wholeAt >= rhythm.observeEveryMs * 0.9
      if (!isDue && !(await sellsNow())) return
      const round = await nextRound(store.db, id, clock.now(), !isDue)
      if (isDue) wholeAt = clock.now()
      if (round.kind === 'all') await look(id)
      else if (round.registers.length > 0) await look(id, round.registers)
    }
    loops.push(
      every('orders', () => pollWait(id), pollOrders),
      every('listings', rhythm.pollListingsEveryMs, pollListings),
      every('settle', rhythm.settleEveryMs, () => settleAccount(id)),
      every('observe', rhythm.observeBusyEveryMs, lookAround),
    )
  }

  return {
    inbox,
    ledger,
    planner,
    imports,
    async importAccount(id) {
      const { ended } = await imports.begin(id, 'Onhand')
      await ended
    },
    async reconcile(id, since) {
      const opened = await accounts.open(id)
      if (!opened) throw new Error(`There is no account ${id}.`)
      await laneOf(id)
      await poller.rewind(id, ['orders', 'parcels'], since)
      await poller.rewind(id, ['listings'], 0)
      for (const topic of ['listings', 'orders', 'parcels'] as const) await pollTopic(id, opened.channel, topic)
      await look(id)
    },
    observe: look,
    wake(skus = []) {
      planner.wake(skus)
      run('planner', planner.drain())
      pumpAll()
    },
    async settle() {
      await sweep('far')
      for (const lane of lanes.values()) await lane.idle()
      await ledger.drain()
      await planner.drain()
    },
    async start() {
      const recovered = await recover(store, clock)
      if (recovered.calls > 0) log.info('recovered after a stop', { calls: recovered.calls })
      let sweeps = 0
      loops.push(
        repeat('sweep', rhythm.sweepEveryMs, async () => {
          await sweepOnce(sweeps++ % sweepsPerFarOne === 0 ? 'far' : 'near')
        }),
        repeat('stranded', strandedEveryMs, async () => {
          const stranded = await recover(store, clock, strandedAfterMs)
          if (stranded.calls > 0) log.info('recovered what another process left', { calls: stranded.calls })
        }),
      )
    },
    async stop() {
      stopping.abort()
      for (const lane of lanes.values()) await lane.idle()
      await imports.idle()
      await Promise.allSettled(loops)
      await ledger.drain().catch(() => undefined)
    },
  }
}

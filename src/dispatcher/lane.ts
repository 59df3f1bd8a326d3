/** One account's lane: due work goes out by urgency, a few calls at a time, one slot always free for a decrease. */

import { sql } from 'kysely'
import PQueue from 'p-queue'
import type { Channel, RawDelivery, Urgency, Wanted } from '../channel.ts'
import type { Clock, Random } from '../clock.ts'
import type { AccountId, SkuId } from '../domain.ts'
import { type Log, reasonOf } from '../log.ts'
import { urgencies } from '../planner/intents.ts'
import { componentsOf, type FactsContext } from '../planner/registers.ts'
import type { Store } from '../store/index.ts'
import { type SendDeps, sendCall } from './calls.ts'
import { runFetch } from './fetches.ts'
import { runOrder } from './orders.ts'
import type { AccountPacer } from './pacer.ts'
import { createReach, type Reach } from './reach.ts'
import { createNotice } from './receipts.ts'
import { isSomethingToResend, reopenCall } from './resend.ts'
import { settleStock } from './settle.ts'
import type { StockContext, TakenCall } from './stock-call.ts'
import { takeStock } from './take.ts'
import { runTracking } from './tracking.ts'

export interface LaneDeps {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly signal: AbortSignal
  append(account: AccountId, deliveries: readonly RawDelivery[]): Promise<unknown>
  posted(): Promise<void>
  /** What the planner knows of an account's shop. */
  readonly shop: FactsContext['shop']
  /** A raise of this account was withheld because it would have promised more than there is. */
  onWithheld?(account: AccountId): void
  /** Rights of these components' registers changed. */
  onSettled(skus: ReadonlySet<SkuId>): void
}

export interface Lane {
  readonly account: AccountId
  readonly reach: Reach
  /** Looks for due work and starts as much of it as there are free slots. `lookBack`: find what no wake-up told, too. */
  pump(lookBack?: boolean): Promise<void>
  /** Resolves when nothing is under way. */
  idle(): Promise<void>
}

interface Job {
  readonly name: string
  readonly urgency: number
  readonly count: number
  /** Each of these is a call of its own: orders, parcels. */
  readonly isSingle: boolean
  run(): Promise<void>
}

export function createLane(account: AccountId, channel: Channel, pacer: AccountPacer, deps: LaneDeps): Lane {
  const { store, clock, random, log } = deps
  const { db } = store
  const slots = Math.max(1, channel.limits.callsInFlight - 1)
  const decreases = new PQueue({ concurrency: 1 })
  const rest = new PQueue({ concurrency: slots })
  const notice = createNotice(store, clock)
  const reach = createReach(account, channel, clock)
  const underway = new Map<string, number>()
  const sendAs = (urgency: Urgency): SendDeps => ({
    db,
    clock,
    random,
    signal: deps.signal,
    admit: (cost) => pacer.admit(cost, urgency),
  })
  let pumping: Promise<void> | undefined
  let again = false

  const onWithheld = () => deps.onWithheld?.(account)
  const stockContext: StockContext = {
    account,
    channel,
    clock,
    random,
    log,
    newId: store.newId,
    shop: deps.shop,
    onWithheld,
  }

  async function writeStock(urgent: boolean): Promise<void> {
    const plannedAt = clock.now()
    await pacer.admit(channel.limits.typicalCallCost, urgent ? 'decrease' : 'normal')
    const taken = await store.transaction((tx) => takeStock(tx, stockContext, urgent))
    for (const [index, one] of taken.entries()) {
      // A platform that takes few registers in a call makes several of one batch: each has its own price.
      if (index > 0) await pacer.admit(one.call.cost, urgent ? 'decrease' : 'normal')
      if (await sendStock(one, urgent ? 'decrease' : 'normal')) reach.wrote(clock.now() - plannedAt)
    }
  }

  /** Sends one booked call, books the answer and tells whose rights it changed. */
  async function sendStock(taken: TakenCall, urgency: Urgency): Promise<boolean> {
    const sent = await sendCall(channel, taken.call, taken.sendBy, sendAs(urgency))
    if (sent.ok) reach.answered()
    else reach.failed(sent.error)
    const registers = await store.transaction((tx) => settleStock(tx, stockContext, taken, sent))
    if (sent.ok && sent.result.rows.some((row) => !row.ok && row.kind === 'zeroRefused')) await reach.measure(db)
    const skus = await store.transaction((tx) => componentsOf(tx, account, registers))
    deps.onSettled(new Set(skus))
    return sent.ok
  }

  /** Calls whose answer was lost, once more as they were. */
  async function resend(): Promise<void> {
    await pacer.admit(channel.limits.typicalCallCost, 'decrease')
    const taken = await store.transaction((tx) => reopenCall(tx, stockContext))
    if (taken) await sendStock(taken, 'decrease')
  }

  async function withAdmission(run: () => Promise<void>): Promise<void> {
    await pacer.admit(channel.limits.typicalCallCost, 'normal')
    await run()
  }

  const context = {
    account,
    channel,
    clock,
    random,
    send: sendAs('normal'),
    newId: store.newId,
    shop: deps.shop,
    append: deps.append,
    posted: deps.posted,
  }

  const resendJob: Job = { name: 'resend', urgency: urgencies.decrease, count: 1, isSingle: true, run: resend }

  function jobOf(kind: string, urgency: number, count: number): Job | undefined {
    if (kind === 'stock') {
      const urgent = urgency === urgencies.decrease
      return {
        name: urgent ? 'decrease' : 'increase',
        urgency,
        count: Math.ceil(count / channel.limits.itemsPerStockCall),
        isSingle: false,
        run: () => writeStock(urgent),
      }
    }
    if (kind === 'order')
      return { name: kind, urgency, count, isSingle: true, run: () => withAdmission(() => runOrder(store, context)) }
    if (kind === 'tracking')
      return { name: kind, urgency, count, isSingle: true, run: () => withAdmission(() => runTracking(store, context)) }
    const wanted = wantedKinds.find((one) => kind === `fetch:${one}`)
    if (!wanted) return undefined
    return {
      name: kind,
      urgency,
      count: Math.ceil(count / channel.limits.itemsPerFetch),
      isSingle: false,
      run: () => runFetch(store, context, wanted),
    }
  }

  /** What is due now, by kind; a register with a write in flight waits for it. */
  async function dueJobs(): Promise<Job[]> {
    const rows = await db
      .selectFrom('receipt')
      .innerJoin('account', 'account.id', 'receipt.account')
      .leftJoin('rights', (join) =>
        join
          .onRef('rights.account', '=', 'receipt.account')
          .onRef('rights.register', '=', 'receipt.subject')
          .on('receipt.kind', '=', 'stock'),
      )
      .leftJoin('intent', (join) =>
        join
          .onRef('intent.account', '=', 'receipt.account')
          .onRef('intent.kind', '=', 'receipt.kind')
          .onRef('intent.subject', '=', 'receipt.subject'),
      )
      .select(['receipt.kind', 'receipt.urgency'])
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('receipt.account', '=', account)
      // A paused account is still read, never written; a broken one is left alone.
      .where('account.state', '<>', 'broken')
      .where((eb) => eb.or([eb('account.state', '=', 'active'), eb('receipt.kind', 'like', 'fetch:%')]))
      // Written out, so that the index of the due ones serves.
      .where('receipt.state', '=', sql.lit('due'))
      .where('receipt.due_at', '<=', clock.now())
      .where((eb) =>
        eb.or([
          eb('receipt.kind', '<>', 'stock'),
          eb.and([
            eb('rights.register', 'is not', null),
            // What is to be written no more ends, though nobody will ever know what became of the last write.
            eb.or([eb('rights.op', 'is', null), eb('intent.target', 'like', '%"withdrawn":true%')]),
          ]),
        ]),
      )
      .groupBy(['receipt.kind', 'receipt.urgency'])
      .orderBy('receipt.urgency')
      .execute()
    return rows.flatMap(({ kind, urgency, count }) => jobOf(kind, urgency, Number(count)) ?? [])
  }

  function start(job: Job): void {
    const isDecrease = job.name === 'decrease'
    const running = underway.get(job.name) ?? 0
    // Few are started ahead: what is started later knows more. Work that comes one call at a time leaves a slot
    // to the rest, so that an evening's orders do not keep every raise waiting.
    const share = isDecrease ? 1 : job.isSingle ? Math.max(1, slots - 1) : slots
    const room = Math.min(job.count, share) - running
    for (let i = 0; i < room; i++) {
      underway.set(job.name, (underway.get(job.name) ?? 0) + 1)
      const queue = isDecrease ? decreases : rest
      void queue.add(() => perform(job), { priority: -job.urgency })
    }
  }

  async function perform(job: Job): Promise<void> {
    try {
      if (!deps.signal.aborted) await job.run()
    } catch (error) {
      log.error('lane job failed', { account, job: job.name, reason: reasonOf(error) })
      await clock.sleep(1000, deps.signal).catch(() => undefined)
    } finally {
      underway.set(job.name, (underway.get(job.name) ?? 1) - 1)
      if (!deps.signal.aborted) void pump()
    }
  }

  async function run(lookBack: boolean): Promise<void> {
    const isDue = await notice(account, lookBack)
    if (lookBack) await reach.measure(db)
    if (lookBack && (await isSomethingToResend(db, { account, clock }))) start(resendJob)
    if (isDue) for (const job of await dueJobs()) start(job)
  }

  function pump(lookBack = false): Promise<void> {
    if (pumping) {
      again = true
      return pumping
    }
    pumping = (async () => {
      try {
        await run(lookBack)
        while (again && !deps.signal.aborted) {
          again = false
          await run(false)
        }
      } catch (error) {
        log.error('lane stopped for a moment', { account, reason: reasonOf(error) })
      } finally {
        pumping = undefined
      }
    })()
    return pumping
  }

  return {
    account,
    reach,
    pump,
    async idle() {
      await pumping
      await Promise.all([decreases.onIdle(), rest.onIdle()])
    },
  }
}

const wantedKinds: readonly Wanted['kind'][] = ['orders', 'references', 'parcels', 'listings', 'stock', 'providers']

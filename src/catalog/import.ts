/** Imports: all that a shop lists, read into the inbox in small portions, then its shelves. What was stopped goes on where it was. */

import type { Channel, RawDelivery, WalkPoint } from '../channel.ts'
import type { Clock } from '../clock.ts'
import type { AccountId } from '../domain.ts'
import { asId } from '../domain.ts'
import { ChannelError } from '../errors.ts'
import { type Log, reasonOf } from '../log.ts'
import type { Store } from '../store/index.ts'
import type { ImportJobTable } from '../store/tables.ts'
import {
  type ImportStep,
  importOf,
  isUnderWay,
  moveImport,
  nextTakeOverAt,
  openImport,
  takeOverImports,
} from './import-jobs.ts'

export interface ImporterDeps {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  /** Aborted when the program stops: then an import is put down, for the next start to take up. */
  readonly signal: AbortSignal
  /** Undefined when the shop is not connected any more. */
  channel(account: AccountId): Promise<Channel | undefined>
  append(account: AccountId, deliveries: readonly RawDelivery[]): Promise<unknown>
  /** Resolves when what was appended stands in the books. */
  posted(): Promise<void>
  /** Told how a walk ended, so that a shop that is away is known to be. */
  heard(account: AccountId, error?: unknown): void
  /** Looks at every shelf of the account. */
  shelves(account: AccountId): Promise<void>
}

export interface Importer {
  /** Begins an import, or joins the one that is under way; `ended` resolves or fails with it. */
  begin(account: AccountId, by: string): Promise<{ job: ImportJobTable; ended: Promise<void> }>
  /** Goes on with imports that a stopped process left behind. Cheap when there are none. */
  pickUp(): Promise<void>
  isUnderWay(account: AccountId): Promise<boolean>
  /** A shop that was never read is imported; `poll` reads what changed since. */
  keepUp(account: AccountId, poll: () => Promise<void>): Promise<void>
  /** Resolves when those of this process have been put down. */
  idle(): Promise<void>
}

/** Posted before the next portion is asked for: an order that arrives meanwhile waits for one portion, not for a catalogue. */
const deliveriesPerPortion = 50
const beatEveryMs = 5000
const lookForOthersEveryMs = 60_000
/** What the walk overlaps with the polls that follow it. */
const overlapMs = 10_000
/** Failures in a row, without anything read in between, after which a person has to look. */
const failuresMax = 6
const pauseMs = 1000
const pauseMsMax = 60_000

/** Another process works on it now. */
class TakenOver extends Error {
  override readonly name = 'TakenOver'
}

const isPassing = (error: unknown) =>
  error instanceof ChannelError && (error.kind === 'transient' || error.kind === 'throttled')

export function createImporter(deps: ImporterDeps): Importer {
  const { store, clock, log, signal } = deps
  const owner = store.newId()
  const running = new Map<string, Promise<void>>()
  let lookAt = 0

  async function move(job: ImportJobTable, step: ImportStep, walk?: WalkPoint): Promise<void> {
    if (!(await moveImport(store.db, job, { beat_at: clock.now(), ...step }, walk)))
      throw new TakenOver(`Another process goes on with the import of ${job.account}.`)
  }

  /** One walk from `resume` on; every portion is in the books before the place behind it is kept. */
  async function walk(job: ImportJobTable, channel: Channel, resume: string, moved: (at: WalkPoint) => void) {
    const account = asId<'account'>(job.account)
    let portion: RawDelivery[] = []
    let reached: WalkPoint | undefined
    const put = async () => {
      await deps.append(account, portion)
      await deps.posted()
      portion = []
      signal.throwIfAborted()
      await move(job, {}, reached)
      if (reached) moved(reached)
    }
    try {
      for await (const { walk: at, ...delivery } of channel.poll('listings', { since: 0, resume })) {
        portion.push(delivery)
        if (at) reached = at
        if (portion.length >= deliveriesPerPortion) await put()
      }
    } catch (error) {
      // What was brought before the shop went away is not asked for again.
      if (isPassing(error)) await put()
      throw error
    }
    await put()
  }

  async function readListings(job: ImportJobTable, channel: Channel): Promise<void> {
    let resume = job.resume
    let failures = 0
    for (;;) {
      try {
        await walk(job, channel, resume, (at) => {
          resume = at.resume
          failures = 0
        })
        deps.heard(asId(job.account))
        return
      } catch (error) {
        if (error instanceof ChannelError) deps.heard(asId(job.account), error)
        // What fails at its first step is told at once; what has come a long way waits for the shop to come back.
        if (signal.aborted || !isPassing(error) || resume === '' || ++failures > failuresMax) throw error
        const waitMs = Math.min(pauseMsMax, pauseMs * 2 ** failures)
        log.warn('import waits', { account: job.account, waitMs, reason: reasonOf(error) })
        await clock.sleep(waitMs, signal)
      }
    }
  }

  /** From here on polls bring what changes. */
  async function moveCursor({ account, started_at }: ImportJobTable): Promise<void> {
    const next = { since: started_at - overlapMs, polled_at: clock.now() }
    await store.db
      .insertInto('cursor')
      .values({ account, topic: 'listings', ...next })
      .onConflict((conflict) =>
        conflict.columns(['account', 'topic']).doUpdateSet(next).where('cursor.since', '<', next.since),
      )
      .execute()
  }

  /** A long wait (for a file, for a shop that is away) must not look like a death. */
  async function beat(job: ImportJobTable, ended: AbortSignal): Promise<void> {
    while (!ended.aborted) {
      await clock.sleep(beatEveryMs, ended).catch(() => undefined)
      if (!ended.aborted) await moveImport(store.db, job, { beat_at: clock.now() })
    }
  }

  async function work(job: ImportJobTable): Promise<void> {
    const account = asId<'account'>(job.account)
    const channel = await deps.channel(account)
    if (!channel) throw new Error(`There is no account ${account}.`)
    if (job.state === 'listings') {
      await readListings(job, channel)
      await moveCursor(job)
      await move(job, { state: 'shelves', shelves_at: clock.now() })
    }
    await deps.shelves(account)
    signal.throwIfAborted()
    await move(job, { state: 'done', ended_at: clock.now(), owner: null })
    log.info('imported', { account, ms: clock.now() - job.started_at })
  }

  async function workToTheEnd(job: ImportJobTable): Promise<void> {
    const ended = new AbortController()
    const beating = beat(job, ended.signal).catch(() => undefined)
    try {
      await work(job)
    } catch (error) {
      if (error instanceof TakenOver) throw error
      if (signal.aborted) await moveImport(store.db, job, { owner: null }).catch(() => false)
      else {
        log.warn('import failed', { account: job.account, reason: reasonOf(error) })
        await moveImport(store.db, job, {
          state: 'failed',
          ended_at: clock.now(),
          reason: reasonOf(error),
          owner: null,
        })
      }
      throw error
    } finally {
      ended.abort()
      await beating
      running.delete(job.account)
    }
  }

  function start(job: ImportJobTable): Promise<void> {
    const ended = workToTheEnd(job)
    running.set(job.account, ended)
    ended.catch(() => undefined)
    return ended
  }

  /** Of an import that another process does. */
  async function watched(job: ImportJobTable): Promise<void> {
    for (;;) {
      const now = await importOf(store.db, job.account)
      if (!now || now.id !== job.id || now.state === 'done') return
      if (now.state === 'failed') throw new Error(now.reason ?? 'The import failed.')
      await clock.sleep(beatEveryMs, signal)
    }
  }

  return {
    async begin(account, by) {
      if (!(await deps.channel(account))) throw new Error(`There is no account ${account}.`)
      const { job, isNew } = await store.transaction((tx) =>
        openImport(tx, account, { owner, by, now: clock.now() }, store.newId()),
      )
      return { job, ended: isNew ? start(job) : (running.get(account) ?? watched(job)) }
    },
    async pickUp() {
      const now = clock.now()
      if (now < lookAt) return
      for (const job of await takeOverImports(store.db, { owner, now })) {
        log.info('import goes on', { account: job.account, done: job.done })
        start(job).catch(() => undefined)
      }
      lookAt = Math.min((await nextTakeOverAt(store.db, owner)) ?? Infinity, now + lookForOthersEveryMs)
    },
    async isUnderWay(account) {
      if (running.has(account)) return true
      const job = await importOf(store.db, account)
      return job !== undefined && isUnderWay(job)
    },
    async keepUp(account, poll) {
      if (await this.isUnderWay(account)) return
      const cursor = await store.db
        .selectFrom('cursor')
        .select('since')
        .where('account', '=', account)
        .where('topic', '=', 'listings')
        .executeTakeFirst()
      if (cursor) await poll()
      else await this.begin(account, 'Onhand')
    },
    async idle() {
      await Promise.allSettled(running.values())
    },
  }
}

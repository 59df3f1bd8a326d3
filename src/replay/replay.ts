/** Feeds a recorded history to empty books, at the recorded times and without a network, and compares what both say. */

import { decodeTime, monotonicFactory } from 'ulid'
import { addSku } from '../catalog/skus.ts'
import type { Channel, Connector } from '../channel.ts'
import type { Clock, Random } from '../clock.ts'
import { type AccountId, asId, type Platform } from '../domain.ts'
import { PEOPLE } from '../ledger/manual.ts'
import { settleAgain } from '../ledger/orders.ts'
import { createLedger } from '../ledger/post.ts'
import { reasonOf, silentLog } from '../log.ts'
import { idFloor, openStore, type Store } from '../store/index.ts'
import type { AccountTable, Db, LinkChangeTable, RightsChangeTable } from '../store/tables.ts'
import { type BookName, bookNames, books, orderKey, parcelKey, type Side, type Span } from './books.ts'
import { type Compared, compareBook, type Difference, hashOf } from './compare.ts'
import { type Happening, historyOf, lostDeliveries } from './history.ts'
import { takeAgain } from './rights.ts'

export interface ReplayDeps {
  /** The recorded books; they are only read. */
  readonly recording: Db
  readonly connectors: ReadonlyMap<Platform, Connector>
  readonly random: Random
  /** Limits what is compared; what happened before is fed all the same. */
  readonly from?: number
  readonly to?: number
}

export interface Replay {
  readonly deliveries: number
  /** Deliveries of before the window. */
  readonly silently: number
  /** Deliveries whose posting had failed then: they posted nothing, and post nothing now. */
  readonly setAside: number
  readonly rightsChanges: number
  readonly books: readonly Compared[]
  readonly recordedHash: string
  readonly replayedHash: string
  /** The first one, in the order of the books: what comes later may follow from it. */
  readonly difference?: Difference
  readonly isSame: boolean
}

/** Throws a sentence when the history does not reach back to its beginning. */
export async function replay(deps: ReplayDeps): Promise<Replay> {
  const lost = await lostDeliveries(deps.recording)
  if (lost > 0)
    throw new Error(
      `The history does not reach back to its beginning: ${lost} of the deliveries that were posted are not kept any more. What they did cannot be done again, so there is nothing that a replay from empty books could be compared with.`,
    )
  const stage = await createStage(deps)
  try {
    return await play(deps, stage)
  } finally {
    await stage.close()
  }
}

async function play({ recording, from, to }: ReplayDeps, stage: Stage): Promise<Replay> {
  const [begin, end] = [from === undefined ? '' : idFloor(from), to === undefined ? undefined : idFloor(to)]
  const counts = { deliveries: 0, silently: 0, setAside: 0, rightsChanges: 0 }
  const faults: Difference[] = []
  let recorded: Span | undefined
  let replayedFrom = ''
  let until: string | undefined
  for await (const happening of historyOf(recording)) {
    const { kind, id } = happening
    const isSetUp = kind === 'account' || kind === 'sku' || kind === 'link'
    if (end !== undefined && id >= end) {
      if (isSetUp) continue
      until = id
      break
    }
    // The window begins and ends between two transactions: whatever one of them wrote has ids after its own.
    if (!recorded && !isSetUp && id >= begin) {
      recorded = { from: from === undefined ? '' : id, to: undefined }
      replayedFrom = from === undefined ? '' : stage.mark(happening)
    }
    if (kind === 'delivery') {
      if (isSetAside(happening)) counts.setAside++
      else if (recorded) counts.deliveries++
      else counts.silently++
    }
    const fault = await stage.apply(happening)
    if (kind !== 'rights' || !recorded) continue
    counts.rightsChanges++
    if (fault !== undefined) faults.push(faultOf(happening.row, fault))
  }
  const past = '~'
  const span = { from: recorded?.from ?? past, to: end === undefined ? undefined : (until ?? past) }
  const movedOn = until === undefined ? new Set<string>() : await movedOnAfter(recording, until)
  const left: Side = { db: recording, span, movedOn }
  const right: Side = { db: stage.db, span: { from: recorded ? replayedFrom : past, to: end && past }, movedOn }
  const compared: Compared[] = []
  for (const name of bookNames) compared.push(await compareOne(name, left, right))
  const recordedHash = hashOf(compared.map((one) => one.recordedHash))
  const replayedHash = hashOf(compared.map((one) => one.replayedHash))
  const ledger = compared.filter(({ book }) => book !== 'rights').find((one) => one.difference)?.difference
  const difference = ledger ?? faults[0] ?? compared.find((one) => one.difference)?.difference
  return {
    ...counts,
    books: compared,
    recordedHash,
    replayedHash,
    ...(difference && { difference }),
    isSame: difference === undefined && recordedHash === replayedHash,
  }
}

/** Changes of rights keep their ids when they are taken again; everything else gets new ones. */
const compareOne = (name: BookName, left: Side, right: Side): Promise<Compared> =>
  compareBook(name, books[name](left), books[name](name === 'rights' ? { ...right, span: left.span } : right))

const faultOf = ({ id, register, account, cause }: RightsChangeTable, reason: string): Difference => ({
  book: 'rights',
  key: `rights of ${register} of ${account} (${cause}, change ${id})`,
  recorded: cause,
  replayed: reason,
})

/** Posting it failed then, for a reason of its moment. */
const isSetAside = ({ row, receipt }: Extract<Happening, { kind: 'delivery' }>): boolean =>
  receipt.readings === 0 && (receipt.outcome === 'parked' || receipt.outcome === 'dismissed') && row.account !== PEOPLE

async function movedOnAfter(db: Db, id: string): Promise<ReadonlySet<string>> {
  const orders = await db.selectFrom('order_head').select(['account', 'order_id']).where('stamp', '>=', id).execute()
  const parcels = await db.selectFrom('shipment').select(['account', 'shipment_id']).where('stamp', '>=', id).execute()
  return new Set([
    ...orders.map(({ account, order_id }) => orderKey(account, order_id)),
    ...parcels.map(({ account, shipment_id }) => parcelKey(account, shipment_id)),
  ])
}

// ---------------------------------------------------------------- the empty books

interface Stage {
  readonly db: Db
  /** An id before everything that comes now, after everything that came. */
  mark(happening: Happening): string
  /** Lets it happen once more; a sentence when it cannot. */
  apply(happening: Happening): Promise<string | undefined>
  close(): Promise<void>
}

async function createStage({ recording, connectors, random }: ReplayDeps): Promise<Stage> {
  let now = 0
  let idTime = 0
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    sleep: () => Promise.reject(new Error('Nothing is waited for in a replay.')),
  }
  const next = monotonicFactory(() => random.next())
  const opened = await openStore('sqlite::memory:', { clock, random })
  const store: Store = { ...opened, newId: () => next(idTime) }
  const channels = new Map<string, Channel>()
  const ledger = createLedger({
    store,
    clock,
    log: silentLog,
    channel: async (id) => channels.get(id),
    onPosted: () => undefined,
  })

  async function link({ account, listing, merchant, sku, units, at }: LinkChangeTable): Promise<void> {
    await store.db
      .insertInto('link')
      .values({ account, listing, merchant, sku, units, rev: 1, updated_at: at })
      .onConflict((conflict) => conflict.columns(['account', 'listing', 'sku']).doUpdateSet({ units, updated_at: at }))
      .execute()
  }

  async function connect(row: AccountTable): Promise<void> {
    await store.db
      .insertInto('account')
      .values({ ...row, credentials: '' })
      .execute()
    channels.set(row.id, openChannel(connectors, row, { clock, random }))
  }

  async function apply(happening: Happening): Promise<string | undefined> {
    switch (happening.kind) {
      case 'account':
        await connect(happening.row)
        return undefined
      case 'sku': {
        const { sku, title, gtin, created_at } = happening.row
        await store.transaction((tx) =>
          addSku(tx, { sku: asId(sku), title, ...(gtin !== null && { gtin }) }, created_at),
        )
        return undefined
      }
      case 'link':
        await link(happening.row)
        return undefined
      case 'delivery':
        if (!isSetAside(happening)) await ledger.post([happening.row])
        return undefined
      case 'settled again': {
        const { account, order_id } = happening.row
        const context = { account: asId<'account'>(account), now, newId: store.newId, needsProvider: false }
        await store.transaction((tx) => settleAgain(tx, { ...context, moved: new Set() }, asId(order_id)))
        return undefined
      }
      case 'rights': {
        const abilities = channels.get(happening.row.account)?.abilities
        await store.transaction((tx) => takeAgain(tx, recording, happening.row, abilities))
        return undefined
      }
    }
  }

  return {
    db: store.db,
    mark(happening) {
      idTime = decodeTime(happening.id)
      return store.newId()
    },
    async apply(happening) {
      idTime = decodeTime(happening.id)
      now = momentOf(happening)
      try {
        return await apply(happening)
      } catch (error) {
        if (happening.kind !== 'rights') throw error
        return reasonOf(error)
      }
    },
    close: () => opened.close(),
  }
}

/** The clock as it stood. A receipt that a person has dismissed since says when that was. */
function momentOf(happening: Happening): number {
  if (happening.kind === 'delivery')
    return happening.receipt.outcome === 'dismissed' ? decodeTime(happening.id) : happening.receipt.at
  if (happening.kind === 'rights' || happening.kind === 'settled again') return happening.row.at
  return decodeTime(happening.id)
}

const noNetwork = () => Promise.reject(new Error('A replay asks no shop anything.'))

/** Opened to read what was delivered: without credentials, and without a way out. */
function openChannel(
  connectors: ReadonlyMap<Platform, Connector>,
  row: AccountTable,
  { clock, random }: { clock: Clock; random: Random },
): Channel {
  const connector = connectors.get(row.platform)
  if (!connector) throw new Error(`No connector for ${row.platform} is installed.`)
  return connector.open(
    {
      id: asId<'account'>(row.id) satisfies AccountId,
      shop: row.shop,
      origin: row.origin,
      settings: connector.settings.parse(JSON.parse(row.settings)),
      webhookUrl: '',
    },
    {
      fetch: noNetwork,
      clock,
      random,
      pace: { admit: noNetwork, learn: () => undefined, throttled: () => undefined, accepted: () => undefined },
      secrets: {
        current: () => {
          throw new Error('A replay knows no credentials.')
        },
        replace: noNetwork,
      },
    },
  )
}

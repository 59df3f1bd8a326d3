/** One reading into the books. Orders have a file of their own; the rest is small enough to stand together. */

import { keepListing, markListingGone } from '../catalog/listings.ts'
import type { Provider, Reading } from '../channel.ts'
import { type AccountId, asId, type Instant, type ShipmentSnapshot, type SkuId, type StockLevel } from '../domain.ts'
import type { Tx } from '../store/tables.ts'
import { countEarlierSales, postOrder } from './orders.ts'
import { isNewer } from './settle.ts'
import { want } from './wanted.ts'

export interface ReadingContext {
  readonly account: AccountId
  readonly delivery: string
  /** When the request that brought it began; for what was pushed to us, when it arrived. */
  readonly fetchedAt: Instant
  /** The shop's own time of what the delivery tells; undefined when it does not say. */
  readonly shopTime: Instant | undefined
  readonly now: Instant
  readonly newId: () => string
  readonly needsProvider: boolean
  readonly moved: Set<SkuId>
}

/** Posts one reading. Returns a sentence when a person has to look at it. */
export async function postReading(tx: Tx, context: ReadingContext, reading: Reading): Promise<string | undefined> {
  const { account } = context
  switch (reading.kind) {
    case 'hint':
      await want(tx, account, reading.wanted, context.newId)
      return undefined
    case 'order':
      await postOrder(tx, context, reading.order)
      return undefined
    case 'shipment':
      await keepShipment(tx, context, reading.shipment)
      return undefined
    case 'stock':
      await keepShelf(tx, context, reading.level)
      return undefined
    case 'listing':
      await keepListing(tx, account, reading.listing, context.now)
      await countEarlierSales(tx, context, reading.listing.id)
      return undefined
    case 'providers':
      await keepProviders(tx, account, reading.deliveryOption, reading.providers)
      return undefined
    case 'gone':
      // An order that vanished keeps its units until the shop says otherwise; only people can tell what happened to it.
      if (reading.of === 'order')
        return `The shop no longer has order ${reading.id}. Its units stay reserved until you release them.`
      if (reading.of === 'register') await wantListingsOf(tx, context, reading.id)
      else await markListingGone(tx, account, reading.id, context.now)
      return undefined
    case 'connection':
      await noteConnection(tx, context, reading)
      return undefined
    case 'ignored':
      return undefined
    case 'unreadable':
      return reading.reason
  }
}

/** A counter can be replaced while what it counted is still sold: only the listing itself tells. */
async function wantListingsOf(tx: Tx, { account, newId }: ReadingContext, register: string): Promise<void> {
  const rows = await tx
    .selectFrom('listing')
    .select('listing')
    .where('account', '=', account)
    .where('register', '=', register)
    .where('state', '<>', 'deleted')
    .execute()
  const ids = rows.map(({ listing }) => asId<'listing'>(listing))
  if (ids.length > 0) await want(tx, account, { kind: 'listings', ids }, newId)
}

/**
 * A warning never covers the reason why an account is broken, and saying the same again changes nothing.
 * Shops send for hours what nobody took: an end from before the account was connected again ends nothing.
 */
async function noteConnection(
  tx: Tx,
  { account, now, shopTime }: ReadingContext,
  { event, message }: Extract<Reading, { kind: 'connection' }>,
): Promise<void> {
  const change = tx
    .updateTable('account')
    .set((eb) => ({
      state: event === 'uninstalled' ? 'broken' : eb.ref('state'),
      reason: message,
      rev: eb('rev', '+', 1),
      updated_at: now,
    }))
    .where('id', '=', account)
  const isNews = change
    .where('state', '!=', 'broken')
    .where((eb) => eb.or([eb('reason', 'is', null), eb('reason', '!=', message)]))
  const isCurrent = change.where('connected_at', '<=', shopTime ?? now)
  await (event === 'expiring' ? isNews : isCurrent).execute()
}

async function keepShipment(tx: Tx, context: ReadingContext, shipment: ShipmentSnapshot): Promise<void> {
  const { account } = context
  const last = await tx
    .selectFrom('shipment')
    .select(['version_at', 'fetched_at', 'first_seen_at'])
    .where('account', '=', account)
    .where('shipment_id', '=', shipment.id)
    .forUpdate()
    .executeTakeFirst()
  const version = { versionAt: shipment.updatedAt, fetchedAt: context.fetchedAt }
  if (!isNewer(version, last && { versionAt: last.version_at, fetchedAt: last.fetched_at })) return
  const row = {
    order_id: shipment.order,
    version_at: shipment.updatedAt,
    fetched_at: context.fetchedAt,
    cancelled: shipment.cancelled ? 1 : 0,
    carrier: shipment.carrier ?? null,
    numbers: JSON.stringify(shipment.numbers),
    url: shipment.url ?? null,
    lines: JSON.stringify(shipment.lines),
    delivery: context.delivery,
    first_seen_at: last?.first_seen_at ?? context.now,
    stamp: context.newId(),
  }
  await tx
    .insertInto('shipment')
    .values({ account, shipment_id: shipment.id, ...row })
    .onConflict((conflict) =>
      conflict
        .columns(['account', 'shipment_id'])
        .doUpdateSet(row)
        // Seen for the first time by two processes at once: the newer one stays.
        .whereRef('shipment.version_at', '<=', 'excluded.version_at'),
    )
    .execute()
}

async function keepShelf(tx: Tx, context: ReadingContext, level: StockLevel): Promise<void> {
  const row = {
    available_units: level.availableUnits,
    committed_units: level.committedUnits ?? null,
    locked_units: level.lockedUnits ?? null,
    held_units: level.heldUnits ?? null,
    on_hand_units: level.onHandUnits ?? null,
    read_at: context.fetchedAt,
    delivery: context.delivery,
  }
  await tx
    .insertInto('shelf')
    .values({ account: context.account, register: level.register, ...row, unknown_committed: null })
    .onConflict((conflict) =>
      conflict.columns(['account', 'register']).doUpdateSet(row).whereRef('shelf.read_at', '<=', 'excluded.read_at'),
    )
    .execute()
}

async function keepProviders(
  tx: Tx,
  account: AccountId,
  deliveryOption: string,
  providers: readonly Provider[],
): Promise<void> {
  await tx.deleteFrom('provider').where('account', '=', account).where('delivery_option', '=', deliveryOption).execute()
  if (providers.length === 0) return
  await tx
    .insertInto('provider')
    .values(providers.map(({ id, name }) => ({ account, delivery_option: deliveryOption, provider: id, name })))
    .onConflict((conflict) => conflict.columns(['account', 'delivery_option', 'provider']).doNothing())
    .execute()
}

/** Plans the tracking: which parcel of a copy the shop that took the order must be told about, and which waits for a person. */

import { sql } from 'kysely'
import type { z } from 'zod'
import type { Provider } from '../channel.ts'
import {
  type AccountId,
  asId,
  type OrderSnapshot,
  parseReference,
  reference,
  type ShipmentSnapshot,
} from '../domain.ts'
import { confirmation } from '../ledger/manual.ts'
import type { Db, ShipmentTable, Tx } from '../store/tables.ts'
import { intend, intended, markPlanned, type TrackingTarget, urgencies } from './intents.ts'
import { normalNumber } from './numbers.ts'
import { type Contents, type Share, type SoldLine, shareOf } from './parcels-lines.ts'
import { claimNumber } from './parcels-numbers.ts'
import type { PlanContext } from './stock.ts'
import {
  type CarrierBook,
  canBeOverruled,
  type GateVerdict,
  gate,
  type Reason,
  type ReasonCode,
} from './tracking-gate.ts'

/** Asks again this soon while the order or the shop's provider list is on its way. */
const soonMs = 1000
/** A parcel that is held is looked at again this often: what it waits for may have come. */
const holdRetryMs = 60_000
/** What a shop has not answered by now is told to a person; it is pushed all the same once it comes. */
const patienceMs = 10 * 60_000
/** A parcel may be packed some time before its label is printed; one that has no number by now is told to a person. */
const numberPatienceMs = 3 * 3600_000

export async function staleShipments(db: Db, after: string, limit: number): Promise<ShipmentTable[]> {
  return await db
    .selectFrom('shipment')
    .leftJoin('plan', (join) =>
      join
        .on('plan.book', '=', 'shipment')
        .on(sql<string>`shipment.account || '/' || shipment.shipment_id`, '=', (eb) => eb.ref('plan.subject')),
    )
    .selectAll('shipment')
    .where('shipment.stamp', '>', after)
    .where((eb) => eb.or([eb('plan.seen', 'is', null), eb('plan.seen', '<>', eb.ref('shipment.stamp'))]))
    .orderBy('shipment.stamp')
    .limit(limit)
    .execute()
}

export async function shipmentRow(db: Db, account: string, shipment: string): Promise<ShipmentTable | undefined> {
  return await db
    .selectFrom('shipment')
    .selectAll()
    .where('account', '=', account)
    .where('shipment_id', '=', shipment)
    .executeTakeFirst()
}

const subjectOf = ({ account, shipment_id }: ShipmentTable) => `${account}/${shipment_id}`

/** Safe: written by the ledger only. */
const numbersOf = (row: Pick<ShipmentTable, 'numbers'>) => JSON.parse(row.numbers) as readonly string[]
/** Safe: written by the ledger only. */
const linesOf = (row: Pick<ShipmentTable, 'lines'>) => JSON.parse(row.lines) as ShipmentSnapshot['lines']
/** Safe: written by the ledger only. */
const snapshotOf = (row: { readonly snapshot: string }) => JSON.parse(row.snapshot) as OrderSnapshot

/** What is to be told, why, and when to look again. Without a target nothing is known to be told. */
interface Outcome {
  readonly target?: TrackingTarget | undefined
  readonly reasons?: readonly Reason[]
  readonly notes?: readonly Reason[]
  readonly wakeAt?: number | undefined
}

export async function planShipment(
  tx: Tx,
  shipment: ShipmentTable,
  book: CarrierBook,
  context: PlanContext,
): Promise<void> {
  const subject = subjectOf(shipment)
  const planned = (wakeAt: number | null = null) => markPlanned(tx, 'shipment', subject, shipment.stamp, wakeAt)
  // Of two processes that plan the same parcel the second one waits for what the first one intended.
  await tx
    .selectFrom('shipment')
    .select('stamp')
    .where('account', '=', shipment.account)
    .where('shipment_id', '=', shipment.shipment_id)
    .forUpdate()
    .execute()

  const copy = await tx
    .selectFrom('order_head')
    .select(['reference', 'snapshot'])
    .where('account', '=', shipment.account)
    .where('order_id', '=', shipment.order_id)
    .executeTakeFirst()
  // The parcel may be seen before its order: look again in a moment.
  if (!copy) return void (await planned(context.now + soonMs))
  const origin = copy.reference === null ? undefined : parseReference(copy.reference)
  if (!origin) return void (await planned())

  const before = await intended<TrackingTarget>(tx, origin.account, 'tracking', subject)
  const head = await tx
    .selectFrom('order_head')
    .innerJoin('account', 'account.id', 'order_head.account')
    .select(['order_head.snapshot', 'account.platform', 'account.title'])
    .where('order_head.account', '=', origin.account)
    .where('order_head.order_id', '=', origin.order)
    .executeTakeFirst()
  const asked: Asked = { tx, shipment, book, context, origin, before, copy: snapshotOf(copy) }
  const outcome = head ? await outcomeOf(asked, { ...head, order: snapshotOf(head) }) : waits(asked)
  await planned(outcome.wakeAt ?? null)
  const { target } = outcome
  if (!target) return
  // A parcel is told of again and again on its way; only another number, carrier or content is news to the shop that sold it.
  if (before && JSON.stringify(before) === JSON.stringify(target)) return
  await intend(
    tx,
    {
      account: origin.account,
      kind: 'tracking',
      subject,
      target,
      terms: { reasons: outcome.reasons ?? [], notes: outcome.notes ?? [], confirmed: confirmedFor(shipment) },
      urgency: urgencies.tracking,
      causedAt: shipment.version_at,
    },
    context,
  )
}

interface Asked {
  readonly tx: Tx
  readonly shipment: ShipmentTable
  readonly book: CarrierBook
  readonly context: PlanContext
  readonly origin: NonNullable<ReturnType<typeof parseReference>>
  readonly before: TrackingTarget | undefined
  readonly copy: OrderSnapshot
}

interface Sold {
  readonly order: OrderSnapshot
  readonly platform: string
  readonly title: string
}

async function outcomeOf(asked: Asked, sold: Sold): Promise<Outcome> {
  const { tx, shipment, context, origin, before } = asked
  const siblings = await tx
    .selectFrom('shipment')
    .selectAll()
    .where('account', '=', shipment.account)
    .where('order_id', '=', shipment.order_id)
    .orderBy('first_seen_at')
    .orderBy('shipment_id')
    .execute()
  if (shipment.cancelled === 1) return await calledBack(asked, sold, siblings)
  const number = firstNumber(shipment)
  if (number === undefined) return withoutNumber(asked, sold)
  if (sold.order.fulfilment === 'platform_label' && (await isKnownThere(asked, number))) return settled(before)

  const { deliveryOption } = sold.order
  const providers = deliveryOption ? await providersOf(tx, origin.account, deliveryOption) : undefined
  if (providers?.length === 0) return waits(asked)
  const ref = reference(origin.account, origin.order)
  const verdict = gate(
    { carrier: shipment.carrier ?? undefined, numbers: numbersOf(shipment), madeAt: shipment.version_at },
    {
      name: sold.order.name,
      platform: sold.platform,
      phase: sold.order.phase,
      fulfilment: sold.order.fulfilment,
      placedAt: sold.order.createdAt,
      country: sold.order.address?.country,
      currency: sold.order.currency,
    },
    {
      book: asked.book,
      providers,
      usedBy: await claimNumber(tx, number, shipment, ref, context.now),
      confirmed: confirmedFor(shipment),
    },
  )
  const live = siblings.filter(({ cancelled }) => cancelled === 0)
  const share = await shareOfParcel(asked, sold, live)
  const former = await formerNumbers(asked, siblings, number)
  if (!verdict.ok && isToldAlready(before, number, verdict.reasons)) return {}
  if (!verdict.ok) return held(verdict.reasons, verdict.notes, former, context.now)
  if (share === 'nothing' && !confirmedFor(shipment))
    return held([nothingLeft(number, sold)], verdict.notes, former, context.now)
  return { target: pushOf(asked, verdict, share, former), notes: verdict.notes }
}

const pushOf = (
  { shipment, origin }: Asked,
  { push }: Extract<GateVerdict, { ok: true }>,
  share: Share,
  former: readonly string[],
): TrackingTarget => ({
  kind: 'push',
  op: {
    order: origin.order,
    shipment: asId(shipment.shipment_id),
    carrier: push.carrier,
    provider: push.provider,
    number: push.number,
    url: shipment.url ?? undefined,
    ...(typeof share === 'string' ? {} : { lines: share }),
    ...(former.length > 0 ? { replaces: former } : {}),
  },
})

function held(reasons: readonly Reason[], notes: readonly Reason[], former: readonly string[], now: number): Outcome {
  const said = reasons.map(({ sentence }) => sentence).join(' ')
  const can = reasons.every(({ code }) => canBeOverruled(code))
    ? ' Correct it where the parcel was made, or look at it and push it anyway, saying why.'
    : ''
  const target: TrackingTarget = {
    kind: 'hold',
    reason: `${said}${can}`,
    ...(former.length > 0 ? { replaces: former } : {}),
  }
  return { target, reasons, notes, wakeAt: now + holdRetryMs }
}

// ---------------------------------------------------------------- what a parcel may be before there is a number to judge

function firstNumber(shipment: ShipmentTable): string | undefined {
  return numbersOf(shipment).map(normalNumber).find(Boolean)
}

/** The shop has not told yet which order it is, or which carriers it accepts. */
function waits({ shipment, context }: Asked): Outcome {
  const wakeAt = context.now + soonMs
  if (context.now - shipment.first_seen_at <= patienceMs) return { wakeAt }
  const number = firstNumber(shipment) ?? shipment.shipment_id
  const reason = `Parcel ${number} waits: the shop that sold the order has not told of it yet, or not which carriers it accepts. It is pushed as soon as it does.`
  return { target: { kind: 'hold', reason }, wakeAt }
}

/** What was held for a number that is gone again is held no more. */
function withoutNumber({ shipment, context, before }: Asked, sold: Sold): Outcome {
  const dueAt = shipment.first_seen_at + numberPatienceMs
  const told = toldBefore(before)
  if (told.length > 0) {
    const sentence = `Parcel ${shipment.shipment_id} of order ${sold.order.name} has no number any more; ${sold.title} was told ${told.at(-1)}. Fill in the right one where the parcel was made.`
    return held([{ code: 'no-number', sentence }], [], told, context.now)
  }
  if (context.now < dueAt) return { ...settled(before), wakeAt: dueAt }
  const sentence = `Parcel ${shipment.shipment_id} of order ${sold.order.name} left without a tracking number. Fill it in where the parcel was made.`
  return held([{ code: 'no-number', sentence }], [], [], context.now)
}

/** Nothing is to be told; what was held because of it leaves the list of problems. */
const settled = (before: TrackingTarget | undefined): Outcome =>
  before?.kind === 'hold' ? { target: { kind: 'withdrawn' } } : {}

async function calledBack(asked: Asked, sold: Sold, siblings: readonly ShipmentTable[]): Promise<Outcome> {
  const { tx, shipment, before } = asked
  await wakeSiblings(tx, siblings, asked)
  const [told] = toldBefore(before).slice(-1)
  if (told === undefined) return settled(before)
  const successors = siblings.filter(
    ({ cancelled, first_seen_at: at }) => cancelled === 0 && at >= shipment.first_seen_at,
  )
  if (successors.some((each) => firstNumber(each) !== undefined)) return { target: { kind: 'withdrawn', told } }
  const sentence = `Parcel ${told} of order ${sold.order.name} was called back by the shop that ships, after ${sold.title} was told of it. Send it again, which corrects the number, or settle it with the buyer.`
  return {
    target: { kind: 'hold', reason: sentence, replaces: toldBefore(before) },
    reasons: [{ code: 'called-back', sentence }],
    wakeAt: asked.context.now + holdRetryMs,
  }
}

/** What one parcel stands for depends on the others. */
async function wakeSiblings(tx: Tx, siblings: readonly ShipmentTable[], { shipment, context }: Asked): Promise<void> {
  const others = siblings.filter((each) => each.shipment_id !== shipment.shipment_id && each.cancelled === 0)
  if (others.length === 0) return
  await tx
    .updateTable('plan')
    .set({ wake_at: context.now })
    .where('book', '=', 'shipment')
    .where('subject', 'in', others.map(subjectOf))
    .execute()
}

/** The platform's own label comes back to us from the shop that ships: that is its number, no foreign one. */
async function isKnownThere({ tx, origin }: Asked, number: string): Promise<boolean> {
  const rows = await tx
    .selectFrom('shipment')
    .select('numbers')
    .where('account', '=', origin.account)
    .where('order_id', '=', origin.order)
    .execute()
  return rows.some((row) => numbersOf(row).map(normalNumber).includes(number))
}

function confirmedFor(shipment: ShipmentTable): z.infer<typeof confirmation> | undefined {
  if (shipment.confirmed === null) return undefined
  const said = confirmation.parse(JSON.parse(shipment.confirmed))
  return said.number === firstNumber(shipment) ? said : undefined
}

const nothingLeft = (number: string, { order }: Sold): Reason => ({
  code: 'already-told',
  sentence: `Parcel ${number} is one more of order ${order.name}: all that is in it was told under another number already, and a unit has one number only.`,
})

/** Doubts that come too late: rules, lists and clocks may change after a number was told, the number does not. */
const settledDoubts: ReadonlySet<ReasonCode> = new Set([
  'format',
  'check-digit',
  'other-carrier',
  'placeholder',
  'older-than-order',
  'not-accepted',
])

const isToldAlready = (before: TrackingTarget | undefined, number: string, reasons: readonly Reason[]): boolean =>
  before?.kind === 'push' && before.op.number === number && reasons.every(({ code }) => settledDoubts.has(code))

// ---------------------------------------------------------------- corrections

/** The numbers that the shop may have been told for this parcel, oldest first. */
function toldBefore(before: TrackingTarget | undefined): readonly string[] {
  if (before?.kind === 'push') return [...(before.op.replaces ?? []), before.op.number]
  if (before?.kind === 'hold') return before.replaces ?? []
  return before?.kind === 'withdrawn' && before.told !== undefined ? [before.told] : []
}

/** This parcel's own earlier numbers; a parcel that was sent in place of one that was called back takes over that one's. */
async function formerNumbers(
  asked: Asked,
  siblings: readonly ShipmentTable[],
  number: string,
): Promise<readonly string[]> {
  const { tx, shipment, origin, before } = asked
  const own = toldBefore(before).filter((each) => each !== number)
  const gone = siblings.filter(({ cancelled }) => cancelled === 1)
  const [earliest] = gone
  if (!earliest) return own
  const successors = siblings.filter(
    ({ cancelled, first_seen_at: at }) => cancelled === 0 && at >= earliest.first_seen_at,
  )
  const predecessor = gone[successors.findIndex(({ shipment_id: id }) => id === shipment.shipment_id)]
  if (!predecessor) return own
  const told = toldBefore(await intended<TrackingTarget>(tx, origin.account, 'tracking', subjectOf(predecessor)))
  return [...new Set([...told, ...own])].filter((each) => each !== number)
}

// ---------------------------------------------------------------- contents

async function shareOfParcel(asked: Asked, { order }: Sold, live: readonly ShipmentTable[]): Promise<Share> {
  const at = live.findIndex(({ shipment_id: id }) => id === asked.shipment.shipment_id)
  const packed = await partsOfCopy(asked)
  const contents = live.map((row): Contents => contentsOf(row, packed))
  return shareOf(await soldLines(asked, order), contents, at)
}

/** What a unit of each line of the copy is made of, by today's links: a copy's lines are not in the books. */
async function partsOfCopy({ tx, shipment, copy }: Asked): Promise<ReadonlyMap<string, ReadonlyMap<string, number>>> {
  const listings = copy.lines.flatMap(({ listing }) => listing ?? [])
  if (listings.length === 0) return new Map()
  const links = await tx
    .selectFrom('link')
    .select(['listing', 'sku', 'units'])
    .where('account', '=', shipment.account)
    .where('listing', 'in', listings)
    .where('units', '>', 0)
    .execute()
  const byListing = Map.groupBy(links, ({ listing }) => listing)
  return new Map(
    copy.lines.map(({ id, listing }) => [
      id,
      new Map((byListing.get(listing ?? '') ?? []).map(({ sku, units }) => [sku, units])),
    ]),
  )
}

function contentsOf(row: ShipmentTable, packed: ReadonlyMap<string, ReadonlyMap<string, number>>): Contents {
  const lines = linesOf(row)
  if (lines.length === 0) return undefined
  const contents = new Map<string, number>()
  for (const { line, units } of lines) {
    const parts = packed.get(line)
    if (!parts || parts.size === 0) return undefined
    for (const [sku, perUnit] of parts) contents.set(sku, (contents.get(sku) ?? 0) + units * perUnit)
  }
  return contents
}

async function soldLines({ tx, origin }: Asked, order: OrderSnapshot): Promise<SoldLine[]> {
  const rows = await tx
    .selectFrom('order_line')
    .select(['line_id', 'taken_units', 'parts'])
    .where('account', '=', origin.account)
    .where('order_id', '=', origin.order)
    .where('taken_units', '>', 0)
    .orderBy('line_id')
    .orderBy('listing')
    .execute()
  return order.lines
    .filter(({ quantity }) => quantity > 0)
    .map(({ id, quantity }) => {
      const parts = new Map<string, number>()
      // A bundle that the platform takes apart is several rows of one line.
      for (const row of rows.filter(({ line_id }) => line_id === id))
        for (const { sku, units } of partsIn(row.parts))
          parts.set(sku, (parts.get(sku) ?? 0) + (units * row.taken_units) / quantity)
      return { id, units: quantity, parts }
    })
}

/** Safe: written by the ledger only. */
const partsIn = (text: string | null) =>
  text === null ? [] : (JSON.parse(text) as readonly { sku: string; units: number }[])

async function providersOf(tx: Tx, account: AccountId, deliveryOption: string): Promise<Provider[]> {
  const rows = await tx
    .selectFrom('provider')
    .select(['provider', 'name'])
    .where('account', '=', account)
    .where('delivery_option', '=', deliveryOption)
    .orderBy('name')
    .execute()
  return rows.map(({ provider, name }) => ({ id: provider, name }))
}

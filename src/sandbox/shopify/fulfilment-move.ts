/** fulfillmentOrderMove: open units change the location that ships them, and their claim goes with them. */

import { addFulfilmentOrder, isOpen, type OpenLine } from './fulfilment.ts'
import { addCommitted, type FulfilmentOrder, isActive, type Place } from './model.ts'
import { movedPayload } from './payloads-order.ts'
import { type Context, find, type Resolvers, readGid, type UserError, userError } from './resolve.ts'
import { levelAt, move } from './stock.ts'
import type { World } from './world.ts'

interface MoveArgs {
  readonly id: string
  readonly newLocationId: string
  readonly fulfillmentOrderLineItems?: readonly { readonly id: string; readonly quantity: number }[] | null
}

interface MovedRow {
  readonly row: FulfilmentOrder['lines'][number]
  readonly units: number
}

const refused = (field: string, message: string) => ({
  movedFulfillmentOrder: null,
  originalFulfillmentOrder: null,
  remainingFulfillmentOrder: null,
  userErrors: [userError([field], message)],
})

function moveOrder(_: unknown, args: MoveArgs, { world }: Context) {
  const from = find('FulfillmentOrder', world.fulfilmentOrders, args.id)
  const to = find('Location', world.places, args.newLocationId)
  if (!from) return refused('id', 'Fulfillment order does not exist.')
  if (!to || !isActive(to)) return refused('newLocationId', 'Location does not exist or is not active.')
  if (!isOpen(from)) return refused('id', 'Cannot move a fulfillment order that is closed.')
  if (from.place === to) return refused('newLocationId', 'The fulfillment order is at this location already.')
  const rows = readRows(from, args)
  if (!Array.isArray(rows)) return { ...refused('fulfillmentOrderLineItems', ''), userErrors: [rows] }
  // The sheet of every variant must have a line at the destination; how many units are there is not asked (assumed).
  if (rows.some(({ row: { line } }) => line.variant?.item.tracked && !line.variant.item.levels.has(to.id)))
    return refused('newLocationId', 'The destination location does not stock the requested inventory item.')
  for (const row of rows) moveClaim(world, row, from.place, to)
  const source = from.place
  const moved = reassign(world, from, rows, to)
  from.updatedAt = world.now()
  world.tell({
    topic: 'fulfillment_orders/moved',
    about: moved.id,
    payload: () => movedPayload(from, moved, source, to, args.fulfillmentOrderLineItems ?? []),
  })
  return {
    movedFulfillmentOrder: moved,
    originalFulfillmentOrder: from,
    remainingFulfillmentOrder: null,
    userErrors: [],
  }
}

function readRows(from: FulfilmentOrder, { fulfillmentOrderLineItems: wanted }: MoveArgs): MovedRow[] | UserError {
  if (!wanted?.length)
    return from.lines.filter((row) => row.remaining > 0).map((row) => ({ row, units: row.remaining }))
  const rows: MovedRow[] = []
  for (const { id, quantity } of wanted) {
    const row = from.lines.find((one) => one.id === readGid(id).id)
    if (!row || quantity < 1 || quantity > row.remaining || rows.some((one) => one.row === row))
      return userError(['fulfillmentOrderLineItems'], 'Invalid fulfillment order line item quantity requested.')
    rows.push({ row, units: quantity })
  }
  return rows
}

/** Committed units become available where they were and are taken where they go, below zero too (assumed). */
function moveClaim(world: World, { row: { line }, units }: MovedRow, from: Place, to: Place): void {
  const committed = Math.min(units, line.committed.get(from) ?? 0)
  if (!line.variant || committed === 0) return
  addCommitted(line, from, -committed)
  addCommitted(line, to, committed)
  for (const [place, by] of [
    [from, -committed],
    [to, committed],
  ] as const) {
    const level = levelAt(world, line.variant.item, place)
    move(world, level, 'committed', by)
    move(world, level, 'available', -by)
  }
}

/** The whole, untouched fulfilment order moves itself; a part becomes a new one, merged with what is open there. */
function reassign(world: World, from: FulfilmentOrder, rows: readonly MovedRow[], to: Place): FulfilmentOrder {
  const isWhole = from.lines.every((line) => line.remaining === (rows.find(({ row }) => row === line)?.units ?? 0))
  const isUntouched = from.status === 'OPEN' && from.lines.every((line) => line.remaining === line.total)
  if (isWhole && isUntouched) {
    from.place = to
    return from
  }
  const open: OpenLine[] = rows.map(({ row, units }) => ({ line: row.line, units }))
  const there = from.order.fulfilmentOrders.find((one) => one !== from && one.place === to && isOpen(one))
  if (there) {
    for (const row of there.lines) {
      const same = open.findIndex(({ line }) => line === row.line)
      const known = open[same]
      if (known) open[same] = { ...known, units: known.units + row.remaining }
      else if (row.remaining > 0) open.push({ line: row.line, units: row.remaining })
      row.total -= row.remaining
      row.remaining = 0
    }
    there.status = 'CLOSED'
    there.updatedAt = world.now()
  }
  for (const { row, units } of rows) {
    row.remaining -= units
    row.total -= units
  }
  if (from.lines.every((row) => row.remaining === 0)) from.status = 'CLOSED'
  return addFulfilmentOrder(world, from.order, to, open)
}

export const fulfilmentMoveResolvers: Resolvers = { Mutation: { fulfillmentOrderMove: moveOrder } }

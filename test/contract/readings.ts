/** What every reading must be, whatever it was read from: numbers that can be counted with, ids that can be asked for. */

import type { Reading } from '../../src/channel.ts'
import type { Money, OrderSnapshot } from '../../src/domain.ts'

const phases = new Set([
  'draft',
  'unpaid',
  'on_hold',
  'ready',
  'partly_shipped',
  'shipped',
  'delivered',
  'closed',
  'cancelled',
])
const states = new Set(['active', 'inactive', 'frozen', 'deleted'])
const countings = new Set(['counted', 'untracked', 'endless', 'derived'])

/** Countings whose number is written by us. */
const written = new Set(['counted', 'endless'])

const isUnits = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0
const isInstant = (value: unknown) => Number.isFinite(value)
const isId = (value: unknown) => typeof value === 'string' && value !== ''
const isMoney = (money: Money | undefined) =>
  money === undefined || (/^-?\d+(\.\d+)?$/.test(money.amount) && money.currency !== '')

/** What is wrong with a reading, in words; empty when it is sound. */
export function faults(reading: Reading, idsMax: number): string[] {
  const found: string[] = []
  const must = (holds: boolean, what: string) => {
    if (!holds) found.push(`${reading.kind}: ${what}: ${JSON.stringify(reading).slice(0, 300)}`)
  }
  switch (reading.kind) {
    case 'hint': {
      const { ids } = reading.wanted
      must(ids.length > 0 && ids.length <= idsMax, `1 to ${idsMax} ids`)
      must(ids.every(isId), 'ids are text')
      break
    }
    case 'order':
      orderFaults(reading.order, must)
      break
    case 'shipment': {
      const { shipment } = reading
      must(isId(shipment.id) && isId(shipment.order), 'ids are text')
      must(isInstant(shipment.updatedAt), 'a time')
      must(shipment.numbers.every(isId), 'numbers are text')
      must(
        shipment.lines.every(({ line, units }) => isId(line) && isUnits(units)),
        'whole units per line',
      )
      break
    }
    case 'stock':
      must(isId(reading.level.register), 'a register')
      must(Number.isSafeInteger(reading.level.availableUnits), 'whole units')
      must(
        reading.level.committedUnits === undefined || Number.isSafeInteger(reading.level.committedUnits),
        'whole committed units',
      )
      break
    case 'listing': {
      const { listing } = reading
      must(isId(listing.id), 'an id')
      must(listing.register === undefined || isId(listing.register), 'a register')
      must(!written.has(listing.counting) || listing.register !== undefined, 'what is counted names its register')
      must(states.has(listing.state) && countings.has(listing.counting), 'known words')
      must(typeof listing.title === 'string' && isInstant(listing.updatedAt), 'a title and a time')
      break
    }
    case 'providers':
      must(isId(reading.deliveryOption), 'a delivery option')
      must(
        reading.providers.every(({ id, name }) => isId(id) && typeof name === 'string'),
        'ids and names',
      )
      break
    case 'gone':
      must(isId(reading.id), 'an id')
      break
    case 'connection':
      must(reading.message !== '', 'a sentence')
      break
    case 'ignored':
    case 'unreadable':
      must(reading.reason !== '', 'a reason')
      break
    default:
      found.push(`no reading of ours: ${JSON.stringify(reading satisfies never)}`)
  }
  return found
}

function orderFaults(order: OrderSnapshot, must: (holds: boolean, what: string) => void): void {
  must(isId(order.id) && typeof order.name === 'string', 'an id and a name')
  must(phases.has(order.phase), 'a known phase')
  must(isInstant(order.createdAt) && isInstant(order.updatedAt), 'times')
  must([order.total, order.shippingPrice].every(isMoney), 'decimal amounts')
  for (const line of order.lines) {
    must(isId(line.id), 'a line id')
    must([line.quantity, line.takenUnits, line.shippedUnits].every(isUnits), 'whole units, none below zero')
    must(line.shippedUnits <= line.takenUnits, 'nothing leaves that was not taken')
    must(isMoney(line.unitPrice), 'a decimal price')
    must(line.listing === undefined || isId(line.listing), 'a listing id')
    must(
      (line.components ?? []).every(({ listing, units }) => isId(listing) && isUnits(units)),
      'whole units per component',
    )
  }
}

/** Stock writes on their way: booked, sent perhaps, landed at any moment, answered, or not. */

import type { StockOp } from '../../../src/channel.ts'
import { landsWithinMs, opToward } from '../../../src/planner/rights.ts'
import { book, type Entry, register, step, takenBy } from './hub.ts'
import { freeUnits } from './laws.ts'
import type { Shop } from './shop.ts'
import { type Action, pick, remove, sendWithinMs, type World, type Write } from './world.ts'

export const plans: Action = (world, a, b, c) => {
  const index = a % world.shops.length
  const entry = world.hub.entries[index]
  const shop = world.shops[index]
  if (!entry || !shop || entry.rights.op) return
  const op = opFor(shop, entry, b, c)
  if (op) send(world, index, op, shop.traits.relativeWrites)
}

function opFor(shop: Shop, entry: Entry, b: number, c: number): StockOp | undefined {
  const believed = (entry.rights.pend?.likely ?? entry.rights.entitlement) - takenBy(shop, 0)
  switch (b % 8) {
    case 0:
      return shop.traits.relativeWrites
        ? { register, kind: 'cas', from: Math.max(0, believed), to: c % 8 }
        : { register, kind: 'set', to: 0 }
    case 1:
      return shop.traits.relativeWrites ? moveOf((c % 7) - 3) : { register, kind: 'set', to: c % 3 }
    case 2:
    case 3:
      return opToward(register, 0, believed, shop.traits)
    default:
      return opToward(register, c % 8, believed, shop.traits)
  }
}

const moveOf = (by: number): StockOp =>
  by >= 0
    ? { register, kind: 'move', by, from: 'safety_stock', to: 'available' }
    : { register, kind: 'move', by: -by, from: 'available', to: 'safety_stock' }

/** Books it if the free units pay for it; says whether it did. */
export function send(world: World, index: number, op: StockOp, isKeyed: boolean): boolean {
  const { hub, shops, writes } = world
  const [entry, shop] = [hub.entries[index], shops[index]]
  if (!entry || !shop) return false
  const charge = shop.traits.unitsPerSale * hub.transitions.chargeOf(entry.rights, op)
  if (charge > Math.max(0, freeUnits(world)) && hub.habits.paysFirst) return false
  const [call, sendBy] = [`call ${++world.calls}`, world.now + sendWithinMs]
  book(hub, entry, op, call, sendBy)
  writes.push({ shop: index, op, call, sendBy, isKeyed, state: 'booked', fate: 'land', landBy: sendBy })
  return true
}

const fates = ['land', 'land', 'land', 'lose', 'refuse'] as const

/** A worker puts it on the wire, perhaps long after it was booked, never after its time. */
export const sends: Action = (world, a, b, c) => {
  const write = pick(
    world.writes.filter(({ state }) => state === 'booked'),
    a,
  )
  if (!write) return
  if (world.now > write.sendBy) {
    write.state = 'refused'
    return
  }
  write.state = 'sent'
  write.fate = pick(fates, b) ?? 'land'
  write.landBy = world.now + landsWithinMs - 1
  // Most are over in no time.
  if (c % 3 !== 0) arrive(world, write)
  if (c % 3 === 2 && hasAnswer(write)) answer(world, write)
}

/** What has no answer is sent once more under its key. */
export const resends: Action = (world, a, b) => {
  const write = pick(
    world.writes.filter(({ state, isKeyed }) => state === 'lost' && isKeyed),
    a,
  )
  if (!write || world.now > write.sendBy || opOf(world, write)?.call !== write.call) return
  write.state = 'sent'
  write.fate = b % 2 === 0 ? 'land' : 'lose'
  write.landBy = world.now + landsWithinMs - 1
}

export const lands: Action = (world, a) => {
  const write = pick(
    world.writes.filter(({ state }) => state === 'sent'),
    a,
  )
  if (write) arrive(world, write)
}

export function arrive(world: World, write: Write): void {
  const shop = world.shops[write.shop]
  if (!shop) return
  if (write.fate !== 'land') {
    write.state = write.fate === 'lose' ? 'lost' : 'refused'
    return
  }
  const { op } = write
  if (op.kind === 'cas' && op.from !== shop.shown) {
    write.state = 'refused'
    return
  }
  if (op.kind === 'set' || op.kind === 'cas') shop.shown = op.to
  else if (op.kind === 'adjust') shop.shown += op.by
  else shop.shown += op.to === 'available' ? op.by : -op.by
  write.state = 'landed'
}

export const opOf = ({ hub }: World, write: Write) => hub.entries[write.shop]?.rights.op

const hasAnswer = ({ state }: Write): boolean => state === 'landed' || state === 'refused'

export const answers: Action = (world, a) => {
  const write = pick(world.writes.filter(hasAnswer), a)
  if (write) answer(world, write)
}

function answer(world: World, write: Write): void {
  const [entry, shop] = [world.hub.entries[write.shop], world.shops[write.shop]]
  remove(world.writes, write)
  // A look may have settled it meanwhile.
  if (!entry || !shop || opOf(world, write)?.call !== write.call) return
  const { acknowledged, refused } = world.hub.transitions
  const next =
    write.state === 'landed'
      ? acknowledged(entry.rights, takenBy(shop, 0), world.now, shop.traits)
      : refused(entry.rights)
  step(world.hub, entry, 'an answer', next)
  entry.rev++
}

/** The answer does not come, or the worker that waited for it stopped; the write may still be under way, or not even sent. */
export const doubts: Action = (world, a) => {
  const write = pick(world.writes, a)
  const entry = write && world.hub.entries[write.shop]
  if (!entry || opOf(world, write)?.call !== write.call) return
  step(world.hub, entry, 'a doubt', world.hub.transitions.inDoubt(entry.rights, world.now))
}

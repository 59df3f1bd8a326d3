/** Shops, hub, wires and a clock, and what an adversary can make of them; a run is a list of numbers, each step taking four. */

import type { StockOp } from '../../../src/channel.ts'
import type { Instant } from '../../../src/domain.ts'
import { landsWithinMs, opToward } from '../../../src/planner/rights.ts'
import {
  book,
  bracket,
  type Entry,
  goodHabits,
  type Habits,
  type Hub,
  isSame,
  look,
  type Page,
  page,
  register,
  step,
  type Transitions,
  takenBy,
} from './hub.ts'
import { Broken, check, freeUnits } from './laws.ts'
import { abandon, cancel, type Order, openShop, pay, reserve, type Shop, type Traits } from './shop.ts'

export interface Start {
  readonly units: number
  readonly reserve: number
  readonly shops: readonly Traits[]
  /** What each shop shows at first, as far as the stock goes. */
  readonly shown: readonly number[]
  /** Hands other than ours on the shelves (which the guarantee excludes): none, lowering only, or any. */
  readonly strangers: 'none' | 'lower' | 'raise'
}

export type Step = readonly [number, number, number, number]

/** A worker may be stopped for as long between booking and sending. */
const sendWithinMs = 30_000

/** A stock write on its way. `fate` is decided when it is sent and known to nobody. */
interface Write {
  readonly shop: number
  readonly op: StockOp
  readonly call: string
  readonly sendBy: Instant
  /** Sent again under its key, it acts once. */
  readonly isKeyed: boolean
  state: 'booked' | 'sent' | 'landed' | 'refused' | 'lost'
  fate: 'land' | 'refuse' | 'lose'
  landBy: Instant
}

interface Look {
  readonly shop: number
  readonly rev: number
  readonly before: Page
  readonly seesAll: boolean
  startedAt?: Instant
  shown?: number
  result?: Parameters<typeof look>[3]
}

/** A copy of a sold order, made in the shop that ships. */
interface Copy {
  readonly order: Order
  readonly shop: number
  readonly units: number
  readonly landBy: Instant
  readonly isLost: boolean
  state: 'sent' | 'landed' | 'known' | 'takenBack'
}

export interface World {
  readonly hub: Hub
  readonly shops: Shop[]
  /** K less the merchant's reserve. */
  limit: number
  now: Instant
  readonly writes: Write[]
  readonly looks: Look[]
  readonly copies: Copy[]
  readonly strangers: Start['strangers']
  /** Per shop: looked at since a stranger's hand was last in it. */
  readonly isSeen: boolean[]
  calls: number
  /** Looks that told something. */
  looked: number
}

export function openWorld(start: Start, transitions: Transitions, habits: Habits = goodHabits): World {
  const limit = Math.max(0, start.units - start.reserve)
  let left = limit
  const shops = start.shops.map((traits, index) => {
    const shown = Math.min(start.shown[index] ?? 0, Math.floor(left / traits.unitsPerSale))
    left -= shown * traits.unitsPerSale
    return openShop(traits, shown)
  })
  const entries: Entry[] = shops.map(({ shown }) => ({
    rights: { entitlement: shown, hold: 0, holdUntil: null },
    rev: 0,
    copiedUnits: 0,
    slack: 0,
  }))
  return {
    hub: { entries, transitions, habits },
    shops,
    limit,
    now: 1_000_000,
    writes: [],
    looks: [],
    copies: [],
    strangers: start.strangers,
    isSeen: shops.map(() => true),
    calls: 0,
    looked: 0,
  }
}

const pick = <T>(list: readonly T[], at: number): T | undefined => list[at % Math.max(1, list.length)]

const remove = <T>(list: T[], item: T): void => {
  list.splice(list.indexOf(item), 1)
}

type Action = (world: World, a: number, b: number, c: number) => void

// ---------------------------------------------------------------- buyers

const buys: Action = (world, a, b) => {
  const shop = pick(world.shops, a)
  if (shop) reserve(shop, 1 + (b & 1), world.now)
}

const pays: Action = (world, a, b) => {
  const shop = pick(world.shops, a)
  const order = shop && pick(shop.open, b)
  if (order) pay(shop, order)
}

const leaves: Action = (world, a, b) => {
  const shop = pick(world.shops, a)
  const order = shop && pick(shop.open, b)
  if (order) abandon(shop, order)
}

const cancels: Action = (world, a, b) => {
  const shop = pick(world.shops, a)
  const order = shop && pick(shop.placed, b)
  if (order) cancel(shop, order)
}

// ---------------------------------------------------------------- time

const waitsMs = [1, 500, 2_500, 2_500, 5_000, 5_000, landsWithinMs, 30_000, 60_000] as const

/** Time passes; whatever must have happened by then happens on the way, the earliest first. */
const waits: Action = (world, a) => {
  const until = world.now + (pick(waitsMs, a) ?? 1)
  for (;;) {
    const next = nextDue(world)
    if (!next || next.at > until) break
    world.now = next.at
    next.happens()
    check(world)
  }
  world.now = until
}

interface Due {
  readonly at: Instant
  happens(): void
}

function nextDue(world: World): Due | undefined {
  const due: Due[] = []
  for (const write of world.writes)
    if (write.state === 'sent') due.push({ at: write.landBy, happens: () => arrive(world, write) })
  for (const copy of world.copies)
    if (copy.state === 'sent')
      due.push({ at: copy.landBy, happens: () => (copy.isLost ? remove(world.copies, copy) : appear(world, copy)) })
  for (const shop of world.shops)
    for (const order of shop.open) due.push({ at: order.diesAt, happens: () => abandon(shop, order) })
  return due.reduce<Due | undefined>((first, one) => (first && first.at <= one.at ? first : one), undefined)
}

// ---------------------------------------------------------------- writes

const lists: Action = (world, a, b) => {
  const shop = pick(world.shops, a)
  if (shop) list(shop, b)
}

/** Reads the shop's orders; those on `hidden` stay out of sight for once. */
function list(shop: Shop, hidden: number): void {
  for (const [index, order] of shop.orders.entries())
    if (((hidden >> (index & 7)) & 1) === 0 && (order.state !== 'open' || shop.traits.areVisible))
      order.seen = order.state
}

const plans: Action = (world, a, b, c) => {
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
function send(world: World, index: number, op: StockOp, isKeyed: boolean): boolean {
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
const sends: Action = (world, a, b, c) => {
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
const resends: Action = (world, a, b) => {
  const write = pick(
    world.writes.filter(({ state, isKeyed }) => state === 'lost' && isKeyed),
    a,
  )
  if (!write || world.now > write.sendBy || opOf(world, write)?.call !== write.call) return
  write.state = 'sent'
  write.fate = b % 2 === 0 ? 'land' : 'lose'
  write.landBy = world.now + landsWithinMs - 1
}

const lands: Action = (world, a) => {
  const write = pick(
    world.writes.filter(({ state }) => state === 'sent'),
    a,
  )
  if (write) arrive(world, write)
}

function arrive(world: World, write: Write): void {
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

const opOf = ({ hub }: World, write: Write) => hub.entries[write.shop]?.rights.op

const hasAnswer = ({ state }: Write): boolean => state === 'landed' || state === 'refused'

const answers: Action = (world, a) => {
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
const doubts: Action = (world, a) => {
  const write = pick(world.writes, a)
  const entry = write && world.hub.entries[write.shop]
  if (!entry || opOf(world, write)?.call !== write.call) return
  step(world.hub, entry, 'a doubt', world.hub.transitions.inDoubt(entry.rights, world.now))
}

// ---------------------------------------------------------------- looks

const looks: Action = (world, a, b, c) => {
  const begun = pick(world.looks, b)
  if (begun && (c % 4 !== 0 || world.looks.length > 2))
    for (let phase = 0; phase <= (c >> 2) % 4; phase++) goOn(world, begun, c)
  else beginLook(world, a % world.shops.length, c % 8 === 0 ? b : 0)
}

function beginLook(world: World, index: number, hidden: number): void {
  const [entry, shop] = [world.hub.entries[index], world.shops[index]]
  if (!shop || !entry) return
  list(shop, hidden)
  world.looks.push({ shop: index, rev: entry.rev, before: page(shop), seesAll: hidden === 0 })
}

/** Orders, stock, orders again, and the verdict: each when it pleases the adversary. */
function goOn(world: World, begun: Look, c: number): void {
  if (!world.looks.includes(begun)) return
  const [entry, shop] = [world.hub.entries[begun.shop], world.shops[begun.shop]]
  if (!entry || !shop) return
  if (begun.startedAt === undefined) begun.startedAt = world.now
  else if (begun.shown === undefined) begun.shown = shop.shown
  else if (begun.result === undefined) {
    list(shop, begun.seesAll ? 0 : c)
    begun.result = resultOf(world, begun, begun.startedAt, begun.shown, entry, shop)
  } else {
    remove(world.looks, begun)
    judge(world, begun, begun.result, entry, shop)
  }
}

function resultOf(world: World, begun: Look, startedAt: Instant, shownUnits: number, entry: Entry, shop: Shop) {
  const { takenUnitsMax, takenUnitsMin } = bracket(world.hub, shop, begun.before, page(shop))
  const copied = world.hub.habits.countsCopiesOnce ? 0 : entry.copiedUnits
  return {
    shownUnits,
    startedAt,
    takenUnitsMax: takenUnitsMax + copied,
    takenUnitsMin: takenUnitsMin + copied,
    heldUnits: shop.traits.areVisible
      ? shop.orders.reduce((sum, { seen, units }) => (seen === 'open' ? sum + units : sum), 0)
      : 0,
    isComplete: shop.orders.every(({ seen, state }) => seen === state || (state === 'open' && !shop.traits.areVisible)),
  }
}

function judge(world: World, begun: Look, result: Parameters<typeof look>[3], entry: Entry, shop: Shop): void {
  const { comparesRevision, waitsForCopies } = world.hub.habits
  if (comparesRevision && begun.rev !== entry.rev) return
  if (waitsForCopies && world.copies.some((copy) => copy.shop === begun.shop && isOpen(copy))) return
  const before = entry.rights
  const found = look(world.hub, entry, shop, result)
  if (found.verdict === 'open') return
  world.looked++
  if (!isSame(found.rights, before)) entry.rev++
  if (found.verdict === 'drift' && world.strangers === 'none' && -found.byUnits > entry.slack)
    throw new Broken(`nobody was there, but shop ${begun.shop} drifted by ${found.byUnits}`)
  if (found.verdict === 'drift' && world.strangers !== 'raise' && found.byUnits > 0)
    throw new Broken(`nobody raised it, but shop ${begun.shop} drifted by ${found.byUnits}`)
  if (!result.isComplete) return
  entry.slack = result.takenUnitsMax - result.takenUnitsMin
  // Checkouts on what a stranger put there and took away again are seen by nobody.
  if (entry.slack === 0 && shop.paying <= shop.shown) world.isSeen[begun.shop] = true
  if (world.strangers === 'none' && found.rights.entitlement > shop.sold + shop.shown + entry.slack)
    throw new Broken(`shop ${begun.shop} keeps more rights than the look explains`)
}

// ---------------------------------------------------------------- copies in the shop that ships

const isOpen = ({ state }: Copy): boolean => state === 'sent' || state === 'landed'

const copies: Action = (world, a, b, c) => {
  const [from, to] = [a % world.shops.length, b % world.shops.length]
  const [seller, shipper] = [world.shops[from], world.shops[to]]
  if (from === to || !seller || !shipper) return
  const order = pick(
    seller.orders.filter(({ seen, copied }) => seen === 'placed' && !copied),
    c,
  )
  const units = order ? (order.units * seller.traits.unitsPerSale) / shipper.traits.unitsPerSale : 0
  if (!order || !Number.isInteger(units)) return
  order.copied = true
  world.copies.push({
    order,
    shop: to,
    units,
    landBy: world.now + landsWithinMs - 1,
    isLost: c % 5 === 0,
    state: 'sent',
  })
}

/** A copy appears, is heard of, or is taken back because its order was cancelled: one step at a time. */
const copyGoesOn: Action = (world, a) => {
  const copy = pick(world.copies, a)
  const [entry, shop] = [world.hub.entries[copy?.shop ?? -1], world.shops[copy?.shop ?? -1]]
  if (!copy || !entry || !shop) return
  if (copy.state === 'sent' && !copy.isLost) appear(world, copy)
  else if (copy.state === 'landed') hear(world, copy, entry, shop)
  else if (copy.state === 'known' && copy.order.seen === 'cancelled') takeBack(world, copy, entry, shop)
}

function appear(world: World, copy: Copy): void {
  const shop = world.shops[copy.shop]
  if (!shop) return
  // Made by the merchant's own hand, it ignores whether the shop shows enough.
  shop.shown -= copy.units
  copy.state = 'landed'
}

function hear(world: World, copy: Copy, entry: Entry, shop: Shop): void {
  const { hub } = world
  copy.state = 'known'
  entry.rev++
  entry.copiedUnits += copy.units
  if (!hub.habits.movesForCopies) return
  step(hub, entry, 'a copy', hub.transitions.moved(entry.rights, -copy.units, world.now, shop.traits))
}

function takeBack(world: World, copy: Copy, entry: Entry, shop: Shop): void {
  if (entry.rights.op) return
  const op: StockOp = { register, kind: 'adjust', by: copy.units }
  if (world.hub.habits.booksRestocks) {
    if (!send(world, copy.shop, op, false)) return
  } else {
    shop.shown += copy.units
    entry.rights = world.hub.transitions.moved(entry.rights, copy.units, world.now, shop.traits)
    entry.rev++
  }
  entry.copiedUnits -= copy.units
  copy.state = 'takenBack'
}

// ---------------------------------------------------------------- others

const receives: Action = (world, a) => {
  world.limit += 1 + (a % 3)
}

const strangers: Action = (world, a, b) => {
  const index = a % world.shops.length
  const shop = world.shops[index]
  if (!shop || world.strangers === 'none') return
  const by = 1 + (b % 3)
  if (world.strangers === 'raise' && b % 2 === 0) shop.shown += by
  else shop.shown -= by
  if (world.strangers === 'lower') return
  // Only looks that begin from now on see it for certain.
  for (const begun of world.looks.filter((one) => one.shop === index)) remove(world.looks, begun)
  world.isSeen[index] = false
}

const repeat = (times: number, action: Action): Action[] => Array.from({ length: times }, () => action)

const actions: readonly Action[] = [
  ...repeat(7, buys),
  ...repeat(5, pays),
  ...repeat(1, leaves),
  ...repeat(4, cancels),
  ...repeat(5, waits),
  ...repeat(3, lists),
  ...repeat(7, plans),
  ...repeat(5, sends),
  ...repeat(4, lands),
  ...repeat(4, answers),
  ...repeat(2, doubts),
  ...repeat(1, resends),
  ...repeat(14, looks),
  ...repeat(3, copies),
  ...repeat(4, copyGoesOn),
  ...repeat(1, receives),
  ...repeat(2, strangers),
]

export function act(world: World, [kind, a, b, c]: Step): void {
  pick(actions, kind)?.(world, a, b, c)
  check(world)
}

/** Everything ends, its answers lost, and is looked at in peace: then T is what was sold and what is shown, and no more. */
export function comeToRest(world: World): void {
  world.looks.length = 0
  for (const write of world.writes) {
    if (write.state === 'booked') write.state = 'lost'
    const entry = world.hub.entries[write.shop]
    if (entry && opOf(world, write)?.call === write.call)
      step(world.hub, entry, 'a doubt', world.hub.transitions.inDoubt(entry.rights, world.now))
  }
  quietMinutes(world)
  for (const [at, copy] of world.copies.entries()) if (copy.state === 'landed') copyGoesOn(world, at, 0, 0)
  for (let round = 0; round < 3; round++) {
    for (const index of world.shops.keys()) {
      beginLook(world, index, 0)
      for (const begun of [...world.looks]) for (let phase = 0; phase < 4; phase++) goOn(world, begun, 0)
    }
    quietMinutes(world)
  }
  for (const [index, { sold, shown }] of world.shops.entries()) {
    const rights = world.hub.entries[index]?.rights
    const kept = rights ? world.hub.transitions.ceilingOf(rights) : 0
    if (kept !== sold + Math.max(0, shown))
      throw new Broken(`at rest, shop ${index} keeps ${kept} where ${sold} were sold and ${shown} are shown`)
  }
}

function quietMinutes(world: World): void {
  for (let minute = 0; minute < 4; minute++) waits(world, waitsMs.indexOf(60_000), 0, 0)
  check(world)
}

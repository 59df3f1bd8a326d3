/** The adversary: all that it can make happen, how often it does, and the rest in which a run ends. */

import type { Instant } from '../../../src/domain.ts'
import { landsWithinMs } from '../../../src/planner/rights.ts'
import { appear, copies, copyGoesOn } from './copying.ts'
import { step } from './hub.ts'
import { Broken, check } from './laws.ts'
import { beginLook, goOn, lists, looks } from './looking.ts'
import { abandon, cancel, pay, reserve } from './shop.ts'
import { answers, arrive, doubts, lands, opOf, plans, resends, sends } from './wires.ts'
import { type Action, pick, remove, type World } from './world.ts'

/** Which of its deeds, and how. */
export type Step = readonly [number, number, number, number]

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

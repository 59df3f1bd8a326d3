/** Plays runs: the same seed, the same run. */

import { act, comeToRest, type Step } from './adversary.ts'
import type { Habits, Transitions } from './hub.ts'
import { goodHabits } from './hub.ts'
import { Broken } from './laws.ts'
import { openWorld, type Start, type World } from './world.ts'

/** Why a run broke a law; undefined when it kept them all. */
export function play(
  start: Start,
  steps: readonly Step[],
  transitions: Transitions,
  habits: Habits = goodHabits,
  tally?: Tally,
): string | undefined {
  try {
    const world = openWorld(start, transitions, habits)
    for (const step of steps) act(world, step)
    comeToRest(world)
    if (tally) count(tally, world)
    return undefined
  } catch (error) {
    if (error instanceof Broken) return error.message
    throw error
  }
}

/** What happened in all runs together, so that a law which nothing ever tested is noticed. */
export interface Tally {
  steps: number
  sales: number
  cancellations: number
  writes: number
  looks: number
  copies: number
}

export const emptyTally = (): Tally => ({ steps: 0, sales: 0, cancellations: 0, writes: 0, looks: 0, copies: 0 })

function count(tally: Tally, { shops, calls, looked, copies }: World): void {
  for (const { orders } of shops)
    for (const { state } of orders) {
      if (state === 'placed' || state === 'cancelled') tally.sales++
      if (state === 'cancelled') tally.cancellations++
    }
  tally.writes += calls
  tally.looks += looked
  tally.copies += copies.length
}

/** A small fast generator (mulberry32): whole numbers below `end`. */
export function numbersOf(seed: number): (end: number) => number {
  let state = seed | 0
  return (end) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % end
  }
}

export const shopsMax = 4
export const unitsMax = 13
export const diesAfterMsOf = [5_000, 30_000, 100_000] as const
/** In the manner of three platforms, and what else there may be. */
const tiktok = { relativeWrites: false, areVisible: false }
const woo = { relativeWrites: false, areVisible: true }
const wooWithPlugin = { relativeWrites: true, areVisible: true }
const shopify = { relativeWrites: true, areVisible: false }
const worstOfAll = { relativeWrites: false, areVisible: false }
const kinds = [shopify, shopify, woo, wooWithPlugin, tiktok, worstOfAll]
export const strangersOf = ['none', 'none', 'none', 'lower', 'raise'] as const

function startOf(below: (end: number) => number): Start {
  const shops = Array.from({ length: 1 + below(1 + below(shopsMax)) }, () => {
    const kind = kinds[below(kinds.length)] ?? tiktok
    const diesAfterMs = kind === tiktok ? 0 : (diesAfterMsOf[below(diesAfterMsOf.length)] ?? 0)
    return { ...kind, diesAfterMs, unitsPerSale: below(4) === 0 ? 2 : 1 }
  })
  return {
    units: below(unitsMax + 1),
    reserve: below(3) === 0 ? below(3) : 0,
    shops,
    shown: shops.map(() => below(6)),
    strangers: strangersOf[below(strangersOf.length)] ?? 'none',
  }
}

export const stepsOf = (below: (end: number) => number, count: number): Step[] =>
  Array.from({ length: count }, () => [below(1024), below(256), below(256), below(256)])

export interface Failure {
  readonly seed: number
  readonly law: string
  readonly start: Start
  readonly steps: readonly Step[]
}

export const runOf = (seed: number, stepsPerRun: number): { start: Start; steps: Step[] } => {
  const below = numbersOf(seed)
  return { start: startOf(below), steps: stepsOf(below, stepsPerRun) }
}

export interface Hunt {
  readonly habits?: Habits
  readonly runs: number
  readonly from: number
  readonly stepsPerRun: number
  readonly tally?: Tally
}

/** The first run of these that breaks a law. */
export function hunt(transitions: Transitions, { habits, runs, from, stepsPerRun, tally }: Hunt): Failure | undefined {
  for (let seed = from; seed < from + runs; seed++) {
    const { start, steps } = runOf(seed, stepsPerRun)
    const law = play(start, steps, transitions, habits, tally)
    if (tally) tally.steps += stepsPerRun
    if (law !== undefined) return { seed, law, start, steps }
  }
  return undefined
}

/** The same failure in as few steps as leaving out one after the other finds. */
export function shrink(
  { start, steps, seed }: Failure,
  transitions: Transitions,
  habits: Habits = goodHabits,
): Failure {
  let best = [...steps]
  for (let size = best.length; size >= 1; size = Math.floor(size / 2))
    for (let at = 0; at < best.length; ) {
      const fewer = [...best.slice(0, at), ...best.slice(at + size)]
      if (play(start, fewer, transitions, habits) === undefined) at += size
      else best = fewer
    }
  return { seed, start, steps: best, law: play(start, best, transitions, habits) ?? '' }
}

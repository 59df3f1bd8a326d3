/** The claim itself: how often each policy sells what is not there, and what it loses, through the whole program in virtual time. */

import { fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import type { Played } from './oversell/play.ts'
import { type Scenario, scenarios, type Task } from './oversell/scenarios.ts'
import { type Bench, type Figure, type Goal, quantile } from './report.ts'

interface Cell {
  readonly scenario: Scenario
  readonly policy: string
  readonly tasks: readonly Task[]
}

/** Strict may lose this much more than the reference model, and this much anyway, in %. */
const lostFactor = 1.5
const lostFloor = 0.1
/** With nothing found in n orders, the true rate is below 3 / n at 95 %. */
const ruleOfThree = 3

export const oversell: Bench = {
  name: 'oversell',
  title: 'Oversold units per 10,000 orders and lost sales, by policy: three strict shops, real engine, virtual time',
  async run({ quick, scale = 1 }) {
    const cells = cellsOf(quick ? quickScenarios() : scenarios, quick ? 0.1 : scale)
    const played = await playAll(cells.flatMap(({ tasks }) => tasks))
    const figures: Figure[] = []
    const goals: Goal[] = []
    let strictOrders = 0
    let strictOversold = 0
    for (const cell of cells) {
      const found = cell.tasks.map((task) => played.get(task)).filter((one) => one !== undefined)
      const sums = sumOf(found)
      figures.push(...figuresOf(cell, sums))
      if (cell.policy !== 'strict') continue
      strictOrders += sums.orders
      strictOversold += sums.oversoldUnits
      const name = `${cell.scenario.name}_strict`
      goals.push({ figure: `${name}_oversold`, atMost: 0 })
      const reference = cell.scenario.reference.strict
      if (reference) goals.push({ figure: `${name}_lost`, atMost: Math.max(lostFloor, reference[1] * lostFactor) })
    }
    const bound = ((ruleOfThree / Math.max(1, strictOrders)) * 10_000).toFixed(1)
    figures.push({
      name: 'strict_oversold',
      value: strictOversold,
      unit: 'units',
      note: `in ${strictOrders} orders of all scenarios; with none, at most ${bound} per 10,000 at 95 %`,
    })
    goals.push({ figure: 'strict_oversold', atMost: 0 })
    return { figures, goals }
  },
}

const quickScenarios = () =>
  scenarios.filter(({ name }) => name === 'S4').map((scenario) => ({ ...scenario, policies: ['mirror', 'strict'] }))

/** More than so many skus in one world would wait for each other; more of them make more worlds. */
function cellsOf(some: readonly Scenario[], scale: number): Cell[] {
  return some.flatMap((scenario) => {
    const wanted = Math.max(scenario.skusMin, Math.round(scenario.skus * scale))
    const worlds = Math.ceil(wanted / scenario.skus)
    const skus = Math.ceil(wanted / worlds)
    return scenario.policies.map((policy) => ({
      scenario,
      policy,
      tasks: Array.from({ length: worlds }, (_, index) => ({ scenario: scenario.name, policy, skus, seed: index + 1 })),
    }))
  })
}

/** Plays every task, in a process per core. */
async function playAll(tasks: readonly Task[]): Promise<ReadonlyMap<Task, Played>> {
  const queue = [...tasks]
  const played = new Map<Task, Played>()
  async function worker(): Promise<void> {
    for (let task = queue.shift(); task; task = queue.shift()) {
      const startedAt = performance.now()
      const one = await playInChild(task)
      played.set(task, one)
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(0)
      process.stderr.write(
        `${played.size} of ${tasks.length}: ${task.scenario} ${task.policy}, ${task.skus} skus, ${one.orders} orders, ${one.oversoldUnits} oversold, ${seconds} s\n`,
      )
    }
  }
  await Promise.all(Array.from({ length: Math.min(tasks.length, availableParallelism()) }, worker))
  return played
}

/** A process each: what a world leaves behind slows no other one down. */
function playInChild(task: Task): Promise<Played> {
  return new Promise((resolve, reject) => {
    const child = fork(new URL('./oversell/child.ts', import.meta.url), { serialization: 'advanced' })
    child.once('message', (message: unknown) => {
      child.disconnect()
      // Safe: the child sends nothing else.
      resolve(message as Played)
    })
    child.once('error', reject)
    child.once('exit', (code) => {
      if (code) reject(new Error(`${task.scenario} ${task.policy} ended with exit code ${code}.`))
    })
    child.send(task)
  })
}

function sumOf(all: readonly Played[]) {
  const sum = (of: (one: Played) => number) => all.reduce((total, one) => total + of(one), 0)
  return {
    orders: sum(({ orders }) => orders),
    visits: sum(({ visits }) => visits),
    fulfilledUnits: sum(({ fulfilledUnits }) => fulfilledUnits),
    oracleUnits: sum(({ oracleUnits }) => oracleUnits),
    oversoldUnits: sum(({ oversoldUnits }) => oversoldUnits),
    denied: sum(({ denied }) => denied),
    stockWrites: sum(({ stockWrites }) => stockWrites),
    calls: sum(({ calls }) => calls),
    latenciesMs: all.flatMap(({ latenciesMs }) => latenciesMs),
  }
}

function figuresOf({ scenario, policy, tasks }: Cell, sums: ReturnType<typeof sumOf>): Figure[] {
  const { orders, visits, oversoldUnits, fulfilledUnits, oracleUnits, denied, stockWrites, calls, latenciesMs } = sums
  const name = `${scenario.name}_${policy}`
  const reference = scenario.reference[policy]
  const referenceNote = (at: 0 | 1) => (reference ? `; reference ${reference[at]}` : '')
  const per = (count: number) => (count / Math.max(1, orders)).toFixed(2)
  const seconds = (share: number) =>
    latenciesMs.length === 0 ? '-' : `${(quantile(latenciesMs, share) / 1000).toFixed(1)} s`
  const bound =
    oversoldUnits === 0 ? `, at most ${((ruleOfThree / Math.max(1, orders)) * 10_000).toFixed(0)} at 95 %` : ''
  const skus = tasks.reduce((total, task) => total + task.skus, 0)
  return [
    {
      name: `${name}_oversold`,
      value: (oversoldUnits / Math.max(1, orders)) * 10_000,
      unit: 'per 10k',
      note: `${oversoldUnits} units in ${orders} orders of ${visits} visits, ${skus} skus${bound}${referenceNote(0)}`,
    },
    {
      name: `${name}_lost`,
      value: Math.max(0, 1 - fulfilledUnits / Math.max(1, oracleUnits)) * 100,
      unit: '%',
      note: `${denied} denied although it was there; ${per(stockWrites)} writes and ${per(calls)} calls per order; told after p50 ${seconds(0.5)}, p99 ${seconds(0.99)}${referenceNote(1)}`,
    },
  ]
}

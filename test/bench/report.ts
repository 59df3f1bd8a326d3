/** What a bench hands back, and how it is shown: a table for people, one line of JSON for machines. */

import { cpus } from 'node:os'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly node: string
  /** The day of the measurement, UTC. */
  readonly date: string
}

export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** What it was measured over, or what a reader has to know. */
  readonly note?: string
}

export interface Goal {
  readonly figure: string
  readonly atMost?: number
  readonly atLeast?: number
}

export interface Outcome {
  readonly figures: readonly Figure[]
  readonly goals: readonly Goal[]
}

export interface Bench {
  readonly name: string
  readonly title: string
  /**
   * `quick` proves that it runs: its figures mean nothing. `scale`: so many times as much is played, where a bench plays.
   * Throws when it cannot measure.
   */
  run(options: { quick: boolean; scale?: number }): Promise<Outcome>
}

export interface Report {
  readonly name: string
  readonly machine: Machine
  readonly figures: Readonly<Record<string, number>>
  readonly goals: readonly (Goal & { readonly met: boolean })[]
  readonly met: boolean
}

export function machineOf(now: Date): Machine {
  const found = cpus()
  return {
    cpu: found[0]?.model.trim() ?? 'unknown',
    cores: found.length,
    node: process.version,
    date: now.toISOString().slice(0, 10),
  }
}

export function reportOf(name: string, machine: Machine, { figures, goals }: Outcome): Report {
  const values = Object.fromEntries(figures.map((figure) => [figure.name, rounded(figure.value)]))
  const judged = goals.map((goal) => ({ ...goal, met: isMet(goal, values[goal.figure]) }))
  return { name, machine, figures: values, goals: judged, met: judged.every(({ met }) => met) }
}

/** A figure that could not be measured meets nothing. */
const isMet = ({ atMost = Infinity, atLeast = -Infinity }: Goal, value = Number.NaN) =>
  value <= atMost && value >= atLeast

/** Three digits say all that a noisy machine can tell; whole numbers stay whole. */
const rounded = (value: number) => (Number.isInteger(value) ? value : Number(value.toPrecision(3)))

export function tableOf(title: string, report: Report, { figures }: Outcome): string {
  const { cpu, cores, node, date } = report.machine
  const rows = figures.map((figure) => {
    const goal = report.goals.find((one) => one.figure === figure.name)
    const bound =
      goal &&
      [goal.atLeast === undefined ? '' : `≥ ${goal.atLeast}`, goal.atMost === undefined ? '' : `≤ ${goal.atMost}`]
        .filter(Boolean)
        .join(' and ')
    const value = `${rounded(figure.value).toLocaleString('en', { maximumFractionDigits: 3 })} ${figure.unit}`.trim()
    return [figure.name, value, bound ? `${bound} ${goal.met ? 'met' : 'NOT MET'}` : '', figure.note ?? '']
  })
  return [
    `${title}`,
    `${cpu}, ${cores} cores, Node ${node}, ${date}`,
    '',
    ...aligned([['figure', 'measured', 'goal', ''], ...rows]),
    '',
  ].join('\n')
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 1 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)

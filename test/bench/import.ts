/** Large imports: memory and time of the importing process, killed once on its way, from a sandbox shop of each platform; then matching. */

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Bench, Figure, Goal } from './report.ts'

const platforms = ['shopify', 'woocommerce', 'tiktok-shop'] as const
type Platform = (typeof platforms)[number]

interface Fact {
  readonly state?: string
  readonly phase?: string
  readonly done?: number
  readonly total?: number | null
  readonly walked?: number
  /** In the books, once it has ended. */
  readonly listings?: number
  readonly seconds?: number
  readonly peakMb: number
  readonly reason?: string | null
  readonly matchMs?: number
  readonly matches?: number
}

export const imports: Bench = {
  name: 'import',
  title: 'Import of a large catalogue: memory, time, a kill on the way; and matching it',
  async run({ quick }) {
    const count = quick ? 500 : 100_000
    const figures: Figure[] = []
    const goals: Goal[] = []
    for (const platform of platforms) {
      const found = await imported(platform, count)
      const named = (name: string) => `${platform.split('-')[0]}_${name}`
      figures.push(
        {
          name: named('peak_mb'),
          value: found.peakMb,
          unit: 'MB',
          note: `${count} listings, the larger of two processes`,
        },
        { name: named('seconds'), value: found.seconds, unit: 's', note: 'both processes together' },
        { name: named('killed_at'), value: found.killedAt, unit: '%', note: 'of the list, by kill -9' },
        { name: named('went_on_at'), value: found.wentOnAt, unit: '%', note: 'first seen of the second process' },
        { name: named('listings'), value: found.listings, unit: '', note: 'in the end' },
        { name: named('match_seconds'), value: found.matchSeconds, unit: 's', note: `with ${count} skus` },
        { name: named('matches'), value: found.matches, unit: '' },
      )
      goals.push(
        { figure: named('peak_mb'), atMost: 400 },
        { figure: named('listings'), atLeast: count, atMost: count },
        { figure: named('match_seconds'), atMost: 20 },
        { figure: named('matches'), atLeast: count, atMost: count },
      )
    }
    return { figures, goals }
  },
}

const here = import.meta.dirname

function child(file: string, args: readonly string[]): ChildProcess {
  // The flag is that of `npm start`.
  return spawn(process.execPath, ['--max-semi-space-size=4', join(here, file), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

async function* facts(process: ChildProcess): AsyncGenerator<Fact> {
  if (!process.stdout) return
  // Safe: our own processes write nothing else.
  for await (const line of createInterface({ input: process.stdout })) yield JSON.parse(line) as Fact
}

async function imported(platform: Platform, count: number) {
  const folder = mkdtempSync(join(tmpdir(), 'onhand-bench-'))
  const shop = child('import-shop.ts', [platform, String(count)])
  try {
    const { value: connection } = await facts(shop).next()
    const asked = { databaseUrl: `sqlite:${folder}/onhand.db`, platform, ...connection }
    const first = await run(asked, (fact) => fact.state === 'listings' && share(fact) >= 40)
    const second = await run(asked, () => false)
    if (second.last?.state !== 'done') throw new Error(`The import ended ${second.last?.state}: ${second.last?.reason}`)
    const third = await run({ ...asked, skus: count }, () => false)
    return {
      peakMb: Math.max(first.peakMb, second.peakMb),
      seconds: (first.last?.seconds ?? 0) + (second.last.seconds ?? 0),
      killedAt: first.last ? share(first.last) : 0,
      wentOnAt: second.first ? share(second.first) : 0,
      listings: second.last.listings ?? 0,
      matchSeconds: (third.last?.matchMs ?? Number.NaN) / 1000,
      matches: third.last?.matches ?? 0,
    }
  } finally {
    shop.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

const share = ({ walked = 0, total, phase }: Fact) =>
  phase === 'shelves' ? 100 : total ? Math.round((100 * walked) / total) : 0

async function run(asked: object, isOver: (fact: Fact) => boolean) {
  const process = child('import-process.ts', [JSON.stringify(asked)])
  let first: Fact | undefined
  let last: Fact | undefined
  let peakMb = 0
  for await (const fact of facts(process)) {
    first ??= fact
    last = fact
    peakMb = Math.max(peakMb, fact.peakMb)
    if (isOver(fact)) process.kill('SIGKILL')
  }
  return { first, last, peakMb }
}

/** Plays evenings by their seeds, on every core, and says what does not hold: `npm run sim -- --help`. */

import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { openPlayers } from './players.ts'

const usage = `Plays seeded evenings through the whole program in virtual time and checks what must hold at their end.

  npm run sim -- 7                one evening, told in full when it fails
  npm run sim -- --seeds 10000    seeds 1 to 10000
  --from N        the first seed (1)
  --workers N     processes (one per core)
  --keep-going    does not stop at the first seed that fails
  --database URL  another database than SQLite in memory; one process then
`
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string' },
    from: { type: 'string', default: '1' },
    workers: { type: 'string' },
    database: { type: 'string' },
    'keep-going': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
const say = (text: string) => process.stdout.write(`${text}\n`)
const first = Number(values.from)
const wanted =
  values.seeds === undefined
    ? positionals.map(Number)
    : Array.from({ length: Number(values.seeds) }, (_, index) => first + index)
const workers = Math.min(wanted.length, values.database ? 1 : Number(values.workers ?? availableParallelism()))
if (values.help || wanted.length === 0 || ![...wanted, workers].every((n) => Number.isInteger(n) && n > 0)) {
  process.stderr.write(usage)
  process.exit(values.help ? 0 : 2)
}

const startedAt = performance.now()
const totals: Record<string, number> = {}
const failed: number[] = []
let played = 0
let toldAt = startedAt

function progress(): void {
  const now = performance.now()
  if (wanted.length === 1 || now - toldAt < 5000) return
  toldAt = now
  const perSecond = played / ((now - startedAt) / 1000)
  const leftSeconds = Math.round((wanted.length - played) / perSecond)
  process.stderr.write(
    `${played} of ${wanted.length} seeds, ${perSecond.toFixed(2)} a second, about ${leftSeconds} s left, ${failed.length} failed\n`,
  )
}

const players = openPlayers(workers, values.database)
const queue = [...wanted]
async function take(player: (typeof players)[number]): Promise<void> {
  for (let seed = queue.shift(); seed !== undefined; seed = queue.shift()) {
    const { coverage, faults, events } = await player.play(seed)
    played++
    for (const [name, count] of Object.entries(coverage)) totals[name] = (totals[name] ?? 0) + count
    if (faults.length > 0) {
      failed.push(seed)
      say(`seed ${seed} FAILED; again with: npm run sim -- ${seed}`)
      for (const fault of faults.slice(0, 20)) say(`  ${fault}`)
      if (wanted.length === 1) for (const event of events) say(`    ${event}`)
      if (!values['keep-going']) queue.length = 0
    }
    progress()
  }
}
await Promise.all(players.map(take))
for (const player of players) player.close()

const tookSeconds = (performance.now() - startedAt) / 1000
say(
  `${played - failed.length} of ${played} seeds hold (${wanted.length} wanted, ${tookSeconds.toFixed(1)} s, ${workers} processes).`,
)
for (const [name, count] of Object.entries(totals).sort()) say(`  ${name.padEnd(28)} ${count}`)
process.exitCode = failed.length === 0 ? 0 : 1

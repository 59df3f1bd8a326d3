/** Plays evenings by their seeds, on every core, and says what does not hold: `npm run sim -- --help`. */

import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { makeDatabase } from './databases.ts'
import { eventsOf, type Story } from './evening.ts'
import { findPlanted } from './planted.ts'
import { playSeed } from './play.ts'
import { openPlayers } from './players.ts'
import { shorten } from './shrink.ts'

const usage = `Plays seeded evenings through the whole program in virtual time, and checks what must hold after every step and at their end.

  npm run sim -- 7                one evening
  npm run sim -- --seeds 10000    seeds 1 to 10000
  npm run sim -- --planted        plants known faults in a copy of the source; each must be found
  --from N        the first seed (1)
  --workers N     processes (one per core)
  --keep-going    does not stop at the first seed that fails
  --postgres URL  a PostgreSQL server: each seed gets a schema of its own in a database that is dropped in the end
  --whole         tells the story of a failure as it was, without shortening it
`
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string' },
    from: { type: 'string', default: '1' },
    workers: { type: 'string' },
    postgres: { type: 'string' },
    planted: { type: 'boolean', default: false },
    whole: { type: 'boolean', default: false },
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
const workers = Math.min(wanted.length, Number(values.workers ?? availableParallelism()))
if (values.planted) process.exit((await findPlanted(Number(values.workers ?? availableParallelism()), say)) ? 0 : 1)
if (values.help || wanted.length === 0 || ![...wanted, workers].every((n) => Number.isInteger(n) && n > 0)) {
  process.stderr.write(usage)
  process.exit(values.help ? 0 : 2)
}

const startedAt = performance.now()
const totals: Record<string, number> = {}
const failed: number[] = []
let played = 0
let events = 0
let firstFailure: Story | undefined
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

const database = values.postgres === undefined ? undefined : await makeDatabase(values.postgres)
const players = openPlayers(workers, database?.url)
const queue = [...wanted]
async function take(player: (typeof players)[number]): Promise<void> {
  for (let seed = queue.shift(); seed !== undefined; seed = queue.shift()) {
    const story = await player.play(seed)
    const { coverage, faults } = story
    played++
    events += eventsOf(coverage)
    for (const [name, count] of Object.entries(coverage)) totals[name] = (totals[name] ?? 0) + count
    if (faults.length > 0) {
      failed.push(seed)
      say(`seed ${seed} FAILED; again with: npm run sim -- ${seed}`)
      for (const fault of faults.slice(0, 20)) say(`  ${fault}`)
      firstFailure ??= story
      if (!values['keep-going']) queue.length = 0
    }
    progress()
  }
}
await Promise.all(players.map(take))
for (const player of players) player.close()
if (firstFailure) await tell(firstFailure)
await database?.drop()

/** The shortest story that breaks the same law. */
async function tell(story: Story): Promise<void> {
  const shortest = values.whole ? story : await shorten(story, (acts) => playSeed(story.seed, database?.url, acts))
  say(
    `seed ${story.seed}${values.whole ? '' : `, shortened from ${story.acts.length} to ${shortest.acts.length} acts`}:`,
  )
  for (const event of shortest.events) say(`    ${event}`)
  for (const fault of shortest.faults.slice(0, 20)) say(`  ${fault}`)
}

const tookSeconds = (performance.now() - startedAt) / 1000
say(
  `${played - failed.length} of ${played} seeds hold (${wanted.length} wanted, ${tookSeconds.toFixed(1)} s, ${workers} processes, ${Math.round(events / Math.max(1, played))} events a seed).`,
)
for (const [name, count] of Object.entries(totals).sort()) say(`  ${name.padEnd(28)} ${count}`)
process.exitCode = failed.length === 0 ? 0 : 1

/** `npm run sim -- SEED` or `-- --seeds N`: plays seeded evenings, prints what happened in them, stops with 1 at the first fault. */

import { parseArgs } from 'node:util'
import { playEvening } from './evening.ts'

const say = (text: string) => process.stdout.write(`${text}\n`)
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seeds: { type: 'string' }, steps: { type: 'string', default: '200' }, database: { type: 'string' } },
})
const wanted =
  values.seeds === undefined
    ? positionals.map(Number)
    : Array.from({ length: Number(values.seeds) }, (_, index) => index + 1)
if (wanted.length === 0 || wanted.some((seed) => !Number.isInteger(seed))) {
  process.stderr.write(
    'Say which evening: npm run sim -- 7, or how many: npm run sim -- --seeds 20. Also --steps N, --database URL.\n',
  )
  process.exit(2)
}

const totals: Record<string, number> = {}
let failed = 0
for (const seed of wanted) {
  const { faults, coverage, events } = await playEvening(seed, Number(values.steps), values.database)
  for (const [name, count] of Object.entries(coverage)) totals[name] = (totals[name] ?? 0) + count
  if (faults.length === 0) continue
  failed++
  say(`seed ${seed} FAILED`)
  for (const fault of faults.slice(0, 20)) say(`  ${fault}`)
  if (wanted.length === 1) for (const event of events) say(`    ${event}`)
}
say(`${wanted.length - failed} of ${wanted.length} seeds hold.`)
for (const [name, count] of Object.entries(totals).sort()) say(`  ${name.padEnd(28)} ${count}`)
process.exit(failed === 0 ? 0 : 1)

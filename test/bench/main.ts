/** `npm run bench -- NAME [--json] [--quick] [--scale=N]`: measures one thing on this machine; without a name it lists them. */

import { idle } from './idle.ts'
import { imports } from './import.ts'
import { ingest } from './ingest.ts'
import { latency } from './latency.ts'
import { ledger } from './ledger.ts'
import { oversell } from './oversell.ts'
import { plan } from './plan.ts'
import { type Bench, machineOf, reportOf, tableOf } from './report.ts'
import { sync } from './sync.ts'

const benches: readonly Bench[] = [ingest, ledger, plan, sync, idle, oversell, latency, imports]

const say = (text: string) => process.stdout.write(`${text}\n`)

async function main(given: readonly string[]): Promise<number> {
  const flags = new Set(given.filter((word) => word.startsWith('--')))
  const name = given.find((word) => !word.startsWith('--'))
  const bench = benches.find((one) => one.name === name)
  if (!bench) {
    say(`npm run bench -- NAME [--json] [--quick] [--scale=N]\n`)
    for (const one of benches) say(`  ${one.name.padEnd(8)} ${one.title}`)
    return name === undefined ? 0 : 1
  }
  const scale = Number([...flags].find((flag) => flag.startsWith('--scale='))?.slice('--scale='.length) ?? 1)
  if (!(scale > 0)) throw new Error('The scale must be a number above 0, such as --scale=0.5.')
  const outcome = await bench.run({ quick: flags.has('--quick'), scale })
  const report = reportOf(bench.name, machineOf(new Date()), outcome)
  say(flags.has('--json') ? JSON.stringify(report) : tableOf(bench.title, report, outcome))
  return 0
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error) => {
    process.stderr.write(`The bench could not measure: ${error instanceof Error ? error.stack : error}\n`)
    process.exit(1)
  },
)

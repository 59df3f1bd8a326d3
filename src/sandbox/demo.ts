/** `npm run demo`: three sandbox shops, Onhand between them, a livestream sale, and an honest report. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { systemClock, systemRandom } from '../clock.ts'
import { createApiClient } from './demo/api.ts'
import { startCore } from './demo/core.ts'
import { disagreements, type Ids, orderTroubles, report } from './demo/report.ts'
import { openWarehouse, runSale } from './demo/sale.ts'
import { shopNames } from './demo/script.ts'
import { connect, openShops, type Shops, waitForFirstNumbers } from './demo/setup.ts'
import { oversoldUnits, ownOrders } from './demo/truth.ts'
import { type OpenTwin, openTwin } from './demo/twin.ts'

const settleMsMax = 150_000

const say = (text = '') => process.stdout.write(`${text}\n`)

const { values } = parseArgs({
  options: {
    stay: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    verbose: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  say(
    'npm run demo -- [--seed N] [--stay] [--verbose]\n  --seed N   another evening\n  --stay     keep the shops and the pages open afterwards\n  --verbose  show what Onhand logs',
  )
  process.exit(0)
}
const seed = Number(values.seed)
if (!Number.isInteger(seed) || seed < 0) {
  process.stderr.write('The seed must be a whole number, such as --seed 7.\n')
  process.exit(1)
}

const folder = mkdtempSync(join(tmpdir(), 'onhand-demo-'))
const adminToken = systemRandom.uuid()
say(`Onhand demo, seed ${seed}: three sandbox shops sell the same stock during a livestream.`)

const shops = await openShops(seed)
const core = await startCore({ folder, adminToken, port: 0, onLine: (line) => values.verbose && say(line) })
const api = createApiClient(core.url, adminToken)

let twin: OpenTwin | undefined

async function evening(): Promise<number> {
  const opened = await openTwin(seed, adminToken)
  twin = opened
  const ids = await connect(api, shops)
  await waitForFirstNumbers(shops)
  say(
    `Connected: ${shopNames.map((name) => ids[name]).join(', ')}. 12 listings in each shop are linked. Three more shops get the same visits\nfrom an Onhand with the mirror policy, for comparison. For the LIVE,\n150 LIP-ROSE are locked for TikTok Shop, and Shopify shows at least 60. The sale begins.\n`,
  )
  const warehouse = openWarehouse(shops, seed)
  const mirrored = opened.run()
  const sale = await runSale(shops, seed, (atMs, { bought, refused, cancelled }) => {
    if (atMs % 5000 === 0) say(progress(atMs, bought, refused, cancelled, opened.shops))
  })
  say('\nThe sale is over; parcels leave, the shops settle.')
  await settled(ids)
  warehouse.stop()
  const verdict = await report(api, shops, ids, sale, await mirrored)
  say()
  for (const line of verdict.lines) say(line)
  say(verdict.isGood ? '\nNothing lost, nothing doubled, books and shelves agree.' : '\nSomething is wrong; see above.')
  return verdict.isGood ? 0 : 1
}

function progress(atMs: number, bought: number, refused: number, cancelled: number, mirrored: Shops): string {
  const column = (value: number, width: number, word: string) => `${String(value).padStart(width)} ${word}`
  return [
    column(atMs / 1000, 5, 's'),
    column(bought, 5, 'orders'),
    column(refused, 4, 'refused'),
    column(cancelled, 3, 'cancelled'),
    column(shipped(shops), 5, 'with tracking'),
    column(oversoldUnits(shops), 3, 'oversold'),
    column(oversoldUnits(mirrored), 4, 'by a mirror'),
  ].join('   ')
}

const shipped = (all: Shops) =>
  shopNames.flatMap((name) => ownOrders(all, name)).filter(({ tracking }) => tracking.length > 0).length

/** Waits until nothing is left to do and the shelves were looked at; or until patience ends, which the report will show. */
async function settled(ids: Ids): Promise<void> {
  const until = systemClock.monotonic() + settleMsMax
  let rounds = 0
  while (systemClock.monotonic() < until) {
    await systemClock.sleep(2000)
    const { lost, doubled, untracked, untold } = await orderTroubles(api, shops, ids)
    const apart = await disagreements(api, shops, ids)
    if (rounds++ % 4 === 0)
      say(
        `  ${lost.length} orders on their way to Shopify, ${untracked.length} parcels on their way, ${apart.length} numbers to be settled`,
      )
    if (lost.length + doubled.length + untracked.length + untold.length + apart.length === 0) {
      for (const name of shopNames) await api.post(`/accounts/${ids[name]}/observe`)
      if ((await disagreements(api, shops, ids)).length === 0) return
    }
  }
}

/** Keeps serving; the shops go on selling a little, so that the pages have something to show. */
async function stay(): Promise<void> {
  const password = systemRandom.uuid()
  await api.post('/users', { name: 'demo', role: 'admin', password })
  say(`\nOnhand stays at ${core.url} (process ${core.pid()}); sign in as demo with the password ${password}`)
  for (const name of shopNames) say(`  ${name.padEnd(12)} ${shops[name].origin}`)
  say('Press Ctrl+C to end. When the process is killed it is started again, and loses nothing.')
  let ending = false
  process.once('SIGINT', () => {
    ending = true
  })
  process.once('SIGTERM', () => {
    ending = true
  })
  const warehouse = openWarehouse(shops, seed + 1)
  while (!ending)
    await runSale(shops, seed + Math.floor(systemClock.now() / 1000), () => undefined).catch(() => undefined)
  warehouse.stop()
}

let exitCode = 1
try {
  exitCode = await evening()
} catch (error) {
  process.stderr.write(`The demo stopped: ${error instanceof Error ? error.message : String(error)}\n`)
}
if (values.stay && exitCode === 0) await stay()
await core.stop()
await twin?.close()
for (const { close } of Object.values(shops)) close()
rmSync(folder, { recursive: true, force: true })
process.exit(exitCode)

/** An idle server: what it takes of the machine's memory, and what ten thousand webhooks that wait add to it. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom, systemClock } from '../../src/clock.ts'
import { asId } from '../../src/domain.ts'
import { createInbox, InboxFull } from '../../src/ingress/inbox.ts'
import { openStore, type Store } from '../../src/store/index.ts'
import { type Bench, median } from './report.ts'

/** A WooCommerce order. */
const bodyBytes = 3500
const startWithinMs = 30_000

export const idle: Bench = {
  name: 'idle',
  title: 'Idle server: resident memory on an empty folder, and of an inbox whose disk stands still',
  async run({ quick }) {
    const starts = quick ? 1 : 3
    const idleMs = quick ? 500 : 10_000
    const resident: number[] = []
    const startMs: number[] = []
    for (let n = 0; n < starts; n++) {
      const measured = await idleServer(idleMs)
      resident.push(measured.residentMb)
      startMs.push(measured.startMs)
    }
    const queue = await fullInbox()
    return {
      figures: [
        { name: 'resident_mb', value: median(resident), unit: 'MB', note: `after ${idleMs / 1000} s` },
        { name: 'start_ms', value: median(startMs), unit: 'ms', note: 'from the start to listening' },
        { name: 'queue_mb', value: queue.addedMb, unit: 'MB', note: `${queue.taken} webhooks waiting for the disk` },
        { name: 'queue_left_mb', value: queue.leftMb, unit: 'MB', note: 'of that, after all were stored' },
        { name: 'taken', value: queue.taken, unit: '', note: `of ${queue.offered} offered while the disk stood still` },
        { name: 'refused', value: queue.refused, unit: '', note: 'answered 503, to be sent again' },
        { name: 'stored', value: queue.stored, unit: '', note: 'of the taken, when the disk moved again' },
      ],
      goals: [
        { figure: 'resident_mb', atMost: 150 },
        { figure: 'queue_mb', atMost: 150 },
        { figure: 'taken', atMost: 10_000, atLeast: 10_000 },
        { figure: 'stored', atMost: 10_000, atLeast: 10_000 },
      ],
    }
  },
}

/** What `npm start` gives to node, so that the bench measures what a merchant runs. */
function startArguments(): string[] {
  const { scripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    scripts: { start: string }
  }
  return scripts.start.split(' ').slice(1)
}

async function idleServer(idleMs: number): Promise<{ residentMb: number; startMs: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'onhand-bench-'))
  const startedAt = performance.now()
  const child = spawn(process.execPath, startArguments(), {
    cwd: new URL('../..', import.meta.url),
    env: { PATH: process.env.PATH, HOST: '127.0.0.1', PORT: '0', DATABASE_URL: `sqlite:${folder}/onhand.db` },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  try {
    await listening(child)
    const startMs = performance.now() - startedAt
    await sleep(idleMs)
    return { residentMb: residentMb(child.pid), startMs }
  } finally {
    child.kill('SIGTERM')
    if (child.exitCode === null) await once(child, 'exit')
    rmSync(folder, { recursive: true, force: true })
  }
}

function listening(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeoutOf(startWithinMs, () => reject(new Error('The server did not start in time.')))
    child.once('exit', (code) => reject(new Error(`The server stopped at the start (exit code ${code}).`)))
    if (!child.stdout) return reject(new Error('The server says nothing.'))
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!line.includes('"fact":"listening"')) return
      clearTimeout(timer)
      resolve()
    })
  })
}

const setTimeoutOf = (ms: number, then: () => void) => globalThis.setTimeout(then, ms).unref()

/** Linux tells it in kB; elsewhere this cannot be measured. */
function residentMb(pid: number | undefined): number {
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  if (!found?.[1]) throw new Error('The memory of another process cannot be read here.')
  return Number(found[1]) / 1024
}

/** Offers more webhooks than the inbox holds while nothing can be committed, then lets the disk move again. */
async function fullInbox() {
  const folder = mkdtempSync(join(tmpdir(), 'onhand-bench-'))
  const opened = await openStore(`sqlite:${folder}/onhand.db`, { clock: systemClock, random: seededRandom(1) })
  let release: () => void = () => undefined
  const still = new Promise<void>((resolve) => {
    release = resolve
  })
  const store: Store = { ...opened, transaction: (work) => still.then(() => opened.transaction(work)) }
  const inbox = createInbox({ store, clock: systemClock, onAppended: () => undefined })
  const offered = 12_000
  const account = asId<'account'>('woocommerce-1')
  const before = residentMb(process.pid)
  const outcomes = Array.from({ length: offered }, (_, n) => {
    const body = `${n}`.padEnd(bodyBytes, 'x')
    return inbox.append(account, [{ source: 'webhook', topic: 'order.updated', key: `${n}`, body }]).then(
      (ids) => ids.length,
      (error: unknown) => {
        if (error instanceof InboxFull) return 'refused' as const
        throw error
      },
    )
  })
  const taken = inbox.waiting()
  await sleep(200)
  const addedMb = residentMb(process.pid) - before
  release()
  const ended = await Promise.all(outcomes)
  const { n: stored } = await opened.db
    .selectFrom('inbox')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .executeTakeFirstOrThrow()
  const leftMb = residentMb(process.pid) - before
  await opened.close()
  rmSync(folder, { recursive: true, force: true })
  const refused = ended.filter((outcome) => outcome === 'refused').length
  return { offered, taken, refused, stored: Number(stored), addedMb, leftMb }
}

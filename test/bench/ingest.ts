/** The webhook door: what storing every delivery durably costs beside the same door that stores nothing. */

import { type ChildProcess, fork } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { closeSync, fdatasyncSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { account, type Behind, type Reading } from './ingest-server.ts'
import { type LoadResult, load } from './load.ts'
import { type Bench, median, type Outcome, quantile } from './report.ts'

const connections = 64
const secret = 'a-webhook-secret-for-the-bench'
const behinds: readonly Behind[] = ['bare', 'inbox', 'single']
const roundWithinMs = 20_000

/** One round of one server. */
interface Round {
  readonly cpuUs: number
  readonly perSecond: number
  readonly perCommit: number
  readonly p50Ms: number
  readonly p99Ms: number
}

export const ingest: Bench = {
  name: 'ingest',
  title: `Webhook door: HMAC, JSON and a durable SQLite commit, ${connections} connections over loopback`,
  async run({ quick }) {
    const rounds = quick ? 1 : 9
    const requestsPerRound = quick ? 256 : 5000
    const folder = mkdtempSync(join(tmpdir(), 'onhand-bench-'))
    const servers: Server[] = []
    try {
      for (const behind of behinds) servers.push(await startServer(behind, join(folder, `${behind}.db`)))
      const disk = fsyncMs(join(folder, 'disk'), quick ? 20 : 300)
      const results = new Map<Behind, Round[]>(behinds.map((behind) => [behind, []]))
      // Servers take turns, so that whatever else the machine does falls on all of them.
      for (let round = 0; round <= rounds; round++) {
        for (const server of servers) {
          const measured = await measure(server, makeRequests(requestsPerRound, round))
          // The first round warms up.
          if (round > 0) results.get(server.behind)?.push(measured)
        }
      }
      return outcome(results, disk)
    } finally {
      for (const server of servers) server.stop()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

function outcome(results: ReadonlyMap<Behind, readonly Round[]>, disk: readonly number[]): Outcome {
  const all = (behind: Behind, pick: (round: Round) => number) => (results.get(behind) ?? []).map(pick)
  const of = (behind: Behind, pick: (round: Round) => number) => median(all(behind, pick))
  /** Of rounds that ran one after the other, so that what else the machine did then falls out. */
  const ratio = (above: Behind, below: Behind, pick: (round: Round) => number) => {
    const divisors = all(below, pick)
    return median(all(above, pick).map((value, round) => value / (divisors[round] ?? Number.NaN)))
  }
  const cpu = ({ cpuUs }: Round) => cpuUs
  const rate = ({ perSecond }: Round) => perSecond
  const perCommit = of('inbox', (round) => round.perCommit)
  return {
    figures: [
      { name: 'cpu_bare_us', value: of('bare', cpu), unit: 'µs', note: 'CPU per request, nothing stored' },
      { name: 'cpu_inbox_us', value: of('inbox', cpu), unit: 'µs', note: 'CPU per request, durable' },
      { name: 'cpu_ratio', value: ratio('inbox', 'bare', cpu), unit: '×' },
      { name: 'per_commit', value: perCommit, unit: '', note: 'deliveries per commit' },
      {
        name: 'per_commit_share',
        value: perCommit / connections,
        unit: '×',
        note: `of ${connections} in flight`,
      },
      { name: 'bare_per_s', value: of('bare', rate), unit: '/s' },
      { name: 'inbox_per_s', value: of('inbox', rate), unit: '/s' },
      { name: 'single_per_s', value: of('single', rate), unit: '/s', note: 'a transaction for every request' },
      {
        name: 'single_ratio',
        value: ratio('inbox', 'single', rate),
        unit: '×',
        note: `the faster the disk, the smaller; storing nothing would make ${ratio('bare', 'single', rate).toPrecision(3)}`,
      },
      { name: 'inbox_p50_ms', value: of('inbox', ({ p50Ms }) => p50Ms), unit: 'ms' },
      { name: 'inbox_p99_ms', value: of('inbox', ({ p99Ms }) => p99Ms), unit: 'ms' },
      { name: 'fsync_p50_ms', value: median(disk), unit: 'ms', note: 'this disk, 4 KiB and fdatasync' },
      { name: 'fsync_p99_ms', value: quantile(disk, 0.99), unit: 'ms' },
    ],
    goals: [
      { figure: 'cpu_ratio', atMost: 1.4 },
      { figure: 'per_commit_share', atLeast: 0.8 },
      { figure: 'single_ratio', atLeast: 3 },
    ],
  }
}

interface Server {
  readonly behind: Behind
  readonly port: number
  read(): Promise<Reading>
  stop(): void
}

async function startServer(behind: Behind, file: string): Promise<Server> {
  const child = fork(new URL('./ingest-server.ts', import.meta.url), [behind, file, secret], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
  })
  const { port } = await answerOf<{ port: number }>(child)
  return {
    behind,
    port,
    read() {
      const answer = answerOf<Reading>(child)
      child.send('read')
      return answer
    },
    stop: () => child.disconnect(),
  }
}

/** The child's next message; safe to name its type: both ends are of this bench. */
function answerOf<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const stopped = (code: number | null) => reject(new Error(`The server stopped (exit code ${code}).`))
    child.once('exit', stopped)
    child.once('message', (message) => {
      child.off('exit', stopped)
      resolve(message as T)
    })
  })
}

async function measure(server: Server, requests: readonly Uint8Array[]): Promise<Round> {
  const before = await server.read()
  const result = await load({ port: server.port, connections, requests, withinMs: roundWithinMs })
  const after = await server.read()
  return roundOf(result, before, after)
}

function roundOf(result: LoadResult, before: Reading, after: Reading): Round {
  const { answered, latenciesMs, elapsedMs } = result
  if (after.stored - before.stored !== answered) throw new Error('Answered and stored differ.')
  return {
    cpuUs: ((after.cpuMs - before.cpuMs) * 1000) / answered,
    perSecond: (answered / elapsedMs) * 1000,
    perCommit: answered / Math.max(1, after.commits - before.commits),
    p50Ms: median(latenciesMs),
    p99Ms: quantile(latenciesMs, 0.99),
  }
}

const recorded = new URL('../fixtures/woocommerce-recorded/order-create-processing.json', import.meta.url)

/** Webhooks of orders that all differ, signed, as the bytes that go over the wire. */
function makeRequests(count: number, round: number): Uint8Array[] {
  const { body } = JSON.parse(readFileSync(recorded, 'utf8')) as { body: Record<string, unknown> }
  return Array.from({ length: count }, (_, index) => {
    const text = JSON.stringify({ ...body, id: round * 1_000_000 + index + 1 })
    const signature = createHmac('sha256', secret).update(text).digest('base64')
    const head = [
      `POST /webhooks/${account} HTTP/1.1`,
      'Host: 127.0.0.1',
      'User-Agent: WooCommerce/10.7.0 Hookshot (WordPress/6.9)',
      'Content-Type: application/json',
      'X-WC-Webhook-Source: https://shop.example/',
      'X-WC-Webhook-Topic: order.updated',
      'X-WC-Webhook-Resource: order',
      'X-WC-Webhook-Event: updated',
      `X-WC-Webhook-Signature: ${signature}`,
      'X-WC-Webhook-ID: 7',
      `X-WC-Webhook-Delivery-ID: ${round}-${index}`,
      `Content-Length: ${Buffer.byteLength(text)}`,
    ].join('\r\n')
    return Buffer.from(`${head}\r\n\r\n${text}`)
  })
}

/** What one durable write costs on this disk, beside which everything else has to be read. */
function fsyncMs(file: string, count: number): number[] {
  const descriptor = openSync(file, 'w')
  const block = new Uint8Array(4096)
  const times = Array.from({ length: count }, () => {
    writeSync(descriptor, block)
    const startedAt = performance.now()
    fdatasyncSync(descriptor)
    return performance.now() - startedAt
  })
  closeSync(descriptor)
  return times
}

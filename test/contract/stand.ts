/** Where a connector is tried: one shop, one clock, one account, and a network that can be watched and broken. */

import type {
  Channel,
  ChannelDeps,
  Connector,
  Delivery,
  Ops,
  RawDelivery,
  RawRequest,
  Reading,
  RowResult,
  Topic,
  Wanted,
} from '../../src/channel.ts'
import { type Fetch, type Random, seededRandom } from '../../src/clock.ts'
import { asId } from '../../src/domain.ts'
import { ChannelError } from '../../src/errors.ts'
import {
  calmHooks,
  type HookChaos,
  type SandboxDeps,
  type SandboxMerchant,
  type SandboxShop,
} from '../../src/sandbox/shop.ts'
import { type VirtualClock, virtualClock } from '../../src/sandbox/virtual-clock.ts'

export type TriedShop = SandboxShop & SandboxMerchant
export type Credentials = Record<string, unknown>

/** What the battery is given for one connector. */
export interface Setup {
  readonly connector: Connector
  readonly shop: TriedShop
  /** Where the shop's API is reached. */
  readonly origin: string
  /** Every origin that the account's settings name; `origin` is one of them. */
  readonly origins: readonly string[]
  readonly settings: Record<string, unknown>
  /** To the shop. */
  readonly fetch: Fetch
  readonly clock: VirtualClock
  readonly random: Random
  readonly webhookUrl: string
  /** Webhooks that the shop has sent so far, as they arrived. */
  readonly mail: readonly RawRequest[]
}

export interface SetupOptions {
  readonly chaos?: HookChaos
}

/** Makes a fresh shop and what a connector needs to reach it. `sandbox` is given the clock and where webhooks go. */
export function setUp(given: {
  readonly connector: Connector
  readonly sandbox: (deps: SandboxDeps) => TriedShop
  readonly origin: string
  readonly otherOrigins?: readonly string[]
  readonly settings?: Record<string, unknown>
}): (options?: SetupOptions) => Setup {
  return (options = {}) => {
    const clock = virtualClock()
    const random = seededRandom(5)
    const mail: RawRequest[] = []
    const receive: Fetch = async (request) => {
      const { pathname } = new URL(request.url)
      const headers = Object.fromEntries(request.headers)
      mail.push({ method: 'POST', path: pathname, headers, body: new Uint8Array(await request.arrayBuffer()) })
      return new Response(null, { status: 200 })
    }
    const shop = given.sandbox({ clock, random, fetch: receive, chaos: options.chaos ?? calmHooks })
    return {
      connector: given.connector,
      shop,
      origin: given.origin,
      origins: [given.origin, ...(given.otherOrigins ?? [])],
      settings: { ...shop.connection().settings, ...given.settings },
      fetch: async (request) => shop.app.fetch(request),
      clock,
      random,
      webhookUrl: 'https://onhand.example/webhooks/tried',
      mail,
    }
  }
}

/** What the network does with one request instead of asking the shop. */
export type Fault =
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly body: string
      readonly headers?: Record<string, string>
    }
  /** The connection breaks before the shop has seen anything of it. */
  | { readonly kind: 'reset' }
  | { readonly kind: 'refused' }
  /** The shop acts, and its answer is lost. */
  | { readonly kind: 'lost' }

export const html = (status: number, headers: Record<string, string> = {}): Fault => ({
  kind: 'answer',
  status,
  body: '<!doctype html><title>Wait</title><p>One moment, please.</p>',
  headers: { 'content-type': 'text/html; charset=utf-8', ...headers },
})

export interface Opened {
  readonly channel: Channel
  /** Requests that reached the network, in order. */
  readonly requests: readonly { readonly method: string; readonly url: string; readonly isWrite: boolean }[]
  readonly pacer: { admitted: number; throttled: (number | undefined)[]; accepted: number }
  /** Every request meets this fault until it is taken away. */
  break(fault: Fault | undefined): void
  credentials(): Credentials
  /** Runs a promise to its end while the clock runs. */
  during<T>(work: Promise<T>): Promise<T>
  read(deliveries: readonly RawDelivery[]): Reading[]
  fetchRaw(wanted: Wanted): Promise<RawDelivery[]>
  fetched(wanted: Wanted): Promise<Reading[]>
  pollRaw(topic: Topic, since?: number): Promise<RawDelivery[]>
  polled(topic: Topic, since?: number): Promise<Reading[]>
  /** Composes and sends, once; what is answered `again` is sent once more, as the dispatcher would. */
  write(ops: Ops): Promise<RowResult[]>
  /** The same without a second try. */
  writeOnce(ops: Ops): Promise<RowResult[]>
}

export const deliver = (raw: RawDelivery, receivedAt = 0): Delivery => ({
  ...raw,
  id: asId<'delivery'>('d1'),
  account: asId<'account'>('tried'),
  receivedAt,
})

/** The error of a call, which must be a ChannelError. */
export async function failure(work: Promise<unknown>): Promise<ChannelError> {
  try {
    await work
  } catch (error) {
    if (error instanceof ChannelError) return error
    throw error
  }
  throw new Error('The call did not fail.')
}

function causeOf(code: string): TypeError {
  return new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) })
}

/** The network between one opened channel and the shop. */
function network(setup: Setup, isWriting: () => boolean) {
  const requests: { method: string; url: string; isWrite: boolean }[] = []
  let fault: Fault | undefined
  const fetch: Fetch = async (request) => {
    requests.push({ method: request.method, url: request.url, isWrite: isWriting() })
    switch (fault?.kind) {
      case 'answer':
        return new Response(fault.body, { status: fault.status, headers: fault.headers ?? {} })
      case 'reset':
        throw causeOf('ECONNRESET')
      case 'refused':
        throw causeOf('ECONNREFUSED')
      case 'lost':
        await setup.fetch(request)
        throw causeOf('ECONNRESET')
      default:
        return setup.fetch(request)
    }
  }
  return {
    requests,
    fetch,
    break: (next: Fault | undefined) => {
      fault = next
    },
  }
}

let keysMade = 0
export const newKey = () => `0191f3a0-0000-4000-8000-${String(++keysMade).padStart(12, '0')}`

/** Opens an account of the shop. `credentials` replaces those that the shop issued. */
export function open(setup: Setup, given?: Credentials): Opened {
  const { connector, shop, clock } = setup
  const connection = shop.connection()
  let credentials: Credentials = checked(connector.credentials.parse(given ?? connection.credentials))
  const pacer: Opened['pacer'] = { admitted: 0, throttled: [], accepted: 0 }
  let writing = 0
  const net = network(setup, () => writing > 0)
  const deps: ChannelDeps = {
    fetch: net.fetch,
    clock,
    random: setup.random,
    pace: {
      admit: async () => {
        pacer.admitted += 1
      },
      learn: () => undefined,
      throttled: (ms) => void pacer.throttled.push(ms),
      accepted: () => {
        pacer.accepted += 1
      },
    },
    secrets: {
      current: () => credentials,
      replace: async (next) => {
        credentials = checked(next)
      },
    },
  }
  const channel = connector.open(
    {
      id: asId<'account'>('tried'),
      shop: connection.shop,
      origin: setup.origin,
      settings: connector.settings.parse(setup.settings),
      webhookUrl: setup.webhookUrl,
    },
    deps,
  )

  async function during<T>(work: Promise<T>): Promise<T> {
    let done = false
    const watched = work.finally(() => {
      done = true
    })
    watched.catch(() => undefined)
    // Signing and reading take turns of the event loop, not time: the clock moves only for somebody who sleeps.
    for (let quiet = 0; !done; quiet++) {
      await settled()
      if (quiet < 20 || clock.sleepers === 0) continue
      quiet = 0
      await clock.advance(50)
    }
    return await watched
  }

  async function send(ops: Ops): Promise<RowResult[]> {
    const results: RowResult[] = []
    for (const { call, positions } of channel.compose(ops, newKey)) {
      writing += 1
      const rows = await during(channel.write(call))
        .then((result) => result.rows)
        .catch((error: unknown) => refusedRows(error, call.rows))
        .finally(() => {
          writing -= 1
        })
      for (const [i, position] of positions.entries()) {
        const row = rows[i]
        if (!row) throw new Error(`${call.method} answered ${rows.length} rows of ${positions.length}.`)
        results[position] = row
      }
    }
    return results
  }

  async function sendAgain(ops: Ops): Promise<RowResult[]> {
    const first = await send(ops)
    if (ops.kind !== 'stock') {
      if (!first.some(isAgain)) return first
      await clock.advance(10_000)
      return send(ops)
    }
    const left = [...first.keys()].filter((i) => isAgain(first[i]))
    if (left.length === 0) return first
    const second = await send({ kind: 'stock', ops: left.flatMap((i) => ops.ops[i] ?? []) })
    for (const [at, i] of left.entries()) first[i] = second[at] ?? first[i] ?? missingRow
    return first
  }

  const read = (deliveries: readonly RawDelivery[]) => deliveries.flatMap((raw) => channel.interpret(deliver(raw)))
  const pollRaw = (topic: Topic, since = 0) => during(collect(channel.poll(topic, { since })))
  const fetchRaw = (wanted: Wanted) => during(channel.fetch(wanted))

  return {
    channel,
    requests: net.requests,
    pacer,
    break: net.break,
    credentials: () => credentials,
    during,
    read,
    pollRaw,
    fetchRaw,
    fetched: async (wanted) => read(await fetchRaw(wanted)),
    polled: async (topic, since) => read(await pollRaw(topic, since)),
    write: sendAgain,
    writeOnce: send,
  }
}

const missingRow: RowResult = { ok: false, kind: 'again', code: 'missing', message: 'No row.' }
const isAgain = (row: RowResult | undefined) => row !== undefined && !row.ok && row.kind === 'again'

/** A call that is refused whole is, to its rows, the same as rows that are refused. */
function refusedRows(error: unknown, rows: number): RowResult[] {
  if (!(error instanceof ChannelError) || error.kind !== 'rejected') throw error
  return Array.from({ length: rows }, () => ({ ok: false, kind: 'rejected', code: 'call', message: error.message }))
}

/** Credentials are an object of a shape that only their connector knows. */
function checked(value: unknown): Credentials {
  if (typeof value !== 'object' || value === null) throw new Error('Credentials must be an object.')
  return { ...value }
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

/** A channel whose shop is a script: deliveries carry their readings as JSON, and every write is answered as the test says. */

import type {
  Abilities,
  Call,
  CallResult,
  Channel,
  ComposedCall,
  Cursor,
  Delivery,
  Limits,
  Ops,
  RawDelivery,
  Reading,
  Topic,
  Wanted,
} from '../../src/channel.ts'
import { type AccountId, asId } from '../../src/domain.ts'

export interface Script {
  limits?: Partial<Limits>
  abilities?: Partial<Abilities>
  /** What the shop answers to a call; by default every row is accepted. */
  write?: (call: Call, attempt: number) => Promise<CallResult> | CallResult
  fetch?: (wanted: Wanted) => Promise<RawDelivery[]> | RawDelivery[]
  poll?: (topic: Topic, since: Cursor) => AsyncIterable<RawDelivery>
  /** Throws to refuse operations. */
  check?: (ops: Ops) => void
  /** Rows of every call in one body; false makes a call per operation. */
  batches?: boolean
  repeatable?: boolean
}

export interface ScriptChannel extends Channel {
  /** Every request that reached the shop, in order. */
  readonly calls: Call[]
  readonly fetched: Wanted[]
}

export const accepted = (call: Call): CallResult => ({
  rows: Array.from({ length: call.rows }, () => ({ ok: true as const, id: 'made-1' })),
})

/** What a call of this channel says, as the test reads it. */
export const said = (call: Call | undefined): unknown => JSON.parse(call?.body ?? 'null')

let factNumber = 0
/** A delivery that means these readings. */
export const facts = (readings: readonly Reading[], more: Partial<RawDelivery> = {}): RawDelivery => ({
  source: 'webhook',
  topic: 'facts',
  key: `fact-${++factNumber}`,
  body: JSON.stringify(readings),
  ...more,
})

export function scriptChannel(account: AccountId | string, script: Script = {}): ScriptChannel {
  const calls: Call[] = []
  const fetched: Wanted[] = []
  const tries = new Map<string, number>()
  const limits: Limits = {
    bucket: { capacity: 1000, restorePerSecond: 1000 },
    discovered: false,
    callsInFlight: 4,
    itemsPerStockCall: 50,
    itemsPerFetch: 50,
    typicalCallCost: 1,
    ...script.limits,
  }
  const abilities: Abilities = {
    relativeWrites: true,
    compareAndSet: false,
    idempotencyKeys: true,
    moves: false,
    zeroWritable: 'yes',
    returnsRestock: true,
    writesWholeGroup: false,
    createsOrders: true,
    createdOrdersTakeStock: true,
    countsOnHand: false,
    cancelsWithoutRestock: true,
    checkouts: { diesAfterMs: 0, areVisible: true },
    orderListLags: false,
    needsProvider: false,
    polls: ['orders'],
    ...script.abilities,
  }
  const callOf = (ops: Ops, body: unknown, rows: number, key: string): Call => ({
    key,
    kind: ops.kind,
    method: ops.kind,
    body: JSON.stringify(body),
    rows,
    cost: 1,
    repeatable: script.repeatable ?? (ops.kind === 'stock' && abilities.idempotencyKeys),
  })
  return {
    account: asId(account),
    limits,
    abilities,
    calls,
    fetched,
    verify: async (raw) =>
      raw.headers['x-signature'] === 'good'
        ? { ok: true, stored: true, topic: 'facts', key: raw.headers['x-key'] ?? 'none' }
        : { ok: false, status: 401, reason: 'wrong signature' },
    interpret(delivery: Delivery): Reading[] {
      if (delivery.body === 'throw') throw new Error('The connector broke its promise.')
      return JSON.parse(delivery.body) as Reading[]
    },
    async fetch(wanted) {
      fetched.push(wanted)
      return (await script.fetch?.(wanted)) ?? []
    },
    async *poll(topic, since) {
      if (script.poll) yield* script.poll(topic, since)
    },
    async write(call) {
      calls.push(call)
      const attempt = (tries.get(call.key) ?? 0) + 1
      tries.set(call.key, attempt)
      return await (script.write ?? accepted)(call, attempt)
    },
    compose(ops, newKey): ComposedCall[] {
      script.check?.(ops)
      if (ops.kind !== 'stock') return [{ call: callOf(ops, ops.op, 1, newKey()), positions: [0] }]
      if (script.batches === false)
        return ops.ops.map((op, position) => ({ call: callOf(ops, [op], 1, newKey()), positions: [position] }))
      return [{ call: callOf(ops, ops.ops, ops.ops.length, newKey()), positions: ops.ops.map((_, at) => at) }]
    },
    subscriptions: {
      wanted: () => [],
      audit: async () => ({ found: [], missing: [], broken: [] }),
      repair: async () => undefined,
    },
  }
}

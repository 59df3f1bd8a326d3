import { describe, expect, it } from 'vitest'
import type { Call } from '../../src/channel.ts'
import { seededRandom } from '../../src/clock.ts'
import { sendCall } from '../../src/dispatcher/calls.ts'
import { createPacer } from '../../src/dispatcher/pacer.ts'
import { ChannelError } from '../../src/errors.ts'
import { virtualClock } from '../../src/sandbox/virtual-clock.ts'
import { openStore } from '../../src/store/index.ts'
import { accepted, scriptChannel } from '../support/script-channel.ts'

const call: Call = {
  key: 'k',
  kind: 'stock',
  method: 'stock',
  body: '[]',
  rows: 1,
  cost: 10,
  repeatable: true,
}

/** Sends one call to a shop that fails so many times first; says when each request came. */
async function sentAt(failures: number, error: ChannelError): Promise<number[]> {
  const clock = virtualClock()
  const random = seededRandom(1)
  const store = await openStore('sqlite::memory:', { clock, random })
  const times: number[] = []
  const channel = scriptChannel('shop', {
    limits: { bucket: { capacity: 10, restorePerSecond: 1 }, typicalCallCost: 10, callsInFlight: 1 },
    write(asked, attempt) {
      times.push(clock.now() - startedAt)
      if (attempt <= failures) throw error
      return accepted(asked)
    },
  })
  const pacer = createPacer(clock)
  pacer.configure(channel.limits)
  const startedAt = clock.now()
  await pacer.admit(call.cost, 'decrease')
  const { signal } = new AbortController()
  const admit = (cost: number) => pacer.admit(cost, 'decrease')
  const sending = sendCall(channel, call, clock.now() + 30_000, { db: store.db, clock, random, signal, admit })
  for (let passed = 0; passed < 120_000; passed += 250) await clock.advance(250)
  expect(await sending).toMatchObject({ ok: true })
  await store.close()
  return times
}

describe('a call that is sent again', () => {
  it.each(['throttled', 'transient', 'unknownOutcome'] as const)(
    'after %s waits for its place at the rate limit like the first time',
    async (kind) => {
      // Ten points a call, one back a second: no two of them can be nearer than ten seconds.
      const times = await sentAt(2, new ChannelError(kind, 'not now', { retryAfterMs: 100 }))
      expect(times).toHaveLength(3)
      for (const [at, time] of times.entries()) expect(time).toBeGreaterThanOrEqual(at * 10_000)
    },
  )
})

/** How far orders are, who must act and what runs out, as the API tells it. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { clockReason } from '../../src/api/read/clocks.ts'
import type { OrderSnapshot } from '../../src/domain.ts'
import { onEveryDatabase } from '../support/databases.ts'
import { type Bench, createBench, itemsOf, listing, order } from './bench.ts'

const hourMs = 3_600_000
const minuteMs = 60_000
const iso = (at: number) => new Date(at).toISOString()

onEveryDatabase((fresh) => {
  let bench: Bench
  let account: string
  let now: () => number
  beforeEach(async () => {
    bench = await createBench(await fresh())
    now = bench.clock.now
    bench.shop('corner').listings.push(listing('L1'))
    account = await bench.connect('corner')
    await bench.post('/skus', { sku: 'MUG', title: 'Mug' })
    await bench.post(`/accounts/${account}/import`)
    await bench.post('/listings/link', { account, listing: 'L1', components: [{ sku: 'MUG', units: 1 }] })
  })
  afterEach(() => bench.close())

  let told = 0
  const say = async (id: string, more: Partial<OrderSnapshot> = {}) => {
    await bench.say(account, `say-${++told}`, {
      kind: 'order',
      order: order(id, 'L1', 1, { updatedAt: now() + told, ...more }),
    })
  }
  const clocks = async () => itemsOf((await bench.get('/problems')).json).filter(({ kind }) => kind === 'clock')

  describe('an order', () => {
    test('says its state, since when, who must act, and by when', async () => {
      const ready = now() + 50 * hourMs
      await say('1', { deadlines: { ready } })
      expect((await bench.get(`/orders/${account}/1`)).json).toMatchObject({
        state: 'ready',
        stateSince: expect.any(String),
        nextActor: 'merchant',
        deadlines: [{ milestone: 'ready', at: iso(ready), source: 'platform', isOpen: true }],
        oddities: [],
      })
      await say('1', { phase: 'shipped', deadlines: { ready } })
      expect((await bench.get(`/orders/${account}/1`)).json).toMatchObject({
        state: 'shipped',
        nextActor: 'nobody',
        deadlines: [{ isOpen: false }],
      })
    })

    test('is found by its state, and counted in it', async () => {
      await say('1')
      await say('2', { phase: 'unpaid' })
      await say('3', { phase: 'cancelled' })
      const inState = async (state: string) =>
        itemsOf((await bench.get(`/orders?state=${state}`)).json).map((one) => one.order)
      expect(await inState('ready')).toEqual(['1'])
      expect(await inState('reserved')).toEqual(['2'])
      expect(await inState('returned')).toEqual([])
      expect((await bench.get('/orders?state=lost')).status).toBe(422)
      expect((await bench.get('/status')).json).toMatchObject({
        accounts: [{ states: { ready: 1, reserved: 1, cancelled: 1 } }],
      })
    })
  })

  describe('the report on punctuality', () => {
    const report = async (more = '') =>
      (await bench.get(`/reports/punctuality?account=${account}&from=2000-01-01&to=2100-01-01${more}`)).json

    test('counts what was on time, what was late, and what is open', async () => {
      const due = now() + 10 * hourMs
      const createdAt = now()
      const more = { createdAt, deadlines: { ready: due } }
      for (const id of ['1', '2', '3', '4']) await say(id, more)
      await bench.clock.advance(hourMs)
      await say('1', { ...more, phase: 'shipped' })
      await say('4', { ...more, phase: 'cancelled' })
      expect(await report()).toMatchObject({
        milestone: 'ready',
        decided: 1,
        onTime: 1,
        late: 0,
        open: 2,
        expectedLate: 0,
        forecastLateRate: 0,
      })
      await bench.clock.advance(10 * hourMs)
      await say('2', { ...more, phase: 'shipped' })
      expect(await report()).toMatchObject({ decided: 3, onTime: 1, late: 2, open: 0, forecastLateRate: 2 / 3 })
      expect(await report('&milestone=transit')).toMatchObject({ decided: 0, lateRate: null, forecastLateRate: null })
    })

    test('needs a shop that is connected, and a time that has not ended before it began', async () => {
      expect((await bench.get('/reports/punctuality?account=x&from=2000-01-01&to=2100-01-01')).status).toBe(404)
      expect((await bench.get(`/reports/punctuality?account=${account}&from=2001-01-01&to=2000-01-01`)).status).toBe(
        422,
      )
    })
  })

  describe('the list of problems', () => {
    test('has what waits too long, says for whom, and lets it go by itself', async () => {
      await say('1')
      expect(await clocks()).toEqual([])
      await bench.clock.advance(73 * hourMs)
      const [problem, ...more] = await clocks()
      expect(more).toEqual([])
      expect(problem).toMatchObject({
        account,
        subject: '#1',
        reason: 'It has been ready to be shipped for 3 days. It waits for you.',
        meaning: expect.stringContaining('leaves this list by itself'),
        verbs: [],
      })
      expect((await bench.get(`/problems/${problem?.id}`)).json).toEqual(problem)
      expect((await bench.post(`/problems/${problem?.id}/retry`)).status).toBe(409)
      expect((await bench.get('/status')).json).toMatchObject({ totals: { problems: { clock: 1 } } })
      await say('1', { phase: 'shipped' })
      expect(await clocks()).toEqual([])
      expect((await bench.get(`/problems/${problem?.id}`)).status).toBe(404)
    })

    test('has what runs out, from a day before, and pages through it', async () => {
      const at = now() + 30 * hourMs
      for (const id of ['1', '2', '3']) await say(id, { deadlines: { ready: at } })
      expect(await clocks()).toEqual([])
      await bench.clock.advance(7 * hourMs)
      expect(await clocks()).toHaveLength(3)
      const first = await bench.get('/problems?limit=2')
      expect(itemsOf(first.json)).toMatchObject([{ subject: '#1' }, { subject: '#2' }])
      expect(itemsOf((await bench.get(`/problems?limit=2&after=${first.json.next}`)).json)).toMatchObject([
        { subject: '#3' },
      ])
    })
  })
})

describe('the reason', () => {
  const at = Date.parse('2026-11-25T22:59:59Z')
  const row = (more: object = {}) => ({
    state: 'exported' as const,
    since: at - 80 * hourMs,
    next_actor: 'merchant' as const,
    overdue_at: null,
    deadlines: JSON.stringify([
      { milestone: 'transit', at: at + 24 * hourMs, source: 'computed', isOpen: true, warnAt: [at] },
      { milestone: 'ready', at, source: 'computed', isOpen: true, warnAt: [24, 12, 4].map((n) => at - n * hourMs) },
    ]),
    ...more,
  })

  test.each([
    [
      at - 23.5 * hourMs,
      "It must be handed over by 2026-11-25 22:59 UTC (computed from the market's rules): 23 hours left.",
    ],
    [
      at - 5 * minuteMs,
      "It must be handed over by 2026-11-25 22:59 UTC (computed from the market's rules): 5 minutes left.",
    ],
    [
      at + 3 * hourMs,
      "It must be handed over by 2026-11-25 22:59 UTC (computed from the market's rules): 3 hours too late.",
    ],
  ])('at %s: %s', (now, expected) => {
    expect(clockReason(row(), now)).toBe(expected)
  })

  test('names both where both are true', () => {
    const both = clockReason(row({ overdue_at: at - 30 * hourMs }), at - 20 * hourMs)
    expect(both).toContain('20 hours left.')
    expect(both).toContain('It has been in the shop that ships for 2 days. It waits for you.')
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Urgency } from '../../src/channel.ts'
import { accepted, admit, type Bucket, fullBucket, learn, throttled } from '../../src/dispatcher/limits.ts'
import { createPacer } from '../../src/dispatcher/pacer.ts'
import { virtualClock } from '../../src/sandbox/virtual-clock.ts'

const bucketOf = (capacity: number, restorePerSecond: number, discovered = false): Bucket =>
  fullBucket({ bucket: { capacity, restorePerSecond }, discovered }, 0)
const urgency = fc.constantFrom<Urgency>('decrease', 'normal', 'bulk')

describe('a bucket', () => {
  it('never admits more than its capacity and what came back since', () => {
    const ask = fc.record({ afterMs: fc.nat(5000), cost: fc.integer({ min: 1, max: 20 }), urgency })
    fc.assert(
      fc.property(
        fc.array(ask, { maxLength: 60 }),
        fc.integer({ min: 20, max: 100 }),
        fc.integer({ min: 1, max: 50 }),
        (asks, capacity, rate) => {
          let bucket = bucketOf(capacity, rate)
          let now = 0
          let spent = 0
          for (const { afterMs, cost, urgency: how } of asks) {
            now += afterMs
            const outcome = admit(bucket, cost, how, now)
            bucket = outcome.bucket
            if (outcome.waitMs === 0) spent += cost
            expect(spent).toBeLessThanOrEqual(capacity + (now / 1000) * rate + 1e-6)
            expect(bucket.available).toBeGreaterThanOrEqual(-1e-9)
          }
        },
      ),
    )
  })

  it('says how long to wait, and then keeps its word', () => {
    fc.assert(
      fc.property(urgency, fc.integer({ min: 1, max: 60 }), fc.nat(50), (how, cost, used) => {
        const drained = { ...bucketOf(50, 3), available: 50 - used }
        const first = admit(drained, cost, how, 1000)
        fc.pre(first.waitMs > 0)
        expect(admit(first.bucket, cost, how, 1000 + first.waitMs).waitMs).toBe(0)
      }),
    )
  })

  it('lets a decrease go while the rest waits, and the rest before bulk', () => {
    const at = (available: number) => ({ ...bucketOf(100, 10), available })
    const goes = (available: number) =>
      (['decrease', 'normal', 'bulk'] as const).filter((how) => admit(at(available), 1, how, 0).waitMs === 0)
    expect(goes(5)).toEqual(['decrease'])
    expect(goes(20)).toEqual(['decrease', 'normal'])
    expect(goes(40)).toEqual(['decrease', 'normal', 'bulk'])
  })

  it('lets a call that costs more than it holds go when it is full, and is then in debt', () => {
    const outcome = admit(bucketOf(10, 1), 25, 'normal', 0)
    expect(outcome).toMatchObject({ waitMs: 0, bucket: { available: -15 } })
    expect(admit(outcome.bucket, 1, 'decrease', 0).waitMs).toBe(16_000)
  })

  it('believes the shop where it says less, and where it says more all but what is under way', () => {
    const report = { capacity: 100, restorePerSecond: 10 }
    const ours = { ...bucketOf(100, 10), available: 60 }
    expect(learn(ours, { ...report, available: 30 }, 20, 0).available).toBe(30)
    expect(learn(ours, { ...report, available: 90 }, 20, 0).available).toBe(70)
    expect(learn(ours, { ...report, available: 70 }, 20, 0).available).toBe(60)
    expect(learn(ours, { capacity: 2000, restorePerSecond: 100, available: 2000 }, 20, 0)).toMatchObject({
      capacity: 2000,
      restorePerSecond: 100,
      available: 1980,
    })
  })

  it('waits as long as the shop asked, and never shorter because another answer did not say', () => {
    const paused = throttled(throttled(bucketOf(10, 10), 30_000, 0), undefined, 100)
    expect(admit(paused, 1, 'decrease', 100).waitMs).toBe(29_900)
    expect(admit(throttled(bucketOf(10, 10), undefined, 0), 1, 'decrease', 0).waitMs).toBe(1000)
  })

  it('that discovers its limit shrinks when throttled and grows while accepted; a published one does neither', () => {
    const slow = throttled(bucketOf(10, 10, true), 1000, 0)
    expect(slow.restorePerSecond).toBe(7)
    expect(accepted(slow).restorePerSecond).toBeGreaterThan(7)
    let least = slow
    for (let i = 0; i < 100; i++) least = throttled(least, 1000, i)
    expect(least.restorePerSecond).toBe(0.2)
    let most = slow
    for (let i = 0; i < 200_000; i++) most = accepted(most)
    expect(most.restorePerSecond).toBeLessThanOrEqual(200)
    expect(throttled(bucketOf(10, 10), 1000, 0).restorePerSecond).toBe(10)
    expect(accepted(bucketOf(10, 10)).restorePerSecond).toBe(10)
  })
})

describe('a pacer', () => {
  it('lets a decrease pass those who wait', async () => {
    const clock = virtualClock()
    const pacer = createPacer(clock)
    pacer.configure({
      bucket: { capacity: 10, restorePerSecond: 1 },
      discovered: false,
      callsInFlight: 1,
      itemsPerStockCall: 1,
      itemsPerFetch: 1,
      typicalCallCost: 1,
    })
    const done: string[] = []
    const ask = (name: string, cost: number, how: Urgency) => pacer.admit(cost, how).then(() => done.push(name))
    await ask('first', 9, 'decrease')
    const asked = [ask('bulk', 1, 'bulk'), ask('normal', 1, 'normal'), ask('decrease', 1, 'decrease')]
    await clock.advance(0)
    expect(done).toEqual(['first', 'decrease'])
    await clock.advance(3000)
    expect(done).toEqual(['first', 'decrease', 'normal'])
    await clock.advance(5000)
    await Promise.all(asked)
    expect(done).toEqual(['first', 'decrease', 'normal', 'bulk'])
    expect(pacer.admittedCalls).toBe(4)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Urgency } from '../../src/channel.ts'
import { accepted, admit, type Bucket, fullBucket, learn, throttled } from '../../src/dispatcher/limits.ts'
import { createPacer } from '../../src/dispatcher/pacer.ts'
import { virtualClock } from '../../src/sandbox/virtual-clock.ts'
import { byBucket, bySecond, byWindow, callShop } from './throttling-shop.ts'

const bucketOf = (capacity: number, restorePerSecond: number, discovered = false): Bucket =>
  fullBucket({ bucket: { capacity, restorePerSecond }, discovered }, 0)
/** Somebody has just had to wait for points. */
const short = (bucket: Bucket): Bucket => ({ ...bucket, shortUntil: 0 })
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
    for (const how of ['decrease', 'normal', 'bulk'] as const) expect(admit(paused, 1, how, 100).waitMs).toBe(29_900)
  })

  it('tries a decrease sooner than the rest when the shop did not say how long to wait', () => {
    const paused = throttled(bucketOf(10, 10), undefined, 0)
    expect(admit(paused, 1, 'decrease', 0).waitMs).toBe(250)
    expect(admit(paused, 1, 'decrease', 250).waitMs).toBe(0)
    expect(admit(paused, 1, 'normal', 0).waitMs).toBe(1000)
  })

  it('that discovers its limit shrinks when throttled and grows while accepted; a published one does neither', () => {
    const slow = throttled(bucketOf(10, 10, true), 1000, 0)
    expect(slow.restorePerSecond).toBe(7)
    expect(accepted(short(slow), 0).restorePerSecond).toBeGreaterThan(7)
    let least = slow
    for (let i = 1; i < 100; i++) least = throttled(least, 1000, i * 2000)
    expect(least.restorePerSecond).toBe(0.2)
    let most = short(slow)
    for (let i = 0; i < 200_000; i++) most = accepted(most, 0)
    expect(most.restorePerSecond).toBe(200)
    expect(throttled(bucketOf(10, 10), 1000, 0).restorePerSecond).toBe(10)
    expect(accepted(short(bucketOf(10, 10)), 0).restorePerSecond).toBe(10)
  })

  it('that discovers its limit takes calls refused together as one refusal', () => {
    const first = throttled(bucketOf(10, 10, true), undefined, 0)
    expect(throttled(first, undefined, 10).restorePerSecond).toBe(first.restorePerSecond)
    expect(throttled(first, undefined, 1000).restorePerSecond).toBeLessThan(first.restorePerSecond)
    // A shop that asks for a short wait refuses what was under way all the same.
    const hasty = throttled(bucketOf(10, 10, true), 50, 0)
    expect(throttled(hasty, 50, 400).restorePerSecond).toBe(hasty.restorePerSecond)
  })

  it('that discovers its limit does not grow while it is not what holds calls back', () => {
    let bucket = bucketOf(10, 10, true)
    for (let now = 0; now < 600_000; now += 500) bucket = accepted(admit(bucket, 1, 'normal', now).bucket, now)
    expect(bucket.restorePerSecond).toBe(10)
  })

  it.each([2, 12, 60])(
    'that discovers its limit comes close to %i a second and is seldom refused there',
    (perSecond) => {
      let bucket = bucketOf(10, 5, true)
      const sentAt: number[] = []
      const seconds = { all: 600, warm: 100 }
      let now = 0
      let goodCalls = 0
      let refusals = 0
      while (now < seconds.all * 1000) {
        const outcome = admit(bucket, 1, 'normal', now)
        bucket = outcome.bucket
        now += outcome.waitMs
        if (outcome.waitMs > 0) continue
        const isRefused = sentAt.filter((at) => at > now - 1000).length >= perSecond
        const isWarm = now > seconds.warm * 1000
        if (isRefused) {
          bucket = throttled(bucket, undefined, now)
          if (isWarm) refusals++
        } else {
          bucket = accepted(bucket, now)
          sentAt.push(now)
          if (sentAt.length > perSecond) sentAt.shift()
          if (isWarm) goodCalls++
        }
      }
      expect(goodCalls / (seconds.all - seconds.warm) / perSecond).toBeGreaterThan(0.85)
      expect(refusals).toBeLessThan(40)
    },
  )

  it('that was slowed down for a while finds the old rate again', () => {
    let bucket = bucketOf(10, 10, true)
    for (let i = 1; i < 20; i++) bucket = throttled(bucket, 1000, i * 2000)
    for (let now = 40_000; now < 600_000; ) {
      const outcome = admit(bucket, 1, 'normal', now)
      bucket = outcome.waitMs === 0 ? accepted(outcome.bucket, now) : outcome.bucket
      now += outcome.waitMs
    }
    expect(bucket.restorePerSecond).toBeGreaterThan(10)
  })
})

describe('a shop that publishes no limit', () => {
  const ways = { bySecond, byBucket, byWindow } as const
  const cases = (['bySecond', 'byBucket', 'byWindow'] as const).flatMap((way) =>
    [3, 12, 40].map((perSecond) => ({ way, perSecond })),
  )

  it.each(cases)('is used well and refuses seldom: $perSecond a second, counted $way', ({ way, perSecond }) => {
    const told = callShop(ways[way](perSecond), () => 1, { all: 300, warm: 30 })
    expect(told.perSecond / perSecond).toBeGreaterThan(0.8)
    // Twice a minute at most, and what is under way then.
    expect(told.refused).toBeLessThan(20)
  })

  it.each(cases)('refuses few of the calls of a burst: $perSecond a second, counted $way', ({ way, perSecond }) => {
    const everyMs = 30_000
    const calls = perSecond * 5
    const told = callShop(ways[way](perSecond), (now) => (now % everyMs === 0 ? calls : 0), { all: 300, warm: 0 })
    expect(told.perSecond).toBeCloseTo((calls * 1000) / everyMs, 1)
    expect(told.refused).toBeLessThan(20)
    expect(told.waitMs(0.5)).toBeLessThan(10_000)
  })

  it('whose rate was found too high at first is not refused step by step on the way down', () => {
    // A full bucket lets the search run far beyond what comes back into it.
    const told = callShop(byBucket(40), () => 1, { all: 60, warm: 0 })
    expect(told.refused).toBeLessThan(12)
    expect(told.bucket.restorePerSecond).toBeGreaterThan(30)
  })

  it('never makes a decrease wait longer than the rest, nor longer than the shop asked or a moment and its place', () => {
    const refusal = fc.record({ afterMs: fc.nat(3000), askedMs: fc.option(fc.nat(20_000), { nil: undefined }) })
    fc.assert(
      fc.property(fc.array(refusal, { minLength: 1, maxLength: 30 }), (refusals) => {
        let bucket = bucketOf(10, 10, true)
        let now = 0
        let askedUntil = 0
        for (const { afterMs, askedMs } of refusals) {
          now += afterMs
          bucket = throttled(bucket, askedMs, now)
          askedUntil = Math.max(askedUntil, now + (askedMs ?? 0))
        }
        const decrease = admit(bucket, 1, 'decrease', now).waitMs
        expect(decrease).toBeLessThanOrEqual(admit(bucket, 1, 'normal', now).waitMs)
        expect(decrease).toBeGreaterThanOrEqual(askedUntil - now)
        expect(decrease).toBeLessThanOrEqual(Math.max(250, askedUntil - now, 1000 / bucket.restorePerSecond))
      }),
    )
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

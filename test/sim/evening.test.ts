import { describe, expect, it } from 'vitest'
import { playEvening } from './evening.ts'

const seeds = Array.from({ length: 10 }, (_, index) => index + 1)

describe('an evening in virtual time', () => {
  it.each(seeds)('seed %i: no unit is sold twice, and at rest everything agrees', { timeout: 60_000 }, async (seed) => {
    const { faults, events } = await playEvening(seed)
    expect(faults, events.join('\n')).toEqual([])
  })

  it('is the same evening for the same seed, and another one for another', { timeout: 60_000 }, async () => {
    const [once, again, other] = [await playEvening(7), await playEvening(7), await playEvening(8)]
    expect(again.events).toEqual(once.events)
    expect(again.fingerprint).toBe(once.fingerprint)
    expect(other.fingerprint).not.toBe(once.fingerprint)
  })
})

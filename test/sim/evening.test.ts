import { describe, expect, it } from 'vitest'
import { onPostgresOnly } from '../support/databases.ts'
import { playEvening } from './evening.ts'

describe('an evening in virtual time', () => {
  it.each([1, 2, 3])(
    'seed %i: whatever happened, books, shops and parcels agree at its end',
    { timeout: 120_000 },
    async (seed) => {
      const story = await playEvening(seed, 60)
      expect(story.faults, story.events.join('\n')).toEqual([])
    },
  )

  it('is the same evening for the same seed, and another one for another', { timeout: 120_000 }, async () => {
    const [once, again, other] = [await playEvening(7, 40), await playEvening(7, 40), await playEvening(8, 40)]
    expect(again.events).toEqual(once.events)
    expect(again.fingerprint).toBe(once.fingerprint)
    expect(other.fingerprint).not.toBe(once.fingerprint)
  })
})

// Short: what differs between the databases is proved by their battery and by the flows.
onPostgresOnly((fresh) => {
  it('an evening in virtual time, seed 4', { timeout: 120_000 }, async () => {
    const story = await playEvening(4, 25, await fresh())
    expect(story.faults, story.events.join('\n')).toEqual([])
  })
})

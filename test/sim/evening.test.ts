import { describe, expect, it } from 'vitest'
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
})

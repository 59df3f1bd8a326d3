import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { onPostgresOnly } from '../support/databases.ts'
import { type PlayOptions, playEvening } from './evening.ts'
import { plants, root } from './planted.ts'

const seeds = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

async function expectToHold(seed: number, options?: PlayOptions): Promise<void> {
  const { faults, events } = await playEvening(seed, options)
  expect(faults, `npm run sim -- ${seed}\n${events.join('\n')}`).toEqual([])
}

describe('an evening in virtual time', () => {
  it.each(seeds(30))('seed %i: no unit is sold twice, and at rest everything agrees', { timeout: 60_000 }, (seed) =>
    expectToHold(seed),
  )

  it('is the same evening for the same seed, and another one for another', { timeout: 60_000 }, async () => {
    const [once, again, other] = [await playEvening(7), await playEvening(7), await playEvening(8)]
    expect(again.events).toEqual(once.events)
    expect(again.fingerprint).toBe(once.fingerprint)
    expect(other.fingerprint).not.toBe(once.fingerprint)
  })

  it.each(plants)('$fault can still be planted', ({ edits }) => {
    for (const { file, find } of edits) expect(readFileSync(join(root, file), 'utf8').split(find)).toHaveLength(2)
  })
})

onPostgresOnly((fresh) => {
  it.each(seeds(2))('seed %i holds', { timeout: 120_000 }, async (seed) =>
    expectToHold(seed, { databaseUrl: await fresh() }),
  )
})
